/**
 * What is pending: a log of what each commit made of tickets. A row holds a line for each ticket of a commit, as it was before and as it
 * is since; so a commit writes one row however many tickets it changed, and what was brought into the sets goes by its sequence. Of a
 * ticket that changed several times the first line says what the sets hold, and the last one what holds now. Where all tickets went at
 * once, no line up to then means a ticket that is there.
 */
import type { Database, Statement } from '../../sqlite/database.js'
import { NOTHING, packedText, type Packed } from './packed.js'

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

const [ZERO, NINE, SPACE, STROKE] = [48, 57, 32, 124]

/**
 * The lines of a row; where all tickets went since, `gone` are the terms that none has any more. Read digit by digit: a thousand lines are read in one turn of the writer,
 * and cutting them into small texts takes several times as long.
 */
export function* linesOf(text: string, gone?: ReadonlySet<number>): Generator<Line, void, undefined> {
  let at = 0
  /** The numbers up to the next stroke, or the end of the line. */
  const numbers = (): number[] => {
    const found: number[] = []
    let [number, isInNumber] = [0, false]
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code >= ZERO && code <= NINE) {
        number = number * 10 + code - ZERO
        isInNumber = true
        continue
      }
      if (isInNumber) found.push(number)
      ;[number, isInNumber] = [0, false]
      if (code !== SPACE) break
    }
    if (isInNumber) found.push(number)
    if (text.charCodeAt(at) === STROKE) at += 1
    return found
  }
  while (at < text.length) {
    const [number = 0] = numbers()
    const [live] = numbers()
    const said = { terms: numbers(), values: numbers() }
    const now = gone === undefined ? said : { ...said, terms: said.terms.filter((term) => !gone.has(term)) }
    const was = { terms: numbers(), values: numbers() }
    yield { number, was: was.values.length === 0 ? NOTHING : was, now, isLive: gone === undefined && live === 1 }
    // Behind the end of the line.
    at += 1
  }
}
