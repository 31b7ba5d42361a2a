/**
 * A search as people write it, read into terms: the grammar alone. What a name means, and which values it may have, is for those who
 * answer the search to say. Nothing is guessed: what is not understood is a fault that names the word, its place and the cure.
 *
 *     query  = { term }                      terms are joined by AND
 *     term   = ["-"] ( word | '"' phrase '"' | name ":" values | "(" query { OR query } ")" )
 *     values = value { "," value }           a comma is OR; a value with a space or a comma is quoted, a quote inside is \"
 */
import { queryDepthMax, queryValuesMax } from '../contract/limits.js'
import { shortName } from '../names/name.js'

/** Where a word stands: its first character is 1. */
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
  readonly name: string
  readonly values: readonly Value[]
}

/** A word, or a phrase in quotes, that stands for itself. */
export interface TextTerm extends Placed {
  readonly kind: 'text'
  readonly text: string
  readonly isQuoted: boolean
}

/** `( … OR … )`. */
export interface GroupTerm extends Placed {
  readonly kind: 'group'
  readonly alternatives: readonly Query[]
}

export type Term = NamedTerm | TextTerm | GroupTerm

/** Terms of which all must hold; none at all is everything. */
export type Query = readonly Term[]

/** Why a search is not understood, in a sentence with its place. */
export class SearchFault extends Error {
  override readonly name = 'SearchFault'

  constructor(word: string, place: number, cure: string) {
    super(`'${shortName(word)}' at character ${place} of the search: ${cure}`)
  }
}

/** Reads a search. Throws a SearchFault. */
export function readSearch(text: string): Query {
  const reader = new SearchReader(text)
  const query = reader.query(0)
  reader.demandEnd()
  return query
}

const SPACE = /\s/u
const NAME = /[a-z][a-z.-]*(?=:)/iuy

class SearchReader {
  readonly #text: string
  #at = 0
  #values = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Terms up to the end, or, inside parentheses, up to what ends them there. */
  query(depth: number): Query {
    const terms: Term[] = []
    for (;;) {
      this.#skipSpaces()
      if (this.#isAtEnd() || (depth > 0 && (this.#peek() === ')' || this.#isOr()))) return terms
      if (this.#isOr()) {
        this.#fault('OR', this.#at, 'it stands only inside parentheses. Write (… OR …), or a comma between values.')
      }
      terms.push(this.#term(depth))
    }
  }

  demandEnd(): void {
    if (!this.#isAtEnd()) this.#fault(this.#peek(), this.#at, 'nothing was begun that it could end. Leave it out.')
  }

  #term(depth: number): Term {
    const place = this.#at + 1
    const isNegated = this.#peek() === '-'
    if (isNegated) this.#at += 1
    if (this.#isAtEnd() || SPACE.test(this.#peek())) {
      this.#fault('-', place - 1, 'there is nothing behind it to leave out. Write it right before a word.')
    }
    if (this.#peek() === '(') return { kind: 'group', alternatives: this.#group(depth + 1), place, isNegated }
    if (this.#peek() === '"') return { kind: 'text', text: this.#quoted(), isQuoted: true, place, isNegated }
    NAME.lastIndex = this.#at
    const [name] = NAME.exec(this.#text) ?? []
    if (name === undefined) return { kind: 'text', text: this.#bare(depth, false), isQuoted: false, place, isNegated }
    this.#at += name.length + 1
    return { kind: 'named', name: name.toLowerCase(), values: this.#readValues(name, place, depth), place, isNegated }
  }

  #group(depth: number): Query[] {
    const begin = this.#at
    if (depth > queryDepthMax) this.#fault('(', begin, `parentheses stand at most ${queryDepthMax} deep. Use fewer.`)
    const alternatives: Query[] = []
    do {
      const from = this.#at
      this.#at += alternatives.length === 0 ? 1 : 2
      const query = this.query(depth)
      if (query.length === 0) {
        const opening = this.#peek() === ')' ? '()' : '('
        const word = alternatives.length === 0 ? opening : 'OR'
        this.#fault(word, from, 'a part of the parentheses is empty. Write something there, or leave it out.')
      }
      alternatives.push(query)
    } while (this.#isOr())
    if (this.#peek() !== ')') this.#fault('(', begin, 'it is not closed. Write a ) behind it.')
    this.#at += 1
    return alternatives
  }

  #readValues(name: string, place: number, depth: number): Value[] {
    const values: Value[] = []
    for (;;) {
      const at = this.#at + 1
      const isQuoted = this.#peek() === '"'
      const text = isQuoted ? this.#quoted() : this.#bare(depth, true)
      if (text === '') {
        this.#fault(`${name}:`, place - 1, 'a value is missing. Write one right behind it, without a space.')
      }
      values.push({ text, isQuoted, place: at })
      this.#values += 1
      if (this.#values > queryValuesMax) {
        this.#fault(text, at - 1, `a search has at most ${queryValuesMax} words and values. Use fewer.`)
      }
      if (this.#peek() !== ',') break
      this.#at += 1
    }
    const next = this.#peek()
    if (next !== '' && !SPACE.test(next) && !(depth > 0 && next === ')')) {
      this.#fault(next, this.#at, 'a value goes on behind its quote. Put all of it into the quotes.')
    }
    return values
  }

  /** Up to the next space; a value up to a comma too. Inside parentheses up to the one that closes them. */
  #bare(depth: number, isValue: boolean): string {
    const begin = this.#at
    let open = 0
    for (; !this.#isAtEnd(); this.#at += 1) {
      const character = this.#peek()
      if (SPACE.test(character) || (isValue && character === ',')) break
      if (character === '(') open += 1
      if (character === ')') {
        if (depth > 0 && open === 0) break
        open -= 1
      }
    }
    if (!isValue) this.#values += 1
    return this.#text.slice(begin, this.#at)
  }

  #quoted(): string {
    const begin = this.#at
    let text = ''
    for (this.#at += 1; !this.#isAtEnd(); this.#at += 1) {
      const character = this.#peek()
      if (character === '"') {
        this.#at += 1
        return text
      }
      const isEscaped = character === '\\' && ['"', '\\'].includes(this.#text[this.#at + 1] ?? '')
      if (isEscaped) this.#at += 1
      text += isEscaped ? this.#peek() : character
    }
    return this.#fault('"', begin, 'the quote is not closed. Write a " behind it.')
  }

  #isOr(): boolean {
    const [before, behind] = [this.#text[this.#at - 1] ?? ' ', this.#text[this.#at + 2] ?? ' ']
    return this.#text.startsWith('OR', this.#at) && /[\s(")]/u.test(before) && /[\s()"]/u.test(behind)
  }

  #skipSpaces(): void {
    while (SPACE.test(this.#peek())) this.#at += 1
  }

  /** The character that comes next; empty at the end. */
  #peek(): string {
    return this.#text[this.#at] ?? ''
  }

  #isAtEnd(): boolean {
    return this.#at >= this.#text.length
  }

  #fault(word: string, at: number, cure: string): never {
    throw new SearchFault(word, at + 1, cure)
  }
}
