// @ts-check
/** The cases of many nodes: the desk over a real etcd. What is measured is in the files beside this one, the goals are here. */
import { boundLine, median, ratioLine } from '../report.mjs'
import { measureJoins, measureRejoins } from './joins.mjs'
import { measureLeader } from './leader.mjs'
import { measureReads, readCases } from './reads.mjs'
import { inFlight, measureWrites, warmUpSeconds } from './writes.mjs'

/**
 * What a case needs.
 * @typedef {object} Bench
 * @property {import('../options.mjs').Options} options
 * @property {string} folder for what is to be gone afterwards
 * @property {{ few: string, many: string }} filled folders with filled stores
 * @property {(name: string, value: number) => void} note keeps a number
 * @property {(text: string) => void} say tells how it goes
 */

/** What the cases are called on the command line. */
export const clusterCases = /** @type {const} */ ([
  'cluster-run',
  'cluster-post',
  'cluster-post-3',
  'cluster-reads',
  'cluster-join',
  'cluster-rejoin',
  'cluster-leader',
])

/** @param {Bench} bench */
export async function measureCluster(bench) {
  const { options } = bench
  for (let round = 1; round <= options.rounds; round++) {
    await measureWrites(bench, round)
    if (options.isChosen('cluster-reads')) await measureReads(bench, round)
    if (options.isChosen('cluster-leader')) await measureLeader(bench, round)
  }
  if (options.isChosen('cluster-rejoin')) await measureRejoins(bench)
  if (options.isChosen('cluster-join')) await measureJoins(bench)
}

/**
 * The lines of the table.
 * @param {import('../report.mjs').Series} series @param {import('../options.mjs').Options} options
 * @returns {import('../report.mjs').Line[]}
 */
export function clusterLines(series, options) {
  const few = `${options.few.toLocaleString('en-US')} tickets`
  const many = `${options.many.toLocaleString('en-US')} tickets`
  const missed = `${options.missedCommits.toLocaleString('en-US')} commits`
  /** @param {string} name */
  const of = (name) => series.get(name) ?? []
  /** @param {string} name @param {number} digits */
  const seconds = (name, digits) => `${median(of(name)).toFixed(digits)} s`
  const puts = 'puts one by one'
  /** @type {(import('../report.mjs').Line | undefined)[]} */
  const lines = [
    ratio('creates by store.run over etcd', 'cluster-run', puts, 'puts', 3),
    ratio('desk POST over etcd', 'cluster-post', puts, 'puts', 1.5),
    ratio('desk POST over etcd, three nodes', 'cluster-post-3', 'one node', 'cluster-post', 0.5),
    bound('cluster-post-3 again', (values) => boundLine('conflicts for each commit, three nodes', values, '', 1, 2)),
    ...readCases.map(({ name, title }) =>
      ratio(`${title} over etcd, ${few}`, `cluster-reads ${name} etcd`, 'a file', `cluster-reads ${name} sqlite`, 0.95),
    ),
    bound('cluster-join', (values) => boundLine(`a new node joins, ${many}`, values, 's', 60, 1)),
    bound('cluster-rejoin', (values) => {
      const against = `none behind: ${seconds('cluster-rejoin level', 2)}`
      return boundLine(`a node joins again, ${missed} behind`, values, 's', 3, 2, { against })
    }),
    bound('cluster-leader', (values) => {
      const against = `election: ${seconds('cluster-leader election', 2)}, stall: ${seconds('cluster-leader stall', 2)}`
      const title = 'writes stall beyond the election, leader killed, at worst'
      return boundLine(title, values, 's', 2, 2, { against, ofRounds: (values) => Math.max(...values) })
    }),
  ]
  return lines.filter((line) => line !== undefined)

  /** @param {string} title @param {string} ours @param {string} peer @param {string} theirs @param {number} atLeast */
  function ratio(title, ours, peer, theirs, atLeast) {
    return ratioLine({ title, ours, theirs, peer, atLeast }, series)
  }

  /** @param {string} name @param {(values: readonly number[]) => import('../report.mjs').Line} make */
  function bound(name, make) {
    const values = series.get(name)
    return values === undefined ? undefined : make(values)
  }
}

/** How the cases were measured, in a sentence for the head of the table. */
export const clusterNote = `Over etcd: ${inFlight} writes in flight, ${warmUpSeconds} s of warm-up, a fresh etcd for each contestant of a round.`
