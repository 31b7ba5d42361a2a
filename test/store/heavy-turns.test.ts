/** What is short is not kept waiting by what is large, however much of that waits; nor the other way round. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { keyTable, type KeyNode } from '#src/keytree/tables.js'
import type { Answer } from '#src/store/batch.js'
import { NOBODY, type Transaction } from '#src/store/command.js'
import { Writer } from '#src/store/writer.js'
import { MemoryJournal, MemoryLog, type Fault } from '../support/memory-journal.js'
import { temporaryFolder } from '../support/folder.js'
import { openReplica } from '../support/replica.js'

const LARGE = 'x'.repeat(1024 * 1024)
/** Short enough to be read beside others, but not twice. */
const HALF = 'x'.repeat(100 * 1024)

interface Options {
  readonly faults?: () => Fault
  /** The values of keys that a program before this one has written: nobody has read them yet. */
  readonly stored?: ReadonlyMap<string, string>
}

async function open({ faults, stored = new Map() }: Options = {}) {
  const log = new MemoryLog()
  const folder = temporaryFolder()
  store(folder, stored)
  const replica = openReplica(folder)
  const writer = new Writer({ journal: new MemoryJournal(log, faults), replica })
  await writer.start()
  onTestFinished(async () => {
    await writer.close()
    replica.close()
  })
  /** The runs of commands that came to their end, by their paths. */
  const runs: string[] = []
  const send = (path: string, work: (transaction: Transaction) => void): Promise<Answer> =>
    new Promise((answer) => {
      const run = (transaction: Transaction): void => {
        work(transaction)
        transaction.emit('set', path, '{}')
        runs.push(path)
      }
      writer.enqueue({ asker: NOBODY, run, deadline: Infinity, answer })
    })
  const put = (path: string, value: string) =>
    send(path, (transaction) => transaction.put(keyTable, path, nodeAt(path, value)))
  /** Short to say: it reads a record, and writes it back. */
  const touch = (path: string) =>
    send(path, (transaction) => {
      const node = transaction.get(keyTable, path)
      transaction.put(keyTable, path, node ?? nodeAt(path, ''))
    })
  /** Characters that were read for commands which then turned out to be heavy. */
  let readInVain = 0
  /** Reads records, and says so. */
  const look = (path: string, at: readonly string[]) =>
    send(path, (transaction) => {
      try {
        for (const one of at) transaction.get(keyTable, one)
      } catch (error) {
        readInVain += transaction.read
        throw error
      }
    })
  /** The keys of each commit's events. */
  const commits = (): string[][] => log.deliveries.map(({ commit }) => commit.events.map(({ key }) => key))
  return { put, touch, look, readInVain: () => readInVain, runs, commits }
}

function store(folder: string, values: ReadonlyMap<string, string>): void {
  const replica = openReplica(folder)
  replica.begin()
  for (const [id, value] of values) replica.applyChanges([{ type: 'put', table: 'keys', id, row: nodeAt(id, value) }])
  replica.commit()
  replica.close()
}

function nodeAt(path: string, value: string): KeyNode {
  return { path, value, createdIndex: 1, modifiedIndex: 1, expiration: null }
}

const paths = (word: string, count: number): string[] => Array.from({ length: count }, (_, place) => `/${word}${place}`)

test('commands that turn out to touch what is large let those pass that do not, and share few of their commits', async () => {
  const { put, touch, runs, commits } = await open()
  const large = paths('large', 20)
  await Promise.all(large.map((path) => put(path, LARGE)))
  runs.length = 0
  const before = commits().length
  const answers = await Promise.all([...large.map(touch), put('/short', 'x')])
  expect(answers.map(({ type }) => type)).toEqual(answers.map(() => 'done'))
  // Each was run once, from its beginning to its end.
  expect(runs.toSorted()).toEqual(['/short', ...large].toSorted())
  const [first, ...others] = commits().slice(before)
  expect(first).toEqual(['/short'])
  expect(others.flat()).toEqual(large)
  expect(Math.max(...others.map((keys) => keys.length))).toBeLessThanOrEqual(3)
})

