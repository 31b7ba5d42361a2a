/**
 * A search as people write it, read into terms: the grammar alone. What a name means, and which values it may have, is for those who
 * answer the search to say. Nothing is guessed: what is not understood is a fault that names the word, its place and the cure.
 *
 *     query  = { term }                      terms are joined by AND
 *     term   = ["-"] ( word | '"' phrase '"' | name ":" values | "(" query { OR query } ")" )
 *     name   = letters, or "field." and the name of a field, which is quoted where it has a space or a colon
 *     values = value { "," value }           a comma is OR; a value with a space or a comma is quoted, a quote inside is \"
 *
 * A value goes on up to the next space, colons included. A word does too, but one with a colon has to be quoted: it looks as if it named
 * something. So have parentheses and quotes that do not belong to the search, unless parentheses are whole inside a word.
 */
import { queryCharactersMax, queryDepthMax, queryValuesMax } from '../contract/limits.js'
import { countCharacters } from '../journal/text.js'
import { CONTROL, LONE_SURROGATE } from '../names/characters.js'
import { shortName } from '../names/name.js'

/** Where a word stands, in characters: the first one is 1. */
interface Placed {
  readonly place: number
  readonly isNegated: boolean
}

export interface Value {
  readonly text: string
  /** A quoted one is a name and nothing else: `"none"` is what is called so. */
  readonly isQuoted: boolean
  readonly place: number
}

/** `name:values`. */
export interface NamedTerm extends Placed {
  readonly kind: 'named'
  /** In small letters. */
  readonly name: string
  /** What a custom field is called; its `name` is `field`. Its place is that of the name itself. */
  readonly field?: Value
  readonly values: readonly Value[]
}

/** A word, or a phrase in quotes, that stands for itself. */
export interface TextTerm extends Placed {
  readonly kind: 'text'
  readonly text: string
  readonly isQuoted: boolean
  /** Whether the search ends with it, an order left aside, so that it may still be being written. */
  readonly isLast: boolean
}

/** `( … OR … )`. */
export interface GroupTerm extends Placed {
  readonly kind: 'group'
  readonly alternatives: readonly Query[]
}

export type Term = NamedTerm | TextTerm | GroupTerm

/** Terms of which all must hold; none at all is everything. */
export type Query = readonly Term[]

/** The place of what is said beside the search: its order alone. */
export const BESIDE = 0

/** Why a search is not understood, in a sentence with its place. */
export class SearchFault extends Error {
  override readonly name = 'SearchFault'
  /** Where it stands: in the search itself, or in the order that is said beside it. */
  readonly parameter: 'q' | 'sort'
  /** What is not understood, as it was read: without its quotes. */
  readonly word: string
  readonly place: number

  constructor(word: string, place: number, cure: string) {
    const where = place === BESIDE ? 'of the order' : `at character ${place} of the search`
    super(`'${shortName(word)}' ${where}: ${cure}`)
    this.parameter = place === BESIDE ? 'sort' : 'q'
    this.word = word
    this.place = place
  }
}

/** What to do with what is no word of the search's. */
export const QUOTE_IT = 'To search for it as it stands, put all of it in quotes.'

/** Reads a search. Throws a SearchFault. */
export function readSearch(text: string): Query {
  return new SearchReader(text).whole()
}

const SPACE = /\s/u
/** What may stand behind the last word. */
const ORDER_ALONE = /^(?:\s+sort:\S+\s*)?$/iu
const NAME = /[a-z][a-z.-]*(?=:)/iuy
const FIELD = /field\.(?:(?=")|[^\s:"(),]+(?=:))/iuy
/** Words that join others elsewhere: people who write them do not look for them. */
const FOREIGN: Readonly<Record<string, string>> = {
  OR: 'nothing is left out by it. Put it in quotes where it is meant itself.',
  AND: 'terms are joined by AND as they stand. Leave it out, or put it in quotes.',
  NOT: 'write a - right before what is not to be, or put it in quotes.',
}

