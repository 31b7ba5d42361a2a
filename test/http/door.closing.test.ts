/** What becomes of connections while a door closes: what runs is answered, the rest is let go, and nothing looks whole that is not. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { connectTo, openerBy } from '../support/bare-door.js'
import { carriers, dial } from '../support/carrier.js'
import { ask } from '../support/desk-door.js'
import { waitUntil } from '../support/server.js'

/** A promise and what resolves it. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve = (_value: T): void => {}
  const promise = new Promise<T>((resolver) => {
    resolve = resolver
  })
  return { promise, resolve }
}

function bytesReadBy({ socket }: ServerResponse): number {
  return socket?.bytesRead ?? 0
}

function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve())
  })
}

describe.each(carriers)('closing, by $name:', (carrier) => {
  const openTestDoor = openerBy(carrier)

  test('waits for the running request, which is answered whole', async () => {
    const started = deferred<ServerResponse>()
    const door = await openTestDoor({ handler: (_request, response) => started.resolve(response) })
    const answer = ask(door, 'GET', '/')
    const response = await started.promise
    const closed = door.close()
    await expect(ask(door, 'GET', '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    response.end('done')
    expect((await answer).body).toBe('done')
    await closed
  })

  test('does not wait for connections that are idle or have never asked anything', async () => {
    const door = await openTestDoor()
    const silent = await connectTo(door)
    const idle = await connectTo(door)
    idle.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(idle, 'data')
    const gone = [silent, idle].map(closeOf)
    await door.close(60_000)
    await Promise.all(gone)
  })

  test('cuts what is still running when the grace time is over', async () => {
    const door = await openTestDoor({ handler: () => {} })
    const socket = await connectTo(door)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    const gone = closeOf(socket)
    await door.close(50)
    await gone
  })

  test('cuts it so that an answer without a length does not look whole', async () => {
    const door = await openTestDoor({
      handler: (_request, response) => {
        response.write('half')
      },
    })
    const socket = await dial(door.url)
    socket.write('GET / HTTP/1.0\r\n\r\n')
    await once(socket, 'data')
    const error = once(socket, 'error')
    await door.close(50)
    expect(await error).toMatchObject([{ code: 'ECONNRESET' }])
  })

  test('lets an answer that is handed over, but not yet taken, come to its end', async () => {
    const length = 16 * 1024 * 1024
    const door = await openTestDoor({ handler: (_request, response) => response.end(Buffer.alloc(length, 'x')) })
    const socket = await connectTo(door)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    const [piece] = await once(socket, 'data')
    socket.pause()
    const closed = door.close()
    let received = Buffer.byteLength(piece)
    socket.on('data', (next: Buffer) => (received += next.length))
    await Promise.all([closed, closeOf(socket.resume())])
    expect(received).toBeGreaterThan(length)
  })

  test('says so once to the door, so that it can end what never ends by itself', async () => {
    const waiting: ServerResponse[] = []
    const started = deferred<void>()
    let calls = 0
    const door = await openTestDoor({
      handler: (_request, response) => {
        waiting.push(response)
        started.resolve(undefined)
      },
      onClosing: () => {
        calls += 1
        for (const response of waiting) response.end('bye')
      },
    })
    const answer = ask(door, 'GET', '/')
    await started.promise
    await Promise.all([door.close(), door.close()])
    expect((await answer).body).toBe('bye')
    expect(calls).toBe(1)
  })

  test('tells a client that asks once more meanwhile that this answer is the last one', async () => {
    const slow = deferred<ServerResponse>()
    const quick = deferred<ServerResponse>()
    const door = await openTestDoor({
      handler: (request, response) => (request.url === '/slow' ? slow : quick).resolve(response),
    })
    const socket = await connectTo(door)
    socket.setEncoding('utf8')
    let received = ''
    socket.on('data', (piece: string) => (received += piece))
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
    const first = await slow.promise
    const closed = door.close()
    const before = bytesReadBy(first)
    socket.write('GET /quick HTTP/1.1\r\nHost: x\r\n\r\n')
    await waitUntil('it to come in', () => bytesReadBy(first) > before)
    first.end('slow')
    const second = await quick.promise
    second.end('quick')
    await Promise.all([closed, closeOf(socket)])
    const [, firstAnswer, secondAnswer] = received.split('HTTP/1.1 200 OK')
    expect(firstAnswer).toContain('slow')
    expect(secondAnswer).toContain('quick')
    expect(secondAnswer).toContain('Connection: close')
  })
})
