/** Clients without number: they cost little, shut nobody out, and leave nothing behind. */
import { describe, expect, test } from 'vitest'
import { programPath, waitUntil } from '../support/server.js'
import {
  clientOfTest,
  Connection,
  connections,
  filesGivenBack,
  openFiles,
  openFilesMax,
  othersAreAnswered,
  residentMebibytes,
  serverOfTest,
} from './limits.js'

const REQUEST = 'GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n'

describe.skipIf(process.platform !== 'linux')('many connections', () => {
  test('10,000 idle ones hold up nobody, take little memory, and their files come back', async () => {
    const server = await serverOfTest()
    await othersAreAnswered(server)
    const [files, memory] = [openFiles(server), residentMebibytes(server)]
    // Half at each door; as many as the machine lets this test and the server have.
    const count = Math.min(10_000, openFilesMax('self') - 1000, openFilesMax(server.process.pid ?? 'self') - 1000)
    if (count < 10_000) process.stderr.write(`with ${count} instead of 10,000 connections: ulimit -n is too low\n`)
    const desk = await connections(server.deskUrl, count / 2)
    const keys = await connections(server.keysUrl, count / 2)
    // Every second one has asked something before; the others have never said a word.
    const asking = [...desk, ...keys].filter((_, place) => place % 2 === 0)
    for (const connection of asking) connection.send(REQUEST)
    await waitUntil('all answers', () => asking.every(({ received }) => received.startsWith('HTTP/1.1 200 ')))
    expect(openFiles(server)).toBeGreaterThan(count * 0.9)
    await othersAreAnswered(server)
    expect(residentMebibytes(server) - memory).toBeLessThan(600)
    for (const connection of [...desk, ...keys]) connection.close()
    await filesGivenBack(server, files)
    await othersAreAnswered(server)
  })

  test('where the process may open no more files, idle ones make room for those who ask', async () => {
    const server = await serverOfTest({
      command: ['sh', '-c', 'ulimit -n 800 && exec "$0" "$@"', process.execPath, programPath],
    })
    const files = openFiles(server)
    const idle = [...(await connections(server.deskUrl, 400)), ...(await connections(server.keysUrl, 400))]
    for (let round = 1; round <= 5; round++) await othersAreAnswered(server)
    expect(openFiles(server)).toBeLessThan(800)
    for (const connection of idle) connection.close()
    await filesGivenBack(server, files)
    await othersAreAnswered(server)
  })

  test('half-closed ones are answered or let go, also while they wait for an event', async () => {
    const server = await serverOfTest()
    await othersAreAnswered(server)
    const files = openFiles(server)
    const asking = await connections(server.deskUrl, 50, { allowHalfOpen: true })
    for (const { socket } of asking) socket.end(REQUEST)
    await Promise.all(asking.map(({ closed }) => closed))
    const waiting = await connections(server.keysUrl, 50, { allowHalfOpen: true })
    for (const { socket } of waiting) socket.end('GET /v2/keys/never?wait=true HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await filesGivenBack(server, files)
    await noneWatches(server.keysUrl)
    await othersAreAnswered(server)
  })
})

describe.skipIf(process.platform !== 'linux')('many long polls', () => {
  test('1,000 at once each get their event, others are answered meanwhile, and none is left', async () => {
    const server = await serverOfTest()
    await othersAreAnswered(server)
    const [files, memory] = [openFiles(server), residentMebibytes(server)]
    const client = clientOfTest()
    const polls = await connections(server.keysUrl, 1000)
    polls.forEach((poll, place) => {
      const target = place % 2 === 0 ? '/v2/keys/news/today?wait=true' : '/v2/keys/news?wait=true&recursive=true'
      poll.send(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    })
    await waitUntil('all to watch', async () => (await watchers(server.keysUrl)) === 1000)
    await othersAreAnswered(server)
    const { body } = await client.form('PUT', `${server.keysUrl}/v2/keys/news/today`, { value: 'it works' })
    await waitUntil('all events', () => polls.every(({ received }) => received.includes(body)))
    await noneWatches(server.keysUrl)
    // The same connections wait again, and leave without an answer.
    for (const poll of polls) poll.send('GET /v2/keys/never?wait=true&stream=true HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await waitUntil('all to watch again', async () => (await watchers(server.keysUrl)) === 1000)
    expect(residentMebibytes(server) - memory).toBeLessThan(200)
    for (const poll of polls) poll.close()
    await noneWatches(server.keysUrl)
    await filesGivenBack(server, files)
  })

  test('streams of clients that take nothing are ended before they fill the memory', async () => {
    const server = await serverOfTest()
    const client = clientOfTest()
    await othersAreAnswered(server)
    const memory = residentMebibytes(server)
    const streams = await connections(server.keysUrl, 50, { reads: false })
    for (const stream of streams) {
      stream.send('GET /v2/keys/big?wait=true&stream=true HTTP/1.1\r\nHost: localhost\r\n\r\n')
    }
    await waitUntil('all to watch', async () => (await watchers(server.keysUrl)) === 50)
    // Two hundred events of 128 KiB for each of fifty clients: 1.3 GB if anything kept them.
    const value = 'v'.repeat(64 * 1024)
    for (let event = 0; event < 200; event++) {
      expect((await client.form('PUT', `${server.keysUrl}/v2/keys/big`, { value })).status).toBeLessThan(300)
    }
    expect(residentMebibytes(server) - memory).toBeLessThan(700)
    // Who takes something again gets what was still kept, and then the end.
    for (const { socket } of streams) socket.resume()
    await noneWatches(server.keysUrl)
    await othersAreAnswered(server)
  })
})

async function watchers(keysUrl: string): Promise<number> {
  const connection = await Connection.open(keysUrl)
  connection.send('GET /v2/stats/store HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  await connection.closed
  return Number(/"watchers":(\d+)/u.exec(connection.received)?.[1])
}

function noneWatches(keysUrl: string): Promise<void> {
  return waitUntil('nobody to watch', async () => (await watchers(keysUrl)) === 0)
}
