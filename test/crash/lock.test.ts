/** One data folder, one process: a second one is told so, and the death of the first frees the folder at once. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../support/folder.js'
import { Client } from '../support/load.js'
import { runEtcdesk, startServer, type RunningServer } from '../support/server.js'

async function startOn(dataDirectory: string): Promise<RunningServer> {
  const server = await startServer({ dataDirectory })
  onTestFinished(() => server.kill9())
  return server
}

async function write(server: RunningServer, value: string): Promise<number> {
  const client = new Client()
  const { status } = await client.form('PUT', `${server.keysUrl}/v2/keys/written`, { value })
  client.close()
  return status
}

test('a second process is refused in a sentence, changes nothing, and the first serves on', async () => {
  const dataDirectory = temporaryFolder()
  const first = await startOn(dataDirectory)
  expect(await write(first, 'before')).toBe(201)
  const before = readFileSync(join(dataDirectory, 'desk.db-wal'))
  const args = ['serve', '--listen', '127.0.0.1:0', '--keys-listen', '127.0.0.1:0', '--data', dataDirectory]
  const attempts = await Promise.all([runEtcdesk(args), runEtcdesk(args)])
  for (const { code, stdout, stderr } of attempts) {
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toBe(
      `etcdesk: Another etcdesk already uses ${join(dataDirectory, 'desk.db')}: stop that one first, or choose another folder with --data.\n`,
    )
  }
  expect(readFileSync(join(dataDirectory, 'desk.db-wal')).equals(before)).toBe(true)
  expect(await write(first, 'after')).toBe(200)
})

test('after kill -9 of the first the next starts at once, and after that no other', async () => {
  const dataDirectory = temporaryFolder()
  const first = await startOn(dataDirectory)
  expect(await write(first, 'kept')).toBe(201)
  await first.kill9()
  const second = await startOn(dataDirectory)
  expect(await write(second, 'taken over')).toBe(200)
  await expect(startServer({ dataDirectory })).rejects.toThrow('Another etcdesk already uses')
})

test('of five that start at the same moment exactly one serves', async () => {
  const dataDirectory = temporaryFolder()
  const starts = await Promise.allSettled(Array.from({ length: 5 }, () => startOn(dataDirectory)))
  const [winner, ...more] = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []))
  expect(more).toEqual([])
  for (const start of starts) {
    if (start.status === 'rejected') expect(String(start.reason)).toContain('Another etcdesk already uses')
  }
  if (winner === undefined) throw new Error('nobody serves')
  expect(await write(winner, 'here')).toBe(201)
})
