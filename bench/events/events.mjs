// @ts-check
/** The cases of following: what very many listeners cost while nothing happens, and how soon an event is with all of many. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startEtcdesk } from '../contestants.mjs'
import { copyFolder } from '../data.mjs'
import { memoryMb } from '../processes.mjs'
import { boundLine } from '../report.mjs'

/** What the cases are called on the command line. */
export const eventsCases = /** @type {const} */ (['events-idle', 'events-live'])

/** Listeners of each case. */
const idle = 10_000
const live = 1000
/** Events that are timed in each round. */
const events = 50
/** How long a server rests until its memory is looked at, in milliseconds. */
const restMs = 10_000

/** @param {import('../cluster/cluster.mjs').Bench} bench */
export async function measureEvents(bench) {
  const { isChosen, rounds } = bench.options
  for (let round = 1; round <= rounds; round++) {
    if (isChosen('events-idle')) await measureIdle(bench, round)
    if (isChosen('events-live')) await measureLive(bench, round)
  }
}

/** Title, series, unit, bound and digits of each line. @type {readonly [string, string, string, number, number][]} */
const bounds = [
  ['memory of 10,000 idle listeners, above rest', 'events-idle memory', 'MB', 200, 0],
  ['an event at 1,000 listeners, p99 from the request on', 'events-live p99', 'ms', 50, 1],
]

/** The lines of the table. @param {import('../report.mjs').Series} series @returns {import('../report.mjs').Line[]} */
export function eventsLines(series) {
  return bounds.flatMap(([title, name, unit, most, digits]) => {
    const values = series.get(name)
    return values === undefined ? [] : [boundLine(title, values, unit, most, digits)]
  })
}

/** @param {import('../cluster/cluster.mjs').Bench} bench @param {number} round */
async function measureIdle({ folder, filled, note, say }, round) {
  const data = join(folder, `events-idle-${round}`)
  copyFolder(filled.few, data)
  const server = await startEtcdesk('idle listeners', data)
  try {
    await delay(restMs)
    const before = memoryMb(server.pid)
    const listeners = await startListeners(server.deskUrl ?? '', idle)
    try {
      await delay(restMs)
      const after = memoryMb(server.pid)
      if (before === undefined || after === undefined) return
      note('events-idle memory', after - before)
      say(`round ${round}: ${idle} idle listeners: ${before.toFixed(0)} MB before, ${after.toFixed(0)} MB with them`)
    } finally {
      listeners.stop()
    }
  } finally {
    await server.stop()
  }
}

/** @param {import('../cluster/cluster.mjs').Bench} bench @param {number} round */
async function measureLive({ folder, filled, note, say }, round) {
  const data = join(folder, `events-live-${round}`)
  copyFolder(filled.few, data)
  const server = await startEtcdesk('live listeners', data)
  try {
    const listeners = await startListeners(server.deskUrl ?? '', live)
    try {
      await listeners.time(events / 5)
      const { p99Ms, worstMs } = await listeners.time(events)
      note('events-live p99', p99Ms)
      say(
        `round ${round}: an event at ${live} listeners: p99 ${p99Ms.toFixed(1)} ms, at worst ${worstMs.toFixed(1)} ms`,
      )
    } finally {
      listeners.stop()
    }
  } finally {
    await server.stop()
  }
}

/** Starts listeners in a process of their own. @param {string} deskUrl @param {number} count */
async function startListeners(deskUrl, count) {
  const program = fileURLToPath(new URL('listeners.mjs', import.meta.url))
  const child = spawn(process.execPath, [program, deskUrl, String(count)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const stop = () => void child.kill('SIGKILL')
  process.once('exit', stop)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  await next()
  return { time, stop }

  /** @param {number} made @returns {Promise<{ p99Ms: number, worstMs: number }>} */
  async function time(made) {
    child.stdin.write(`${made}\n`)
    return JSON.parse(await next())
  }

  async function next() {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the listeners have ended')
    return value
  }
}
