/** A list of a million tickets, written to readers that are fast, slow, stalled or gone. */
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { writeTickets } from '#src/http/desk-api/ticket-list.js'

/** So many tickets, and a count of how often they were read. */
function ticketsUpTo(count: number) {
  const read = { pages: 0 }
  const page = (after: string, limit: number): string[] => {
    read.pages += 1
    const first = after === '' ? 1 : Number(after) + 1
    const length = Math.max(0, Math.min(limit, count - first + 1))
    return Array.from({ length }, (_, offset) => String(first + offset).padStart(20, '0'))
  }
  return { page, read }
}

/** Takes each piece at once, a little later in the same turn of the event loop, in the next one, or only when it is told to. */
type Pace = 'at once' | 'in this turn' | 'in the next turn' | 'when told'

class Reader extends Writable {
  body = ''
  #taken: (() => void) | undefined
  #pace: Pace

  constructor(pace: Pace) {
    super({ highWaterMark: 16 * 1024 })
    this.#pace = pace
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.body += piece.toString()
    if (this.#pace === 'at once') done()
    else if (this.#pace === 'in this turn') process.nextTick(done)
    else if (this.#pace === 'in the next turn') setImmediate(done)
    else this.#taken = done
  }

  takeAll(): void {
    this.#pace = 'at once'
    this.#taken?.()
  }
}

test('is written whole', async () => {
  const reader = new Reader('at once')
  await writeTickets(reader, ticketsUpTo(1_000_000))
  reader.end()
  await once(reader, 'finish')
  const { tickets } = JSON.parse(reader.body)
  expect(tickets).toHaveLength(1_000_000)
  expect(tickets.at(-1)).toBe('00000000000001000000')
})

test.each([1000, 1001, 2000])('ends well where the last read is full or nearly empty: %i tickets', async (count) => {
  const reader = new Reader('at once')
  await writeTickets(reader, ticketsUpTo(count))
  reader.end()
  await once(reader, 'finish')
  expect(JSON.parse(reader.body).tickets).toHaveLength(count)
})

test.each(['at once', 'in this turn', 'in the next turn'] as const)(
  'others have their turn between two reads, though all is taken %s',
  async (pace) => {
    const tickets = ticketsUpTo(50_000)
    let turns = 0
    const count = () => {
      turns += 1
      timer = setImmediate(count)
    }
    let timer = setImmediate(count)
    await writeTickets(new Reader(pace), tickets)
    clearImmediate(timer)
    expect(turns).toBeGreaterThanOrEqual(tickets.read.pages - 2)
  },
)

test('no more is read than the reader has room for', async () => {
  const reader = new Reader('when told')
  const tickets = ticketsUpTo(1_000_000)
  const written = writeTickets(reader, tickets)
  for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate)
  expect(tickets.read.pages).toBeLessThan(5)
  expect(reader.writableLength).toBeLessThan(150_000)
  reader.takeAll()
  await written
  expect(tickets.read.pages).toBeGreaterThan(1000)
})

test('a reader that takes nothing for long is cut off', async () => {
  const reader = new Reader('when told')
  const tickets = ticketsUpTo(1_000_000)
  await writeTickets(reader, tickets, 20)
  expect(reader.destroyed).toBe(true)
  expect(tickets.read.pages).toBeLessThan(5)
})

test('nothing more is read for a reader that has left', async () => {
  const reader = new Reader('when told')
  const tickets = ticketsUpTo(1_000_000)
  const written = writeTickets(reader, tickets)
  reader.destroy()
  await written
  expect(tickets.read.pages).toBeLessThan(5)
})
