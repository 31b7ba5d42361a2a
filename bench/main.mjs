// @ts-check
/**
 * The bench: `npm run bench`. Measures etcdesk beside its peers in one run on one machine, because on any machine only a
 * ratio means much. All contestants run in every round, in another order each time, with fresh processes and fresh data.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createTickets, otherCases, prepareKeys, speedRows, trafficCases } from './cases.mjs'
import { clusterCases, clusterLines, clusterNote, measureCluster } from './cluster/cluster.mjs'
import { etcdHasV2, etcdVersion, startEtcd, startEtcdesk, startFastify } from './contestants.mjs'
import { copyFolder, filledFolder, ticketTitle } from './data.mjs'
import { eventsCases, eventsLines, measureEvents } from './events/events.mjs'
import { fairnessCases, fairnessLines, measureFairness } from './fairness/fairness.mjs'
import { loadGenerator, run } from './load.mjs'
import { readOptions } from './options.mjs'
import { memoryMb } from './processes.mjs'
import { boundLine, machine, packageVersion, ratioLine, slowdownLine, table } from './report.mjs'
import { measureV1, v1Cases, v1Lines } from './v1/v1.mjs'

/** @typedef {import('./contestants.mjs').Contestant} Contestant */

const warmUpSeconds = 1
/** How long a server rests, and after how many requests, until its memory is looked at. */
const rest = { requests: 300, seconds: 10 }
/** Readers and writers of the case `p99`. */
const readers = 4
const writers = 16
const noEtcd = 'etcd is not installed (Debian: apt-get install etcd-server): what is measured with it is left out.'

