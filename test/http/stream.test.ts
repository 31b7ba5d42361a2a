/** A client that takes nothing is let go. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { drained } from '#src/http/stream.js'

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

/** A server that sends 64 MiB with `drained`, and a client that has asked. */
async function exchange(stallMs: number): Promise<{ outcome: Promise<boolean>; client: ReturnType<typeof connect> }> {
  let settle: (isOpen: boolean) => void = () => {}
  const outcome = new Promise<boolean>((resolve) => (settle = resolve))
  const server = createServer((_, response) => {
    response.write('x'.repeat(64 * 1024 * 1024))
    void drained(response, stallMs).then(settle)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const client = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1')
  client.on('error', () => {})
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(client, 'readable')
  open.push(() => {
    client.destroy()
    server.close()
  })
  return { outcome, client }
}

test('a client that takes all of it goes on', async () => {
  const { outcome, client } = await exchange(60_000)
  client.resume()
  expect(await outcome).toBe(true)
})

test('a client that takes nothing is cut off when the time is over', async () => {
  const { outcome } = await exchange(50)
  expect(await outcome).toBe(false)
})

test('a client that leaves is not waited for', async () => {
  const { outcome, client } = await exchange(60_000)
  client.destroy()
  expect(await outcome).toBe(false)
})
