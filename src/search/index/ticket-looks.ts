/**
 * What only a look at a ticket tells: whether its texts hold what is written, and what stands in a custom field. One ticket is looked at
 * after another, as far as `looks.ts` lets it, and no full-text table is asked: so an answer costs what these tickets cost, whatever stands
 * in others.
 */
import { dayNumber } from '../../catalogue/day.js'
import type { FieldValue } from '../../catalogue/fields.js'
import { folded } from '../../names/name.js'
import type { Database, Statement } from '../../sqlite/database.js'
import { fieldValuesOf } from '../../tickets/members.js'
import type { Condition, FieldTest, TextTest } from '../condition.js'
import { clearBit, placesOf } from './bits.js'
import type { Lookups } from './evaluate.js'
import { LookedAt, type Pass, type Seen } from './looked-at.js'
import type { Looks } from './looks.js'
import type { Chunk, IndexReader } from './reader.js'
import { NONE, TicketTextReader } from './ticket-texts.js'

export type TextCondition = Extract<Condition, { readonly text: unknown }>
export type FieldCondition = Extract<Condition, { readonly field: number }>

export class TicketLooks implements Lookups {
  readonly looksAtEach = true
  readonly #reader: IndexReader
  readonly #looks: Looks
  readonly #isStaff: boolean
  readonly #lookedAt: LookedAt
  readonly #texts: TicketTextReader
  readonly #fields: Statement

  /** Whoever is not of the staff has no internal comments. */
  constructor(
    database: Database,
    reader: IndexReader,
    looks: Looks,
    isStaff: boolean,
    lookedAt = new LookedAt(isStaff),
  ) {
    this.#reader = reader
    this.#looks = looks
    this.#isStaff = isStaff
    this.#lookedAt = lookedAt
    this.#texts = new TicketTextReader(database)
    this.#fields = database.prepare('SELECT fields FROM tickets WHERE number = ?')
  }

  mayFind({ text }: TextCondition): boolean {
    return text.places.length > 0
  }

  /** Nothing is known of words before they are looked for. */
  rankOf(): number {
    return 0
  }

  keepText(chunk: Chunk, { text }: TextCondition, bits: Uint32Array): void {
    const pass = this.#lookedAt.passOf(text)
    this.keepEach(chunk, bits, (number) => this.#holds(number, text, pass))
  }

  keepField(chunk: Chunk, { field, value }: FieldCondition, bits: Uint32Array): void {
    this.keepEach(chunk, bits, (number) => {
      this.#looks.spendTicket()
      const values = fieldValuesOf(String(this.#fields.get(number)?.['fields'] ?? ''))
      return isSo(values[String(field)], value)
    })
  }

  get leftOut(): ReadonlySet<number> {
    return this.#looks.leftOut
  }

  /** What may not be looked at any more is not kept; nor is that of which `isKept` says so by undefined. */
  keepEach({ chunk }: Chunk, bits: Uint32Array, isKept: (number: number) => boolean | undefined): void {
    const base = chunk * 2 ** this.#reader.sizes.chunkBits
    for (const inChunk of placesOf(bits)) {
      const number = base + inChunk
      const isSo = this.#looks.mayLook() ? isKept(number) : undefined
      if (isSo === undefined) this.#looks.leaveOut(number)
      if (isSo !== true) clearBit(bits, inChunk)
    }
  }

  /** Undefined where it may not be looked at to the end. */
  #holds(number: number, test: TextTest, pass: Pass): boolean | undefined {
    const seen = pass.ticket(number)
    while (seen.holds(test) === undefined) {
      if (seen.next === 'title') this.#lookAtTitle(number, seen)
      else if (seen.next === 'description') this.#lookAtDescription(number, seen)
      else if (!this.#lookAtComments(number, seen, test, pass)) return undefined
    }
    return seen.holds(test)
  }

  #lookAtTitle(number: number, seen: Seen): void {
    const { title, description, comments } = this.#texts.texts(number, this.#isStaff)
    this.#looks.spendTicket()
    this.#looks.spend(title.length)
    seen.hasComments = comments !== NONE
    if (this.#lookedAt.mayKeep(description?.length ?? 0)) seen.description = description
    seen.look(title)
    seen.goOn()
  }

  #lookAtDescription(number: number, seen: Seen): void {
    const kept = seen.description
    const description = kept === undefined ? this.#texts.texts(number, this.#isStaff).description : kept
    this.#looks.spend(description?.length ?? 0)
    if (description !== null) seen.look(description)
    // It is not asked for again.
    seen.description = undefined
    seen.goOn()
  }

  /** As far as it takes to know of one test; returns false where the rest may not be looked at. */
  #lookAtComments(number: number, seen: Seen, test: TextTest, { withInternal }: Pass): boolean {
    const comments = seen.hasComments ? this.#texts.comments(number, withInternal, seen.commentsBefore) : NONE
    for (const { id, text } of comments) {
      if (!this.#looks.mayLook()) return false
      this.#looks.spend(text.length)
      seen.look(text)
      seen.commentsBefore = id
      if (seen.holds(test) !== undefined) return true
    }
    seen.goOn()
    return true
  }
}

/** Whether a field's value, as its record has it, is so. */
function isSo(value: FieldValue | undefined, test: FieldTest): boolean {
  if (value === undefined || value === null) return false
  if ('text' in test) return folded(String(value)) === test.text
  const number = typeof value === 'number' ? value : dayNumber(String(value))
  return number !== undefined && test.from <= number && number <= test.to
}
