/**
 * What every journal must do, whatever it stands on: the contract of `src/journal/journal.ts` as tests. An engine's own
 * test file calls this with a way to open nodes; what differs is said by `shared`.
 */
import { describe, expect, onTestFinished, test } from 'vitest'
import type {
  AppendOutcome,
  Commit,
  Delivery,
  Head,
  Journal,
  PortionStart,
  Precedence,
  Witness,
} from '#src/journal/journal.js'
import { keyTable } from '#src/keytree/tables.js'
import type { Replica } from '#src/store/replica.js'

/** A node: a journal, and the replica that its commits are applied to. */
export interface JournalNode {
  readonly journal: Journal
  readonly replica: Replica
  close(): Promise<void>
}

/** One log, and the nodes on it. */
export interface JournalCluster {
  /** Opens a node; the next one opens the same log. */
  open(): Promise<JournalNode>
}

export interface JournalEngine {
  readonly name: string
  /** Whether several nodes stand on one log at the same time. */
  readonly shared: boolean
  /** Whether replicas can be compared with it. */
  readonly witness?: boolean
  /** Makes a new, empty log. */
  create(): JournalCluster
}

/** The tests of the contract, for one engine. */
export function testJournal(engine: JournalEngine): void {
  describe(`the ${engine.name} journal`, () => {
    test('begins at index 0', async () => {
      const { journal } = await openNode(engine.create())
      expect(await journal.head()).toMatchObject({ index: 0, time: 0 })
    })

    test('moves its head with each commit it accepts', async () => {
      const node = await openNode(engine.create())
      const before = await node.journal.head()
      const first = await append(node, before, ['a', 'b'])
      expect(first).toMatchObject({ type: 'accepted', head: { index: 2 } })
      const head = await node.journal.head()
      expect(head.index).toBe(2)
      expect(head.guard).not.toBe(before.guard)
      expect(await append(node, head, ['c'])).toMatchObject({ type: 'accepted', head: { index: 3 } })
    })

    test('refuses a commit that was made on an older head, and changes nothing', async () => {
      const node = await openNode(engine.create())
      const old = await node.journal.head()
      await append(node, old, ['a'])
      const head = await node.journal.head()
      node.replica.begin()
      expect(await node.journal.append(commitAfter(old, ['late']), old)).toEqual({ type: 'conflict', head })
      node.replica.rollback()
      expect(await node.journal.head()).toEqual(head)
    })

    test('keeps what it accepted, and its identity, for the next time it is opened', async () => {
      const cluster = engine.create()
      const first = await cluster.open()
      await append(first, await first.journal.head(), ['a', 'b', 'c'])
      const { identity } = first.journal
      const head = await first.journal.head()
      await first.close()
      const second = await openNode(cluster)
      expect(second.journal.identity).toEqual(identity)
      expect(await second.journal.head()).toEqual(head)
    })

    test('says of a commit that happened that it happened, and at which head', async () => {
      const node = await openNode(engine.create())
      const before = await node.journal.head()
      const commit = commitAfter(before, ['a'])
      apply(node, commit)
      await node.journal.append(commit, before)
      expect(await node.journal.settle(commit, before)).toEqual({ fate: 'happened', head: await node.journal.head() })
    })

    test('says of a commit that never was that it never was', async () => {
      const node = await openNode(engine.create())
      const before = await node.journal.head()
      const settlement = await node.journal.settle(commitAfter(before, ['a']), before)
      expect(settlement.fate).toBe('never')
      expect(settlement.head.index).toBe(0)
    })

    test('ends the waiting for commits when it is told to', async () => {
      const { journal } = await openNode(engine.create())
      const ending = new AbortController()
      const next = journal.next(await journal.head(), ending.signal)
      ending.abort()
      expect(await next).toEqual({ type: 'commits', deliveries: [] })
    })
  })

  if (engine.shared) testSharedJournal(engine)
  if (engine.witness === true) testWitness(engine)
}

