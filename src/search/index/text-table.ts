/**
 * A full-text table as it is written. What a commit adds is a segment of its own, and segments are merged into larger ones. SQLite would
 * do that by itself, but in pieces that keep a commit waiting the longer the more there is; so it is done here, with each commit a piece
 * that goes by how much it added and by the clock.
 */
import type { Database, Statement } from '../../sqlite/database.js'

/** Segments that are merged into one: the more, the fewer times a word is written again, and the more places a search looks at. */
const SEGMENTS = 16

/** From so many on SQLite merges all at once after all: more than there are while pieces keep up. */
const SEGMENTS_MAX = 64

/**
 * Pages that are to be merged for each commit, for each row, and for each character that it wrote: a word is written again for each level of
 * segments, of which there are four at most where there are millions of rows.
 */
const PAGES_A_COMMIT = 16
const PAGES_A_ROW = 2
const PAGES_A_CHARACTER = 1 / 700

/**
 * They are merged so many at a time, and for about so long after one commit, in milliseconds: a word that stands in most rows is merged in one
 * piece. What is left comes after the next commits, and where much is left it takes longer.
 */
const PAGES_AT_ONCE = 48
const MERGE_MS = 6
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
  /** Pages that are to be merged; and how many they were before the rows of this transaction. */
  #pages = 0
  #pagesBefore = 0

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
    this.#note(texts)
  }

  /** Takes out a row, of which is said what it holds. */
  remove(row: number, ...texts: string[]): void {
    this.#remove.get(row, ...texts)
    this.#note(texts)
  }

  /** Ends a transaction in which rows were written. Where nobody waits for it, all that they make necessary is merged at once. */
  applied(isAlone = false): void {
    if (this.#rows === 0) return
    this.#pages += PAGES_A_COMMIT
    this.#rows = 0
    const milliseconds = this.#pages > PAGES_LEFT_MAX ? LONG_MERGE_MS : MERGE_MS
    const until = isAlone ? Infinity : performance.now() + milliseconds
    do {
      this.#merge.get(Math.ceil(isAlone ? this.#pages : Math.min(PAGES_AT_ONCE, this.#pages)))
      this.#pages = isAlone ? 0 : Math.max(0, this.#pages - PAGES_AT_ONCE)
    } while (this.#pages > 0 && performance.now() < until)
  }

  /** The transaction was given up, and what it merged with it. */
  forget(): void {
    this.#rows = 0
    this.#pages = this.#pagesBefore
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
    this.#pagesBefore = 0
  }

  #note(texts: readonly string[]): void {
    if (this.#rows === 0) this.#pagesBefore = this.#pages
    this.#rows += 1
    this.#pages += PAGES_A_ROW
    for (const text of texts) this.#pages += text.length * PAGES_A_CHARACTER
  }

  #configure(setting: string, value: number): void {
    this.#database.exec(`INSERT INTO ${this.#name} (${this.#name}, rank) VALUES ('${setting}', ${value})`)
  }
}
