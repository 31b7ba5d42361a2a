/**
 * From the text of a search to what it asks of a ticket, as one viewer may ask it, and in which order: names become numbers, days seconds,
 * and what one may not see is no part of the answer.
 *
 * `in:` is about the free words beside it, and about those in parentheses beside it that have no `in:` of their own. `sort:` stands once,
 * outside parentheses. A search that says `is:bin` anywhere is about all tickets, and `is:bin` selects those of the bin; any other is
 * about those that are there.
 */
import { sortWords } from '../contract/limits.js'
import { allOf, anyOf, EVERYTHING, not, type Condition, type Order, type SortKey, type TextPlace } from './condition.js'
import { formOf } from './folding.js'
import type { SearchLookup } from './lookup.js'
import { fault, listed, type OnName, type Reading } from './readers.js'
import { sightOf } from './sight.js'
import { ALL, LIVE } from './terms.js'
import { readWord } from './vocabulary.js'
import {
  BESIDE,
  readSearch,
  SearchFault,
  type NamedTerm,
  type Query,
  type Term,
  type TextTerm,
  type Value,
} from './words.js'
import { Zone } from './zone.js'

/** Which tickets, and in which order. */
export interface Search {
  readonly condition: Condition
  readonly order: Order
}

export interface SearchOptions {
  readonly lookup: SearchLookup
  /** Milliseconds since 1970. */
  readonly now: number
  /** Where days begin and end; UTC where nothing is said. */
  readonly zone?: Zone
  /** The order where it is said beside the search, as `sort:` has it. */
  readonly sort?: string | undefined
  /** Whether tickets are counted: they come in no order then. */
  readonly isCount?: boolean
  readonly onName?: OnName | undefined
}

/** Letters that the last word needs so that it may go on. */
const PREFIX_LETTERS = 3

const LETTER = /[\p{L}\p{N}]/gu
/** What a text can be found by: letters, digits, and pictures that are used like words. */
const FINDABLE = /[\p{L}\p{N}\p{Extended_Pictographic}\p{RI}]/u

/** What a list of tickets is asked for. Throws a SearchFault. */
export function readList(text: string, { lookup, now, zone = Zone.utc, sort, isCount, onName }: SearchOptions): Search {
  const query = readSearch(text)
  if (isCount === true) refuseOrder(query)
  const reading = { lookup, zone, today: zone.dayOf(Math.floor(now / 1000)), isOfEvents: false, onName }
  const scope = { terms: [mentions(query, isAboutBin) ? ALL : LIVE] }
  const asked = new SearchCompiler(reading).query(query, placesSeen(reading), 0)
  return { condition: allOf([scope, sightOf(lookup.viewer), asked]), order: orderOf(query, sort, reading) }
}

/** What the ticket of an event is asked for; undefined for anything. Throws a SearchFault, also where no event carries what is asked. */
export function readEventSearch(text: string, lookup: SearchLookup): Condition | undefined {
  const query = readSearch(text)
  const reading = { lookup, zone: Zone.utc, today: 0, isOfEvents: true }
  return query.length === 0 ? undefined : new SearchCompiler(reading).query(query, [], 0)
}

class SearchCompiler {
  readonly #reading: Reading
  /** Free words so far. */
  #texts = 0

  constructor(reading: Reading) {
    this.#reading = reading
  }

