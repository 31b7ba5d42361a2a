/**
 * What is pending: a log of what each commit made of tickets. A row holds a line for each ticket of a commit, as it was before and as it
 * is since; so a commit writes one row however many tickets it changed, and what was brought into the sets goes by its sequence. Of a
 * ticket that changed several times the first line says what the sets hold, and the last one what holds now. Where all tickets went at
 * once, no line up to then means a ticket that is there.
 */
import type { Database, Statement } from '../../sqlite/database.js'
import { NOTHING, packedOf, packedText, type Packed } from './packed.js'

/** Lines of one row at most. */
const LINES = 1024

/** One line. */
export interface Line {
  readonly number: number
  /** With the term of what is there, where it was. */
  readonly was: Packed
  /** Without it. */
  readonly now: Packed
  readonly isLive: boolean
}

/** Writes the log. */
export class PendingLog {
  readonly #insert: Statement
  readonly #nextSequence: () => number
  #lines: string[] = []

  /** `nextSequence` gives each row its number. */
  constructor(database: Database, nextSequence: () => number) {
    this.#insert = database.prepare('INSERT INTO find_pending (seq, count, mixed, lines) VALUES (?, ?, ?, ?)')
    this.#nextSequence = nextSequence
  }

  add({ number, was, now, isLive }: Line): void {
    this.#lines.push(`${number}|${isLive ? 1 : 0}|${packedText(now)}|${was === NOTHING ? '' : packedText(was)}`)
  }

  /** Writes what was added, inside the transaction; returns how many lines. `isMixed` says that the sets may hold less than what was. */
  write(isMixed: boolean): number {
    const lines = this.#lines
    this.#lines = []
    for (let from = 0; from < lines.length; from += LINES) {
      const some = lines.slice(from, from + LINES)
      this.#insert.get(this.#nextSequence(), some.length, isMixed ? 1 : 0, some.join('\n'))
    }
    return lines.length
  }

  forget(): void {
    this.#lines = []
  }
}

/** The lines of a row; `isCleared` where all tickets went since. */
export function* linesOf(text: string, isCleared: boolean): Generator<Line, void, undefined> {
  for (const line of text.split('\n')) {
    const [number = '', live = '', terms = '', values = '', wasTerms, wasValues] = line.split('|')
    yield {
      number: Number(number),
      was: wasTerms === undefined || wasTerms === '' ? NOTHING : packedOf(wasTerms, wasValues ?? ''),
      now: packedOf(terms, values),
      isLive: !isCleared && live === '1',
    }
  }
}
