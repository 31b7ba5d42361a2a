/** The write-ahead log of a replica: large only while somebody reads, and small again soon, also where nobody writes. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '#src/sqlite/database.js'
import { LogKeeper } from '#src/store/log-keeper.js'
import { Replica } from '#src/store/replica.js'
import { temporaryFolder } from '../support/folder.js'
import { waitUntil } from '../support/server.js'

const MEBIBYTE = 1024 * 1024
/** What is left to SQLite, and from where on a log is large. */
const KEPT = 16 * MEBIBYTE
const LARGE = 64 * MEBIBYTE

function openKept() {
  const path = join(temporaryFolder(), 'desk.db')
  const replica = Replica.open({ path, tables: [], historyEventsMax: 1000, synchronous: 'normal' })
  replica.database.exec('CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT)')
  const sizes: string[] = []
  let turn: Promise<unknown> = Promise.resolve()
  const between = <T>(work: () => T): Promise<T> => {
    const done = turn.then(work)
    turn = done.catch(() => {})
    return done
  }
  const keeper = new LogKeeper({ replica, path, between, onSize: (size) => void sizes.push(size) })
  onTestFinished(async () => {
    await keeper.close()
    replica.close()
  })
  const logBytes = (): number => statSync(`${path}-wal`).size
  let written = 0
  /** Makes a commit of about a mebibyte. */
  const write = (): Promise<void> =>
    between(() => {
      replica.begin()
      const put = replica.database.prepare('INSERT OR REPLACE INTO texts VALUES (?, ?)')
      for (let row = 0; row < 100; row++) {
        written += 1
        put.run(written % 5000, textOf(written))
      }
      replica.commit()
    })
  const writeUntil = async (bytes: number): Promise<void> => {
    while (logBytes() < bytes) await write()
  }
  /** Reads one state until it is told to end. */
  const read = () => {
    const reader = openDatabase(path, { readOnly: true })
    reader.beginRead()
    const count = () => Number(reader.prepare('SELECT count(*) AS count FROM texts').get()?.['count'])
    return {
      count,
      end: () => {
        reader.rollback()
        reader.close()
      },
      first: count(),
    }
  }
  return { path, keeper, sizes, logBytes, write, writeUntil, read, written: () => written }
}

function textOf(number: number): string {
  return String(number).padStart(10_000, 'x')
}

const isSmall = (logBytes: () => number): Promise<void> =>
  waitUntil(
    () => `the log to shrink: ${logBytes()} bytes`,
    () => logBytes() <= KEPT,
  )

test('grows while one state is read, and shrinks when that ends, though nobody writes any more', async () => {
  const { path, sizes, keeper, logBytes, writeUntil, read, written } = openKept()
  const reading = read()
  await writeUntil(LARGE + 40 * MEBIBYTE)
  await waitUntil('it to be told', () => sizes.at(-1) === 'large')
  expect(reading.count()).toBe(reading.first)
  expect(logBytes()).toBeGreaterThan(LARGE)
  reading.end()
  await isSmall(logBytes)
  await waitUntil('it to be told', () => sizes.at(-1) === 'small')
  // All is there, for this process and for others.
  const other = openDatabase(path, { readOnly: true })
  const newest = String(other.prepare('SELECT text FROM texts WHERE id = ?').get(written() % 5000)?.['text'])
  expect(newest === textOf(written())).toBe(true)
  expect(other.prepare('PRAGMA quick_check').get()).toEqual({ quick_check: 'ok' })
  other.close()
  await waitUntil('the figures', () => (keeper.disk?.log ?? Infinity) <= KEPT)
  expect(keeper.disk?.file).toBe(statSync(path).size)
})

test('shrinks beside writers that go on, and is told to be small only then', async () => {
  const { sizes, logBytes, write, writeUntil, read } = openKept()
  const reading = read()
  await writeUntil(LARGE + 20 * MEBIBYTE)
  await waitUntil('it to be told', () => sizes.at(-1) === 'large')
  reading.end()
  const end = new AbortController()
  const writing = (async () => {
    while (!end.signal.aborted) {
      await write()
      await new Promise(setImmediate)
    }
  })()
  await isSmall(logBytes)
  end.abort()
  await writing
  await waitUntil('it to be told', () => sizes.at(-1) === 'small')
  expect(sizes).toEqual(['large', 'small'])
})

test('that is no longer small shrinks without being told of', async () => {
  const { sizes, logBytes, writeUntil, read } = openKept()
  const reading = read()
  await writeUntil(KEPT + 8 * MEBIBYTE)
  reading.end()
  await isSmall(logBytes)
  expect(sizes).toEqual([])
})

test('stays as large as a reader makes it, and whoever closes does not wait for that reader', async () => {
  const { keeper, logBytes, writeUntil, read } = openKept()
  const reading = read()
  await writeUntil(LARGE + MEBIBYTE)
  await keeper.close()
  expect(logBytes()).toBeGreaterThan(LARGE)
  expect(reading.count()).toBe(reading.first)
  reading.end()
})