  /** What all terms ask for. Free words are looked for in `places` where nothing else is said here. */
  query(query: Query, places: readonly TextPlace[], depth: number): Condition {
    const said = this.#reading.isOfEvents ? undefined : only(query, 'in')
    const here = said === undefined ? places : placesOf(said, this.#reading)
    const before = this.#texts
    const conditions = query.map((term) => this.#term(term, here, depth))
    if (said !== undefined && this.#texts === before) {
      throw new SearchFault(
        'in:',
        said.place,
        'no word stands beside it that it could be about. Write one, or leave it out.',
      )
    }
    return allOf(conditions)
  }

  #term(term: Term, places: readonly TextPlace[], depth: number): Condition {
    const condition = this.#positive(term, places, depth)
    return term.isNegated ? not(condition) : condition
  }

  #positive(term: Term, places: readonly TextPlace[], depth: number): Condition {
    switch (term.kind) {
      case 'group':
        return anyOf(term.alternatives.map((query) => this.query(query, places, depth + 1)))
      case 'text':
        return this.#text(term, places)
      case 'named':
        if (!this.#reading.isOfEvents) {
          if (term.name === 'in') return EVERYTHING
          if (term.name === 'sort') {
            if (depth > 0)
              throw new SearchFault('sort:', term.place, 'it stands outside parentheses alone. Move it there.')
            return EVERYTHING
          }
        }
        return anyOf(readWord(term, this.#reading))
    }
  }

  #text(term: TextTerm, places: readonly TextPlace[]): Condition {
    const { text, place } = term
    if (this.#reading.isOfEvents) {
      throw new SearchFault(
        text,
        place,
        'events are found by no text. What they carry is status:, label: and the like.',
      )
    }
    // Some letters are never seen, and nothing is left of them in what is looked through.
    if (!FINDABLE.test(formOf(text, false))) {
      throw new SearchFault(
        text,
        place,
        'it has no letter or digit to be found by. Leave it out, or write what stands beside it too, in quotes.',
      )
    }
    this.#texts += 1
    return { text: { written: text, kind: kindOf(term), places } }
  }
}

/** A word that may still be being written is the beginning of one. What is left out is left out as it stands. */
function kindOf({ text, isQuoted, isLast, isNegated }: TextTerm): 'word' | 'prefix' | 'phrase' {
  if (isQuoted) return 'phrase'
  const isLong = (text.match(LETTER) ?? []).length >= PREFIX_LETTERS
  return isLast && !isNegated && isLong ? 'prefix' : 'word'
}

/** The comments that one may see, and all else. */
function placesSeen(reading: Reading): readonly TextPlace[] {
  return ['title', 'description', commentsSeen(reading)]
}

function commentsSeen({ lookup }: Reading): TextPlace {
  return lookup.viewer.isStaff ? 'comments' : 'publicComments'
}

function placesOf({ values }: NamedTerm, reading: Reading): readonly TextPlace[] {
  const table: Readonly<Record<string, TextPlace>> = {
    title: 'title',
    description: 'description',
    comments: commentsSeen(reading),
  }
  const said = values.map(
    (value) =>
      listed(table, value) ?? fault(value, 'there is no such place. Write in:title, in:description or in:comments.'),
  )
  return placesSeen(reading).filter((place) => said.includes(place))
}

/** The one term of a name that stands once on its level, and is not negated. */
function only(query: Query, name: 'in' | 'sort'): NamedTerm | undefined {
  const [first, second] = query.filter((term): term is NamedTerm => term.kind === 'named' && term.name === name)
  const odd = second ?? (first?.isNegated === true ? first : undefined)
  if (odd === undefined) return first
  const cure = odd.isNegated
    ? 'it leaves nothing out. Write it without the -.'
    : 'it stands there twice. Write it once.'
  throw new SearchFault(`${name}:`, odd.place, cure)
}

/** What is counted has no order: one that is asked for all the same is a mistake that would go unseen. */
function refuseOrder(query: Query): void {
  const term = only(query, 'sort')
  if (term !== undefined) throw new SearchFault('sort:', term.place, 'counts have no order. Leave it out.')
}

function orderOf(query: Query, sort: string | undefined, reading: Reading): Order {
  const term = only(query, 'sort')
  if (term !== undefined && sort !== undefined) {
    throw new SearchFault('sort:', term.place, 'the order is said beside the search too. Say it once.')
  }
  const beside = sort === undefined ? [] : [{ text: sort, isQuoted: false, place: BESIDE }]
  const [value, second]: readonly Value[] = term?.values ?? beside
  if (value === undefined) return { by: 'number', isDescending: true }
  if (second !== undefined) fault(second, 'the order goes by one thing. Write one.')
  const { isStaff } = reading.lookup.viewer
  const keys: Readonly<Record<(typeof sortWords)[number], SortKey>> = {
    number: 'number',
    created: 'created',
    updated: isStaff ? 'updated' : 'publicUpdated',
    closed: 'closed',
    due: 'due',
    priority: 'priority',
    comments: isStaff ? 'comments' : 'publicComments',
    relevance: 'relevance',
  }
  const [, key = '', direction] = /^(.*?)(-asc|-desc)?$/su.exec(value.text.toLowerCase()) ?? []
  const by = listed(keys, { ...value, text: key })
  if (by === undefined) {
    fault(value, `there is no such order. Write one of ${sortWords.join(', ')}, with -asc or -desc behind it.`)
  }
  if (by === 'relevance') {
    if (direction === '-asc') fault(value, 'the best come first. Write sort:relevance.')
    if (!mentions(query, isFreeWord)) fault(value, 'there is no word to be relevant to. Write one, or another order.')
  }
  return { by, isDescending: direction !== '-asc' }
}

/** Whether a term is there, at any depth. */
function mentions(query: Query, is: (term: Term) => boolean): boolean {
  return query.some(
    (term) => is(term) || (term.kind === 'group' && term.alternatives.some((part) => mentions(part, is))),
  )
}

function isAboutBin(term: Term): boolean {
  return (
    term.kind === 'named' && term.name === 'is' && term.values.some((value) => listed({ bin: true }, value) === true)
  )
}

function isFreeWord(term: Term): boolean {
  return term.kind === 'text' && !term.isNegated
}
