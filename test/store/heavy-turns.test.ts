/** What is short is not kept waiting by what is large, however much of that waits; nor the other way round. */
import { expect, onTestFinished, test } from 'vitest'
import { keyTable, type KeyNode } from '#src/keytree/tables.js'
import type { Answer } from '#src/store/batch.js'
import { NOBODY, type Transaction } from '#src/store/command.js'
import { Writer } from '#src/store/writer.js'
import { MemoryJournal, MemoryLog, type Fault } from '../support/memory-journal.js'
import { temporaryFolder } from '../support/folder.js'
import { openReplica } from '../support/replica.js'

const LARGE = 'x'.repeat(1024 * 1024)

async function open(faults?: () => Fault) {
  const log = new MemoryLog()
  const replica = openReplica(temporaryFolder())
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
  /** The keys of each commit's events. */
  const commits = (): string[][] => log.deliveries.map(({ commit }) => commit.events.map(({ key }) => key))
  return { put, touch, runs, commits }
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
  const { put, touch, commits } = await open(() => (left-- > 0 ? 'conflict' : 'none'))
  await put('/large', LARGE)
  const before = commits().length
  const touched = touch('/large')
  await put('/short', 'x')
  left = 3
  const more = put('/later', 'x')
  await Promise.all([touched, more])
  expect(commits().slice(before)).toEqual([['/short'], ['/large'], ['/later']])
})