/** What lets a replica that drifted be found out. */
function testWitness(engine: JournalEngine): void {
  describe(`the ${engine.name} journal's witness`, () => {
    test('tells every record and every event once, portion by portion, time and again while more come', async () => {
      const node = await openNode(engine.create())
      const names: string[] = []
      const witness = witnessOf(node)
      for (const more of [300, 1500, 0, 2000, 700]) {
        const added = Array.from({ length: more }, (_, place) => `k${names.length + place}`)
        names.push(...added)
        if (more > 0) await append(node, await node.journal.head(), added)
        await expectAll(witness, names)
      }
    })

    async function expectAll(witness: Witness, names: readonly string[]): Promise<void> {
      const [records, events]: [string[], number[]] = [[], []]
      const shares = { records: 0, events: 0 }
      for (let start: PortionStart | undefined, first = true; first || start !== undefined; first = false) {
        const portion = await witness.portion(start)
        expect(portion.share).toBeGreaterThan(0)
        expect(portion.share).toBeLessThanOrEqual(1)
        shares[portion.kind] = portion.share
        records.push(...portion.records.map(({ id }) => id))
        events.push(...portion.events.map(({ index }) => index))
        start = portion.next
      }
      expect(records.toSorted()).toEqual(names.map((name) => `/${name}`).toSorted())
      expect(events).toEqual(names.map((_, place) => place + 1))
      expect(shares).toEqual({ records: 1, events: 1 })
    }

    test('knows records, and how many there were, under each of its heads', async () => {
      const node = await openNode(engine.create())
      const heads = [await node.journal.head()]
      for (const names of [['a'], ['b', 'c']]) {
        await append(node, await node.journal.head(), names)
        heads.push(await node.journal.head())
      }
      const witness = witnessOf(node)
      const names = ['/a', '/c'].map((id) => ({ table: keyTable.name, id }))
      const seen = await Promise.all(
        heads.map(async (head) => ({
          count: await witness.countAt(head, [keyTable.name]),
          values: (await witness.recordsAt(head, names)).map((row) => row?.['value']),
        })),
      )
      expect(seen).toEqual([
        { count: 0, values: [undefined, undefined] },
        { count: 1, values: ['a', undefined] },
        { count: 3, values: ['a', 'c'] },
      ])
    })

    test('tells a replica that is not trusted everything anew', async () => {
      const node = await openNode(engine.create())
      await append(node, await node.journal.head(), ['a'])
      const distrusted = { ...(await node.journal.head()), guard: '' }
      expect((await node.journal.next(distrusted, AbortSignal.timeout(60_000))).type).toBe('listing')
    })

    test('gives a listing anew to who did not come to its end, though nothing was written meanwhile', async () => {
      const cluster = engine.create()
      const node = await openNode(cluster)
      const begin = await node.journal.head()
      await append(node, begin, ['a'])
      const { journal } = await openNode(cluster)
      const atNothing = { index: 0, time: 0, guard: '' }
      for (let attempt = 1; attempt <= 3; attempt++) {
        expect((await journal.next(atNothing, AbortSignal.timeout(60_000))).type).toBe('listing')
      }
      // Who has come to its end is told what follows it.
      const then = await node.journal.head()
      await append(node, then, ['b'])
      expect(await journal.next(then, AbortSignal.timeout(60_000))).toMatchObject({ type: 'commits' })
    })
  })
}

function witnessOf({ journal }: JournalNode): Witness {
  if (journal.witness === undefined) throw new Error('there is no witness')
  return journal.witness
}

