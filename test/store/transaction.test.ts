/** What commands read and write through, against a plain model: a map that is copied before each command. */
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { UNLIMITED, type Change, type JournalLimits } from '#src/journal/journal.js'
import { NOBODY } from '#src/store/command.js'
import { keyTable, type KeyNode } from '#src/keytree/tables.js'
import { CommandError } from '#src/store/errors.js'
import type { Replica } from '#src/store/replica.js'
import { BatchIsFull, BatchTransaction } from '#src/store/transaction.js'
import { temporaryFolder } from '../support/folder.js'
import { openReplica } from '../support/replica.js'

/** Small ones of every kind that etcd has: batches end in the middle, and commands are refused. */
const NARROW = {
  changes: 6,
  bytes: 1200,
  recordBytes: 200,
  putBelowDeletedRange: false,
  eventDetails: false,
  isRaised: false,
}
const PATHS = ['/a', '/a/x', '/a/y', '/a/x/deep', '/b', '/b/x', '/b!', '/b0']

type Step =
  | { readonly type: 'put'; readonly path: string; readonly value: string }
  | { readonly type: 'delete' | 'delete-below'; readonly path: string }
  | { readonly type: 'query' }

interface Planned {
  readonly steps: readonly Step[]
  readonly fails: boolean
}

/** What a command throws that is to fail. */
const FAILED = new Error('it is to fail')

const path = fc.constantFrom(...PATHS)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('put' as const),
      path,
      value: fc.string({ maxLength: 3 }).chain((short) => fc.constantFrom(short, short, short, 'long'.repeat(60))),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('delete' as const, 'delete-below' as const), path }) },
  { weight: 1, arbitrary: fc.constant({ type: 'query' as const }) },
)
const command: fc.Arbitrary<Planned> = fc.record({ steps: fc.array(step, { maxLength: 6 }), fails: fc.boolean() })
/** Some are given up whole, as where another writer was first. */
const batches = fc.array(fc.record({ commands: fc.array(command, { maxLength: 6 }), isGivenUp: fc.boolean() }), {
  maxLength: 5,
})

const remembered = [{ ...keyTable, isRemembered: true }]