const aloneCases = [...trafficCases.map(({ name }) => name), ...otherCases]
const titleCases = [...aloneCases, ...eventsCases, ...fairnessCases, ...clusterCases]
const options = readOptions(process.argv.slice(2), [...titleCases, ...v1Cases])
const few = `${options.few.toLocaleString('en-US')} tickets`
const many = `${options.many.toLocaleString('en-US')} tickets`
const folder = mkdtempSync(join(tmpdir(), 'etcdesk-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

/** @type {import('./report.mjs').Series} */
const series = new Map()
/** @param {string} name @param {number} value */
const note = (name, value) => series.set(name, [...(series.get(name) ?? []), value])
/** @param {string} text */
const say = (text) => process.stderr.write(`${text}\n`)

await main()

async function main() {
  const startedAt = performance.now()
  const data = options.data === undefined ? folder : resolve(options.data)
  if (v1Cases.some(options.isChosen)) await measureV1({ options, folder, note, say }, data)
  if (titleCases.some(options.isChosen)) await measureOnTitles(data)
  report((performance.now() - startedAt) / 60_000)
}

/** All cases whose tickets have a title alone. @param {string} data */
async function measureOnTitles(data) {
  say(`filling a store with ${few} and one with ${many} …`)
  const filled = { few: await filledFolder(data, options.few), many: await filledFolder(data, options.many) }
  if (aloneCases.some(options.isChosen)) {
    for (let round = 1; round <= options.rounds; round++) await runRound(round, filled)
  }
  if (eventsCases.some(options.isChosen)) await measureEvents({ options, folder, filled, note, say })
  if (fairnessCases.some(options.isChosen)) await measureFairness({ options, folder, filled, note, say })
  if (clusterCases.some(options.isChosen)) {
    if (etcdVersion === undefined) say(noEtcd)
    else await measureCluster({ options, folder, filled, note, say })
  }
}

/** @param {number} round @param {{ few: string, many: string }} filled */
async function runRound(round, filled) {
  const data = join(folder, `round-${round}`)
  copyFolder(filled.few, join(data, 'few'))
  copyFolder(filled.many, join(data, 'many'))
  mkdirSync(join(data, 'etcd'))
  /** @type {Contestant[]} */
  const contestants = []
  try {
    const big = await startEtcdesk(many, join(data, 'many'))
    contestants.push(big)
    if (options.isChosen('start')) note('start', big.firstAnswerMs / 1000)
    if (options.isChosen('memory')) await measureMemory(big)
    contestants.push(await startEtcdesk(few, join(data, 'few')), await startFastify(ticketTitle))
    if (etcdHasV2) contestants.push(await startEtcd(join(data, 'etcd')))
    for (const { keysUrl } of contestants) if (keysUrl !== undefined) await prepareKeys(keysUrl)
    await runTraffic(round, contestants)
    if (options.isChosen('p99')) await measureReadersBesideWriters(round, big)
    if (options.isChosen('memory')) noteMemory('memory after all', big)
  } finally {
    await Promise.all(contestants.map((contestant) => contestant.stop()))
    rmSync(data, { recursive: true, force: true })
  }
}

/** @param {number} round @param {readonly Contestant[]} contestants */
async function runTraffic(round, contestants) {
  for (const [place, { name, door, peer, writes, traffic }] of trafficCases.entries()) {
    if (!options.isChosen(name)) continue
    const taking = contestants.filter((contestant) => [few, many, peer?.name].includes(contestant.name))
    // Another one goes first in every round, so that none always meets the machine as the one before left it.
    const shift = (round + place) % taking.length
    for (const contestant of [...taking.slice(shift), ...taking.slice(0, shift)]) {
      const url = (door === 'keys' ? contestant.keysUrl : contestant.deskUrl) ?? ''
      const load = traffic(contestant.name === many ? options.many : options.few)
      await run(url, load, { connections: options.connections, seconds: warmUpSeconds, seed: round })
      const before = writes ? await indexOf(contestant) : undefined
      const result = await run(url, load, { connections: options.connections, seconds: options.seconds, seed: -round })
      const after = before === undefined ? undefined : await indexOf(contestant)
      if (before !== undefined && after !== undefined && after - before < result.requests) {
        throw new Error(`${contestant.name} answered ${result.requests} writes and made ${after - before}`)
      }
      const speed = result.requests / result.seconds
      note(`${name} ${contestant.name}`, speed)
      say(`round ${round}: ${name}, ${contestant.name}: ${speed.toFixed(0)}/s, p99 ${result.p99Ms.toFixed(2)} ms`)
    }
  }
}

/** The newest index, which counts changes. @param {Contestant} contestant */
async function indexOf({ keysUrl }) {
  if (keysUrl === undefined) return undefined
  const response = await fetch(`${keysUrl}/v2/keys/bench/one`)
  await response.text()
  return Number(response.headers.get('x-etcd-index'))
}

/** @param {number} round @param {Contestant} contestant */
async function measureReadersBesideWriters(round, { deskUrl = '' }) {
  /** @type {import('./load.mjs').Traffic} */
  const reads = { method: 'GET', path: '/tickets/{id}', highest: options.many }
  const load = { connections: readers, seconds: options.seconds, seed: round }
  await run(deskUrl, reads, { ...load, seconds: warmUpSeconds })
  const alone = await run(deskUrl, reads, load)
  // The writers begin before the readers and end after them.
  const writing = run(deskUrl, createTickets, { ...load, connections: writers, seconds: options.seconds + 2 })
  await delay(1000)
  const beside = await run(deskUrl, reads, load)
  const written = await writing
  note('p99 alone', alone.p99Ms)
  note('p99 beside', beside.p99Ms)
  const speed = written.requests / written.seconds
  say(
    `round ${round}: p99 of GET ${alone.p99Ms.toFixed(2)} ms alone, ${beside.p99Ms.toFixed(2)} ms beside ${speed.toFixed(0)} writes/s`,
  )
}

/** @param {Contestant} contestant */
async function measureMemory(contestant) {
  for (let sent = 0; sent < rest.requests; sent++) {
    const path = sent % 10 === 0 ? `/tickets?limit=50&after=${sent}` : `/tickets/${sent + 1}`
    await (await fetch(contestant.deskUrl + path)).text()
  }
  await delay(rest.seconds * 1000)
  noteMemory('memory', contestant)
}

/** @param {string} name @param {Contestant} contestant */
function noteMemory(name, { pid }) {
  const megabytes = memoryMb(pid)
  if (megabytes !== undefined) note(name, megabytes)
}

/** Prints the table, and keeps it with every number behind it. @param {number} minutes */
function report(minutes) {
  /** @param {string} name */
  const of = (name) => series.get(name) ?? []
  const lines = speedRows(few, many)
    .map((row) => ratioLine(row, series))
    .filter((line) => line !== undefined)
  if (series.has('p99 beside')) {
    const title = `p99 of GET one by ${readers} beside ${writers} writers, ${many}`
    lines.push(slowdownLine(title, of('p99 beside'), of('p99 alone'), 5))
  }
  if (series.has('start')) lines.push(boundLine(`start to first answer, ${many}`, of('start'), 's', 2, 2))
  if (series.has('memory')) lines.push(boundLine(`memory at rest, ${many}`, of('memory'), 'MB', 300, 0))
  lines.push(
    ...v1Lines(series, options),
    ...eventsLines(series),
    ...fairnessLines(series),
    ...clusterLines(series, options),
  )
  const now = new Date().toISOString()
  const after = series.has('memory after all')
    ? `\nMemory after all the load of a round: ${of('memory after all')
        .map((megabytes) => megabytes.toFixed(0))
        .join(', ')} MB.\n`
    : ''
  const markdown = `${describe(now, minutes)}\n${table(lines)}\n${after}`
  const results = fileURLToPath(new URL('results', import.meta.url))
  mkdirSync(results, { recursive: true })
  const path = join(results, now.replaceAll(':', '-'))
  writeFileSync(`${path}.md`, markdown)
  writeFileSync(
    `${path}.json`,
    `${JSON.stringify({ now, options, series: Object.fromEntries(series) }, undefined, 2)}\n`,
  )
  console.log(`\n${markdown}\nKept in ${path}.md, with every number in ${path}.json.`)
}

/** @param {string} now @param {number} minutes */
function describe(now, minutes) {
  const etcd = etcdVersion === undefined ? noEtcd : `etcd ${etcdVersion}${etcdHasV2 ? '' : ', which has no v2 API'}.`
  return `Measured ${now.slice(0, 16).replace('T', ' ')} UTC in ${minutes.toFixed(1)} minutes on ${machine()}.
etcdesk at ${commit()}, Node ${process.versions.node}, Fastify ${packageVersion('fastify')}, ${etcd}
${loadGenerator} on the same machine, ${options.connections} connections, no pipelining; ${options.rounds} rounds of ${options.seconds} s after ${warmUpSeconds} s of warm-up, each with
fresh processes and data and another order. Speeds are medians; a ratio is taken in each round, then its median.
${clusterCases.some((name) => series.has(name)) ? `${clusterNote}\n` : ''}`
}

/** The commit that is measured, where this is a clone. */
function commit() {
  try {
    const git = (/** @type {string[]} */ ...args) =>
      execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim()
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', 'src') === '' ? '' : ' with changes'}`
  } catch {
    return 'an unknown commit'
  }
}
