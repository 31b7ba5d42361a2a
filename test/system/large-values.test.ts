/**
 * Values as large as may be sent, of the bytes that cost most, from several clients at once: others are served meanwhile, and the
 * server stays small. How long others wait is for a bench to say; here they are answered, and the server's memory is looked at.
 */
import { spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.js'
import { programPath, waitUntil, type RunningServer } from '../support/server.js'
import { clientOfTest, Connection, othersAreAnswered, residentMebibytes, serverOfTest } from './limits.js'

const FORM = 'Content-Type: application/x-www-form-urlencoded'
const BYTES = 10 * 1024 * 1024 - 'value='.length

/** Sends a request and takes its answer, of which it keeps the status alone: here nobody has room for more. */
function ask(url: string, request: string, value?: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let status = ''
    socket.on('data', (piece: Buffer) => (status += piece.toString('latin1', 0, 12 - status.length)))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(status.slice(-3)))
    const form = value === undefined ? '' : `${FORM}\r\nContent-Length: ${value.length + 'value='.length}\r\n`
    socket.write(`${request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${form}\r\n`)
    if (value === undefined) return
    socket.write('value=')
    socket.write(value)
  })
}

/** Asks again where a slow machine could not do it in time. */
async function insist(url: string, request: string, value?: Buffer): Promise<void> {
  for (;;) {
    const status = await ask(url, request, value)
    if (/^20[01]$/u.test(status)) return
    if (status !== '500') throw new Error(`${request} is answered "${status}"`)
  }
}

/** Asks what others would ask for as long as `work` takes; tells the most memory that the server was seen to have, in MiB. */
async function withOthers(server: RunningServer, work: Promise<unknown>): Promise<number> {
  const state = { isDone: false }
  let most = 0
  const done = work.finally(() => (state.isDone = true))
  while (!state.isDone) {
    await othersAreAnswered(server)
    most = Math.max(most, residentMebibytes(server))
  }
  await done
  return most
}

describe.skipIf(process.platform !== 'linux')('values of 10 MiB', () => {
  test.each([
    ['0x01', Buffer.alloc(BYTES, 1)],
    ['0xff', Buffer.alloc(BYTES, 0xff)],
  ])(
    'of %s from four clients at once leave the server small, also with the little memory that JavaScript may be given',
    { timeout: 240_000 },
    async (_, value) => {
      const command = [process.execPath, '--max-old-space-size=1024', programPath]
      const server = await serverOfTest({ command })
      await othersAreAnswered(server)
      const all = async (clients: number, request: string, body?: Buffer): Promise<void> => {
        const asked = Array.from({ length: clients }, (__, place) =>
          insist(server.keysUrl, request.replace('#', `${place}`), body),
        )
        expect(await withOthers(server, Promise.all(asked))).toBeLessThan(600)
      }
      await all(4, 'PUT /v2/keys/many/#?noValueOnSuccess=true', value)
      await all(4, 'PUT /v2/keys/many/#?noValueOnSuccess=true', value)
      // Each answer holds the value twice now: 126 MB of JSON where it is 0x01.
      await all(2, 'PUT /v2/keys/many/#', value)
      await all(2, 'GET /v2/keys/many/#')
    },
  )

  test('that clients do not read keep no room from those who do', async () => {
    const server = await serverOfTest()
    await othersAreAnswered(server)
    expect(await ask(server.keysUrl, 'PUT /v2/keys/slow', Buffer.alloc(BYTES, 1))).toBe('201')
    const deaf = await Promise.all(Array.from({ length: 30 }, () => Connection.open(server.keysUrl, { reads: false })))
    for (const [place, connection] of deaf.entries()) {
      const watch = place % 2 === 0 ? '' : '?wait=true&waitIndex=2'
      connection.send(`GET /v2/keys/slow${watch} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    }
    const answered = waitUntil('an answer', async () => (await ask(server.keysUrl, 'GET /v2/keys/slow')) === '200')
    expect(await withOthers(server, answered)).toBeLessThan(600)
    for (const connection of deaf) connection.close()
  })

  test('are in a backup as they are, and check finds all well', async () => {
    const server = await serverOfTest()
    const value = Buffer.alloc(BYTES, 0xff)
    for (const bytes of [1_000_000, 100_000, 200_000]) {
      await ask(server.keysUrl, 'PUT /v2/keys/kept', value.subarray(0, bytes))
    }
    const file = join(temporaryFolder(), 'backup.db')
    const run = (...args: string[]): string =>
      spawnSync(process.execPath, [programPath, ...args], { encoding: 'utf8' }).stdout
    expect(run('backup', '--data', server.dataDirectory, file)).toContain('3 events')
    expect(run('check', '--store', `sqlite:${file}`)).toContain('all is well')
    expect(run('check', '--data', server.dataDirectory)).toContain('all is well')
    const restored = await serverOfTest({ args: ['--store', `sqlite:${file}`] })
    const client = clientOfTest()
    const { body } = await client.get(`${restored.keysUrl}/v2/keys/kept?wait=true&waitIndex=3`)
    const event = JSON.parse(body)
    expect(event.node.value === '\ufffd'.repeat(200_000)).toBe(true)
    expect(event.prevNode.value === '\ufffd'.repeat(100_000)).toBe(true)
  })
})
