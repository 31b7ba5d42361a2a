/**
 * Several writers on one journal that misbehaves in every way that a log over a network can. What must hold all the same:
 * every command happens exactly once or, where its caller was told that it failed, not at all; there is one order; and all
 * replicas end equal.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AppendOutcome, Commit, Head, Settlement } from '#src/journal/journal.js'
import { desk } from '#src/desk.js'
import { keyTable } from '#src/keytree/tables.js'
import type { Answer } from '#src/store/batch.js'
import { NOBODY, type Transaction } from '#src/store/command.js'
import { CommandError } from '#src/store/errors.js'
import { Rota } from '#src/store/rota.js'
import { Writer } from '#src/store/writer.js'
import { MemoryJournal, MemoryLog, type Fault } from '../support/memory-journal.js'
import { contentsOf, openReplica } from '../support/replica.js'
import { temporaryFolder } from '../support/folder.js'

const FAULTS: readonly Fault[] = [
  'delay',
  'conflict',
  'lost-before',
  'lost-after',
  'late',
  'no-room',
  'too-large',
  'unavailable',
]
const OPERATIONS = 120

interface Plan {
  readonly nodes: number
  /** How many calls out of ten go wrong. */
  readonly badness: number
  readonly seed: number
  readonly commitsMax: number
  readonly changesMax: number
  /** Whether the nodes leave each other no turns, and always run ahead of what is under way. */
  readonly reckless: boolean
}

/** Believes to be alone, whoever else writes. */
class Reckless extends Rota {
  override get isAlone(): boolean {
    return true
  }

  override ours(): Promise<void> {
    return Promise.resolve()
  }
}

const plans = fc.record<Plan>({
  nodes: fc.integer({ min: 1, max: 4 }),
  badness: fc.integer({ min: 0, max: 7 }),
  seed: fc.integer(),
  commitsMax: fc.constantFrom(3, 10_000),
  changesMax: fc.constantFrom(20, Infinity),
  reckless: fc.boolean(),
})

describe('several writers on one journal', () => {
  test('run every command exactly once, in one order, on all replicas', { timeout: 120_000 }, async () => {
    const folder = temporaryFolder()
    let runs = 0
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        runs += 1
        await runPlan(plan, folder, String(runs))
      }),
      { numRuns: 40 },
    )
  })
})

describe('a writer on a journal that does not take what one command came to', () => {
  /** Takes no commit that writes a certain record. */
  class Picky extends MemoryJournal {
    override append(commit: Commit, after: Head): Promise<AppendOutcome> {
      const isBad = commit.changes.some(({ id }) => id === '/bad')
      if (isBad) return Promise.resolve({ type: 'invalid', message: 'not /bad' })
      return super.append(commit, after)
    }
  }

  test('fails that one alone, and says that it is a fault', async () => {
    const faults: unknown[] = []
    const failures: unknown[] = []
    const writer = new Writer({
      journal: new Picky(new MemoryLog()),
      replica: openReplica(temporaryFolder()),
      onFault: (error) => faults.push(error),
      onHealth: (failure) => failures.push(failure),
    })
    await writer.start()
    const set = (path: string): Promise<Answer> =>
      runOn(writer, (transaction) => {
        desk.handlers['keys.set'](transaction, { path, value: '', directory: false, ttl: undefined, refresh: false })
        return 0
      })
    const answers = await Promise.all(['/a', '/b', '/bad', '/c', '/d', '/e', '/f'].map(set))
    expect(answers.map(({ type }) => type)).toEqual(['done', 'done', 'failed', 'done', 'done', 'done', 'done'])
    expect(answers[2]).toEqual({ type: 'failed', code: 'internal' })
    expect(faults).toEqual([new Error('the journal does not take a commit: not /bad')])
    expect(failures).toEqual([])
    await writer.close()
  })
})

