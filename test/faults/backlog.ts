/**
 * A log of commits in etcd, and nodes that were away and follow it from somewhere in it over a connection that is cut again and
 * again. Every one of them has to be given all commits behind its place, whole, each once, in order; and no listing, since etcd
 * has them all.
 */
import { pathToFileURL } from 'node:url'
import { EtcdClient } from '#src/etcd/client.js'
import { openEtcdJournal } from '#src/journal/etcd/etcd-journal.js'
import type { Commit, Delivery, Head, Journal } from '#src/journal/journal.js'
import { keyTable } from '#src/keytree/tables.js'
import { startCuttingProxy, type CuttingProxy } from '../support/cutting-proxy.js'

const PREFIX = '/backlog'

/** How long nothing may come before it counts as missed, in milliseconds: far longer than a watch is silent before it is begun anew. */
const PATIENCE_MS = 60_000

/** Commits that are made while a node follows. */
const LIVE = 3

/** The program's own journal over etcd, or that of a mutant. */
export interface Engine {
  readonly EtcdClient: Pick<typeof EtcdClient, 'connect'>
  readonly openEtcdJournal: typeof openEtcdJournal
}

/** Loads the journal of another build of the program: `dist` is its folder. */
export async function engineOf(dist: string): Promise<Engine> {
  const client: Pick<Engine, 'EtcdClient'> = await import(pathToFileURL(`${dist}/etcd/client.js`).href)
  const journal: Pick<Engine, 'openEtcdJournal'> = await import(
    pathToFileURL(`${dist}/journal/etcd/etcd-journal.js`).href
  )
  return { EtcdClient: client.EtcdClient, openEtcdJournal: journal.openEtcdJournal }
}

/** Where a node stood, and how its connections for watching break: each behind so many messages, or bytes. */
export interface Absence {
  readonly behind: number
  readonly cuts: readonly number[]
  readonly unit: 'messages' | 'bytes'
  /** How long nothing may come before it counts as missed, in milliseconds. */
  readonly patienceMs?: number
}

export class Backlog {
  readonly #writer: Journal
  readonly #proxy: CuttingProxy
  /** All deliveries that there are, in order, as the writer knows them. */
  readonly #log: Delivery[] = []
  readonly #start: Head

  private constructor(writer: Journal, proxy: CuttingProxy, start: Head) {
    this.#writer = writer
    this.#proxy = proxy
    this.#start = start
  }

  /** Fills a log with so many commits. `endpoint` is an etcd member's. */
  static async fill(endpoint: string, commits: number): Promise<Backlog> {
    const writer = await open({ EtcdClient, openEtcdJournal }, endpoint)
    const backlog = new Backlog(writer, await startCuttingProxy(endpoint), await writer.head())
    await backlog.append(commits)
    return backlog
  }

  get length(): number {
    return this.#log.length
  }

  /** Adds commits of one to three events. */
  async append(commits: number): Promise<void> {
    for (let number = 0; number < commits; number++) {
      const after = this.#log.at(-1)?.head ?? this.#start
      const commit = commitAfter(after, 1 + (this.#log.length % 3))
      const outcome = await this.#writer.append(commit, after)
      if (outcome.type !== 'accepted') throw new Error(`a commit ended ${outcome.type}`)
      this.#log.push({ commit, head: outcome.head })
    }
  }

  /** What was wrong with what a node was given that was away, in words; nothing where all was well. */
  async follow(engine: Engine, { behind, cuts, unit, patienceMs = PATIENCE_MS }: Absence): Promise<string[]> {
    const place = Math.max(0, this.#log.length - behind)
    const from = this.#log[place - 1]?.head ?? this.#start
    // The first connection is for requests.
    if (unit === 'messages') this.#proxy.cutAfterMessages([Infinity, ...cuts])
    else this.#proxy.cutAfter([Infinity, ...cuts])
    const journal = await open(engine, this.#proxy.endpoint)
    try {
      const reading = read(journal, from, this.#log.length + LIVE - place, patienceMs)
      await this.append(LIVE)
      const { deliveries, trouble } = await reading
      return [...trouble, ...compare(deliveries, this.#log.slice(place))]
    } finally {
      this.#proxy.cutAfter([])
      await journal.close()
    }
  }

  async close(): Promise<void> {
    await this.#writer.close()
    await this.#proxy.close()
  }
}

async function open(engine: Engine, endpoint: string): Promise<Journal> {
  const client = await engine.EtcdClient.connect({ endpoints: [endpoint] })
  return engine.openEtcdJournal({ client, prefix: PREFIX, oldestEvent: () => 0, onNotice: () => undefined })
}

async function read(
  journal: Journal,
  from: Head,
  count: number,
  patienceMs: number,
): Promise<{ readonly deliveries: readonly Delivery[]; readonly trouble: readonly string[] }> {
  const deliveries: Delivery[] = []
  for (let after = from; deliveries.length < count;) {
    const next = await journal.next(after, AbortSignal.timeout(patienceMs))
    if (next.type === 'listing') return { deliveries, trouble: [`a listing came behind ${after.index}`] }
    const last = next.deliveries.at(-1)
    if (last === undefined) return { deliveries, trouble: [`nothing more came behind ${after.index}`] }
    deliveries.push(...next.deliveries)
    after = last.head
  }
  return { deliveries, trouble: [] }
}

function compare(found: readonly Delivery[], expected: readonly Delivery[]): string[] {
  const place = expected.findIndex((delivery, number) => textOf(delivery) !== textOf(found[number]))
  if (place === -1 && found.length === expected.length) return []
  return [`at place ${place} of ${expected.length} came ${textOf(found[place])} rather than ${textOf(expected[place])}`]
}

/** The order of changes inside a commit says nothing. */
function textOf(delivery: Delivery | undefined): string {
  if (delivery === undefined) return 'nothing'
  const { commit, head } = delivery
  const changes = commit.changes.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return JSON.stringify({ ...commit, changes, head })
}

function commitAfter(after: Head, count: number): Commit {
  const first = after.index + 1
  const indexes = Array.from({ length: count }, (_, place) => first + place)
  return {
    id: `c${first}-${Math.random()}`,
    first,
    last: after.index + count,
    time: after.time + 1,
    changes: indexes.map((index, place) => {
      const path = `/${index % 50}-${place}`
      const row = { path, value: `${index}`, createdIndex: index, modifiedIndex: index, expiration: null }
      return { type: 'put', table: keyTable.name, id: path, row }
    }),
    events: indexes.map((index, place) => ({ index, type: 'set', key: `/${index % 50}-${place}`, body: '{}' })),
  }
}
