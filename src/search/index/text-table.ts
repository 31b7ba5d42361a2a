/**
 * A full-text table as it is written. What a commit adds is a segment of its own, and segments are merged into larger ones. SQLite would
 * do that by itself, but in pieces that keep a commit waiting the longer the more there is; so it is done here, with each commit a piece
 * that goes by how much it added, and takes no longer than a few milliseconds.
 */
import type { Database, Statement } from '../../sqlite/database.js'

/** Segments that are merged into one: the more, the fewer times a word is written again, and the more places a search looks at. */
const SEGMENTS = 16

/** From so many on SQLite merges all at once after all: more than there are while pieces keep up. */
const SEGMENTS_MAX = 64

/** Pages that are to be merged for each commit, and for each row that it wrote. */
const PAGES_A_COMMIT = 16
const PAGES_A_ROW = 2

/** They are merged so many at a time, and no longer than this after one commit, in milliseconds: what is left comes after the next ones. */
const PAGES_AT_ONCE = 24
const MERGE_MS = 6

/** Where so many are left writing is faster than merging: then it takes longer, so that SQLite never has to merge all at once. */
const PAGES_LEFT_MAX = 1000
const LONG_MERGE_MS = 24

export class TextTable {
  readonly #database: Database
  readonly #name: string
  readonly #insert: Statement
  readonly #remove: Statement
  readonly #merge: Statement
  /** Rows that were written since the last merge. */
  #rows = 0
  /** Pages that are to be merged. */
  #pages = 0

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
    this.#pages += PAGES_A_COMMIT + PAGES_A_ROW * this.#rows
    this.#rows = 0
    const milliseconds = this.#pages > PAGES_LEFT_MAX ? LONG_MERGE_MS : MERGE_MS
    const until = isAlone ? Infinity : performance.now() + milliseconds
    do {
      this.#merge.get(isAlone ? this.#pages : Math.min(PAGES_AT_ONCE, this.#pages))
      this.#pages = isAlone ? 0 : Math.max(0, this.#pages - PAGES_AT_ONCE)
    } while (this.#pages > 0 && performance.now() < until)
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
    this.#pages = 0
  }

  #configure(setting: string, value: number): void {
    this.#database.exec(`INSERT INTO ${this.#name} (${this.#name}, rank) VALUES ('${setting}', ${value})`)
  }
}