describe('a writer that can not read what became of a commit', () => {
  /** Gives no answer to its next commit, and then can't say what it came to. */
  class Garbled extends MemoryJournal {
    isGarbled = true

    override async append(commit: Commit, after: Head): Promise<AppendOutcome> {
      const outcome = await super.append(commit, after)
      return this.isGarbled ? { type: 'unknown' } : outcome
    }

    override settle(commit: Commit, after: Head): Promise<Settlement> {
      if (!this.isGarbled) return super.settle(commit, after)
      this.isGarbled = false
      return Promise.reject(new Error('the head is no JSON'))
    }
  }

  test('tells its callers that nobody knows, not that nothing was changed, and goes on behind what there is', async () => {
    const log = new MemoryLog()
    const faults: unknown[] = []
    const replica = openReplica(temporaryFolder())
    const writer = new Writer({ journal: new Garbled(log), replica, onFault: (error) => faults.push(error) })
    await writer.start()
    const answer = await runOn(writer, (transaction) => apply(transaction, 0))
    expect(answer).toEqual({ type: 'failed', code: 'unknown-outcome' })
    expect(faults).toEqual([new Error('the head is no JSON')])
    const made = log.head.index
    expect(made).toBeGreaterThan(0)
    expect(await runOn(writer, (transaction) => apply(transaction, 5))).toMatchObject({ type: 'done' })
    expect(log.head.index).toBeGreaterThan(made)
    expect(replica.head.index).toBe(log.head.index)
    await writer.close()
  })
})

describe('a writer whose commits take longer than those of another', () => {
  test('is overtaken only so many times until the other waits for it', async () => {
    const log = new MemoryLog()
    const folder = temporaryFolder()
    const [slow, fast] = [30, 1].map((pace) => {
      const replica = openReplica(folder, `pace-${pace}`)
      // Nothing but the journal keeps them out of each other's way.
      return new Writer({ journal: new MemoryJournal(log, undefined, () => pace), replica, rota: new Reckless() })
    })
    if (slow === undefined || fast === undefined) throw new Error('no writers')
    await slow.start()
    await fast.start()
    const seen = { isThrough: false, others: 0 }
    const through = Promise.all(
      Array.from({ length: 5 }, async (_, operation) => {
        const answer = await runOn(slow, (transaction) => apply(transaction, 5 * operation))
        expect(answer.type).toBe('done')
      }),
    ).finally(() => (seen.isThrough = true))
    while (!seen.isThrough && seen.others < 2000) {
      seen.others += 1
      await runOn(fast, (transaction) => apply(transaction, 5 * seen.others + 1))
    }
    await through
    expect(slow.tally.figures().conflicts).toBeLessThanOrEqual(4)
    expect(seen.others).toBeLessThan(2000)
    // And the other is not kept waiting: it goes on by itself.
    expect((await runOn(fast, (transaction) => apply(transaction, 1))).type).toBe('done')
    await slow.close()
    await fast.close()
  })
})

