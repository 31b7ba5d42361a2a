// @ts-check
/**
 * Searches as people make them, and as nobody should, over the tickets of bench/data: always the same, so that figures can be compared
 * and anybody can see what was asked.
 */
import { everySecond, labels, people, priorities, queues, spread, statuses, text } from '../data/tickets.mjs'
import { randomNumbers } from '../random.mjs'

/**
 * @typedef {object} Query
 * @property {string} q
 * @property {string} [sort]
 * @property {readonly [value: number, number: number]} [after] the place to go on behind; the first page where there is none
 * @property {number} [behind] the page behind such a part of all that are found, from 0 to 1
 */

const usualSeed = 99
const firstDay = Date.UTC(2022, 0, 1)
const days = 1000

/** Made of one to five qualifiers, in any order, from the first page or from deep inside; with words; then from any offset. @param {number} each @param {number} [seed] another one makes others @returns {ReadonlyMap<string, readonly Query[]>} */
export function querySet(each, seed = usualSeed) {
  const random = randomNumbers(seed)
  const made = new Maker(random)
  /** @param {(place: number) => Query} make */
  const some = (make) => Array.from({ length: each }, (_, place) => make(place))
  return new Map([
    ...[1, 2, 3, 4, 5].map((count) => /** @type {const} */ ([`${count} qualifiers`, some(() => made.query(count))])),
    ['with a range', some(() => made.query(1 + Math.floor(random() * 3), made.range()))],
    ['of one requester', some(() => made.query(1, `requester:${made.any(people)}`))],
    ['a deep page', some(() => made.deep())],
    ['one word', some(() => made.query(Math.floor(random() * 3), `${made.word()} `))],
    ['two words', some(() => made.query(Math.floor(random() * 3), `${made.word()} ${made.word()} `))],
    ['a prefix', some(() => ({ q: made.word().slice(0, 3 + Math.floor(random() * 2)) }))],
    ['a phrase', some(() => made.query(Math.floor(random() * 2), `"${text(random, 2)}"`))],
    ['at an offset', some(() => ({ ...made.query(1 + Math.floor(random() * 5)), behind: random() }))],
  ])
}

/** What costs most: frequent values that no ticket has together, orders in which the hits come last, words that are everywhere. @type {readonly Query[]} */
export const worst = [
  { q: `label:${spread.first} label:${spread.second}` },
  { q: `label:${spread.first} label:${spread.second}`, sort: 'due' },
  { q: `label:${spread.older} label:${spread.newer}` },
  { q: 'status:fixed status:triage' },
  { q: '-status:fixed -is:open -label:older' },
  { q: `label:${spread.older} -label:${spread.older}` },
  { q: 'label:label-200 is:open' },
  { q: 'requester:user-7 -is:done' },
  { q: '', sort: 'updated-desc' },
  { q: '', sort: 'due-asc' },
  { q: '', sort: 'comments-desc' },
  { q: '', sort: 'due-asc', after: [19_600, 500_000] },
  { q: '', behind: 0.5 },
  { q: '', sort: 'updated', behind: 0.5 },
  { q: '', sort: 'due-asc', behind: 0.2 },
  { q: '', sort: 'due', behind: 0.9 },
  { q: '', sort: 'priority', behind: 0.5 },
  { q: '-label:label-1', sort: 'closed-asc', behind: 0.3 },
  { q: 'is:done -priority:low', sort: 'comments', behind: 1 },
  { q: `label:${spread.older}`, sort: 'created-desc' },
  { q: `label:${spread.newer}`, sort: 'created-asc' },
  { q: 'label:label-199', sort: 'updated-desc' },
  { q: 'is:done', sort: 'due-asc' },
  { q: 'assignee:none no:label priority:low', sort: 'created-asc' },
  {
    q: 'label:label-1,label-2,label-3,label-4,label-5,label-6,label-7,label-8,label-9,label-10 -label:older',
    sort: 'due',
  },
  { q: 'created:<2022-06-01 due:>2023-01-01 is:done', sort: 'updated' },
  { q: 'status:triage queue:queue-20 assignee:user-40 priority:urgent label:older', sort: 'updated' },
]

/** @type {readonly Query[]} */
export const worstWords = [
  { q: `${everySecond} ` },
  { q: `${everySecond} `, sort: 'due-asc' },
  { q: `${everySecond} `, behind: 0.9 },
  { q: `${everySecond} `, sort: 'due-asc', behind: 0.9 },
  { q: `${everySecond} label:${spread.second}` },
  { q: `${everySecond} label:${spread.second}`, sort: 'due' },
  { q: `${everySecond} requester:user-7` },
  { q: `${everySecond} label:label-200` },
  { q: `${everySecond} ticket ${text(randomNumbers(7), 1)} `, sort: 'due' },
  { q: `"${everySecond} ticket"` },
  { q: `"ticket ${everySecond}"`, sort: 'due' },
  { q: 'tic' },
  { q: 'bab', sort: 'due-asc' },
  { q: 'zzzzzz ' },
  { q: `-${everySecond}` },
]

class Maker {
  #random

  /** @param {() => number} random */
  constructor(random) {
    this.#random = random
  }

  /** @template Item @param {readonly Item[]} items @returns {Item} */
  any(items) {
    const item = items[Math.floor(this.#random() * items.length)]
    if (item === undefined) throw new Error('there is nothing to choose from')
    return item
  }

  word() {
    return text(this.#random, 1)
  }

  /** @param {number} count @param {string} [more] @returns {Query} */
  query(count, more = '') {
    const terms = new Set(Array.from({ length: count }, () => this.#term()))
    return { q: [...terms, more].filter((term) => term !== '').join(' '), sort: this.#sort() }
  }

  /** @returns {Query} */
  deep() {
    const { q } = this.query(1 + Math.floor(this.#random() * 2))
    const number = 1 + Math.floor(this.#random() * 900_000)
    const day = Math.floor(firstDay / 86_400_000) + Math.floor(this.#random() * days)
    return this.#random() < 0.5 ? { q, sort: 'number', after: [0, number] } : { q, sort: 'due', after: [day, number] }
  }

  range() {
    const day = new Date(firstDay + this.#random() * days * 86_400_000).toISOString().slice(0, 10)
    return `${this.any(['created', 'due'])}:${this.any(['>', '<', '>=', '<='])}${day}`
  }

  #sort() {
    return this.any(['number', 'number', 'created', 'updated-desc', 'priority', 'due-asc', 'due-desc', 'comments'])
  }

  #term() {
    const label = () => (this.#random() < 0.1 ? this.any(Object.values(spread)) : this.any(labels))
    return this.any([
      () => 'is:open',
      () => `status:"${this.any(statuses)[0]}"`,
      () => `priority:${this.any(priorities)}`,
      () => `queue:${this.any(queues)}`,
      () => `assignee:${this.any(people)}`,
      () => 'is:unassigned',
      () => `requester:${this.any(people)}`,
      () => `label:${label()}`,
      () => `-label:${label()}`,
      () => `label:${label()},${label()}`,
      () => '-is:done',
    ])()
  }
}
