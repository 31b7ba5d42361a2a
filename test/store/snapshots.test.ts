/** Snapshots for long listings: each one state, few at once, none for ever, and their connections used again. */
import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase, type Database } from '#src/sqlite/database.js'
import { StoreError } from '#src/store/errors.js'
import { Snapshots } from '#src/store/snapshots.js'
import { temporaryFolder } from '../support/folder.js'

function openFile(): { path: string; writer: Database } {
  const path = join(temporaryFolder(), 'file.db')
  const writer = openDatabase(path)
  onTestFinished(() => writer.close())
  writer.exec('CREATE TABLE numbers (number INTEGER); INSERT INTO numbers VALUES (1)')
  return { path, writer }
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

test('a snapshot shows one state, and the next one on its connection the newest', () => {
  const { path, writer } = openFile()
  const snapshots = new Snapshots(path)
  const first = snapshots.open(() => {})
  expect(numbersIn(first.reader)).toBe(1)
  writer.exec('INSERT INTO numbers VALUES (2)')
  expect(numbersIn(first.reader)).toBe(1)
  first.close()
  first.close()
  const second = snapshots.open(() => {})
  expect(second.reader).toBe(first.reader)
  expect(numbersIn(second.reader)).toBe(2)
  second.close()
  snapshots.close()
})

test.skipIf(process.platform !== 'linux')('many, one after another, take no more files than one', () => {
  const { path } = openFile()
  const snapshots = new Snapshots(path)
  const read = (): void => {
    const snapshot = snapshots.open(() => {})
    numbersIn(snapshot.reader)
    snapshot.close()
  }
  read()
  const files = timesOpen(path)
  for (let count = 1; count <= 100; count++) read()
  expect(timesOpen(path)).toBe(files)
  snapshots.close()
})

test('one that stays open for too long is reported, and one that was closed is not', async () => {
  const { path } = openFile()
  const snapshots = new Snapshots(path, 20)
  let closedIsOverdue = false
  snapshots.open(() => (closedIsOverdue = true)).close()
  await new Promise<void>((resolve) => {
    const held = snapshots.open(() => {
      held.close()
      resolve()
    })
    // The alarm itself keeps no process alive.
    const alive = setInterval(() => {}, 1000)
    onTestFinished(() => clearInterval(alive))
  })
  expect(closedIsOverdue).toBe(false)
  snapshots.close()
})

test('the 33rd at once is refused, and closing the store leaves those that are read from alone', () => {
  const { path } = openFile()
  const snapshots = new Snapshots(path)
  const open = Array.from({ length: 32 }, () => snapshots.open(() => {}))
  expect(() => snapshots.open(() => {})).toThrow(StoreError)
  snapshots.close()
  for (const { reader } of open) expect(numbersIn(reader)).toBe(1)
  for (const snapshot of open) snapshot.close()
})
