/**
 * Desk nodes over one etcd, as targets for the suites of the doors: what passes over SQLite must pass through the one that made the log
 * and, as a rule, runs its timer, and through one that came after it and does neither. Opening nodes is most of what such tests cost, so
 * there are no more of them than a suite can tell: three where it asks all of them, two where it asks one that has another beside it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import type { DeskStore } from '#src/desk.js'
import { EtcdClient } from '#src/etcd/client.js'
import { parseEtcdAddress } from '#src/journal/etcd/address.js'
import { copyStore } from '#src/server/keeping.js'
import { Store } from '#src/store/store.js'
import { startEtcdCluster, type EtcdCluster } from './etcd-cluster.js'
import { startKeptThread } from './kept-threads.js'
import { readHere } from './reading-here.js'
import { okay } from './okay.js'
import { missing } from './requirements.js'
import { writerEntry } from './store.js'
import { HISTORY_EVENTS, TARGET_DEADLINE_MS, type Target } from './target.js'

/** What etcd takes in one transaction, 1.5 MiB, holds a value up to three times: as record, in the event, as its previous value. */
const VALUE_BYTES_MAX = 480 * 1024

/** A node hears from etcd every second or so; after three without a word its reads count as old. */
const CONTACT_MS_MAX = 3000

/** Which node of how many the tests are given that ask one. */
interface Place {
  readonly number: number
  readonly of: number
}

const FIRST: Place = { number: 1, of: 2 }
const LAST: Place = { number: 2, of: 2 }
const ALONE: Place = { number: 1, of: 1 }

/** How many nodes a desk has whose tests are given all of them. */
const ALL = 3

/** Runs tests through the first of two nodes over one etcd, which is started for them, and through the last. */
export function throughFirstAndLast(name: string, tests: (target: Target) => void): void {
  throughNodes([FIRST, LAST], name, tests)
}

/** Runs tests through the last alone: tests of what stands on that which is run through both. */
export function throughLast(name: string, tests: (target: Target) => void): void {
  throughNodes([LAST], name, tests)
}

/** Runs tests through the one node that there is: tests of what can't know of others. */
export function throughOneNode(name: string, tests: (target: Target) => void): void {
  throughNodes([ALONE], name, tests)
}

/** Runs tests that ask all of three nodes. */
export function throughAllNodes(name: string, tests: (target: Target) => void): void {
  throughNodes([{ number: 1, of: ALL }], name, tests)
}

function throughNodes(places: readonly Place[], name: string, tests: (target: Target) => void): void {
  describe.skipIf(missing('etcd'))(`${name}, over etcd`, () => {
    let cluster: EtcdCluster
    let prefixes = 0
    beforeAll(async () => {
      cluster = await startEtcdCluster()
    })
    afterAll(() => cluster.stop())

    const address = (): string => `etcd://${cluster.endpoints.join(',')}/desk${++prefixes}`
    for (const place of places) tests(nodeTarget(place, address))
  })
}

interface OpenNodes {
  readonly nodes: readonly DeskStore[]
  readonly close: () => Promise<void>
}

async function openNodes(address: string, historyEventsMax: number, count: number): Promise<OpenNodes> {
  const folder = mkdtempSync(join(tmpdir(), 'etcdesk-nodes-'))
  const openNode = (name: string): Promise<DeskStore> =>
    Store.open({
      address,
      dataDirectory: join(folder, name),
      historyEventsMax,
      deadlineMs: TARGET_DEADLINE_MS,
      writerEntry,
      startThread: startKeptThread,
      startReading: readHere,
    })
  // The first makes the log; the others find it.
  const first = await openNode('1')
  const others = Array.from({ length: count - 1 }, (_, place) => openNode(String(place + 2)))
  const nodes = [first, ...(await Promise.all(others))]
  const close = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.close()))
    rmSync(folder, { recursive: true, force: true })
  }
  return { nodes, close }
}

/** Each desk is a prefix of its own; the tests get one of its nodes, or all. */
function nodeTarget({ number, of: count }: Place, newAddress: () => string): Target {
  return {
    name:
      count === ALL ? 'through three nodes' : count === 1 ? 'through one node' : `through node ${number} of ${count}`,
    valueBytesMax: VALUE_BYTES_MAX,
    contactMsMax: CONTACT_MS_MAX,
    isAlone: false,
    async open({ historyEventsMax }) {
      const { nodes, close } = await openNodes(newAddress(), historyEventsMax, count)
      const store = nodes[number - 1]
      if (store === undefined) throw new Error(`there is no node ${number}`)
      return { store, close }
    },
    async openFile(path) {
      const address = newAddress()
      await copyStore({ from: { address: `sqlite:${path}` }, to: { address } })
      return { ...(await openNodes(address, HISTORY_EVENTS, count)), address, kept: () => textBelow(address) }
    },
  }
}

/** All keys and values that etcd has below a desk's prefix now. */
async function textBelow(address: string): Promise<string> {
  const { endpoints = [], prefix = '' } = parseEtcdAddress(address, false) ?? {}
  const client = await EtcdClient.connect({ endpoints })
  try {
    const { value } = await okay(client.range({ key: `${prefix}/`, end: `${prefix}0` }))
    return value.kvs.map((kv) => `${kv.key.toString()} ${kv.value.toString()}`).join('\n')
  } finally {
    await client.close()
  }
}
