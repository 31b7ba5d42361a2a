// @ts-check
/** The cases of `/v1`: one whole ticket read, and one made, against a bare Fastify server that answers the same bodies. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { startEtcdesk, startFastify } from '../contestants.mjs'
import { copyFolder, ticketTitle } from '../data.mjs'
import { fullFolder } from '../data/full.mjs'
import { labels, people, text } from '../data/tickets.mjs'
import { run } from '../load.mjs'
import { randomNumbers } from '../random.mjs'
import { ratioLine } from '../report.mjs'

/** What the cases are called on the command line. */
export const v1Cases = /** @type {const} */ (['v1-get-one', 'v1-post'])

/** Longer than for the other cases: a ticket of `/v1` goes through more code, which is quick once some 10,000 went that way. */
const warmUpSeconds = 5
const fastify = 'Fastify'

/** A ticket as people make them: 60 words, two labels, one assignee. */
const newTicket = JSON.stringify({
  title: text(randomNumbers(1), 8),
  description: text(randomNumbers(2), 60),
  labels: labels.slice(0, 2),
  assignees: people.slice(0, 1),
})

/** @param {import('../options.mjs').Options} options */
const sizes = ({ few, many }) => [...new Set([few, many])]
/** @param {number} count */
const called = (count) => `${count.toLocaleString('en-US')} full tickets`

/** @param {string} name @param {number} highest @returns {import('../load.mjs').Traffic} */
function trafficOf(name, highest) {
  if (name === 'v1-get-one') return { method: 'GET', path: '/v1/tickets/{n}', highest }
  return { method: 'POST', path: '/v1/tickets', contentType: 'application/json', body: newTicket }
}

/** @typedef {Omit<import('../cluster/cluster.mjs').Bench, 'filled'>} Bench */

/** @param {Bench} bench @param {string} kept folder of the filled stores */
export async function measureV1(bench, kept) {
  const { options, say } = bench
  /** @type {Map<number, string>} */
  const folders = new Map()
  for (const count of sizes(options)) {
    say(`filling a store with ${called(count)} …`)
    folders.set(count, await fullFolder(kept, count))
  }
  for (let round = 1; round <= options.rounds; round++) await measureRound(bench, round, folders)
}

/** @param {Bench} bench @param {number} round @param {ReadonlyMap<number, string>} folders */
async function measureRound({ options, folder, note, say }, round, folders) {
  const data = join(folder, `v1-${round}`)
  /** @type {{ name: string, url: string, highest: number, stop: () => Promise<void> }[]} */
  const contestants = []
  try {
    for (const [count, from] of folders) {
      copyFolder(from, join(data, String(count)))
      const { deskUrl = '', stop } = await startEtcdesk(called(count), join(data, String(count)))
      contestants.push({ name: called(count), url: deskUrl, highest: count, stop })
    }
    const answer = await fetch(`${contestants[0]?.url}/v1/tickets/1`)
    const body = await answer.text()
    if (!answer.ok) throw new Error(`GET /v1/tickets/1: ${answer.status} ${body}`)
    const { deskUrl = '', stop } = await startFastify(ticketTitle, body)
    contestants.push({ name: fastify, url: deskUrl, highest: options.few, stop })
    for (const [place, name] of v1Cases.entries()) {
      if (!options.isChosen(name)) continue
      // Another one goes first in every round, so that none always meets the machine as the one before left it.
      const shift = (round + place) % contestants.length
      for (const contestant of [...contestants.slice(shift), ...contestants.slice(0, shift)]) {
        const traffic = trafficOf(name, contestant.highest)
        const load = { connections: options.connections, seconds: warmUpSeconds, seed: round }
        await run(contestant.url, traffic, load)
        const before = await indexOf(contestant)
        const result = await run(contestant.url, traffic, { ...load, seconds: options.seconds, seed: -round })
        const after = await indexOf(contestant)
        if (name === 'v1-post' && after - before < result.requests && contestant.name !== fastify) {
          throw new Error(`${contestant.name} answered ${result.requests} writes and made ${after - before}`)
        }
        const speed = result.requests / result.seconds
        note(`${name} ${contestant.name}`, speed)
        say(`round ${round}: ${name}, ${contestant.name}: ${speed.toFixed(0)}/s, p99 ${result.p99Ms.toFixed(2)} ms`)
      }
    }
  } finally {
    await Promise.all(contestants.map((contestant) => contestant.stop()))
    rmSync(data, { recursive: true, force: true })
  }
}

/** The newest index, which counts changes. @param {{ url: string }} contestant */
async function indexOf({ url }) {
  const answer = await fetch(`${url}/v1/tickets/1`)
  await answer.text()
  return Number(answer.headers.get('desk-index'))
}

/**
 * The lines of the table.
 * @param {import('../report.mjs').Series} series @param {import('../options.mjs').Options} options
 * @returns {import('../report.mjs').Line[]}
 */
export function v1Lines(series, options) {
  const rows = [
    { name: 'v1-get-one', title: '/v1 GET one' },
    { name: 'v1-post', title: '/v1 POST' },
  ]
  return rows
    .flatMap(({ name, title }) =>
      sizes(options).map((count) => ({
        title: `${title}, ${called(count)}`,
        ours: `${name} ${called(count)}`,
        theirs: `${name} ${fastify}`,
        peer: fastify,
        atLeast: undefined,
      })),
    )
    .map((row) => ratioLine(row, series))
    .filter((line) => line !== undefined)
}