/** What only engines with several nodes can show. */
function testSharedJournal(engine: JournalEngine): void {
  describe(`the ${engine.name} journal, shared`, () => {
    test('has heard of the commits of others before they are applied', async () => {
      const cluster = engine.create()
      const [first, second] = await Promise.all([openNode(cluster), openNode(cluster)])
      const head = await second.journal.head()
      const delivered = second.journal.next(head, new AbortController().signal)
      await append(first, head, ['a', 'b'])
      expect((await delivered).type).toBe('commits')
      expect([second.replica.head.index, second.journal.figures().newestIndex]).toEqual([0, 2])
    })

    test('accepts exactly one of several commits made on the same head', async () => {
      const cluster = engine.create()
      const nodes = await Promise.all([openNode(cluster), openNode(cluster), openNode(cluster)])
      const head = await nodes[0].journal.head()
      const outcomes = await Promise.all(nodes.map((node, place) => append(node, head, [`node${place}`])))
      expect(outcomes.map(({ type }) => type).toSorted()).toEqual(['accepted', 'conflict', 'conflict'])
    })

    test('shows every node a head as new as the last accepted commit', async () => {
      const cluster = engine.create()
      const [writer, reader] = [await openNode(cluster), await openNode(cluster)]
      await append(writer, await writer.journal.head(), ['a'])
      expect(await reader.journal.head()).toEqual(await writer.journal.head())
    })

    test('delivers every commit of another node whole, once and in order', async () => {
      const cluster = engine.create()
      const [writer, reader] = [await openNode(cluster), await openNode(cluster)]
      const sent: Commit[] = []
      const received: Delivery[] = []
      const reading = readUntil(reader.journal, await reader.journal.head(), 30, received)
      for (let number = 0; number < 15; number++) {
        const head = await writer.journal.head()
        const commit = commitAfter(head, [`a${number}`, `b${number}`])
        expect((await appendCommit(writer, head, commit)).type).toBe('accepted')
        sent.push(commit)
      }
      await reading
      expect(received.map(({ commit }) => sorted(commit))).toEqual(sent.map(sorted))
      expect(received.at(-1)?.head).toEqual(await writer.journal.head())
    })

    test('lets a writer that asked for it go first, and takes nothing of others meanwhile', async () => {
      const cluster = engine.create()
      const [other, node] = [await openNode(cluster), await openNode(cluster)]
      const head = await other.journal.head()
      await precedenceOf(node).ask()
      expect(await tryToCommit(other, 'overtakes')).toEqual({ type: 'conflict', head })
      expect((await tryToCommit(node, 'first')).type).toBe('accepted')
      expect(precedenceOf(node).isAsked).toBe(false)
      expect((await tryToCommit(other, 'next')).type).toBe('accepted')
    })

    test('lets the one that asked first go first', async () => {
      const cluster = engine.create()
      const nodes = [await openNode(cluster), await openNode(cluster), await openNode(cluster)]
      for (const node of nodes) await precedenceOf(node).ask()
      const indexes = await Promise.all(nodes.toReversed().map((node) => commitAtLast(node, 'anything')))
      // It stands last here. Of the others either may be waited for in vain, where the machine is busy.
      expect(indexes.at(-1)).toBe(Math.min(...indexes))
    })

    test('waits for a writer that asked to go first and is gone, and then no more', async () => {
      const cluster = engine.create()
      const [other, gone] = [await openNode(cluster), await openNode(cluster)]
      await precedenceOf(gone).ask()
      expect((await tryToCommit(other, 'too early')).type).toBe('conflict')
      await precedenceOf(other).ours(NEVER)
      expect((await tryToCommit(other, 'after all')).type).toBe('accepted')
      // Where it comes back, it is a writer like any other.
      await commitAtLast(gone, 'late')
      expect((await tryToCommit(other, 'again')).type).toBe('accepted')
    })

    test('goes on where a writer asked to go first and gives that back', async () => {
      const cluster = engine.create()
      const [other, node] = [await openNode(cluster), await openNode(cluster)]
      await precedenceOf(node).ask()
      expect((await tryToCommit(other, 'too early')).type).toBe('conflict')
      precedenceOf(node).giveBack()
      expect(precedenceOf(node).isAsked).toBe(false)
      await commitAtLast(other, 'now')
    })

    test('never lets a commit happen after it said that it never did', async () => {
      const cluster = engine.create()
      const node = await openNode(cluster)
      const before = await node.journal.head()
      const commit = commitAfter(before, ['a'])
      expect((await node.journal.settle(commit, before)).fate).toBe('never')
      apply(node, commit)
      expect((await node.journal.append(commit, before)).type).toBe('conflict')
      node.replica.rollback()
    })

    test('says of a commit that happened that it happened, also where another writer has had it erased since', async () => {
      const cluster = engine.create()
      const [other, node] = [await openNode(cluster), await openNode(cluster)]
      const before = await node.journal.head()
      const commit = commitAfter(before, ['ours'])
      await node.journal.append(commit, before)
      const made = await node.journal.head()
      for (const name of ['b', 'c']) await tryToCommit(other, name)
      const head = await other.journal.head()
      const erasing = { ...commitAfter(head, ['erased']), forgets: head.index }
      expect((await other.journal.append(erasing, head)).type).toBe('accepted')
      await tryToCommit(other, 'd')
      expect(await node.journal.settle(commit, before)).toEqual({ fate: 'happened', head: made })
      const lost = commitAfter(before, ['lost'])
      expect(await node.journal.settle(lost, before)).toEqual({ fate: 'never', head: await other.journal.head() })
    })

    test('tells another writer’s commit from the one it is asked about', async () => {
      const cluster = engine.create()
      const [other, node] = [await openNode(cluster), await openNode(cluster)]
      const before = await node.journal.head()
      await append(other, before, ['theirs'])
      const settlement = await node.journal.settle(commitAfter(before, ['ours']), before)
      expect(settlement).toEqual({ fate: 'never', head: await other.journal.head() })
    })
  })
}

