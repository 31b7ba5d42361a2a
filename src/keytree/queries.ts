/** Reading single keys. Each question is one statement where it can be: index and node of an answer are one state. */
import { LARGE_TEXT_BYTES } from '../journal/text.js'
import { encodeText, type Database, type SqlRow, type Statement } from '../sqlite/database.js'
import { decodeLargeText } from '../store/fields.js'
import { keyColumnsOf, type KeyNode } from './tables.js'
import { firstMissing, nameOf, parentOf, ROOT } from './tree.js'

/** A path and what is there, with the newest index. */
export interface FoundNode {
  readonly index: number
  /** Undefined where there is no such key; the root is always there. */
  readonly node: KeyNode | undefined
}

/** A file whose value is large: it has not been read. */
export interface LargeFile {
  readonly index: number
  readonly valueBytes: number
}

/** Why there is no key: etcd's errorCode, and the part of the path to blame. */
export interface MissingNode {
  readonly index: number
  readonly errorCode: 100 | 104
  readonly cause: string
}

/** The root has no record: it can't be changed and has no indexes of its own. */
export const ROOT_NODE: KeyNode = { path: ROOT, value: null, createdIndex: 0, modifiedIndex: 0, expiration: null }

export class NodeQueries {
  readonly #reader: Database
  readonly #head: Statement
  readonly #isDirectory: Statement
  readonly #found: Statement
  readonly #foundSmall: Statement

  constructor(reader: Database) {
    this.#reader = reader
    this.#head = reader.prepare('SELECT idx FROM head')
    this.#isDirectory = reader.prepare('SELECT value IS NULL AS directory FROM keys WHERE parent = ? AND name = ?')
    const read = (columns: string): Statement =>
      reader.prepare(`SELECT idx, ${columns} FROM head LEFT JOIN keys ON parent = ? AND name = ?`)
    this.#found = read('created, modified, expires, value')
    // The other columns lie behind the value: to reach them SQLite goes through all pages of a large one.
    const ofSmall = ['created', 'modified', 'expires'].map((column) => `${unlessLarge(column)} AS ${column}`)
    this.#foundSmall = read(`${ofSmall.join(', ')}, ${unlessLarge('value', 'octet_length(value)')} AS value`)
  }

  /** The newest index. */
  index(): number {
    return Number(this.#head.get()?.['idx'])
  }

  /** The key at `path`, of one state with the index: one statement. */
  get(path: string): FoundNode {
    if (path === ROOT) return { index: this.index(), node: ROOT_NODE }
    const row = this.#found.get(encodeText(parentOf(path)), encodeText(nameOf(path)))
    const index = Number(row?.['idx'])
    return { index, node: row === undefined || row['created'] === null ? undefined : toNode(path, row) }
  }

  /** As `get`, but leaves a large value where it is. */
  getSmall(path: string): FoundNode | LargeFile {
    if (path === ROOT) return { index: this.index(), node: ROOT_NODE }
    const row = this.#foundSmall.get(encodeText(parentOf(path)), encodeText(nameOf(path)))
    const index = Number(row?.['idx'])
    const value = row?.['value']
    if (typeof value === 'number') return { index, valueBytes: value }
    return { index, node: row === undefined || row['created'] === null ? undefined : toNode(path, row) }
  }

  exists(path: string): boolean {
    return path === ROOT || this.#isDirectory.get(...keyColumnsOf(path)) !== undefined
  }

  /** Looks for a key that was not found and says what is missing; undefined where it has come to be since. */
  explainMissing(path: string): MissingNode | undefined {
    return this.#reader.snapshot(() => {
      const index = this.index()
      const missing = firstMissing(path, (ancestor) => this.exists(ancestor))
      if (missing === undefined) return undefined
      const above = parentOf(missing)
      const isFileAbove = above !== ROOT && this.#isDirectory.get(...keyColumnsOf(above))?.['directory'] === 0
      return isFileAbove ? { index, errorCode: 104, cause: above } : { index, errorCode: 100, cause: missing }
    })
  }
}

/** A column, or what is to be read instead of it where the value is large. */
export function unlessLarge(column: string, instead = 'NULL'): string {
  return `CASE WHEN octet_length(value) > ${LARGE_TEXT_BYTES} THEN ${instead} ELSE ${column} END`
}

function toNode(path: string, row: SqlRow): KeyNode {
  const { value, expires } = row
  return {
    path,
    value: decodeLargeText(value),
    createdIndex: Number(row['created']),
    modifiedIndex: Number(row['modified']),
    expiration: typeof expires === 'number' ? expires : null,
  }
}
