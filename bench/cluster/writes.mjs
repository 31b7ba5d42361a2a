// @ts-check
/**
 * How quickly tickets are created over one member of etcd: through a store's `run`, through one desk node's door, and through
 * three nodes' at once; against that etcd's own puts. Each with a fresh etcd, in another order each round.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTickets } from '../cases.mjs'
import { startEtcdesk } from '../contestants.mjs'
import { run as load } from '../load.mjs'
import { runToEnd } from '../processes.mjs'
import { startMembers } from './members.mjs'

/** Writes under way at once, whoever makes them. */
export const inFlight = 256

/** Longer than for the other cases: three nodes have to warm up on few processors. */
export const warmUpSeconds = 3

const program = fileURLToPath(new URL('writing.mjs', import.meta.url))

/** @typedef {{ requests: number, seconds: number }} Result */

/** What is measured, under the name of the case that it is for; the puts are for all. */
const contestants = /** @type {const} */ ([
  { name: 'puts', nodes: 0 },
  { name: 'cluster-run', nodes: 0 },
  { name: 'cluster-post', nodes: 1 },
  { name: 'cluster-post-3', nodes: 3 },
])

/** @param {import('./cluster.mjs').Bench} bench @param {number} round */
export async function measureWrites({ options, folder, note, say }, round) {
  const chosen = contestants.filter(({ name }) => name !== 'puts' && options.isChosen(name))
  if (chosen.length === 0) return
  // Three nodes are compared with one.
  const taking = contestants.filter(
    (one) => one.name === 'puts' || chosen.includes(one) || (one.nodes === 1 && options.isChosen('cluster-post-3')),
  )
  const shift = round % taking.length
  for (const { name, nodes } of [...taking.slice(shift), ...taking.slice(0, shift)]) {
    const place = join(folder, `writes-${round}-${name}`)
    mkdirSync(place, { recursive: true })
    const etcd = await startMembers(join(place, 'etcd'))
    try {
      const seconds = { warmUp: warmUpSeconds, measured: options.seconds }
      const mode = name === 'puts' ? 'puts' : 'store'
      const result =
        nodes === 0 ? await runWriting(mode, etcd, place, seconds) : await postThrough(nodes, etcd, place, seconds)
      const speed = result.requests / result.seconds
      note(name, speed)
      const { again } = result
      if (again !== undefined) note(`${name} again`, again)
      say(
        `round ${round}: ${name}: ${speed.toFixed(0)}/s${again === undefined ? '' : `, ${again.toFixed(2)} conflicts a commit`}`,
      )
    } finally {
      await etcd.stop()
      rmSync(place, { recursive: true, force: true })
    }
  }
}

/**
 * @param {'store' | 'puts'} mode @param {import('./members.mjs').Members} etcd @param {string} place
 * @param {{ warmUp: number, measured: number }} seconds @returns {Promise<Result & { again?: number }>}
 */
async function runWriting(mode, etcd, place, { warmUp, measured }) {
  const endpoint = etcd.members[0]?.endpoint ?? ''
  const numbers = [inFlight, warmUp, measured].map(String)
  const result = JSON.parse(await runToEnd([process.execPath, program, mode, endpoint, etcd.store, place, ...numbers]))
  const requests = Number(result['requests'])
  if (mode === 'store') expectWritten(requests, (await etcd.counts()).index)
  return { requests, seconds: Number(result['seconds']) }
}

/**
 * @param {number} count @param {import('./members.mjs').Members} etcd @param {string} place
 * @param {{ warmUp: number, measured: number }} seconds @returns {Promise<Result & { again: number }>}
 */
async function postThrough(count, etcd, place, { warmUp, measured }) {
  const starting = Array.from({ length: count }, (_, node) =>
    startEtcdesk(`node ${node}`, join(place, `${node}`), { store: etcd.store }),
  )
  const nodes = await Promise.all(starting)
  try {
    /** @param {number} seconds */
    const all = (seconds) =>
      Promise.all(
        nodes.map(({ deskUrl = '' }, node) => {
          const connections = Math.floor(inFlight / count) + (node < inFlight % count ? 1 : 0)
          return load(deskUrl, createTickets, { connections, seconds, seed: node })
        }),
      )
    await all(warmUp)
    const before = await etcd.counts()
    const results = await all(measured)
    const after = await etcd.counts()
    const commits = after.commits - before.commits
    const requests = results.reduce((sum, result) => sum + result.requests, 0)
    expectWritten(requests, after.index - before.index)
    return {
      requests,
      seconds: Math.max(...results.map(({ seconds }) => seconds)),
      // What was asked for and came to nothing: another node was first.
      again: (after.transactions - before.transactions - commits) / commits,
    }
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
  }
}

/** @param {number} answered @param {number} made */
function expectWritten(answered, made) {
  if (made < answered) throw new Error(`${answered} writes were answered and ${made} made`)
}
