/** One data folder, one process: a second one is told so, and the death of the first frees the folder at once. */
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
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

test('whatever name of the file a second process uses, it is refused', async () => {
  const [dataDirectory, elsewhere] = [temporaryFolder(), temporaryFolder()]
  const file = join(dataDirectory, 'desk.db')
  const server = await startOn(dataDirectory)
  expect(await write(server, 'before')).toBe(201)
  symlinkSync(file, join(elsewhere, 'desk.db'))
  symlinkSync(dataDirectory, join(elsewhere, 'data'))
  const refusal = async (flag: string, value: string): Promise<string> => {
    const doors = ['--listen', '127.0.0.1:0', '--keys-listen', 'off']
    const { code, stderr } = await runEtcdesk(['serve', ...doors, flag, value])
    expect(code).toBe(1)
    return stderr
  }
  expect(await refusal('--data', elsewhere)).toContain(`Another etcdesk already uses ${file}`)
  expect(await refusal('--data', join(elsewhere, 'data'))).toContain(`Another etcdesk already uses ${file}`)

  linkSync(file, join(elsewhere, 'hard.db'))
  expect(await refusal('--store', `sqlite:${join(elsewhere, 'hard.db')}`)).toContain('hard.db has 2 names')
  rmSync(join(elsewhere, 'hard.db'))

  renameSync(file, join(elsewhere, 'moved.db'))
  expect(await refusal('--store', `sqlite:${join(elsewhere, 'moved.db')}`)).toContain('moved.db under another name')
  renameSync(join(elsewhere, 'moved.db'), file)
  expect(await write(server, 'after')).toBe(200)
  expect(readdirSync(elsewhere).filter((name) => /-(?:wal|shm)$/u.test(name))).toEqual([])
})

test('a link to a file that is not there yet leads to it, with lock and log beside the file itself', async () => {
  const [dataDirectory, elsewhere] = [temporaryFolder(), temporaryFolder()]
  symlinkSync(join(elsewhere, 'real.db'), join(dataDirectory, 'desk.db'))
  const server = await startOn(dataDirectory)
  expect(await write(server, 'there')).toBe(201)
  expect(readdirSync(dataDirectory)).toEqual(['desk.db'])
  expect(readdirSync(elsewhere)).toEqual(
    expect.arrayContaining(['real.db', 'real.db-wal', 'real.db.lock', 'real.db.sock']),
  )
  // By either name whoever sits at the machine finds the desk.
  for (const file of [join(dataDirectory, 'desk.db'), join(elsewhere, 'real.db')]) {
    expect((await runEtcdesk(['desk', '--store', `sqlite:${file}`])).stdout).toBe('The desk is open.\n')
  }
})
