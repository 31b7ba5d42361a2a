/** Snapshots for long listings: each one state, few at once, none for ever, and their connections used again. */
import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase, type Database } from '#src/sqlite/database.js'
import { Snapshots, type Snapshot, type SnapshotReader, type SnapshotTimes } from '#src/store/snapshots.js'
import { temporaryFolder } from '../support/folder.js'

/** Places of one user, and how many more of it may wait. */
const PLACES = 4
const WAITING_MAX = 64

function openFile(times?: SnapshotTimes): { path: string; writer: Database; snapshots: Snapshots } {
  const path = join(temporaryFolder(), 'file.db')
  const writer = openDatabase(path)
  writer.exec('CREATE TABLE numbers (number INTEGER); INSERT INTO numbers VALUES (1)')
  const snapshots = new Snapshots(path, times)
  // What waits for a time must not end with the process before it.
  const alive = setInterval(() => {}, 1000)
  onTestFinished(() => {
    clearInterval(alive)
    snapshots.close()
    writer.close()
  })
  return { path, writer, snapshots }
}

function readerOf(user: string, others: Partial<SnapshotReader> = {}): SnapshotReader {
  return { user, breakOff: () => {}, isGone: () => false, ...others }
}

function openMany(snapshots: Snapshots, user: string, count: number): Promise<Snapshot[]> {
  return Promise.all(Array.from({ length: count }, () => snapshots.open(readerOf(user))))
}

/** Whether something has come by the time that all which was begun before has had its turn. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false
  const note = (): void => void (isSettled = true)
  promise.then(note, note)
  await new Promise(setImmediate)
  return !isSettled
}

function numbersIn(reader: Database): unknown {
  return reader.prepare('SELECT count(*) AS count FROM numbers').get()?.['count']
}

/** How often this process has a file open. */
function timesOpen(path: string): number {
  const links = readdirSync('/proc/self/fd').map((file) => {
    try {
      return readlinkSync(`/proc/self/fd/${file}`)
    } catch {
      // Closed meanwhile by whoever else runs here.
      return ''
    }
  })
  return links.filter((link) => link === path).length
}

test('a snapshot shows one state, and the next one on its connection the newest', async () => {
  const { writer, snapshots } = openFile()
  const first = await snapshots.open(readerOf('desk'))
  expect(numbersIn(first.reader)).toBe(1)
  writer.exec('INSERT INTO numbers VALUES (2)')
  expect(numbersIn(first.reader)).toBe(1)
  first.close()
  first.close()
  const second = await snapshots.open(readerOf('desk'))
  expect(second.reader).toBe(first.reader)
  expect(numbersIn(second.reader)).toBe(2)
  second.close()
})

test.skipIf(process.platform !== 'linux')('many, one after another, take no more files than one', async () => {
  const { path, snapshots } = openFile()
  const read = async (): Promise<void> => {
    const snapshot = await snapshots.open(readerOf('desk'))
    numbersIn(snapshot.reader)
    snapshot.close()
  }
  await read()
  const files = timesOpen(path)
  for (let count = 1; count <= 100; count++) await read()
  expect(timesOpen(path)).toBe(files)
})

test('one that stays open for too long is broken off, and one that was closed is not', async () => {
  const { snapshots } = openFile({ openMsMax: 20 })
  let closedIsOverdue = false
  const closed = await snapshots.open(readerOf('desk', { breakOff: () => (closedIsOverdue = true) }))
  closed.close()
  await new Promise<void>((resolve) => void snapshots.open(readerOf('desk', { breakOff: resolve })))
  expect(closedIsOverdue).toBe(false)
  expect(snapshots.brokenOff).toEqual({ time: 1, log: 0 })
})

test('where all places are taken the next waits for one, and others than its user do not', async () => {
  const { snapshots } = openFile()
  const [first] = await openMany(snapshots, 'keys', PLACES)
  const next = snapshots.open(readerOf('keys'))
  expect(await isPending(next)).toBe(true)
  await openMany(snapshots, 'desk', PLACES)
  expect(await isPending(next)).toBe(true)
  first?.close()
  expect(numbersIn((await next).reader)).toBe(1)
})

test('where too many wait the next is refused, but in the place of one that is gone', async () => {
  const { snapshots } = openFile()
  await openMany(snapshots, 'keys', PLACES)
  let isGone = false
  const leaving = snapshots.open(readerOf('keys', { isGone: () => isGone }))
  const waiting = Array.from({ length: WAITING_MAX - 1 }, () => snapshots.open(readerOf('keys')))
  await expect(snapshots.open(readerOf('keys'))).rejects.toMatchObject({ code: 'overloaded' })
  await openMany(snapshots, 'desk', PLACES)
  isGone = true
  const next = snapshots.open(readerOf('keys'))
  await expect(leaving).rejects.toMatchObject({ code: 'overloaded' })
  expect(await isPending(next)).toBe(true)
  snapshots.close()
  for (const one of [...waiting, next]) await expect(one).rejects.toMatchObject({ code: 'closed' })
})

test('none waits for ever', async () => {
  const { snapshots } = openFile({ waitMsMax: 20 })
  await openMany(snapshots, 'keys', PLACES)
  await expect(snapshots.open(readerOf('keys'))).rejects.toMatchObject({ code: 'overloaded' })
})

test('closing the store leaves those that are read from alone', async () => {
  const { snapshots } = openFile()
  const open = await openMany(snapshots, 'keys', PLACES)
  snapshots.close()
  for (const { reader } of open) expect(numbersIn(reader)).toBe(1)
  for (const snapshot of open) snapshot.close()
  await expect(snapshots.open(readerOf('keys'))).rejects.toMatchObject({ code: 'closed' })
})

test('while the log is large newcomers wait until those that hold it are gone and it was emptied', async () => {
  const { snapshots } = openFile({ emptyingMsMax: 1_000_000 })
  const [held] = await openMany(snapshots, 'keys', 1)
  snapshots.logIs('large')
  const next = snapshots.open(readerOf('desk'))
  held?.close()
  expect(await isPending(next)).toBe(true)
  snapshots.logIs('small')
  expect(numbersIn((await next).reader)).toBe(1)
})

test('a log that others hold keeps newcomers for a moment only, and again when the next ask', async () => {
  const { snapshots } = openFile({ emptyingMsMax: 20 })
  snapshots.logIs('large')
  const [first] = await openMany(snapshots, 'keys', 1)
  const next = snapshots.open(readerOf('keys'))
  expect(await isPending(next)).toBe(true)
  first?.close()
  expect(numbersIn((await next).reader)).toBe(1)
})

test('where the log is huge those that hold it are broken off', async () => {
  const { snapshots } = openFile()
  const broken = new Promise<void>((resolve) => void snapshots.open(readerOf('keys', { breakOff: resolve })))
  snapshots.logIs('huge')
  await broken
  expect(snapshots.brokenOff).toEqual({ time: 0, log: 1 })
})
