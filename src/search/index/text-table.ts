/**
 * A full-text table as it is written. What a commit adds is a segment of its own, and segments are merged into larger ones. SQLite would
 * do that by itself, but in pieces that keep a commit waiting the longer the more there is; so it is done here, with each commit a piece
 * that goes by how much it added.
 */
import type { Database, Statement } from '../../sqlite/database.js'

/** Segments that are merged into one: the more, the fewer times a word is written again, and the more places a search looks at. */
const SEGMENTS = 16

/** From so many on SQLite merges all at once after all: more than there are while pieces keep up. */
const SEGMENTS_MAX = 64

/** Pages that are merged after a commit, at least, for each row that it wrote, and at most. */
const PAGES_MIN = 16
const PAGES_A_ROW = 2
const PAGES_MAX = 192

export class TextTable {
  readonly #database: Database
  readonly #name: string
  readonly #insert: Statement
  readonly #remove: Statement
  readonly #merge: Statement
  /** Rows that were written since the last merge. */
  #rows = 0

  constructor(database: Database, name: string, columns: readonly string[]) {
    this.#database = database
    this.#name = name
    const list = columns.join(', ')
    const marks = columns.map(() => '?').join(', ')
    this.#insert = database.prepare(`INSERT INTO ${name} (rowid, ${list}) VALUES (?, ${marks})`)
    this.#remove = database.prepare(`INSERT INTO ${name} (${name}, rowid, ${list}) VALUES ('delete', ?, ${marks})`)
    this.#merge = database.prepare(`INSERT INTO ${name} (${name}, rank) VALUES ('merge', ?)`)
  }

  /** Adds a row: the text of each column, as the table is given it. */
  add(row: number, ...texts: string[]): void {
    this.#insert.get(row, ...texts)
    this.#rows += 1
  }

  /** Takes out a row, of which is said what it holds. */
  remove(row: number, ...texts: string[]): void {
    this.#remove.get(row, ...texts)
    this.#rows += 1
  }

  /** Ends a transaction in which rows were written. Where nobody waits for it, all that they make necessary is merged at once. */
  applied(isAlone = false): void {
    if (this.#rows === 0) return
    this.#merge.get(Math.min(isAlone ? Infinity : PAGES_MAX, PAGES_MIN + PAGES_A_ROW * this.#rows))
    this.#rows = 0
  }

  /** The transaction was given up. */
  forget(): void {
    this.#rows = 0
  }

  /** Empties the table; what is taken out of it later leaves no trace in the file. */
  clear(): void {
    this.#database.exec(`INSERT INTO ${this.#name} (${this.#name}) VALUES ('delete-all')`)
    this.#configure('secure-delete', 1)
    this.#configure('automerge', 0)
    this.#configure('usermerge', SEGMENTS)
    this.#configure('crisismerge', SEGMENTS_MAX)
    this.#rows = 0
  }

  #configure(setting: string, value: number): void {
    this.#database.exec(`INSERT INTO ${this.#name} (${this.#name}, rank) VALUES ('${setting}', ${value})`)
  }
}
