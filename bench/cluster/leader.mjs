// @ts-check
/**
 * How long writes through a node stall when the leader of three etcd members is killed, beyond the time that etcd itself needs
 * until it has a new one. A few clients write without pause; the stall is the longest time between two answered writes, and the
 * election ends when a member logs that it has a leader again.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startEtcdesk } from '../contestants.mjs'
import { start } from '../processes.mjs'
import { startMembers } from './members.mjs'

const clients = 8
/** How long they write before a kill, and go on after the first write that was answered again. */
const calmMs = 1500
/** A stall that lasts longer is an error. */
const stallMsMax = 60_000

const program = fileURLToPath(new URL('steady.mjs', import.meta.url))

/** @param {import('./cluster.mjs').Bench} bench @param {number} round */
export async function measureLeader({ options, folder, note, say }, round) {
  const place = join(folder, `leader-${round}`)
  mkdirSync(place, { recursive: true })
  /** When members logged that they have a leader, in milliseconds since 1970. @type {number[]} */
  const elections = []
  const etcd = await startMembers(join(place, 'etcd'), {
    count: 3,
    onOutput: (text) => {
      if (/elected leader/u.test(text)) elections.push(Date.now())
    },
  })
  /** @type {(() => Promise<void>)[]} */
  const started = []
  try {
    const node = await startEtcdesk('node', join(place, 'node'), { store: etcd.store })
    started.push(node.stop)
    /** @type {{ from: number, to: number }[]} */
    const gaps = []
    const writing = await start([process.execPath, program, node.deskUrl ?? '', String(clients)], /writing/u, {
      onOutput: (text) => {
        for (const [, from, to] of text.matchAll(/^gap (\d+) (\d+)$/gmu))
          gaps.push({ from: Number(from), to: Number(to) })
      },
    })
    started.unshift(writing.kill)
    for (let kill = 1; kill <= options.kills; kill++) {
      await delay(calmMs)
      const leader = await etcd.leader()
      const killedAt = Date.now()
      await leader.kill()
      /** @returns {{ from: number, to: number }[]} */
      const after = () => gaps.filter(({ to }) => to > killedAt)
      await until('a write to be answered', () => after().length > 0)
      await delay(calmMs)
      const stall = Math.max(...after().map(({ from, to }) => to - from))
      const elected = elections.find((time) => time > killedAt)
      if (elected === undefined) throw new Error('no member says that it has a leader again')
      const election = elected - killedAt
      note('cluster-leader stall', stall / 1000)
      note('cluster-leader election', election / 1000)
      note('cluster-leader', Math.max(0, stall - election) / 1000)
      say(`round ${round}: leader killed: writes stalled for ${stall} ms, etcd was without a leader for ${election} ms`)
      await leader.restart()
    }
  } finally {
    for (const stop of started) await stop()
    await etcd.stop()
    rmSync(place, { recursive: true, force: true })
  }
}

/** @param {string} what @param {() => boolean} isSo */
async function until(what, isSo) {
  const deadline = Date.now() + stallMsMax
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await delay(20)
  }
}
