// @ts-check
/**
 * What tickets of a busy desk look like, made up and always the same: some words come often and most are rare, as in any language, and
 * so do labels, queues and people.
 */
import { randomNumbers } from '../random.mjs'

const wordCount = 20_000
const seed = 2224
/** When the first ticket was made, and how long after it the next one was, in milliseconds. */
const firstTime = Date.UTC(2022, 0, 1)
const betweenMs = 90_000

export const people = names('user', 50)
export const labels = names('label', 200)
/**
 * Labels that many tickets have and no ticket two of: of four tickets the first has `fourth-1`, the second `fourth-2`; of all, half have
 * `older` and half `newer`. And a word that every second ticket has. What asks for two of these at once finds nothing, or has much to skip.
 */
export const spread = /** @type {const} */ ({ first: 'fourth-1', second: 'fourth-2', older: 'older', newer: 'newer' })
export const everySecond = 'halfway'
export const queues = names('queue', 20)
export const priorities = /** @type {const} */ (['low', 'normal', 'normal', 'normal', 'high', 'urgent'])
/** With their categories, beside those that every desk begins with. @typedef {readonly [string, 'new' | 'active' | 'waiting' | 'done']} Status */
/** @type {readonly [Status, ...Status[]]} */
export const statuses = [
  ['triage', 'new'],
  ['accepted', 'new'],
  ['working', 'active'],
  ['in review', 'active'],
  ['for the customer', 'waiting'],
  ['for a part', 'waiting'],
  ['fixed', 'done'],
  ['not to be fixed', 'done'],
]

/** A due day lies within so much of the ticket's creation. */
const dueMs = 400 * 24 * 60 * 60 * 1000
/** From this ticket on they are newer. */
const newerFrom = 500_000

const words = makeWords()

/**
 * A ticket as an import takes it, by its place from 0 on.
 * @param {number} place @returns {import('../../src/tickets/import.js').ImportedTicket}
 */
export function ticketAt(place) {
  const random = randomNumbers(seed + place)
  const createdTime = firstTime + place * betweenMs
  const comments = place % 10 === 0 ? [commentAfter(createdTime, random)] : []
  return {
    ticket: {
      title: text(random, 8),
      description: place % 2 === 0 ? `${text(random, 60)} ${everySecond}` : text(random, 60),
      status: often(random, statuses)[0],
      priority: any(random, priorities),
      queue: often(random, queues),
      requester: any(random, people),
      assignees: some(random, people, 3),
      labels: [...some(random, labels, 5), ...spreadOf(place)],
      ...(place % 3 === 0 && { due: new Date(createdTime + random() * dueMs).toISOString().slice(0, 10) }),
      ref: `MADE-${place + 1}`,
    },
    createdTime,
    createdBy: any(random, people),
    comments,
  }
}

/** @param {number} place */
function spreadOf(place) {
  const quarter = [spread.first, spread.second][place % 4]
  return [place < newerFrom ? spread.older : spread.newer, ...(quarter === undefined ? [] : [quarter])]
}

/** @param {number} time @param {() => number} random */
function commentAfter(time, random) {
  return { text: text(random, 20), internal: random() < 0.3, time: time + betweenMs, author: any(random, people) }
}

/** So many words. @param {() => number} random @param {number} count */
export function text(random, count) {
  return Array.from({ length: count }, () => often(random, words)).join(' ')
}

/** Any of them. @template Item @param {() => number} random @param {readonly [Item, ...Item[]]} items */
function any(random, items) {
  return items[Math.floor(random() * items.length)] ?? items[0]
}

/** The first ones most often. @template Item @param {() => number} random @param {readonly [Item, ...Item[]]} items */
function often(random, items) {
  return items[Math.floor(items.length ** random()) - 1] ?? items[0]
}

/** None to `most` of them. @param {() => number} random @param {readonly [string, ...string[]]} items @param {number} most */
function some(random, items, most) {
  return [...new Set(Array.from({ length: Math.floor(random() * (most + 1)) }, () => often(random, items)))]
}

/** @param {string} kind @param {number} count @returns {[string, ...string[]]} */
function names(kind, count) {
  return [`${kind}-1`, ...Array.from({ length: count - 1 }, (_, place) => `${kind}-${place + 2}`)]
}

/** Words of two to four syllables. @returns {[string, ...string[]]} */
function makeWords() {
  const random = randomNumbers(seed)
  /** @param {string} letters */
  const letter = (letters) => letters.charAt(Math.floor(random() * letters.length))
  const word = () =>
    Array.from({ length: 2 + Math.floor(random() * 3) }, () => letter('bdfgklmnprstvz') + letter('aeiou')).join('')
  return ['ticket', ...Array.from({ length: wordCount - 1 }, word)]
}