describe('a batch of commands', () => {
  test.each([
    ['without limits', UNLIMITED, [keyTable]],
    ['under limits', NARROW, [keyTable]],
    ['of records that are remembered', UNLIMITED, remembered],
    ['of such under limits', NARROW, remembered],
  ])(
    '%s reads its own writes, forgets those of commands that fail, and leaves what a plain map would hold',
    (_, limits, tables) => {
      const folder = temporaryFolder()
      let runs = 0
      fc.assert(
        fc.property(batches, (plan) => {
          runs += 1
          const replica = openReplica(folder, `run${runs}`, 100_000, tables)
          let model = new Map<string, string>()
          for (const { commands, isGivenUp } of plan) {
            // What a batch has no more room for runs in the next.
            for (let rest = commands; rest.length > 0;) {
              const { ran, after } = runBatch(replica, rest, model, limits, isGivenUp)
              if (!isGivenUp) model = after
              rest = rest.slice(ran)
            }
          }
          expect(stored(replica)).toEqual(model)
          replica.close()
        }),
        { numRuns: 300 },
      )
    },
  )

  test('gives each event the next index, and takes back those of a command that fails', () => {
    const { transaction } = open()
    transaction.beginCommand(NOBODY)
    expect(transaction.emit('set', '/a', '{}')).toBe(1)
    expect(transaction.emit('set', '/b', '{}')).toBe(2)
    transaction.keepCommand()
    transaction.beginCommand(NOBODY)
    transaction.emit('set', '/c', '{}')
    transaction.undoCommand()
    transaction.beginCommand(NOBODY)
    expect(transaction.emit('set', '/d', '{}')).toBe(3)
    transaction.keepCommand()
    expect(transaction.events.map(({ index, key }) => [index, key])).toEqual([
      [1, '/a'],
      [2, '/b'],
      [3, '/d'],
    ])
  })

  test('holds a record once, however often it was written', () => {
    const { transaction } = open()
    for (const value of ['1', '2', '3']) run(transaction, () => put(transaction, '/a', value))
    expect(transaction.changes()).toEqual([expect.objectContaining({ id: '/a', row: node('/a', '3') })])
  })

  test('leaves out what a range deleted later takes away, so that a commit never holds both', () => {
    const { transaction } = open()
    run(transaction, () => put(transaction, '/a/x', '1'))
    run(transaction, () => put(transaction, '/ab', '1'))
    run(transaction, () => {
      transaction.deleteBelow(keyTable, '/a')
      transaction.emit('delete', '/a', '{}')
    })
    expect(transaction.changes().map(({ type, id }) => [type, id])).toEqual([
      ['put', '/ab'],
      ['delete-below', '/a'],
    ])
  })

  test('holds a record and a range once, whatever stands between two writes of it', () => {
    const { transaction } = open()
    const remove = (): void => {
      transaction.deleteBelow(keyTable, '/d')
      transaction.delete(keyTable, '/d')
      transaction.emit('delete', '/d', '{}')
    }
    run(transaction, () => put(transaction, '/a', '1'))
    run(transaction, remove)
    run(transaction, () => put(transaction, '/a', '2'))
    run(transaction, remove)
    run(transaction, () => put(transaction, '/d', '3'))
    expect(transaction.changes()).toEqual([
      expect.objectContaining({ id: '/a', row: node('/a', '2') }),
      { type: 'delete-below', table: 'keys', id: '/d' },
      expect.objectContaining({ id: '/d', row: node('/d', '3') }),
    ])
  })

  test.each([
    ['of before it', '/old'],
    ['that another has written', '/new'],
  ])('counts a record %s once for each command that reads it, and what a command writes itself for none', (_, path) => {
    const { transaction, replica } = open()
    run(transaction, () => put(transaction, '/old', 'x'.repeat(1000)))
    replica.apply({ id: 'a', first: 1, last: 1, time: 1, changes: transaction.changes(), events: transaction.events })
    const batch = new BatchTransaction(replica, UNLIMITED, 1)
    run(batch, () => put(batch, '/new', 'x'.repeat(1000)))
    const reads = [1, 2].map((times) => {
      batch.beginCommand(NOBODY)
      for (let time = 0; time < times; time++) batch.get(keyTable, path)
      const { read } = batch
      put(batch, '/own', 'x'.repeat(1000))
      batch.get(keyTable, '/own')
      expect(batch.read).toBe(read)
      batch.keepCommand()
      return read
    })
    const [read = 0] = reads
    expect([read > 1000, read < 2000, reads]).toEqual([true, true, [read, read]])
  })

  test('refuses a command that changes something without an event', () => {
    const { transaction } = open()
    transaction.beginCommand(NOBODY)
    transaction.put(keyTable, '/a', node('/a', '1'))
    expect(() => transaction.keepCommand()).toThrow('at least one event')
  })

  test('ends before the command that would go past what the journal takes at once', () => {
    const { transaction } = open({ changes: 2 })
    run(transaction, () => put(transaction, '/a', '1'))
    run(transaction, () => put(transaction, '/b', '1'))
    expect(() => run(transaction, () => put(transaction, '/c', '1'))).toThrow(BatchIsFull)
  })

  test('refuses a command that alone is more than the journal takes', () => {
    const { transaction } = open({ changes: 1 })
    const both = (): void => {
      put(transaction, '/a', '1')
      put(transaction, '/b', '1')
    }
    expect(() => run(transaction, both)).toThrow(CommandError)
  })

  test('refuses a record that is more than the journal takes, and says how much that is', () => {
    const { transaction } = open({ recordBytes: 200 })
    expect(() => run(transaction, () => put(transaction, '/a', 'x'.repeat(200)))).toThrow(/at most 200/u)
  })

  test('ends before a put below a range deleted in it, where the journal can’t take both', () => {
    const { transaction } = open({ putBelowDeletedRange: false })
    run(transaction, () => {
      transaction.deleteBelow(keyTable, '/a')
      transaction.emit('delete', '/a', '{}')
    })
    run(transaction, () => put(transaction, '/ab', '1'))
    expect(() => run(transaction, () => put(transaction, '/a/x', '1'))).toThrow(BatchIsFull)
  })
})

function open(limits: Partial<JournalLimits> = {}): { transaction: BatchTransaction; replica: Replica } {
  const replica = openReplica(temporaryFolder())
  onTestFinished(() => replica.close())
  replica.begin()
  return { replica, transaction: new BatchTransaction(replica, { ...UNLIMITED, ...limits }, 1) }
}

function run(transaction: BatchTransaction, steps: () => void): void {
  transaction.beginCommand(NOBODY)
  steps()
  transaction.keepCommand()
}

/**
 * Runs a batch on the replica and on a copy of the model; compares what every command can see. Tells how many commands there was
 * room for, and what they made of the model.
 */
