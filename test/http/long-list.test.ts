/** A long list, sent to readers that are fast, slow, stalled or gone: read at once in every case, and whole or visibly cut. */
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { sendLongList } from '#src/http/long-list.js'
import { Spools, type SpoolBounds } from '#src/store/spools.js'
import { temporaryFolder } from '../support/folder.js'
import { waitUntil } from '../support/server.js'

/** Takes each piece at once, a little later in the same turn of the event loop, in the next one, or only when it is told to. */
type Pace = 'at once' | 'in this turn' | 'in the next turn' | 'when told'

class Reader extends Writable {
  readonly body: Buffer[] = []
  #taken: (() => void) | undefined
  #pace: Pace

  constructor(pace: Pace) {
    super({ highWaterMark: 16 * 1024 })
    this.#pace = pace
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.body.push(piece)
    if (this.#pace === 'at once') done()
    else if (this.#pace === 'in this turn') process.nextTick(done)
    else if (this.#pace === 'in the next turn') setImmediate(done)
    else this.#taken = done
  }

  get text(): string {
    return Buffer.concat(this.body).toString()
  }

  takeAll(): void {
    this.#pace = 'at once'
    this.#taken?.()
  }
}

const PIECE = 20_000

/** So many different pieces of text, and how many were read. */
function piecesOf(count: number): { pieces: Iterable<string>; text: string; read: { pieces: number } } {
  const read = { pieces: 0 }
  const piece = (number: number): string => `€${number}`.padEnd(PIECE, 'x')
  const text = Array.from({ length: count }, (_, number) => piece(number)).join('')
  const pieces = (function* () {
    for (; read.pieces < count; read.pieces++) yield piece(read.pieces)
  })()
  return { pieces, text, read }
}

/** Sends a list; `isRead` says whether all of it was read, or no more will be. */
function send(
  reader: Reader,
  pieces: Iterable<string>,
  options: {
    readonly stalledAfterMs?: number
    readonly patienceMs?: number
    readonly bounds?: Partial<SpoolBounds>
  } = {},
) {
  const path = join(temporaryFolder(), 'desk.db')
  const { bounds = {}, patienceMs = 1, ...rest } = options
  const spools = new Spools(path, { freeBytesMin: 0, ...bounds })
  let opened = 0
  let settle = (): void => {}
  const read = new Promise<void>((resolve) => (settle = resolve))
  const openSpool = (): ReturnType<Spools['open']> => {
    opened += 1
    return spools.open({ user: 'keys', breakOff: () => reader.destroy() })
  }
  const sent = sendLongList(reader, pieces, { openSpool, onRead: settle, patienceMs, ...rest })
  return { sent, read, spools, opened: () => opened, folder: dirname(path) }
}

test.each(['at once', 'in this turn', 'in the next turn'] as const)(
  'goes straight to a reader that takes all of it %s, and others have their turn between two reads',
  async (pace) => {
    const reader = new Reader(pace)
    const { pieces, text } = piecesOf(500)
    let turns = 0
    const count = (): void => {
      turns += 1
      timer = setImmediate(count)
    }
    let timer = setImmediate(count)
    const { sent, opened } = send(reader, pieces, { patienceMs: 10_000 })
    await sent
    clearImmediate(timer)
    await once(reader, 'finish')
    expect(reader.text === text).toBe(true)
    expect(opened()).toBe(0)
    // At most half a mebibyte at once.
    expect(turns).toBeGreaterThan((500 * PIECE) / (512 * 1024 + PIECE))
  },
)

test('is read to its end though the reader takes nothing, held in no memory, and whole when it goes on', async () => {
  const reader = new Reader('when told')
  const { pieces, text } = piecesOf(500)
  const { sent, read, spools, folder } = send(reader, pieces)
  await read
  expect(reader.writableLength).toBeLessThan(1024 * 1024)
  expect(reader.body.length).toBe(1)
  expect(spools.bytes).toBeGreaterThan(500 * PIECE * 0.8)
  expect(readdirSync(folder)).toEqual([])
  reader.takeAll()
  await sent
  expect(reader.text === text).toBe(true)
  expect(reader.writableEnded).toBe(true)
})

test('is fed from its spool while it is still read', async () => {
  const reader = new Reader('when told')
  const { pieces, text, read } = piecesOf(2000)
  const slow = (function* () {
    for (const piece of pieces) {
      // The reader goes on in the middle, and from then on waits for what is read.
      if (read.pieces === 1000) reader.takeAll()
      yield piece
    }
  })()
  const { sent } = send(reader, slow)
  await sent
  expect(reader.text === text).toBe(true)
})

test('needs no spool where only its end is not taken at once', async () => {
  const reader = new Reader('when told')
  const { pieces } = piecesOf(1)
  const { sent, read, opened } = send(reader, pieces)
  await read
  expect(opened()).toBe(0)
  reader.takeAll()
  await sent
  expect(reader.writableEnded).toBe(true)
})

test('a reader that takes nothing for long is cut off', async () => {
  const reader = new Reader('when told')
  const { pieces } = piecesOf(500)
  const { sent, spools } = send(reader, pieces, { stalledAfterMs: 20 })
  await sent
  expect([reader.destroyed, reader.writableEnded]).toEqual([true, false])
  await waitUntil('the spool to be closed', () => spools.bytes === 0)
})

test('a reader for whose list there is no room is cut off, and its list does not look whole', async () => {
  const reader = new Reader('when told')
  const { pieces } = piecesOf(500)
  const { sent, read, spools } = send(reader, pieces, { bounds: { bytesMax: 1024 * 1024 } })
  await Promise.all([sent, read])
  expect([reader.destroyed, reader.writableEnded]).toEqual([true, false])
  expect(spools.brokenOff).toBe(1)
})

test('nothing more is read for a reader that has left', async () => {
  const reader = new Reader('when told')
  const { pieces, read } = piecesOf(500)
  const { sent } = send(reader, pieces)
  reader.destroy()
  await sent
  expect(read.pieces).toBe(0)
})

test('what reading throws is told, and the list does not look whole', async () => {
  const reader = new Reader('at once')
  const broken = (function* () {
    yield 'a part'
    throw new Error('the disk fails')
  })()
  const { sent, read } = send(reader, broken)
  await expect(sent).rejects.toThrow('the disk fails')
  await read
  expect([reader.destroyed, reader.writableEnded]).toEqual([true, false])
})