async function runPlan(plan: Plan, folder: string, run: string): Promise<void> {
  const random = randomFrom(plan.seed)
  const log = new MemoryLog({
    limits: { changes: plan.changesMax, putBelowDeletedRange: plan.changesMax === Infinity },
    commitsMax: plan.commitsMax,
  })
  let calm = false
  const faults = (): Fault => (!calm && random(10) < plan.badness ? (FAULTS[random(FAULTS.length)] ?? 'none') : 'none')
  const replicas = Array.from({ length: plan.nodes }, (_, node) => openReplica(folder, `${run}-${node}`))
  const problems: unknown[] = []
  const writers = replicas.map(
    (replica) =>
      new Writer({
        journal: new MemoryJournal(log, faults, () => 1 + random(4)),
        replica,
        rota: plan.reckless ? new Reckless() : new Rota(),
        onFault: (error) => problems.push(error),
      }),
  )
  for (const writer of writers) await retry(() => writer.start())

  const answers = await Promise.all(
    Array.from({ length: OPERATIONS }, async (_, operation) => {
      const writer = writers[random(writers.length)]
      if (writer === undefined) throw new Error('no writer')
      // Commands come in waves, so that batches, races and refusals all happen.
      for (let turn = random(30); turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve))
      const answer = await runOn(writer, (transaction) => apply(transaction, operation))
      if (answer.type === 'done') await expectSeen(writers[random(writers.length)], operation)
      return { operation, answer }
    }),
  )

  calm = true
  for (const writer of writers) await writer.strong()
  expect(problems).toEqual([])
  const [first, ...others] = replicas.map(contentsOf)
  const head = log.head.index
  for (const { operation, answer } of answers) {
    const times = replicas[0]?.records.get(keyTable, `/done/${operation}`)?.value
    if (answer.type === 'done') {
      expect(times, `operation ${operation} was answered`).toBe('1')
      // A node that was far behind has a shorter history; the record alone is the proof then.
      const key = eventKeyAt(replicas[0], answer.result)
      if (key !== undefined) expect(key, `the event of operation ${operation}`).toBe(`/done/${operation}`)
    } else {
      expect(times, `operation ${operation} failed: ${JSON.stringify(answer)}`).toBeUndefined()
    }
  }
  if (plan.commitsMax > 1000) for (const other of others) expect(other).toEqual(first)
  else for (const replica of replicas) expect(recordsOf(replica)).toEqual(recordsOf(replicas[0]))
  expect(replicas.map((replica) => replica.head.index)).toEqual(replicas.map(() => head))
  for (const writer of writers) await writer.close()
  for (const replica of replicas) replica.close()
}

/** After its answer no node may refuse another command for not having seen the operation. */
async function expectSeen(writer: Writer | undefined, operation: number): Promise<void> {
  if (writer === undefined) throw new Error('no writer')
  const answer = await runOn(writer, (transaction) => {
    if (transaction.get(keyTable, `/done/${operation}`) === undefined) throw new CommandError('stale', 'not seen')
    throw new CommandError('fresh', 'seen')
  })
  if (answer.type === 'refused') expect(answer.error.code, `operation ${operation}`).toBe('fresh')
  else expect(answer.type).toBe('failed')
}

/** Counts how often an operation happened, under a key of its own, among changes that collide with other operations'. */
function apply(transaction: Transaction, operation: number): number {
  const path = `/done/${operation}`
  const set = desk.handlers['keys.set']
  const plain = { directory: false, ttl: undefined, refresh: false }
  const remove = operation % 7 === 3 && transaction.get(keyTable, '/shared') !== undefined
  if (remove) desk.handlers['keys.delete'](transaction, { path: '/shared', directory: true, recursive: true })
  else set(transaction, { ...plain, path: `/shared/${operation % 5}`, value: String(operation) })
  const index = transaction.nextIndex
  const times = Number(transaction.get(keyTable, path)?.value ?? 0) + 1
  set(transaction, { ...plain, path, value: String(times) })
  // Some find out at the end that they must not be: nothing of theirs may stay.
  if (operation % 5 === 4) throw new CommandError('refused', 'by its own rule')
  return index
}

function runOn(writer: Writer, run: (transaction: Transaction) => number): Promise<Answer> {
  return new Promise((answer) => writer.enqueue({ asker: NOBODY, run, deadline: Infinity, answer }))
}

function eventKeyAt(replica: ReturnType<typeof openReplica> | undefined, index: unknown): unknown {
  return replica?.database.prepare('SELECT key FROM events WHERE idx = ?').get(Number(index))?.['key']
}

function recordsOf(replica: ReturnType<typeof openReplica> | undefined): unknown {
  return replica?.database.prepare('SELECT * FROM keys ORDER BY parent, name').all()
}

async function retry(attempt: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await attempt()
    } catch {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

/** A small repeatable generator (mulberry32): whole numbers from 0 up to `below`. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
