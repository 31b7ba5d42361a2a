/** Which connections go where there are more than there is room for, as their clients see it. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConnectionRoom } from '#src/http/connection-room.js'
import { repairRequestLine } from '#src/http/keys-api/odd-request-line.js'
import { openDoor, type Door } from '#src/http/door.js'
import { untilClientLeaves } from '#src/http/waits.js'
import { carriers, dial, type Carrier } from '../support/carrier.js'
import { waitUntil } from '../support/server.js'

/** Seven of them may hold a watch. */
const MAX = 10
const WATCHES_MAX = 7

let room: ConnectionRoom
let door: Door
let clients: Client[]
/** Requests that the door was asked and has not answered, in the order in which they came. */
let running: ServerResponse[]
/** How many requests it was asked in all. */
let asked: number

async function openTestDoor({ options }: Carrier): Promise<void> {
  room = new ConnectionRoom(MAX)
  running = []
  asked = 0
  clients = []
  const handler = (request: IncomingMessage, response: ServerResponse): void => {
    asked += 1
    if (request.url?.startsWith('/watch')) {
      // Each path is somebody's.
      room.waits(response, request.url)
      untilClientLeaves(request.socket, () => response.destroy())
      response.flushHeaders()
    } else if (request.url === '/run') {
      running.push(response)
      response.flushHeaders()
    } else request.resume().once('end', () => response.end('answered'))
  }
  door = await openDoor({
    listen: { host: '127.0.0.1', port: 0 },
    handler,
    room,
    repair: repairRequestLine,
    ...options,
  })
}

afterEach(async () => {
  for (const { socket } of clients) socket.destroy()
  await door.close(0)
})

interface Client {
  readonly socket: Socket
  readonly received: () => string
  readonly isGone: () => boolean
}

/** A connection, on which something is sent at once where something is given. */
async function client(bytes = ''): Promise<Client> {
  const before = taken()
  const socket = await dial(door.url).catch(() => new Socket().destroy())
  let received = ''
  let isGone = false
  socket.setEncoding('utf8').on('data', (piece: string) => (received += piece))
  socket.on('error', () => {}).once('close', () => (isGone = true))
  const made = { socket, received: () => received, isGone: () => isGone }
  clients.push(made)
  await waitUntil('the door to take it', () => taken() > before || isGone)
  if (bytes !== '') socket.write(bytes)
  return made
}

/** How many connections the door has let in, those that had to go among them. */
function taken(): number {
  return door.connections() + Object.values(room.closed).reduce((sum, count) => sum + count, 0)
}

function get(path: string, version = '1.1'): string {
  return `GET ${path} HTTP/${version}\r\nHost: x\r\n\r\n`
}

async function asking(path: string, version?: string): Promise<Client> {
  const made = await client(get(path, version))
  await waitUntil('the answer to begin', () => made.received().includes('\r\n\r\n'))
  return made
}

/** As many as that, one after another. */
async function several<Item>(count: number, make: () => Promise<Item>): Promise<Item[]> {
  const made: Item[] = []
  while (made.length < count) made.push(await make())
  return made
}

/** A newcomer who asks something at once, and is answered. */
async function newcomerIsAnswered(): Promise<void> {
  const newcomer = await client(get('/'))
  await waitUntil('the newcomer to be answered', () => newcomer.received().includes('answered'))
}

/** Which of them are gone, by their place. */
function gone(all: readonly Client[]): number[] {
  return all.flatMap(({ isGone }, place) => (isGone() ? [place] : []))
}

