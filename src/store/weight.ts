/**
 * How much a command comes to: the characters of the records that it reads by id and of all that it writes. What is read again is taken
 * apart again, so it counts again. It is known only while the command runs: what is short to say may change what is large.
 */
import type { RecordRow } from '../journal/journal.js'

/** What one command may come to that others wait behind: a millisecond or two of work. */
const LIGHT_WEIGHT_MAX = 128 * 1024

/**
 * Characters that commands have read and written for one commit at which no further one joins it: bounds memory and wait where records are
 * large. The same holds of what is read for commands that then turn out to be heavy, and have no part in the commit.
 */
const BATCH_WEIGHT_MAX = 4 * 1024 * 1024

/** Thrown through a command that turns out to come to more than one may that others wait behind: it is run again in its turn. */
export class CommandIsHeavy extends Error {
  override readonly name = 'CommandIsHeavy'
}

export class Weight {
  #total = 0
  #before = 0
  #inVain = 0
  #max = Infinity
  #isLight = false
  #read = 0
  /** What this command has read, or written itself. */
  readonly #known = new Set<object>()

  /** Whether all commands so far have come to so much that no further one joins them. */
  get isFull(): boolean {
    return this.#total >= BATCH_WEIGHT_MAX || this.#inVain >= BATCH_WEIGHT_MAX
  }

  /** Whether some were put off that had read something first: more may wait behind them that are alike, and it is better not to read for each. */
  get isWary(): boolean {
    return this.#inVain > 0
  }

  /** Whether the command that runs may not come to much. */
  get isLight(): boolean {
    return this.#isLight
  }

  /** Characters of the records that this command has read, each once, whatever else is in its commit. */
  get read(): number {
    return this.#read
  }

  /** A command begins, which may come to much where it is known as heavy. */
  begin(isHeavy: boolean): void {
    this.#isLight = !isHeavy
    this.#read = 0
    this.#known.clear()
    this.#before = this.#total
    this.#max = isHeavy ? Infinity : this.#total + LIGHT_WEIGHT_MAX
  }

  /** The command is run again in its turn: what it came to until now leaves those behind it no less room. */
  putOff(): void {
    this.#inVain += this.#total - this.#before
    this.#total = this.#before
  }

  /** A record is read, from the disk or its cache. `stand` is one and the same for as long as nobody writes the record. */
  addRead(stand: object, characters: number): void {
    if (!this.#known.has(stand)) {
      this.#known.add(stand)
      this.#read += characters
    }
    this.add(characters)
  }

  /** The command has made the record what it is: to read that is no further reading. */
  noteWritten(stand: object): void {
    this.#known.add(stand)
  }

  /** Throws CommandIsHeavy where the command comes to too much by it. */
  add(characters: number): void {
    this.#total += characters
    if (this.#total > this.#max) throw new CommandIsHeavy()
  }
}

/** Characters, and bytes of large texts, in a record. */
export function weightOfRow(row: RecordRow): number {
  let weight = 0
  for (const value of Object.values(row)) if (value !== null && typeof value !== 'number') weight += value.length
  return weight
}

/** Records that are remembered as large; beyond that all are forgotten. */
const LARGE_RECORDS_MAX = 10_000

/**
 * Which records were large when they were last read or written: to read one only to find that a command is heavy takes milliseconds, and
 * many may come for it. It is a hint: a write may have been undone since, and whoever reads the record next finds that out.
 */
export class LargeRecords {
  readonly #tables = new Map<string, Set<string>>()
  #count = 0

  has(table: string, id: string): boolean {
    return this.#tables.get(table)?.has(id) === true
  }

  /** What a record came to. */
  note(table: string, id: string, weight: number): void {
    const isLarge = weight > LIGHT_WEIGHT_MAX
    if (isLarge === this.has(table, id)) return
    if (!isLarge) {
      this.#tables.get(table)?.delete(id)
      this.#count -= 1
      return
    }
    if (this.#count >= LARGE_RECORDS_MAX) {
      this.#tables.clear()
      this.#count = 0
    }
    const ids = this.#tables.get(table) ?? new Set()
    this.#tables.set(table, ids.add(id))
    this.#count += 1
  }
}
