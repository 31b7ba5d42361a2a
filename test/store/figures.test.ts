/** What the store counts: how commands end, how large commits are, how often another writer is first, and how far behind it is. */
import { describe, expect, test } from 'vitest'
import { NOBODY } from '#src/store/command.js'
import { desk } from '#src/desk.js'
import { CommandError } from '#src/store/errors.js'
import { ReplicaDelay } from '#src/store/figures.js'
import type { Answer } from '#src/store/batch.js'
import { Writer } from '#src/store/writer.js'
import { temporaryFolder } from '../support/folder.js'
import { MemoryJournal, MemoryLog, type Fault } from '../support/memory-journal.js'
import { openReplica } from '../support/replica.js'
import { waitUntil } from '../support/server.js'
import { openStore } from '../support/store.js'

const set = { directory: false, ttl: undefined, refresh: false }

describe('the store', () => {
  test('counts commands by how they ended', async () => {
    const store = await openStore()
    await store.run('lab.create', { title: 'one' })
    await store.run('lab.create', { title: '' }).catch(() => undefined)
    const { commands, waiting, oldestWaitingMs } = store.figures
    expect(commands).toMatchObject({ done: 1, refused: 1, overloaded: 0, 'unknown-outcome': 0 })
    expect([waiting, oldestWaitingMs]).toEqual([0, 0])
    await store.close()
    await store.run('lab.create', { title: 'late' }).catch(() => undefined)
    expect(store.figures.commands).toMatchObject({ done: 1, refused: 1, closed: 1 })
  })

  test('tells how many commands wait and for how long, and counts those that are too many', async () => {
    const store = await openStore({ deadlineMs: 60_000 })
    const running = Array.from({ length: 20_010 }, () => store.run('lab.create', { title: 'one of many' }))
    const outcomes = Promise.allSettled(running)
    expect(store.figures).toMatchObject({ waiting: 20_000, commands: { overloaded: 10 } })
    const begin = performance.now()
    await waitUntil('time to pass', () => performance.now() - begin > 20 && store.figures.oldestWaitingMs > 0)
    await outcomes
    expect(store.figures).toMatchObject({ waiting: 0, oldestWaitingMs: 0, commands: { done: 20_000 } })
  })

  test('hears from its writer how large commits were and how long they took', async () => {
    const store = await openStore()
    await Promise.all(
      Array.from({ length: 100 }, (_, at) => store.run('keys.set', { ...set, path: `/${at}`, value: '' })),
    )
    await waitUntil('the figures of all commits', () => store.figures.thread?.writer.batchSizes.sum === 100)
    const { writer, journal, behindMs } = store.figures.thread ?? expect.fail()
    const commits = writer.batchSizes.counts.reduce((all, one) => all + one, 0)
    expect(commits).toBeLessThan(100)
    expect(writer.appendTimes.counts.reduce((all, one) => all + one, 0)).toBe(commits)
    expect(writer.appendTimes.sum).toBeGreaterThan(0)
    expect(writer).toMatchObject({ conflicts: 0, unknownOutcomes: 0 })
    expect(journal).toEqual({ newestIndex: 100, requests: [], room: undefined })
    expect(behindMs).toBe(0)
  })
})

describe('a writer', () => {
  async function open(fault: () => Fault): Promise<{ writer: Writer; other: Writer }> {
    const folder = temporaryFolder()
    const log = new MemoryLog()
    const [writer, other] = [
      new Writer({ journal: new MemoryJournal(log, fault), replica: openReplica(folder, 'a') }),
      new Writer({ journal: new MemoryJournal(log), replica: openReplica(folder, 'b') }),
    ]
    await Promise.all([writer.start(), other.start()])
    return { writer, other }
  }

  function put(writer: Writer, path: string): Promise<Answer> {
    return new Promise((answer) => {
      const run = (transaction: Parameters<(typeof desk.handlers)['keys.set']>[0]): unknown =>
        desk.handlers['keys.set'](transaction, { ...set, path, value: '' })
      writer.enqueue({ asker: NOBODY, run, deadline: Infinity, answer })
    })
  }

  test('counts a batch that is run again because another writer was first, once for each time', async () => {
    const faults: Fault[] = []
    const { writer, other } = await open(() => faults.shift() ?? 'none')
    await put(other, '/first')
    await writer.strong()
    faults.push('conflict', 'conflict')
    await put(writer, '/second')
    expect(writer.tally.figures()).toMatchObject({ conflicts: 2, unknownOutcomes: 0, batchSizes: { sum: 1 } })
    await Promise.all([writer.close(), other.close()])
  })

  test('counts a batch that changed nothing and was run again on a newer state', async () => {
    // The other's commit comes between the run and the late look whether that state is still the newest.
    const { writer, other } = await open(() => 'delay')
    let runs = 0
    const answer = await new Promise<Answer>((answer) => {
      const run = (): never => {
        runs += 1
        if (runs === 1) void put(other, '/meanwhile')
        throw new CommandError('refused', 'by a rule')
      }
      writer.enqueue({ asker: NOBODY, run, deadline: Infinity, answer })
    })
    expect([answer.type, runs]).toEqual(['refused', 2])
    expect(writer.tally.figures()).toMatchObject({ conflicts: 1, batchSizes: { sum: 0 } })
    await Promise.all([writer.close(), other.close()])
  })

  test.each(['lost-before', 'lost-after'] as const)(
    'counts an outcome that is unknown at first (%s)',
    async (fault) => {
      const faults: Fault[] = []
      const { writer, other } = await open(() => faults.shift() ?? 'none')
      faults.push(fault)
      expect((await put(writer, '/a')).type).toBe('done')
      expect(writer.tally.figures()).toMatchObject({ unknownOutcomes: 1, batchSizes: { sum: 1 } })
      await Promise.all([writer.close(), other.close()])
    },
  )
})

describe('a replica', () => {
  test('that has all that was heard of is not behind', () => {
    const delay = new ReplicaDelay()
    expect([delay.look(5, 5, 0), delay.look(6, 5, 1000), delay.look(6, 6, 2000)]).toEqual([0, 0, 0])
  })

  test('is behind from the moment at which something that it lacks was heard of, until it has that', () => {
    const delay = new ReplicaDelay()
    expect([delay.look(5, 9, 1000), delay.look(5, 9, 1500), delay.look(8, 12, 2000)]).toEqual([0, 500, 1000])
    expect([delay.look(9, 12, 2500), delay.look(9, 12, 3000), delay.look(12, 12, 3500)]).toEqual([0, 500, 0])
  })

  test('that keeps up with a steady stream is never counted as far behind', () => {
    const delay = new ReplicaDelay()
    for (let second = 0; second < 100; second += 1) {
      expect(delay.look(second * 100, second * 100 + 50, second * 1000)).toBe(0)
    }
  })

  test('of a journal that was restored from a backup is not behind what is gone', () => {
    const delay = new ReplicaDelay()
    expect([delay.look(5, 100, 0), delay.look(5, 7, 1000), delay.look(5, 7, 2000)]).toEqual([0, 0, 1000])
  })
})
