// @ts-check
/** What reads from a node over etcd cost against the same from a node over a file, with the same tickets. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { prepareKeys, trafficCases } from '../cases.mjs'
import { startEtcdesk } from '../contestants.mjs'
import { copyFolder } from '../data.mjs'
import { run as load } from '../load.mjs'
import { copyIntoEtcd, startMembers } from './members.mjs'

const warmUpSeconds = 1

/** The reads of single tickets and keys. */
export const readCases = trafficCases.filter(({ name }) => name === 'keys-get' || name === 'desk-get')

/** @param {import('./cluster.mjs').Bench} bench @param {number} round */
export async function measureReads({ options, folder, filled, note, say }, round) {
  const place = join(folder, `reads-${round}`)
  mkdirSync(place, { recursive: true })
  copyFolder(filled.few, join(place, 'sqlite'))
  const etcd = await startMembers(join(place, 'members'))
  /** @type {import('../contestants.mjs').Contestant[]} */
  const nodes = []
  try {
    await copyIntoEtcd(filled.few, etcd.store)
    nodes.push(
      await startEtcdesk('etcd', join(place, 'etcd'), { store: etcd.store }),
      await startEtcdesk('sqlite', join(place, 'sqlite')),
    )
    for (const { keysUrl = '' } of nodes) await prepareKeys(keysUrl)
    for (const [number, { name, door, traffic }] of readCases.entries()) {
      // Both ways round, in turn: what the machine does meanwhile then meets both alike.
      const order = (round + number) % 2 === 0 ? nodes : nodes.toReversed()
      const sums = new Map(nodes.map((node) => [node.name, 0]))
      for (const node of [...order, ...order.toReversed()]) {
        const url = (door === 'keys' ? node.keysUrl : node.deskUrl) ?? ''
        const requests = traffic(options.few)
        await load(url, requests, { connections: options.connections, seconds: warmUpSeconds, seed: round })
        const result = await load(url, requests, {
          connections: options.connections,
          seconds: options.seconds,
          seed: -round,
        })
        sums.set(node.name, (sums.get(node.name) ?? 0) + result.requests / result.seconds)
      }
      for (const [store, sum] of sums) {
        note(`cluster-reads ${name} ${store}`, sum / 2)
        say(`round ${round}: ${name} over ${store}: ${(sum / 2).toFixed(0)}/s`)
      }
    }
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
    await etcd.stop()
    rmSync(place, { recursive: true, force: true })
  }
}
