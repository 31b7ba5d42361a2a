// @ts-check
/**
 * How long a node takes from the start of its process until it serves: one that has nothing yet and copies everything, and one
 * that was stopped and has missed many commits. That it has all is looked up in its local copy afterwards.
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '#src/sqlite/database.js'
import { startEtcdesk } from '../contestants.mjs'
import { runToEnd } from '../processes.mjs'
import { copyIntoEtcd, startMembers } from './members.mjs'

/** Far more than any goal: what takes longer is an error. */
const readyMsMax = 600_000

/** Rounds of a fresh node: it takes long, and differs little. */
const joinRoundsMax = 3

/** etcd keeps what the copy wrote at first too. */
const quota = ['--quota-backend-bytes', String(8 * 1024 ** 3)]

const committing = fileURLToPath(new URL('committing.mjs', import.meta.url))

/** @param {import('./cluster.mjs').Bench} bench */
export async function measureJoins({ options, folder, filled, note, say }) {
  const place = join(folder, 'joins')
  mkdirSync(place, { recursive: true })
  const etcd = await startMembers(join(place, 'etcd'), { args: quota })
  try {
    say(`copying ${options.many.toLocaleString('en-US')} tickets into etcd …`)
    await copyIntoEtcd(filled.many, etcd.store)
    const { index } = await etcd.counts()
    for (let round = 1; round <= Math.min(options.rounds, joinRoundsMax); round++) {
      const seconds = await timeStart(join(place, `node-${round}`), etcd.store, index, options.many)
      note('cluster-join', seconds)
      say(`round ${round}: cluster-join: ${seconds.toFixed(2)} s`)
      rmSync(join(place, `node-${round}`), { recursive: true, force: true })
    }
  } finally {
    await etcd.stop()
    rmSync(place, { recursive: true, force: true })
  }
}

/** @param {import('./cluster.mjs').Bench} bench */
export async function measureRejoins({ options, folder, filled, note, say }) {
  const place = join(folder, 'rejoins')
  mkdirSync(place, { recursive: true })
  const etcd = await startMembers(join(place, 'etcd'))
  try {
    await copyIntoEtcd(filled.few, etcd.store)
    const behind = join(place, 'behind')
    await timeStart(behind, etcd.store, (await etcd.counts()).index, options.few)
    say(`making ${options.missedCommits.toLocaleString('en-US')} commits …`)
    const before = await etcd.counts()
    await runToEnd([process.execPath, committing, etcd.store, join(place, 'writer'), String(options.missedCommits)])
    const after = await etcd.counts()
    if (after.commits - before.commits !== options.missedCommits)
      throw new Error('not every command had a commit of its own')
    const level = join(place, 'level')
    const tickets = options.few + options.missedCommits
    await timeStart(level, etcd.store, after.index, tickets)
    for (let round = 1; round <= options.rounds; round++) {
      for (const { name, from } of [
        { name: 'cluster-rejoin', from: behind },
        { name: 'cluster-rejoin level', from: level },
      ]) {
        const copy = join(place, `node-${round}`)
        cpSync(from, copy, { recursive: true })
        const seconds = await timeStart(copy, etcd.store, after.index, tickets)
        note(name, seconds)
        say(`round ${round}: ${name}: ${seconds.toFixed(2)} s`)
        rmSync(copy, { recursive: true, force: true })
      }
    }
  } finally {
    await etcd.stop()
    rmSync(place, { recursive: true, force: true })
  }
}

/**
 * Starts a node, stops it when it is ready, and makes sure that it had everything then.
 * @param {string} dataDirectory @param {string} store @param {number} index @param {number} tickets
 */
async function timeStart(dataDirectory, store, index, tickets) {
  const node = await startEtcdesk('node', dataDirectory, { store, readyMsMax })
  await node.stop()
  const replica = openDatabase(join(dataDirectory, 'replica.db'), { readOnly: true })
  try {
    const count = Number(replica.prepare('SELECT count(*) AS count FROM tickets').get()?.['count'])
    const head = Number(replica.prepare('SELECT idx FROM head').get()?.['idx'])
    if (count !== tickets || head !== index) throw new Error(`the node has ${count} tickets and stands at ${head}`)
  } finally {
    replica.close()
  }
  return node.readyMs / 1000
}