class SearchReader {
  readonly #text: string
  #at = 0
  #values = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): Query {
    this.#demandReadable()
    return this.#query(0)
  }

  #demandReadable(): void {
    const text = this.#text
    const characters = text.length > queryCharactersMax ? countCharacters(text) : 0
    if (characters > queryCharactersMax) {
      const last = [...text.slice(0, 2 * queryCharactersMax)].slice(0, queryCharactersMax).join('').length
      this.#fault(text.slice(last), last, `a search has at most ${queryCharactersMax} characters. Use fewer.`)
    }
    const odd = text.search(LONE_SURROGATE)
    if (odd !== -1) this.#fault('\ufffd', odd, 'it is half a character. Leave it out.')
    for (let at = text.search(CONTROL); at < text.length && at !== -1; at += 1) {
      const character = text[at] ?? ''
      if (CONTROL.test(character) && !SPACE.test(character)) {
        this.#fault('\ufffd', at, 'it is a control character, which nothing is found by. Leave it out.')
      }
    }
  }

  /** Terms up to the end, or, inside parentheses, up to what ends them there. */
  #query(depth: number): Query {
    const terms: Term[] = []
    for (;;) {
      while (SPACE.test(this.#peek())) this.#at += 1
      if (this.#isAtEnd() || (depth > 0 && (this.#peek() === ')' || this.#isOr()))) return terms
      if (this.#isOr()) {
        this.#fault('OR', this.#at, 'it stands only inside parentheses. Write (… OR …), or a comma between values.')
      }
      terms.push(this.#term(depth))
    }
  }

  #term(depth: number): Term {
    const begin = this.#at
    const isNegated = this.#peek() === '-'
    if (isNegated) this.#skipDash(depth)
    const at = { place: this.#placeOf(begin), isNegated }
    if (this.#peek() === '(') return { kind: 'group', alternatives: this.#group(depth + 1), ...at }
    if (this.#peek() === '"') return { kind: 'text', ...this.#phrase(depth), ...at }
    const field = this.#matched(FIELD)
    if (field !== undefined) return this.#fieldTerm(field, begin, depth, at)
    const name = this.#matched(NAME)
    if (name === undefined) return { kind: 'text', ...this.#word(depth, begin), ...at }
    this.#at += name.length + 1
    return { kind: 'named', name: name.toLowerCase(), values: this.#readValues(name, begin, depth), ...at }
  }

  #skipDash(depth: number): void {
    const begin = this.#at
    this.#at += 1
    const next = this.#peek()
    if (next === '' || SPACE.test(next) || (depth > 0 && next === ')')) {
      this.#fault('-', begin, 'there is nothing behind it to leave out. Write it right before a word.')
    }
    if (next === '-') this.#fault('--', begin, `a single - leaves out what stands behind it. ${QUOTE_IT}`)
  }

  #group(depth: number): Query[] {
    const begin = this.#at
    if (depth > queryDepthMax) this.#fault('(', begin, `parentheses stand at most ${queryDepthMax} deep. Use fewer.`)
    const alternatives: Query[] = []
    do {
      const from = this.#at
      this.#at += alternatives.length === 0 ? 1 : 2
      const query = this.#query(depth)
      if (query.length === 0) {
        const opening = this.#peek() === ')' ? '()' : '('
        const word = alternatives.length === 0 ? opening : 'OR'
        this.#fault(word, from, 'a part of the parentheses is empty. Write something there, or leave it out.')
      }
      alternatives.push(query)
    } while (this.#isOr())
    if (this.#peek() !== ')') this.#fault('(', begin, `it is not closed. Write a ) behind it. ${QUOTE_IT}`)
    this.#at += 1
    this.#demandBoundary(depth - 1, 'nothing stands right behind a parenthesis. Write a space between.')
    return alternatives
  }

  #phrase(depth: number): { readonly text: string; readonly isQuoted: boolean; readonly isLast: boolean } {
    const begin = this.#at
    const text = this.#quoted(depth, 'a phrase goes on behind its quote. Put all of it into the quotes.')
    if (text.trim() === '') this.#fault('"', begin, 'nothing stands in the quotes. Write something there.')
    this.#count(text, begin)
    return { text, isQuoted: true, isLast: this.#isAtEnd() }
  }

  #word(depth: number, begin: number): { readonly text: string; readonly isQuoted: boolean; readonly isLast: boolean } {
    const at = this.#at
    const text = this.#bare(depth, false)
    if (text.includes(':')) {
      this.#fault(text, at, `what stands before the colon is no word of a search. ${QUOTE_IT}`)
    }
    const cure = Object.hasOwn(FOREIGN, text) ? FOREIGN[text] : undefined
    if (cure !== undefined) this.#fault(text, at, cure)
    this.#count(text, begin)
    return { text, isQuoted: false, isLast: ORDER_ALONE.test(this.#text.slice(this.#at)) }
  }

  #fieldTerm(matched: string, begin: number, depth: number, at: Placed): NamedTerm {
    this.#at += matched.length
    const isQuoted = this.#peek() === '"'
    const nameAt = isQuoted ? this.#at : this.#at - matched.length + 'field.'.length
    const text = isQuoted ? this.#quoted() : this.#text.slice(nameAt, this.#at)
    const word = this.#text.slice(begin, this.#at)
    if (this.#peek() !== ':') this.#fault(word, begin, 'a value is missing. Write a colon and one behind it.')
    this.#at += 1
    const field = { text, isQuoted, place: this.#placeOf(nameAt) }
    return { kind: 'named', name: 'field', field, values: this.#readValues(word, begin, depth), ...at }
  }

  #readValues(name: string, begin: number, depth: number): Value[] {
    const values: Value[] = []
    for (;;) {
      const at = this.#at
      const isQuoted = this.#peek() === '"'
      const text = isQuoted ? this.#quoted() : this.#bare(depth, true)
      if (text === '') {
        this.#fault(`${name}:`, begin, `a value is missing. Write one right behind it, without a space. ${QUOTE_IT}`)
      }
      values.push({ text, isQuoted, place: this.#placeOf(at) })
      this.#count(text, at)
      if (this.#peek() !== ',') break
      this.#at += 1
    }
    this.#demandBoundary(depth, 'a value goes on behind its quote. Put all of it into the quotes.')
    return values
  }

  /** Up to the next space; a value up to a comma too. Inside parentheses up to the one that closes them. */
  #bare(depth: number, isValue: boolean): string {
    const begin = this.#at
    const open: number[] = []
    for (; !this.#isAtEnd(); this.#at += 1) {
      const character = this.#peek()
      if (SPACE.test(character) || (isValue && character === ',')) break
      if (character === '"') {
        this.#fault('"', this.#at, 'a quote begins behind a space, a colon or a comma. Put all of the word in quotes.')
      }
      if (character === '(') open.push(this.#at)
      if (character !== ')' || open.pop() !== undefined) continue
      if (depth > 0) break
      this.#fault(')', this.#at, `nothing was begun that it could end. Leave it out. ${QUOTE_IT}`)
    }
    const [unclosed] = open
    if (unclosed !== undefined) this.#fault('(', unclosed, `its word has no ) to close it. ${QUOTE_IT}`)
    return this.#text.slice(begin, this.#at)
  }

  /** `cure` where something follows that may not; nothing is looked at behind the quote without. */
  #quoted(depth = 0, cure?: string): string {
    const begin = this.#at
    let text = ''
    for (this.#at += 1; !this.#isAtEnd(); this.#at += 1) {
      const character = this.#peek()
      if (character === '"') {
        this.#at += 1
        if (cure !== undefined) this.#demandBoundary(depth, cure)
        return text
      }
      const isEscaped = character === '\\' && ['"', '\\'].includes(this.#text[this.#at + 1] ?? '')
      if (isEscaped) this.#at += 1
      text += isEscaped ? this.#peek() : character
    }
    return this.#fault(
      '"',
      begin,
      'the quote is not closed. Write a " behind it, and \\" for one that is meant itself.',
    )
  }

  #demandBoundary(depth: number, cure: string): void {
    const next = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0x20)
    if (SPACE.test(next) || (depth > 0 && next === ')') || this.#isOr()) return
    this.#fault(next, this.#at, cure)
  }

  /** Words and values together have a limit. */
  #count(text: string, at: number): void {
    this.#values += 1
    if (this.#values <= queryValuesMax) return
    this.#fault(text, at, `a search has at most ${queryValuesMax} words and values. Use fewer.`)
  }

  #matched(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    return pattern.exec(this.#text)?.[0]
  }

  #isOr(): boolean {
    const [before, behind] = [this.#text[this.#at - 1] ?? ' ', this.#text[this.#at + 2] ?? ' ']
    return this.#text.startsWith('OR', this.#at) && /[\s()"]/u.test(before) && /[\s()"]/u.test(behind)
  }

  /** The character that comes next; empty at the end. */
  #peek(): string {
    return this.#text[this.#at] ?? ''
  }

  #isAtEnd(): boolean {
    return this.#at >= this.#text.length
  }

  /** Offsets count halves of characters, places whole ones. */
  #placeOf(at: number): number {
    return countCharacters(this.#text.slice(0, at)) + 1
  }

  #fault(word: string, at: number, cure: string): never {
    throw new SearchFault(word, this.#placeOf(at), cure)
  }
}
