/** Reading single keys. Each question is one statement where it can be: index and node of an answer are one state. */
import { decodeText, encodeText, type Database, type SqlRow, type Statement } from '../sqlite/database.js'
import { type KeyNode, keyColumnsOf } from './tables.js'
import { firstMissing, nameOf, parentOf, ROOT } from './tree.js'

/** A path and what is there, with the newest index. */
export interface FoundNode {
  readonly index: number
  /** Undefined where there is no such key; the root is always there. */
  readonly node: KeyNode | undefined
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
  readonly #node: Statement
  readonly #found: Statement

  constructor(reader: Database) {
    this.#reader = reader
    this.#head = reader.prepare('SELECT idx FROM head')
    this.#node = reader.prepare('SELECT 1 FROM keys WHERE parent = ? AND name = ?')
    this.#found = reader.prepare(
      'SELECT idx, created, modified, expires, value FROM head LEFT JOIN keys ON parent = ? AND name = ?',
    )
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

  exists(path: string): boolean {
    return path === ROOT || this.#node.get(...keyColumnsOf(path)) !== undefined
  }

  /** Looks for a key that was not found and says what is missing; undefined where it has come to be since. */
  explainMissing(path: string): MissingNode | undefined {
    return this.#reader.snapshot(() => {
      const index = this.index()
      const missing = firstMissing(path, (ancestor) => this.exists(ancestor))
      if (missing === undefined) return undefined
      const above = parentOf(missing)
      const isFileAbove = above !== ROOT && this.get(above).node?.value !== null
      return isFileAbove ? { index, errorCode: 104, cause: above } : { index, errorCode: 100, cause: missing }
    })
  }
}

function toNode(path: string, row: SqlRow): KeyNode {
  const { value, expires } = row
  return {
    path,
    value: typeof value === 'string' ? decodeText(value) : null,
    createdIndex: Number(row['created']),
    modifiedIndex: Number(row['modified']),
    expiration: typeof expires === 'number' ? expires : null,
  }
}
