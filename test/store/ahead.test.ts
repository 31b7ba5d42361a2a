/** What waits is run while a commit is under way: once where that is accepted, and again where it was in vain. */
import { describe, expect, onTestFinished, test } from 'vitest'
import type { AppendOutcome, Commit, Head } from '#src/journal/journal.js'
import { keyTable, type KeyNode } from '#src/keytree/tables.js'
import type { Answer } from '#src/store/batch.js'
import { NOBODY, type Transaction } from '#src/store/command.js'
import { Writer } from '#src/store/writer.js'
import { MemoryJournal, MemoryLog } from '../support/memory-journal.js'
import { temporaryFolder } from '../support/folder.js'
import { openReplica } from '../support/replica.js'

describe('while a commit is under way', () => {
  test('what waits is run on the state that it will have made, and makes the next commit without being run again', async () => {
    const { journal, send } = await open()
    const first = send('/a')
    await expect.poll(() => journal.waiting).toBe(1)
    const [second, third] = [send('/b'), send('/c')]
    await expect.poll(() => [second.runs, third.runs]).toEqual([[2], [3]])
    expect(journal.commits).toHaveLength(1)
    journal.release()
    expect(await first.answer).toMatchObject({ type: 'done', index: 1 })
    await expect.poll(() => journal.waiting).toBe(1)
    journal.release()
    expect(await second.answer).toMatchObject({ type: 'done', index: 2 })
    expect(await third.answer).toMatchObject({ type: 'done', index: 3 })
    expect([first, second, third].map(({ runs }) => runs)).toEqual([[1], [2], [3]])
    expect(journal.commits.map(({ events }) => events.map(({ key }) => key))).toEqual([['/a'], ['/b', '/c']])
  })

  test('what was run ahead is run again where another writer was first', async () => {
    const { log, journal, send } = await open()
    const first = send('/a')
    await expect.poll(() => journal.waiting).toBe(1)
    const second = send('/b')
    await expect.poll(() => second.runs).toEqual([2])
    log.append(commitAfter(log.head, '/theirs'), log.head)
    journal.release()
    await expect.poll(() => journal.waiting).toBe(1)
    journal.release()
    expect(await first.answer).toMatchObject({ type: 'done', index: 2 })
    expect(await second.answer).toMatchObject({ type: 'done', index: 3 })
    expect(second.runs).toEqual([2, 3])
    expect(journal.commits.at(-1)?.events.map(({ key }) => key)).toEqual(['/a', '/b'])
  })

  test('what asks in SQL about what is not written yet waits for its own time', async () => {
    const { journal, send } = await open()
    const first = send('/a')
    await expect.poll(() => journal.waiting).toBe(1)
    const second = send('/b')
    const asking = send('/c', (transaction) => transaction.query('SELECT count(*) AS count FROM keys')[0]?.['count'])
    const fourth = send('/d')
    await expect.poll(() => second.runs).toEqual([2])
    journal.release()
    await first.answer
    await expect.poll(() => journal.waiting).toBe(1)
    expect(journal.commits.at(-1)?.events.map(({ key }) => key)).toEqual(['/b'])
    journal.release()
    await second.answer
    await expect.poll(() => journal.waiting).toBe(1)
    journal.release()
    expect(await asking.answer).toMatchObject({ type: 'done', result: 3, index: 3 })
    expect(await fourth.answer).toMatchObject({ type: 'done', index: 4 })
  })

  test('each command goes by the time at which it is run, and the commit bears that of its last', async () => {
    // Far ahead of the machine's own, which has no part in this.
    let now = 4_000_000_000_000
    const { journal, send } = await open(() => now)
    const times: number[] = []
    const noteTime = ({ time }: Transaction): number => times.push(time)
    const first = send('/a', noteTime)
    await expect.poll(() => journal.waiting).toBe(1)
    now += 2300
    const second = send('/b', noteTime)
    await expect.poll(() => second.runs).toEqual([2])
    now += 400
    const third = send('/c', noteTime)
    await expect.poll(() => third.runs).toEqual([3])
    // However long its commit takes, and whatever is done to the clock meanwhile.
    now -= 600_000
    const fourth = send('/d', noteTime)
    await expect.poll(() => fourth.runs).toEqual([4])
    journal.release()
    await first.answer
    await expect.poll(() => journal.waiting).toBe(1)
    journal.release()
    await fourth.answer
    expect(times.slice(0, 3)).toEqual([4_000_000_000_000, 4_000_000_002_300, 4_000_000_002_700])
    expect(times[3]).toBeGreaterThanOrEqual(4_000_000_002_700)
    expect(journal.commits.map(({ time }) => time)).toEqual([times[0], times[3]])
  })

  test('no more joins a commit that has large records, be their events ever so small', async () => {
    const { journal, send } = await open()
    const first = send('/a')
    await expect.poll(() => journal.waiting).toBe(1)
    const value = 'x'.repeat(1024 * 1024)
    const large = Array.from({ length: 10 }, (_, place) =>
      send(`/${place}`, (transaction) => transaction.put(keyTable, `/${place}`, { ...nodeAt(`/${place}`), value })),
    )
    journal.releaseAll()
    await Promise.all([first, ...large].map(({ answer }) => answer))
    expect(journal.commits.map(({ events }) => events.length)).toEqual([1, 4, 4, 2])
  })

  test('a command whose caller has stopped waiting is not run ahead either', async () => {
    const { journal, send } = await open()
    const first = send('/a')
    await expect.poll(() => journal.waiting).toBe(1)
    const late = send('/late', undefined, 0)
    const second = send('/b')
    expect(await late.answer).toEqual({ type: 'failed', code: 'unavailable' })
    await expect.poll(() => second.runs).toEqual([2])
    journal.release()
    await first.answer
    await expect.poll(() => journal.waiting).toBe(1)
    journal.release()
    expect(await second.answer).toMatchObject({ type: 'done', index: 2 })
    expect(late.runs).toEqual([])
  })
})

