/**
 * Three desk nodes over one etcd, as a target for the suites of the doors: what passes over SQLite must pass through the one that
 * made the log and, as a rule, runs its timer, and through one that came after it and does neither.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import type { DeskStore } from '#src/desk.js'
import { Store } from '#src/store/store.js'
import { startEtcdCluster, type EtcdCluster } from './etcd-cluster.js'
import { startKeptThread } from './kept-threads.js'
import { missing } from './requirements.js'
import { writerEntry } from './store.js'
import { TARGET_DEADLINE_MS, type Target } from './target.js'

/** What etcd takes in one transaction, 1.5 MiB, holds a value up to three times: as record, in the event, as its previous value. */
const VALUE_BYTES_MAX = 480 * 1024

/** A node hears from etcd every second or so; after three without a word its reads count as old. */
const CONTACT_MS_MAX = 3000

/** Runs tests through the first of three nodes over one etcd, which is started for them, and through the last. */
export function throughFirstAndLast(name: string, tests: (target: Target) => void): void {
  throughNodes([1, 3], name, tests)
}

/** Runs tests through one of three nodes: tests of what does not know that there are others. */
export function throughOneNode(name: string, tests: (target: Target) => void): void {
  throughNodes([2], name, tests)
}

function throughNodes(numbers: readonly number[], name: string, tests: (target: Target) => void): void {
  describe.skipIf(missing('etcd'))(`${name}, over etcd`, () => {
    let cluster: EtcdCluster
    let prefixes = 0
    beforeAll(async () => {
      cluster = await startEtcdCluster()
    })
    afterAll(() => cluster.stop())

    const address = (): string => `etcd://${cluster.endpoints.join(',')}/desk${++prefixes}`
    for (const number of numbers) tests(nodeTarget(number, address))
  })
}

/** Each desk is a prefix of its own with three nodes on it; the tests get one of them. */
function nodeTarget(number: number, newAddress: () => string): Target {
  return {
    name: `through node ${number} of three`,
    valueBytesMax: VALUE_BYTES_MAX,
    contactMsMax: CONTACT_MS_MAX,
    isAlone: false,
    async open({ historyEventsMax }) {
      const folder = mkdtempSync(join(tmpdir(), 'etcdesk-nodes-'))
      const address = newAddress()
      const openNode = (name: string): Promise<DeskStore> =>
        Store.open({
          address,
          dataDirectory: join(folder, name),
          historyEventsMax,
          deadlineMs: TARGET_DEADLINE_MS,
          writerEntry,
          startThread: startKeptThread,
        })
      // The first makes the log; the others find it.
      const nodes = [await openNode('1'), ...(await Promise.all([openNode('2'), openNode('3')]))]
      const store = nodes[number - 1]
      if (store === undefined) throw new Error(`there is no node ${number}`)
      const close = async (): Promise<void> => {
        await Promise.all(nodes.map((node) => node.close()))
        rmSync(folder, { recursive: true, force: true })
      }
      return { store, close }
    },
  }
}
