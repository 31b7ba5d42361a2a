/** The records of the key tree: one for each file and directory but the root, found by parent and name. */
import { toText, type Text } from '../journal/text.js'
import { decodeText, encodeText, type SqlRow, type SqlValue } from '../sqlite/database.js'
import type { Table } from '../store/table.js'
import { join, nameOf, parentOf, ROOT } from './tree.js'

/** A node of the tree as it is stored. A type alias, not an interface: a record is plain data with string keys. */
export type KeyNode = {
  readonly path: string
  /** A file's value; null for a directory. */
  readonly value: Text | null
  readonly createdIndex: number
  readonly modifiedIndex: number
  /** When it expires, in milliseconds since 1970; null for never. */
  readonly expiration: number | null
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS keys (
  parent TEXT NOT NULL, name TEXT NOT NULL, value TEXT, created INTEGER NOT NULL, modified INTEGER NOT NULL,
  expires INTEGER, PRIMARY KEY (parent, name)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS keys_by_expiry ON keys (expires) WHERE expires IS NOT NULL;
`

/** Record ids are paths. Children of one directory lie side by side in byte order, so a listing is one short scan. */
export const keyTable: Table<KeyNode> = {
  name: 'keys',
  schema: SCHEMA,
  columns: ['parent', 'name', 'value', 'created', 'modified', 'expires'],
  keyColumns: ['parent', 'name'],
  key: keyColumnsOf,
  idOf: ({ path }) => path,
  encode: (node) => [
    ...keyColumnsOf(node.path),
    node.value === null ? null : encodeValue(node.value),
    node.createdIndex,
    node.modifiedIndex,
    node.expiration,
  ],
  decode: decodeNode,
  below: (path) => {
    const parent = encodeText(path)
    // Text that begins with `parent/` sorts from that text on, and before `parent0`: 0 is what follows the slash.
    return {
      where: '(parent = ? OR (parent >= ? AND parent < ?))',
      parameters: [parent, `${parent}/`, `${parent}0`],
    }
  },
}

/** The primary key of the node at `path`. */
export function keyColumnsOf(path: string): [SqlValue, SqlValue] {
  return [encodeText(parentOf(path)), encodeText(nameOf(path))]
}

/** The path of a row of the table `keys`. */
export function pathOf(row: SqlRow): string {
  return join(decodeText(String(row['parent'] ?? ROOT)), decodeText(String(row['name'])))
}

/** A large value is kept as bytes; files of before have it as text. */
function encodeValue(value: Text): SqlValue {
  const text = typeof value === 'string' ? toText(value) : value
  return typeof text === 'string' ? encodeText(text) : text
}

/** What a value of the column `value` stands for. */
export function decodeValue(value: SqlValue | undefined): Text | null {
  if (typeof value === 'string') return toText(decodeText(value))
  return value instanceof Uint8Array ? value : null
}

/** A row of the table `keys` as a node. */
export function decodeNode(row: SqlRow): KeyNode {
  const { value, expires } = row
  return {
    path: pathOf(row),
    value: decodeValue(value),
    createdIndex: Number(row['created']),
    modifiedIndex: Number(row['modified']),
    expiration: typeof expires === 'number' ? expires : null,
  }
}