describe.each(carriers)('by $name:', (carrier) => {
  beforeEach(() => openTestDoor(carrier))

  describe('one connection more than there is room for', () => {
    test('takes the place of the one that has said nothing for longest', async () => {
      const begun = performance.now()
      const idle = await several(2, () => asking('/'))
      const silent = await several(MAX - 2, () => client())
      await newcomerIsAnswered()
      // All are new, and about to ask something, but on a machine that is busy with other things.
      const areNew = performance.now() - begun < 1000
      await waitUntil('one to go', () => gone(idle).length + gone(silent).length > 0)
      expect([gone(idle), gone(silent)]).toEqual(areNew ? [[0], []] : expect.anything())
      await waitUntil('them to be no longer new', async () => {
        await newcomerIsAnswered()
        return gone(silent).length > 0
      })
      expect(gone(silent)).toEqual([0])
      expect(door.connections()).toBe(MAX)
    })

    test('takes the place of the one whose last request is longest ago', async () => {
      const idle = await several(MAX, () => asking('/'))
      idle[0]?.socket.write(get('/'))
      await waitUntil('the second answer', () => idle[0]?.received().split('answered').length === 3)
      await newcomerIsAnswered()
      await waitUntil('one to go', () => gone(idle).length > 0)
      expect(gone(idle)).toEqual([1])
      const { idle: old, new: fresh, ...others } = room.closed
      expect([old + fresh, others]).toEqual([1, { watch: 0, slow: 0, refused: 0 }])
    })

    test('takes that of the oldest watch where nobody is idle, and its client sees that it was cut off', async () => {
      const watches = await several(WATCHES_MAX, () => asking('/watch'))
      const busy = await several(MAX - WATCHES_MAX, () => asking('/run'))
      await newcomerIsAnswered()
      await waitUntil('one to go', () => gone(watches).length > 0)
      expect([gone(watches), gone(busy)]).toEqual([[0], []])
      expect(watches[0]?.received()).toContain('Transfer-Encoding: chunked')
      expect(watches[0]?.received().endsWith('\r\n\r\n')).toBe(true)
      for (const response of running) response.end('done')
      await waitUntil('the others to be answered', () => busy.every(({ received }) => received().includes('done')))
    })

    test('takes no place of a watch where any other waits, however new', async () => {
      const watches = await several(WATCHES_MAX, () => asking('/watch'))
      const others = await several(MAX - WATCHES_MAX, () => client())
      for (let newcomers = 0; newcomers < MAX; newcomers += 1) await newcomerIsAnswered()
      expect([gone(watches), gone(others)]).toEqual([[], [0, 1, 2]])
    })

    test('takes that of a request which does not go on arriving', async () => {
      const begun = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc'
      const halves = await several(MAX, () => client(begun))
      await waitUntil('all to have begun', () => asked === MAX)
      await newcomerIsAnswered()
      await waitUntil('one to go', () => gone(halves).length > 0)
      expect(gone(halves)).toEqual([0])
    })

    test('is turned away only where all others are just being answered', async () => {
      const busy = await several(MAX, () => asking('/run'))
      const newcomer = await client()
      await waitUntil('it to be gone', newcomer.isGone)
      expect(room.closed).toEqual({ idle: 0, watch: 0, slow: 0, new: 0, refused: 1 })
      running[0]?.end('done')
      await waitUntil('the first answer', () => busy[0]?.received().includes('done') === true)
      await newcomerIsAnswered()
      expect(gone(busy)).toEqual([0])
    })
  })

  describe('watches', () => {
    test('take at most three quarters of the room: one more ends the oldest', async () => {
      const watches = await several(WATCHES_MAX + 2, () => asking('/watch'))
      await waitUntil('two to go', () => gone(watches).length === 2)
      expect(gone(watches)).toEqual([0, 1])
      expect(room.closed).toEqual({ idle: 0, watch: 2, slow: 0, new: 0, refused: 0 })
    })

    test('of whoever holds the most go: nobody is cut off by what another opens', async () => {
      const few = [await asking('/watch/ann'), await asking('/watch/ben')]
      const many = await several(WATCHES_MAX, () => asking('/watch/greedy'))
      await waitUntil('two to go', () => gone(many).length === 2)
      expect([gone(few), gone(many)]).toEqual([[], [0, 1]])
      // Another newcomer is let in for one of theirs, not for one of its own.
      const last = await asking('/watch/carl')
      await waitUntil('one more to go', () => gone(many).length === 3)
      expect([gone(few), last.isGone()]).toEqual([[], false])
    })

    test('that have ended no longer count', async () => {
      for (let round = 0; round < 3; round += 1) {
        const watches = await several(WATCHES_MAX, () => asking('/watch'))
        expect(gone(watches)).toEqual([])
        for (const { socket } of watches) socket.destroy()
        await waitUntil('the door to be empty', () => door.connections() === 0)
      }
      expect(room.closed.watch).toBe(0)
    })

    test('of HTTP/1.0, whose answer has no length, are reset, so that they look no more whole', async () => {
      const watch = await client('GET /watch HTTP/1.0\r\n\r\n')
      const error = once(watch.socket, 'error')
      await waitUntil('its headers', () => watch.received().includes('\r\n\r\n'))
      await several(WATCHES_MAX, () => asking('/watch'))
      expect(await error).toMatchObject([{ code: 'ECONNRESET' }])
    })

    test('of requests that are read again, since Node refuses their bytes, count and go like all others', async () => {
      const odd = await asking('/watch?\xe4', '1.0')
      const watches = await several(WATCHES_MAX - 1, () => asking('/watch?\xe4'))
      const idle = await several(MAX - WATCHES_MAX, () => asking('/'))
      // None of the watches goes for them, though they are the older connections.
      for (let newcomers = 0; newcomers < MAX; newcomers += 1) await newcomerIsAnswered()
      expect([odd.isGone(), gone(watches), gone(idle)]).toEqual([false, [], [0, 1, 2]])
      const error = once(odd.socket, 'error')
      const busy = await several(MAX - WATCHES_MAX, () => asking('/run'))
      await newcomerIsAnswered()
      expect(await error).toMatchObject([{ code: 'ECONNRESET' }])
      expect([gone(watches), gone(busy), room.closed.watch]).toEqual([[], [], 1])
    })
  })
})
