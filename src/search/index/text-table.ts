/**
 * A full-text table as it is written. What a commit adds is a segment of its own, and segments are merged into larger ones. SQLite would
 * do that by itself, but in pieces that keep a commit waiting the longer the more there is; so it is done here, with each commit a piece
 * that goes by how much was written, by how many segments there are, and by the clock.
 */
import type { Database, Statement } from '../../sqlite/database.js'
import { TextSegments } from './text-segments.js'

/** Segments that are merged into one: the more, the fewer times a word is written again, and the more places a search looks at. */
const SEGMENTS = 16

/** From so many on SQLite merges all at once after all: more than there are while pieces keep up. */
const SEGMENTS_MAX = 64

/**
 * Pages that are to be merged for each commit and for each character that it wrote: a little more than what tickets as people write them
 * make necessary in the long run. More would not be spread: the segments of a whole store fall due together, and each page that is merged
 * dirties three others, which every writer waits for.
 */
const PAGES_A_COMMIT = 2
const PAGES_A_CHARACTER = 1 / 1400

/**
 * Other texts make more necessary. Where a level has more segments than the first number, pieces are merged after each commit for about so
 * many milliseconds, and for longer where it has more than the second.
 */
const MANY_SEGMENTS = 24
const MERGE_MS = 6
const TOO_MANY_SEGMENTS = 40
const LONG_MERGE_MS = 24

/** The pages of a piece; of one for which nobody waits. The larger it is, the less it costs a page. */
const PAGES_AT_ONCE = 48
const PAGES_AT_ONCE_ALONE = 2000

/**
 * Rows of the table behind the index that a merged page changes: its own, that of a page that went into it, and some that lead to pages.
 * A word is merged whole, so that a piece may be much larger than was asked for; what it was is told by what it changed.
 */
const CHANGES_A_PAGE = 2.5

/**
 * What is to be merged is saved for later where nothing is due or a commit is large, and what was merged beyond it keeps later ones from
 * merging: either only up to so many pages.
 */
const PAGES_SAVED_MAX = 200
const PAGES_OWED_MAX = 1000

/** Fewer changes than that are said by SQLite to mean that nothing is due. */
const SOME_CHANGES = 2

export class TextTable {
  readonly #database: Database
  readonly #name: string
  readonly #insert: Statement
  readonly #remove: Statement
  readonly #merge: Statement
  readonly #changes: Statement
  readonly #segments: TextSegments
  /** Rows that were written since the last merge. */
  #rows = 0
  /** Pages that are to be merged, below zero where more was; and how many they were before the rows of this transaction. */
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
    this.#changes = database.prepare('SELECT total_changes() AS changes')
    this.#segments = new TextSegments(database, name)
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
    // What this commit wrote becomes a segment here, and is not counted as merged.
    this.#merge.get(0)
    if (isAlone) {
      while (this.#segments.most() >= SEGMENTS && this.#mergePiece(PAGES_AT_ONCE_ALONE));
      this.#pages = 0
      return
    }
    this.#pages = Math.min(this.#pages, PAGES_SAVED_MAX)
    const segments = this.#segments.most()
    if (segments <= MANY_SEGMENTS) {
      if (this.#pages >= PAGES_AT_ONCE) this.#mergePiece()
      return
    }
    const until = performance.now() + (segments > TOO_MANY_SEGMENTS ? LONG_MERGE_MS : MERGE_MS)
    while (this.#mergePiece() && this.#segments.most() > MANY_SEGMENTS && performance.now() < until);
  }

  /** Returns whether something was due. */
  #mergePiece(pages = PAGES_AT_ONCE): boolean {
    const before = this.#changesUntilNow()
    this.#merge.get(pages)
    const changes = this.#changesUntilNow() - before
    if (changes < SOME_CHANGES) return false
    this.#pages = Math.max(-PAGES_OWED_MAX, this.#pages - Math.max(PAGES_AT_ONCE, changes / CHANGES_A_PAGE))
    return true
  }

  #changesUntilNow(): number {
    return Number(this.#changes.get()?.['changes'])
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
    for (const text of texts) this.#pages += text.length * PAGES_A_CHARACTER
  }

  #configure(setting: string, value: number): void {
    this.#database.exec(`INSERT INTO ${this.#name} (${this.#name}, rank) VALUES ('${setting}', ${value})`)
  }
}
