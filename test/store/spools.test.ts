/** Spools: what is added comes out as it was, in files that nobody finds, within bounds, and the slowest is cut first. */
import { readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { open as openFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { removeLeftSpools, Spools, SpoolFullError, type Spool, type SpoolBounds } from '#src/store/spools.js'
import { temporaryFolder } from '../support/folder.js'
import { waitUntil } from '../support/server.js'

interface OpenSpools {
  readonly path: string
  readonly spools: Spools
  /** Opens a spool; `cut` has its name from when it is cut. */
  readonly open: (name: string, user?: string) => Promise<Spool>
  readonly cut: string[]
}

function openSpools(bounds: Partial<SpoolBounds> = {}): OpenSpools {
  const path = join(temporaryFolder(), 'desk.db')
  const spools = new Spools(path, { freeBytesMin: 0, ...bounds })
  const cut: string[] = []
  const open = async (name: string, user = 'keys'): Promise<Spool> => {
    const spool = await spools.open({ user, breakOff: () => void cut.push(name) })
    onTestFinished(() => spool.close())
    return spool
  }
  return { path, spools, open, cut }
}

/** How many spools this process has open. */
function spoolsOpen(): number {
  const links = readdirSync('/proc/self/fd').map((file) => {
    try {
      return readlinkSync(join('/proc/self/fd', file))
    } catch {
      // Closed meanwhile.
      return ''
    }
  })
  return links.filter((link) => link.includes('desk.db-spool-')).length
}

/** All that a spool holds now. */
async function readAll(spool: Spool): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let part = await spool.read(); part !== undefined; part = await spool.read()) parts.push(part)
  return Buffer.concat(parts)
}

test('gives what was added, in order, while more is added', async () => {
  const { open } = openSpools()
  const spool = await open('one')
  const pieces = Array.from({ length: 20 }, (_, place) => Buffer.alloc(50_000 + place, place))
  const read: Buffer[] = []
  for (const piece of pieces) {
    await spool.append(piece)
    if (piece.length % 3 === 0) read.push((await spool.read()) ?? Buffer.alloc(0))
  }
  expect(Buffer.concat([...read, await readAll(spool)]).equals(Buffer.concat(pieces))).toBe(true)
  expect(await spool.read()).toBeUndefined()
})

test('uses its file again where all of it was taken', async () => {
  const { open, spools } = openSpools()
  const spool = await open('one')
  for (let round = 0; round < 10; round++) {
    await spool.append(Buffer.alloc(1000, round))
    expect((await readAll(spool)).equals(Buffer.alloc(1000, round))).toBe(true)
  }
  expect(spools.bytes).toBe(1000)
})

test.skipIf(process.platform === 'win32')('leaves no name in the folder, and gives its room back', async () => {
  const { open, spools, path } = openSpools()
  const spool = await open('one')
  await spool.append(Buffer.alloc(1000))
  expect(readdirSync(dirname(path))).toEqual([])
  spool.close()
  await spool.closed
  expect(spools.bytes).toBe(0)
  expect(await spool.read()).toBeUndefined()
})

test('what a process left that was ended in the wrong moment is removed, and nothing else', () => {
  const path = join(temporaryFolder(), 'desk.db')
  for (const name of ['desk.db', 'desk.db-wal', 'desk.db-spool-0123', 'other.db-spool-0123']) {
    writeFileSync(join(dirname(path), name), '')
  }
  removeLeftSpools(path)
  expect(readdirSync(dirname(path)).toSorted()).toEqual(['desk.db', 'desk.db-wal', 'other.db-spool-0123'])
})

test.skipIf(process.platform !== 'linux')('a file that is made can be read by its owner alone', async () => {
  const path = join(temporaryFolder(), 'desk.db')
  const spools = new Spools(path, { freeBytesMin: 0 })
  const spool = await spools.open({ user: 'keys', breakOff: () => {} })
  onTestFinished(() => spool.close())
  const files = readdirSync('/proc/self/fd').map((file) => join('/proc/self/fd', file))
  const modes = files.flatMap((file) => {
    const found = statSync(file, { throwIfNoEntry: false })
    return found?.isFile() === true && found.nlink === 0 ? [found.mode & 0o777] : []
  })
  expect(modes).toContain(0o600)
})