function runBatch(
  replica: Replica,
  batch: readonly Planned[],
  before: ReadonlyMap<string, string>,
  limits: JournalLimits,
  isGivenUp: boolean,
): { readonly ran: number; readonly after: Map<string, string> } {
  let model = new Map(before)
  let ran = 0
  replica.begin()
  const transaction = new BatchTransaction(replica, limits, 1)
  for (const planned of batch) {
    const attempt = new Map(model)
    transaction.beginCommand(NOBODY)
    try {
      runCommand(transaction, attempt, planned)
      transaction.keepCommand()
      model = attempt
    } catch (error) {
      transaction.undoCommand()
      if (error instanceof BatchIsFull) break
      expect(error).toSatisfy((thrown) => thrown === FAILED || thrown instanceof CommandError)
    }
    ran += 1
    expectToRead((each) => transaction.get(keyTable, each), model)
  }
  expect(ran).toBeGreaterThan(0)
  expectChanges(transaction.changes(), before, model, limits)
  if (isGivenUp) {
    replica.applyChanges(transaction.unapplied(transaction.changes()))
    // As commands read that are run on top of a commit which is not accepted yet.
    expectToRead((each) => replica.records.get(keyTable, each), model)
    replica.rollback()
  } else commit(replica, transaction)
  return { ran, after: model }
}

/** Every path reads as the model has it. An expectation costs more than what it looks at: one is made only of what differs. */
function expectToRead(read: (at: string) => KeyNode | undefined, model: ReadonlyMap<string, string>): void {
  for (const each of PATHS) {
    const value = read(each)?.value
    if (value !== model.get(each)) expect([each, value]).toEqual([each, model.get(each)])
  }
}

/** They come to the same in order, whatever the journal, and in any order where one can't put below a range that it deletes. */
function expectChanges(
  changes: readonly Change[],
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  { putBelowDeletedRange }: JournalLimits,
): void {
  const [ranges, records] = [changes.filter(isRange), changes.filter((change) => !isRange(change))]
  for (const each of [ranges, records]) expect(new Set(each.map(({ id }) => id)).size).toBe(each.length)
  const inOrder = putBelowDeletedRange ? [changes] : [changes, changes.toReversed()]
  for (const order of inOrder) {
    const model = new Map(before)
    for (const change of order) {
      if (change.type === 'put') model.set(change.id, String(change.row['value']))
      else if (change.type === 'delete') model.delete(change.id)
      else for (const each of model.keys()) if (each.startsWith(`${change.id}/`)) model.delete(each)
    }
    expect(model).toEqual(after)
  }
}

function isRange({ type }: Change): boolean {
  return type === 'delete-below'
}

function runCommand(transaction: BatchTransaction, model: Map<string, string>, { steps, fails }: Planned): void {
  const removed: string[] = []
  for (const planned of steps) {
    if (planned.type === 'put' && removed.some((range) => planned.path.startsWith(`${range}/`))) {
      const thrown = thrownBy(() => runStep(transaction, model, planned))
      // Or there is no room for it in any case.
      if (thrown instanceof BatchIsFull) throw thrown
      expect(String(thrown)).toMatch(/may not put a record below a range|too large/u)
      continue
    }
    if (planned.type === 'delete-below') removed.push(planned.path)
    runStep(transaction, model, planned)
    expectToRead((each) => transaction.get(keyTable, each), model)
  }
  if (fails) throw FAILED
  transaction.emit('set', '/a', '{}')
}

function thrownBy(work: () => void): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}

function runStep(transaction: BatchTransaction, model: Map<string, string>, planned: Step): void {
  switch (planned.type) {
    case 'put':
      transaction.put(keyTable, planned.path, node(planned.path, planned.value))
      model.set(planned.path, planned.value)
      return
    case 'delete':
      transaction.delete(keyTable, planned.path)
      model.delete(planned.path)
      return
    case 'delete-below':
      transaction.deleteBelow(keyTable, planned.path)
      for (const each of model.keys()) if (each.startsWith(`${planned.path}/`)) model.delete(each)
      return
    case 'query':
      expect(transaction.query('SELECT count(*) AS count FROM keys')[0]?.['count']).toBe(model.size)
  }
}

function commit(replica: Replica, transaction: BatchTransaction): void {
  const { events } = transaction
  const [first, last] = [events[0], events.at(-1)]
  if (first === undefined || last === undefined) {
    replica.rollback()
    return
  }
  const changes = transaction.changes()
  replica.apply(
    { id: String(first.index), first: first.index, last: last.index, time: 1, changes, events },
    transaction.unapplied(changes),
  )
  replica.commit()
}

function put(transaction: BatchTransaction, at: string, value: string): void {
  transaction.put(keyTable, at, node(at, value))
  transaction.emit('set', at, '{}')
}

function node(at: string, value: string): KeyNode {
  return { path: at, value, createdIndex: 1, modifiedIndex: 1, expiration: null }
}

function stored(replica: Replica): Map<string, KeyNode['value']> {
  return new Map(
    replica.database
      .prepare('SELECT * FROM keys')
      .all()
      .map((row) => keyTable.decode(row))
      .map(({ path: at, value }) => [at, value]),
  )
}