test('what comes while many large ones wait goes in between them, and they go on while short ones keep coming', async () => {
  const { put, touch, runs, commits } = await open()
  const large = paths('large', 12)
  await Promise.all(large.map((path) => put(path, LARGE)))
  const before = commits().length
  const touched = Promise.all(large.map(touch))
  const isLarge = (path: string): boolean => path.startsWith('/large')
  for (let count = 0; runs.filter(isLarge).length < 2 * large.length; count += 1) await put(`/short${count}`, 'x')
  await touched
  const kinds = commits()
    .slice(before)
    .map(([key = '']) => key.slice(1, 6))
  const places = kinds.flatMap((kind, place) => (kind === 'large' ? place : []))
  // Between two commits of large ones there is one of what is short, and not many.
  for (const [place, at] of places.slice(1).entries()) expect(at - (places[place] ?? 0)).toBe(2)
})

test('a large one whose commit was in vain has its turn again, before others', async () => {
  let left = 0
  const { put, touch, commits } = await open({ faults: () => (left-- > 0 ? 'conflict' : 'none') })
  await put('/large', LARGE)
  const before = commits().length
  const touched = touch('/large')
  await put('/short', 'x')
  left = 3
  const more = put('/later', 'x')
  await Promise.all([touched, more])
  expect(commits().slice(before)).toEqual([['/short'], ['/large'], ['/later']])
})

describe('many commands that come to much by what nobody has read yet', () => {
  test('are found without reading more than one of them, and what is short behind them goes first', async () => {
    const large = paths('large', 12)
    const { look, put, readInVain, commits } = await open({ stored: new Map(large.map((path) => [path, LARGE])) })
    await Promise.all([put('/first', 'x'), ...large.map((path) => look(path, [path])), put('/last', 'x')])
    const [first, ...others] = commits()
    expect(first).toEqual(['/first', '/last'])
    expect(others.flat()).toEqual(large)
    // One of them showed that it is better to ask how large the others are.
    expect(readInVain()).toBeLessThan(2 * LARGE.length)
  })

  test('leave as much room in the commit to those behind them where each reads much that is not large', async () => {
    const [parts, before, many] = [paths('part', 30), paths('before', 15), paths('many', 15)]
    const { look, put, readInVain, commits } = await open({ stored: new Map(parts.map((path) => [path, HALF])) })
    await Promise.all([
      ...before.map((path) => put(path, HALF)),
      ...many.map((path, place) => look(path, parts.slice(2 * place, 2 * place + 2))),
      put('/last', 'x'),
    ])
    expect(commits()).toEqual([[...before, '/last'], many])
    expect(readInVain()).toBeGreaterThan(2 * many.length * HALF.length)
  })

  test('are looked at for a while, twice in a row where nothing short is found, and then have a turn', async () => {
    const parts = paths('part', 2)
    const { look, put, commits } = await open({ stored: new Map(parts.map((path) => [path, HALF])) })
    // Of two that come to 100 KiB each, twenty-one come to the 4 MiB that a turn looks at, and so do those of a commit.
    const many = paths('many', 21 * 8)
    await Promise.all([...many.map((path) => look(path, parts)), put('/short', 'x')])
    const turns = [many.slice(0, 21), many.slice(21, 42), many.slice(42, 63), many.slice(63, 84)]
    expect(commits().slice(0, 5)).toEqual([...turns, ['/short']])
    expect(commits().slice(5).flat()).toEqual(many.slice(84))
  })
})

test('what was written large is known as that, and is not read first', async () => {
  const { put, look, readInVain, commits } = await open()
  await put('/large', LARGE)
  await Promise.all([look('/look', ['/large']), put('/short', 'x')])
  expect(commits()).toEqual([['/large'], ['/short'], ['/look']])
  expect(readInVain()).toBe(0)
  await put('/large', 'x')
  await Promise.all([look('/look', ['/large']), put('/short', 'x')])
  expect(commits().at(-1)).toEqual(['/look', '/short'])
})
