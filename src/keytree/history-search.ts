/**
 * Finds the event that a watch of the past is answered with. The rules are those of etcd's `EventHistory.scan`, oddities
 * included: hidden keys count, and a removed directory matches every watched path that begins with its name as bare text
 * (`/foo` removed answers a watch of `/foobar`).
 */
import { type Database, encodeText, type Statement } from '../sqlite/database.js'

const CHANGES = `type IN ('set', 'create', 'update', 'compareAndSwap', 'delete', 'compareAndDelete', 'expire')`

/** `?3` is the watched path; the removed directory's name is a beginning of it. */
const PREFIX_OF_PATH = `(type IN ('delete', 'expire') AND substr(?3, 1, length(key)) = key)`

export class HistorySearch {
  readonly #exact: Statement
  readonly #recursive: Statement

  constructor(reader: Database) {
    const find = (condition: string): Statement =>
      reader.prepare(
        `SELECT idx, key, body FROM events WHERE idx BETWEEN ?1 AND ?2 AND ${CHANGES} AND (${condition}) ORDER BY idx LIMIT 1`,
      )
    this.#exact = find(`key = ?3 OR ${PREFIX_OF_PATH}`)
    // '0' is the character behind '/': between the two lies all that is below the path.
    this.#recursive = find(`key = ?3 OR ${PREFIX_OF_PATH} OR (key >= ?4 || '/' AND key < ?4 || '0')`)
  }

  /** The body of the first event with an index from `first` to `last` that a watch of `path` sees. */
  find(path: string, recursive: boolean, first: number, last: number): string | undefined {
    const encoded = encodeText(path)
    for (let from = first; from <= last;) {
      const row = recursive
        ? this.#recursive.get(from, last, encoded, path === '/' ? '' : encoded)
        : this.#exact.get(from, last, encoded)
      if (row === undefined) return undefined
      const key = String(row['key'])
      const body = String(row['body'])
      if (key === encoded || (recursive && isBelow(key, encoded)) || removedDirectory(body)) return body
      from = Number(row['idx']) + 1
    }
    return undefined
  }
}

function isBelow(key: string, path: string): boolean {
  return path === '/' || key.startsWith(`${path}/`)
}

/** Whether the event removed a directory. */
function removedDirectory(body: string): boolean {
  const event: unknown = JSON.parse(body)
  if (typeof event !== 'object' || event === null || !('prevNode' in event)) return false
  const { prevNode } = event
  return typeof prevNode === 'object' && prevNode !== null && 'dir' in prevNode && prevNode.dir === true
}
