/** The records of the key tree: one for each file and directory but the root, found by parent and name. */
import { decodeText, encodeText, type SqlRow, type SqlValue } from '../sqlite/database.js'
import { integer, integerOrNull, largeTextOrNull, tableOf, type Field, type RowOf } from '../store/fields.js'
import { join, nameOf, parentOf, ROOT } from './tree.js'

/** A path lies as parent and name. */
const path: Field<string> = {
  columns: [
    ['parent', 'TEXT NOT NULL'],
    ['name', 'TEXT NOT NULL'],
  ],
  encode: (value, into) => void into.push(...keyColumnsOf(value)),
  decode: pathOf,
}

const fields = {
  path,
  /** A file's value; null for a directory. */
  value: largeTextOrNull('value'),
  createdIndex: integer('created'),
  modifiedIndex: integer('modified'),
  /** When it expires, in milliseconds since 1970; null for never. */
  expiration: integerOrNull('expires'),
}

/** A node of the tree as it is stored. */
export type KeyNode = RowOf<typeof fields>

/** Record ids are paths. Children of one directory lie side by side in byte order, so a listing is one short scan. */
export const keyTable = tableOf({
  name: 'keys',
  fields,
  keyColumns: ['parent', 'name'],
  indexes: 'CREATE INDEX IF NOT EXISTS keys_by_expiry ON keys (expires) WHERE expires IS NOT NULL;',
  key: keyColumnsOf,
  idOf: (node) => node.path,
  below: (directory) => {
    const parent = encodeText(directory)
    // Text that begins with `parent/` sorts from that text on, and before `parent0`: 0 is what follows the slash.
    return {
      where: '(parent = ? OR (parent >= ? AND parent < ?))',
      parameters: [parent, `${parent}/`, `${parent}0`],
    }
  },
  beside: (directory) => {
    const parent = encodeText(directory)
    return {
      where: '(parent < ? OR (parent > ? AND parent < ?) OR parent >= ?)',
      parameters: [parent, parent, `${parent}/`, `${parent}0`],
    }
  },
})

/** The primary key of the node at `path`. */
export function keyColumnsOf(path: string): [SqlValue, SqlValue] {
  return [encodeText(parentOf(path)), encodeText(nameOf(path))]
}

/** The path of a row of the table `keys`. */
export function pathOf(row: SqlRow): string {
  return join(decodeText(String(row['parent'] ?? ROOT)), decodeText(String(row['name'])))
}