/** Answers an append only when it is told to. */
class GatedJournal extends MemoryJournal {
  readonly commits: Commit[] = []
  readonly #gates: (() => void)[] = []
  #isOpen = false

  /** Appends that wait. */
  get waiting(): number {
    return this.#gates.length
  }

  release(): void {
    this.#gates.shift()?.()
  }

  /** Those that come later do not wait either. */
  releaseAll(): void {
    this.#isOpen = true
    for (const open of this.#gates.splice(0)) open()
  }

  override async append(commit: Commit, after: Head): Promise<AppendOutcome> {
    this.commits.push(commit)
    if (!this.#isOpen) await new Promise<void>((open) => this.#gates.push(open))
    return super.append(commit, after)
  }
}

interface Sent {
  /** The index at which each run of the command made its event. */
  readonly runs: number[]
  readonly answer: Promise<Answer>
}

async function open(now = Date.now) {
  const log = new MemoryLog()
  const journal = new GatedJournal(log)
  const replica = openReplica(temporaryFolder())
  const writer = new Writer({ journal, replica, now })
  await writer.start()
  onTestFinished(async () => {
    await writer.close()
    replica.close()
  })
  const send = (path: string, ask?: (transaction: Transaction) => unknown, deadline = Infinity): Sent => {
    const runs: number[] = []
    const run = (transaction: Transaction): unknown => {
      transaction.put(keyTable, path, nodeAt(path))
      const result = ask?.(transaction)
      runs.push(transaction.emit('set', path, '{}'))
      return result
    }
    return { runs, answer: new Promise((answer) => writer.enqueue({ asker: NOBODY, run, deadline, answer })) }
  }
  return { log, journal, send }
}

function nodeAt(path: string): KeyNode {
  return { path, value: 'x', createdIndex: 1, modifiedIndex: 1, expiration: null }
}

function commitAfter(head: Head, path: string): Commit {
  const index = head.index + 1
  return {
    id: 'theirs-0001',
    first: index,
    last: index,
    time: 1,
    changes: [{ type: 'put', table: keyTable.name, id: path, row: nodeAt(path) }],
    events: [{ index, type: 'set', key: path, body: '{}' }],
  }
}
