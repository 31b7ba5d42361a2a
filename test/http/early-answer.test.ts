/** An answer that comes before its request is through, and is the last on its connection: its client reads it, also one that sends on. */
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { carriers, dial } from '../support/carrier.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { waitUntil } from '../support/server.js'

const PIECE = Buffer.alloc(256 * 1024, ' ')
const HEAD = 'Host: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n'

describe.each(carriers)('by $name:', ({ options }) => {
  let desk: OpenDesk
  beforeAll(async () => {
    desk = await openDesk(options)
  })
  afterAll(() => desk.close())

  const early = (line: string): string => `${line} HTTP/1.1\r\n${HEAD}Content-Length: ${8 * PIECE.length}\r\n\r\n`

  test.each([
    ['POST /tickets', '413'],
    ['GET /nothing', '404'],
    ['PATCH /tickets', '405'],
  ])('it is not taken from a client that sends on: %s is %s', async (line, status) => {
    const client = await earlyAnswered(early(line), status)
    for (let sent = 0; sent < 8; sent++) await client.send(PIECE)
    await client.end()
    expect(client.errors).toEqual([])
    await waitUntil('no connection', () => desk.door.connections() === 0)
  })

  test('it keeps no connection of a client that sends no more', async () => {
    const client = await earlyAnswered(early('POST /tickets'), '413')
    await waitUntil('no connection', () => desk.door.connections() === 0)
    await client.end()
  })

  /** A client that has its answer, and has not sent its body. */
  async function earlyAnswered(head: string, status: string) {
    const socket = await dial(desk.door.url, { allowHalfOpen: true })
    const errors: unknown[] = []
    let received = ''
    socket.setEncoding('latin1').on('data', (piece: string) => (received += piece))
    socket.on('error', (error) => errors.push(error))
    socket.write(head)
    await once(socket, 'end')
    expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `, 'u'))
    return {
      errors,
      send: (piece: Buffer) => new Promise<void>((resolve) => socket.write(piece, () => resolve())),
      async end(): Promise<void> {
        if (!socket.destroyed) await once(socket.end(), 'close')
      },
    }
  }
})
