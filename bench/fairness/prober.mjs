// @ts-check
/**
 * A program of the bench: the other clients. A few connections that read and write small things all the time, each the next one
 * a moment after the last was answered. For each line on its input it says as JSON what was the longest that any of them waited since the line
 * before, in milliseconds, what was still waiting counted, and how many were not answered with a success. Arguments: DESK_URL KEYS_URL.
 */
import { Agent, request } from 'node:http'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { createTickets } from '../cases.mjs'

/** Between two requests of one connection, in milliseconds. */
const pauseMs = { read: 5, write: 20 }

const [deskUrl = '', keysUrl = ''] = process.argv.slice(2)
const form = { 'content-type': 'application/x-www-form-urlencoded' }

/**
 * @typedef {object} Probe
 * @property {'read' | 'write'} kind
 * @property {string} url
 * @property {string} method
 * @property {Record<string, string>} [headers]
 * @property {string} [body]
 */

/** @type {readonly Probe[]} */
const probes = [
  { kind: 'read', url: `${keysUrl}/v2/keys/prober`, method: 'GET' },
  { kind: 'read', url: `${deskUrl}/tickets/1`, method: 'GET' },
  { kind: 'write', url: `${keysUrl}/v2/keys/prober`, method: 'PUT', headers: form, body: 'value=small' },
  {
    kind: 'write',
    url: deskUrl + createTickets.path,
    method: 'POST',
    headers: { 'content-type': createTickets.contentType ?? '' },
    body: createTickets.body ?? '',
  },
]

let longest = { read: 0, write: 0 }
let failed = 0
/** When each probe that waits for its answer was sent. @type {Map<Probe, number>} */
const waiting = new Map()

for (const probe of probes.toReversed()) await ask(probe)
longest = { read: 0, write: 0 }
failed = 0
for (const probe of probes) void go(probe)
createInterface({ input: process.stdin }).on('line', tell)
console.log('probing')

/** @param {Probe} probe */
async function go(probe) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (;;) {
    await ask(probe, agent)
    await delay(pauseMs[probe.kind])
  }
}

/** @param {Probe} probe @param {Agent} [agent] */
async function ask(probe, agent) {
  const { url, method, headers = {}, body } = probe
  const sentAt = performance.now()
  waiting.set(probe, sentAt)
  const isAnswered = await new Promise((resolve) => {
    const asking = request(url, { method, headers, ...(agent && { agent }) }, (response) => {
      response.resume()
      response.once('end', () => resolve((response.statusCode ?? 500) < 300)).once('error', () => resolve(false))
    })
    asking.once('error', () => resolve(false)).end(body)
  })
  waiting.delete(probe)
  if (!isAnswered) failed += 1
  note(probe, sentAt)
}

/** @param {Probe} probe @param {number} sentAt */
function note({ kind }, sentAt) {
  longest[kind] = Math.max(longest[kind], performance.now() - sentAt)
}

function tell() {
  for (const [probe, sentAt] of waiting) note(probe, sentAt)
  console.log(JSON.stringify({ readMs: longest.read, writeMs: longest.write, failed }))
  longest = { read: 0, write: 0 }
  failed = 0
}