const NEVER = new AbortController().signal

function precedenceOf({ journal }: JournalNode): Precedence {
  if (journal.precedence === undefined) throw new Error('nobody can go first in this journal')
  return journal.precedence
}

/** One attempt on the newest head, which is not applied here. */
async function tryToCommit({ journal }: JournalNode, name: string): Promise<AppendOutcome> {
  const head = await journal.head()
  return journal.append(commitAfter(head, [name]), head)
}

/** Attempts, each when it is this node's turn, until one is accepted; returns its index. */
async function commitAtLast(node: JournalNode, name: string): Promise<number> {
  for (;;) {
    await precedenceOf(node).ours(NEVER)
    const outcome = await tryToCommit(node, name)
    if (outcome.type === 'accepted') return outcome.head.index
  }
}

async function openNode(cluster: JournalCluster): Promise<JournalNode> {
  const node = await cluster.open()
  onTestFinished(() => node.close())
  return node
}

/** The order of changes inside a commit says nothing where none of them covers another. */
function sorted(commit: Commit): Commit {
  return { ...commit, changes: commit.changes.toSorted((a, b) => (a.id < b.id ? -1 : 1)) }
}

/** A commit of one file for each name, directly behind `after`. */
function commitAfter(after: Head, names: readonly string[]): Commit {
  const first = after.index + 1
  const last = after.index + names.length
  return {
    id: `${first}-${names.join('-')}-${Math.random()}`,
    first,
    last,
    time: after.time + 1,
    changes: names.map((name, place) => {
      const index = first + place
      const row = { path: `/${name}`, value: name, createdIndex: index, modifiedIndex: index, expiration: null }
      return { type: 'put', table: keyTable.name, id: row.path, row }
    }),
    events: names.map((name, place) => ({ index: first + place, type: 'set', key: `/${name}`, body: '{}' })),
  }
}

function apply({ replica }: JournalNode, commit: Commit): void {
  replica.begin()
  replica.apply(commit)
}

/** Applies a commit and appends it, as the writer does. */
function append(node: JournalNode, after: Head, names: readonly string[]): Promise<AppendOutcome> {
  return appendCommit(node, after, commitAfter(after, names))
}

async function appendCommit(node: JournalNode, after: Head, commit: Commit): Promise<AppendOutcome> {
  apply(node, commit)
  const outcome = await node.journal.append(commit, after)
  if (outcome.type === 'accepted') node.replica.commit()
  else node.replica.rollback()
  return outcome
}

async function readUntil(journal: Journal, from: Head, index: number, received: Delivery[]): Promise<void> {
  for (let after = from; after.index < index;) {
    const next = await journal.next(after, AbortSignal.timeout(60_000))
    if (next.type !== 'commits' || next.deliveries.length === 0) throw new Error(`no commits behind ${after.index}`)
    received.push(...next.deliveries)
    after = next.deliveries.at(-1)?.head ?? after
  }
}
