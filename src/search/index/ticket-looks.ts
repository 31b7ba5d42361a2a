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
import type { Condition, FieldTest, TextPlace, TextTest } from '../condition.js'
import { Forms } from '../text.js'
import { clearBit, placesOf } from './bits.js'
import type { Lookups } from './evaluate.js'
import { commentSourcesOf, INTERNAL_COMMENTS } from './full-text.js'
import type { Looks } from './looks.js'
import type { Chunk, IndexReader } from './reader.js'
import { TicketTextReader } from './ticket-texts.js'

export type TextCondition = Extract<Condition, { readonly text: unknown }>
export type FieldCondition = Extract<Condition, { readonly field: number }>

/** Characters of the texts that one answer keeps for what it asks next. */
const KEPT_MAX = 4 * 1024 * 1024

interface KeptTexts {
  readonly title: Forms
  readonly description: Forms | undefined
  /** All that whoever asks may see; undefined while they were not all read. */
  comments?: readonly Forms[]
}

/** What one answer has looked at, for whatever it asks again. */
export class LookedAt {
  readonly #held = new Map<TextTest, Map<number, boolean>>()
  readonly #texts = new Map<number, KeptTexts>()
  #characters = 0

  /** Which tickets were found to hold what is written, and which not. */
  held(test: TextTest): Map<number, boolean> {
    let held = this.#held.get(test)
    if (held === undefined) this.#held.set(test, (held = new Map()))
    return held
  }

  textsOf(number: number): KeptTexts | undefined {
    return this.#texts.get(number)
  }

  keep(number: number, texts: KeptTexts, characters: number): void {
    if (this.#hasRoomFor(characters)) this.#texts.set(number, texts)
  }

  keepComments(texts: KeptTexts, comments: readonly Forms[], characters: number): void {
    if (this.#hasRoomFor(characters)) texts.comments = comments
  }

  #hasRoomFor(characters: number): boolean {
    if (this.#characters + characters > KEPT_MAX) return false
    this.#characters += characters
    return true
  }
}

export class TicketLooks implements Lookups {
  readonly looksAtEach = true
  readonly #reader: IndexReader
  readonly #looks: Looks
  readonly #isStaff: boolean
  readonly #lookedAt: LookedAt
  readonly #texts: TicketTextReader
  readonly #fields: Statement

  /** Whoever is not of the staff has no internal comments. */
  constructor(database: Database, reader: IndexReader, looks: Looks, isStaff: boolean, lookedAt = new LookedAt()) {
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
    const known = this.#lookedAt.held(text)
    this.keepEach(chunk, bits, (number) => {
      let holds = known.get(number)
      if (holds === undefined) {
        holds = this.#holds(number, text)
        if (holds !== undefined) known.set(number, holds)
      }
      return holds === true
    })
  }

  keepField(chunk: Chunk, { field, value }: FieldCondition, bits: Uint32Array): void {
    this.keepEach(chunk, bits, (number) => {
      this.#looks.spendTicket()
      const values = fieldValuesOf(String(this.#fields.get(number)?.['fields'] ?? ''))
      return isSo(values[String(field)], value)
    })
  }

  /** What may not be looked at any more is not kept. */
  keepEach({ chunk }: Chunk, bits: Uint32Array, isKept: (number: number) => boolean): void {
    const base = chunk * 2 ** this.#reader.sizes.chunkBits
    for (const inChunk of placesOf(bits)) {
      if (!this.#looks.mayLook() || !isKept(base + inChunk)) clearBit(bits, inChunk)
    }
  }

  /** Undefined where it may not be looked at to the end. */
  #holds(number: number, test: TextTest): boolean | undefined {
    for (const text of this.#textsOf(number, test.places)) {
      if (text === undefined) return undefined
      if (text.hold(test)) return true
    }
    return false
  }

  /** Ends with undefined where the rest may not be looked at. */
  *#textsOf(number: number, places: readonly TextPlace[]): Generator<Forms | undefined, void, undefined> {
    const texts = this.#lookedAt.textsOf(number) ?? this.#read(number)
    if (places.includes('title')) yield texts.title
    if (places.includes('description') && texts.description !== undefined) yield texts.description
    const sources = commentSourcesOf(places, this.#isStaff)
    if (sources.length === 0) return
    const withInternal = sources.includes(INTERNAL_COMMENTS)
    if (texts.comments !== undefined && withInternal === this.#isStaff) yield* texts.comments
    else yield* this.#readComments(number, withInternal, texts)
  }

  #read(number: number): KeptTexts {
    const { title, description } = this.#texts.texts(number, this.#isStaff)
    this.#looks.spendTicket()
    const characters = title.length + (description?.length ?? 0)
    this.#looks.spend(characters)
    const texts = { title: new Forms(title), description: description === null ? undefined : new Forms(description) }
    this.#lookedAt.keep(number, texts, characters)
    return texts
  }

  *#readComments(
    number: number,
    withInternal: boolean,
    texts: KeptTexts,
  ): Generator<Forms | undefined, void, undefined> {
    const read: Forms[] = []
    let characters = 0
    for (const { text } of this.#texts.comments(number, withInternal)) {
      if (!this.#looks.mayLook()) {
        yield undefined
        return
      }
      this.#looks.spend(text.length)
      characters += text.length
      const forms = new Forms(text)
      if (characters <= KEPT_MAX) read.push(forms)
      yield forms
    }
    if (withInternal === this.#isStaff) this.#lookedAt.keepComments(texts, read, characters)
  }
}

/** Whether a field's value, as its record has it, is so. */
function isSo(value: FieldValue | undefined, test: FieldTest): boolean {
  if (value === undefined || value === null) return false
  if ('text' in test) return folded(String(value)) === test.text
  const number = typeof value === 'number' ? value : dayNumber(String(value))
  return number !== undefined && test.from <= number && number <= test.to
}
