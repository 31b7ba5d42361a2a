/** The replica kept level with a journal that does what a test says, and in the order that it says. */
import { expect, onTestFinished, test } from 'vitest'
import { JournalUnavailable, type Head, type Journal, type Next } from '#src/journal/journal.js'
import { Exclusive } from '#src/store/exclusive.js'
import { History } from '#src/store/history.js'
import type { Replica } from '#src/store/replica.js'
import { Replication } from '#src/store/replication.js'
import { Writer } from '#src/store/writer.js'
import { temporaryFolder } from '../support/folder.js'
import { MemoryJournal, MemoryLog } from '../support/memory-journal.js'
import { openReplica } from '../support/replica.js'

/** Delivers what a test has laid out, and then nothing more. */
class Scripted extends MemoryJournal {
  readonly script: Next[] = []
  /** What it knows of a head, asked again and again: at the end that it is the same. */
  readonly refusals: Error[] = []
  /** Its head, where a test says which. */
  newest: Head | undefined
  /** Delivers something to who waits for it. */
  deliver: (next: Next) => void = () => undefined

  constructor() {
    super(new MemoryLog())
  }

  override next(_after: Head, signal: AbortSignal): Promise<Next> {
    const next = this.script.shift()
    if (next !== undefined) return Promise.resolve(next)
    return new Promise((resolve) => {
      this.deliver = resolve
      signal.addEventListener('abort', () => resolve({ type: 'commits', deliveries: [] }))
    })
  }

  override async head(): Promise<Head> {
    return this.newest ?? (await super.head())
  }

  isRewritten(): Promise<boolean> {
    const refusal = this.refusals.shift()
    return refusal === undefined ? Promise.resolve(true) : Promise.reject(refusal)
  }
}

function replicate(journal: Journal, replica: Replica): Replication {
  const closing = new AbortController()
  const replication = new Replication({
    journal,
    replica,
    exclusive: new Exclusive(),
    signal: closing.signal,
    onCommit: () => undefined,
    onFault: (error) => {
      throw error
    },
  })
  const following = replication.follow()
  onTestFinished(async () => {
    closing.abort()
    await following
    replica.close()
  })
  return replication
}

/** A commit of one event, and the head that it makes. */
function delivery(index: number): Next {
  const events = [{ index, type: 'set', key: '/k', body: '{}' }]
  const commit = { id: `commit ${index}`, first: index, last: index, time: index, changes: [], events }
  return { type: 'commits', deliveries: [{ commit, head: { index, guard: `${index}`, time: index } }] }
}

function listing(index: number): Next {
  const events = Array.from({ length: index }, (_, place) => ({
    index: place + 1,
    type: 'set',
    key: '/other',
    body: '{}',
  }))
  const head = { index, guard: `other ${index}`, time: index }
  return { type: 'listing', listing: { head, records: pages([]), events: pages([events]) } }
}

async function* pages<T>(all: readonly T[]): AsyncGenerator<T> {
  for (const page of all) {
    await Promise.resolve()
    yield page
  }
}

test.each([1, 3])('readers see that the data was replaced, which had two events, by %s others', async (count) => {
  const journal = new Scripted()
  const replica = openReplica(temporaryFolder())
  const history = new History(replica.database, 100)
  journal.script.push(delivery(1), delivery(2))
  const replication = replicate(journal, replica)
  await replication.catchUp({ index: 2, guard: '2', time: 2 })
  expect(history.replaced()).toBe(0)
  journal.script.push(listing(count))
  replication.distrust()
  await replication.replaced(0)
  expect([history.head(), history.replaced()]).toEqual([count, 1])
})

test('what was accepted is caught up with once the journal is back, also where nothing new comes then', async () => {
  const journal = new Scripted()
  const replica = openReplica(temporaryFolder())
  journal.script.push(delivery(1))
  const replication = replicate(journal, replica)
  await replication.catchUp({ index: 1, guard: '1', time: 1 })
  journal.refusals.push(new JournalUnavailable('away'), new JournalUnavailable('away'))
  const rewritten = { index: 1, guard: 'rewritten', time: 1 }
  await replication.catchUpAtLast(rewritten)
  expect([replica.head, journal.refusals]).toEqual([rewritten, []])
})

test('a strong read of a journal that was brought back from before waits for what it holds now', async () => {
  const journal = new Scripted()
  const replica = openReplica(temporaryFolder())
  journal.script.push(delivery(1), delivery(2))
  journal.newest = { index: 2, guard: '2', time: 2 }
  const writer = new Writer({ journal, replica })
  onTestFinished(async () => {
    await writer.close()
    replica.close()
  })
  await writer.start()
  journal.newest = { index: 1, guard: 'other 1', time: 1 }
  const reading = writer.strong().then(() => replica.head)
  await new Promise((resolve) => setImmediate(resolve))
  expect(replica.head.index).toBe(2)
  journal.deliver(listing(1))
  expect(await reading).toEqual(journal.newest)
})
