// @ts-check
/**
 * What is measured, and what it must reach. A case of requests is one sort of traffic, sent to etcdesk with few and with
 * many tickets and to its peer; its rows compare what was measured. The cases that are no traffic are in main.mjs.
 */
import { ticketTitle } from './data.mjs'

const form = 'application/x-www-form-urlencoded'
/** 20 bytes. */
const value = 'twenty bytes of text'
const keysOfSet = 1000

/**
 * @typedef {object} TrafficCase
 * @property {string} name
 * @property {string} title
 * @property {'keys' | 'desk'} door
 * @property {{ name: 'etcd' | 'Fastify', atLeast?: number }} [peer] who gets the same requests, and the ratio to reach
 * @property {number} [atLeastOfFew] the ratio to reach with many tickets against few
 * @property {boolean} writes
 * @property {(tickets: number) => import('./load.mjs').Traffic} traffic
 */

/** @type {readonly TrafficCase[]} */
export const trafficCases = [
  {
    name: 'keys-get',
    title: 'keys GET',
    door: 'keys',
    peer: { name: 'etcd', atLeast: 1 },
    writes: false,
    traffic: () => ({ method: 'GET', path: '/v2/keys/bench/one' }),
  },
  {
    name: 'desk-get',
    title: 'desk GET one',
    door: 'desk',
    peer: { name: 'Fastify', atLeast: 0.8 },
    atLeastOfFew: 0.9,
    writes: false,
    traffic: (tickets) => ({ method: 'GET', path: '/tickets/{id}', highest: tickets }),
  },
  {
    name: 'desk-page',
    title: 'desk page of 50',
    door: 'desk',
    atLeastOfFew: 0.9,
    writes: false,
    // Not the last 50, so that every page is full.
    traffic: (tickets) => ({ method: 'GET', path: '/tickets?limit=50&after={id}', highest: tickets - 51 }),
  },
  {
    name: 'keys-put',
    title: 'keys PUT',
    door: 'keys',
    peer: { name: 'etcd' },
    writes: true,
    traffic: () => ({
      method: 'PUT',
      path: '/v2/keys/bench/set/{n}',
      contentType: form,
      body: `value=${value}`,
      highest: keysOfSet,
    }),
  },
  {
    name: 'keys-post',
    title: 'keys POST in order',
    door: 'keys',
    peer: { name: 'etcd', atLeast: 1 },
    writes: true,
    traffic: () => ({ method: 'POST', path: '/v2/keys/bench/queue', contentType: form, body: `value=${value}` }),
  },
  {
    name: 'desk-post',
    title: 'desk POST',
    door: 'desk',
    peer: { name: 'Fastify', atLeast: 0.6 },
    writes: true,
    traffic: () => createTickets,
  },
]

/** @type {import('./load.mjs').Traffic} */
export const createTickets = {
  method: 'POST',
  path: '/tickets',
  contentType: 'application/json',
  body: JSON.stringify({ value: ticketTitle }),
}

/** The cases that are no traffic alone: what they are called on the command line. */
export const otherCases = /** @type {const} */ (['p99', 'start', 'memory'])

/** Puts the key there that `keys GET` reads. @param {string} keysUrl */
export async function prepareKeys(keysUrl) {
  const response = await fetch(`${keysUrl}/v2/keys/bench/one`, {
    method: 'PUT',
    headers: { 'content-type': form },
    body: `value=${value}`,
  })
  await response.text()
  if (!response.ok) throw new Error(`PUT ${keysUrl}/v2/keys/bench/one: ${response.status}`)
}

/**
 * A line of the table. `ours` and `theirs` are names of series (`<case> <contestant>`).
 * @typedef {object} Row
 * @property {string} title
 * @property {string} ours
 * @property {string} theirs
 * @property {string} peer what it is compared with, in words
 * @property {number | undefined} atLeast the ratio to reach
 */

/**
 * The rows that compare speeds. @param {string} few the contestant with few tickets @param {string} many the one with many
 * @returns {Row[]}
 */
export function speedRows(few, many) {
  /** @type {Row[]} */
  const rows = []
  for (const { name, title, peer, atLeastOfFew } of trafficCases) {
    const theirs = `${name} ${peer?.name}`
    for (const ours of peer === undefined ? [] : [few, many]) {
      const measured = { title: `${title}, ${ours}`, ours: `${name} ${ours}` }
      rows.push({ ...measured, theirs, peer: peer?.name ?? '', atLeast: peer?.atLeast })
    }
    if (atLeastOfFew !== undefined) {
      const measured = { title: `${title}, ${many}`, ours: `${name} ${many}` }
      rows.push({ ...measured, theirs: `${name} ${few}`, peer: few, atLeast: atLeastOfFew })
    }
  }
  return rows
}