test('one that grows beyond its bound is refused', async () => {
  const { open, spools, cut } = openSpools({ bytesMax: 1000 })
  const spool = await open('one')
  await spool.append(Buffer.alloc(1000))
  await expect(spool.append(Buffer.alloc(1))).rejects.toThrow(SpoolFullError)
  expect([cut, spools.brokenOff]).toEqual([[], 1])
})

test('where all together would be too large the slowest of the same user is cut, and no other', async () => {
  const { open, spools, cut } = openSpools({ userBytesMax: 100_000 })
  const other = await open('of another user', 'desk')
  await other.append(Buffer.alloc(90_000))
  const stalled = await open('stalled')
  const quick = await open('quick')
  await stalled.append(Buffer.alloc(60_000))
  for (let round = 0; round < 30; round++) {
    await quick.append(Buffer.alloc(40_000))
    await readAll(quick)
  }
  expect(cut).toEqual([])
  await quick.append(Buffer.alloc(41_000))
  expect([cut, spools.brokenOff]).toEqual([['stalled'], 1])
  await stalled.closed
  expect(spools.bytes).toBe(41_000 + 90_000)
  // Nobody is slower than the one that needs room.
  await expect(quick.append(Buffer.alloc(60_000))).rejects.toThrow(SpoolFullError)
})

test('where there are too many the slowest is cut for the next', async () => {
  const { open, cut } = openSpools({ userSpoolsMax: 2 })
  await open('first')
  const second = await open('second')
  await second.append(Buffer.alloc(3_000_000))
  await readAll(second)
  await open('of another user', 'desk')
  await open('third')
  expect(cut).toEqual(['first'])
})

test('one that is cut while it is made leaves no file open', async () => {
  const { spools, open, cut } = openSpools({ userSpoolsMax: 1 })
  const [first, second] = [open('first'), open('second')]
  const made = await Promise.allSettled([first, second])
  for (const one of made) if (one.status === 'fulfilled') one.value.close()
  await waitUntil('all to be closed', () => spools.bytes === 0)
  if (process.platform === 'linux') await waitUntil('the files to be closed', () => spoolsOpen() === 0)
  expect(cut.length + made.filter(({ status }) => status === 'rejected').length).toBe(1)
})

test('the disk keeps room for what is written to the store', async () => {
  const { open, cut } = openSpools({ freeBytesMin: Number.MAX_SAFE_INTEGER })
  const spool = await open('one')
  await expect(spool.append(Buffer.alloc(1))).rejects.toThrow(SpoolFullError)
  expect(cut).toEqual([])
})

test('a piece longer than what is written without asking the disk cuts nobody where the disk has room', async () => {
  const { open, cut } = openSpools()
  const stalled = await open('stalled')
  await stalled.append(Buffer.alloc(1000))
  const quick = await open('quick')
  const piece = Buffer.alloc(17 * 1024 * 1024, 1)
  await quick.append(piece)
  expect((await readAll(quick)).equals(piece)).toBe(true)
  expect(cut).toEqual([])
})

test('a disk that is full by the time of writing is no room for it, as if it had said so before', async () => {
  const { open, spools, path } = openSpools()
  const spool = await open('one')
  const any = await openFile(`${path}-any`, 'w')
  const write = vi.spyOn(Object.getPrototypeOf(any), 'write')
  onTestFinished(() => write.mockRestore())
  await any.close()
  write.mockRejectedValueOnce(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }))
  await expect(spool.append(Buffer.alloc(1000))).rejects.toThrow(SpoolFullError)
  expect(spools.brokenOff).toBe(1)
  write.mockRejectedValueOnce(Object.assign(new Error('input/output error'), { code: 'EIO' }))
  await expect(spool.append(Buffer.alloc(1000))).rejects.toMatchObject({ code: 'EIO' })
  expect(spools.brokenOff).toBe(1)
})
