/** Long directories over HTTP: whole, of one state, and no burden to others or to memory. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import type { DeskStore } from '#src/desk.js'
import { keyRequest, send, start } from '../../support/keys-door.js'
import { waitUntil } from '../../support/server.js'
import { suite } from '../../support/target.js'
import { session } from './session.js'

/** Fills `/long` with keys of 20 digits. */
async function fill(store: DeskStore, count: number): Promise<void> {
  const run = (index: number): Promise<unknown> =>
    store.run('keys.set', {
      path: `/long/${String(index).padStart(20, '0')}`,
      value: `value ${index}`,
      directory: false,
      ttl: undefined,
      refresh: false,
    })
  // Not all at once: each has to be answered within some seconds, on a busy machine too.
  for (let from = 0; from < count; from += 1000) {
    await Promise.all(Array.from({ length: Math.min(1000, count - from) }, (_, offset) => run(from + offset)))
  }
}

interface Listed {
  readonly action: string
  readonly node: { readonly key: string; readonly nodes: readonly { readonly key: string; readonly value: string }[] }
}

function parse(body: string): Listed {
  return JSON.parse(body)
}

export const testDirectories = suite('long directories over HTTP', (target) => {
  const door = session({ target })

  test('a directory of 5,000 keys is listed whole and in order, like a short one', async () => {
    await fill(door.keys.store, 5000)
    const { status, headers, body } = await send(door.keys.url, keyRequest('GET', '/long'))
    expect([status, headers['x-etcd-index'], headers['transfer-encoding']]).toEqual([200, '5000', 'chunked'])
    expect(body.endsWith('}\n')).toBe(true)
    const { node } = parse(body)
    expect(node.nodes.map(({ value }) => value)).toEqual(Array.from({ length: 5000 }, (_, index) => `value ${index}`))
    const head = await send(door.keys.url, keyRequest('HEAD', '/long'))
    expect([head.status, head.body]).toEqual([200, ''])
    const recursive = await send(door.keys.url, keyRequest('GET', '/?recursive=true'))
    expect(recursive.body).toContain(body.slice('{"action":"get","node":'.length, -2))
  })

  test('writes go on while a listing is sent, and it stays the state of its beginning', async () => {
    await fill(door.keys.store, 5000)
    const listing = start(door.keys.url, keyRequest('GET', '/long'), true)
    await listing.started
    listing.pause()
    const removed = await send(door.keys.url, keyRequest('DELETE', '/long?recursive=true'))
    expect(removed.status).toBe(200)
    listing.resume()
    expect(parse((await listing.whole).body).node.nodes).toHaveLength(5000)
  })

  test('a client that leaves in the middle of a listing gives back what it held', async () => {
    await fill(door.keys.store, 5000)
    // More than may be open at once: each must be given back.
    for (let count = 0; count < 40; count++) {
      const socket = connect(Number(new URL(door.keys.url).port), '127.0.0.1')
      socket.write('GET /v2/keys/long HTTP/1.1\r\nHost: localhost\r\n\r\n')
      await once(socket, 'data')
      socket.destroy()
    }
    await waitUntil('a listing', async () => (await send(door.keys.url, keyRequest('GET', '/long'))).status === 200)
  })
})
