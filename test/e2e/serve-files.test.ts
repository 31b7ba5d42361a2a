/**
 * The files of `etcdesk serve`: who may open those that it makes, what it says of one that everyone can read, or of a setting that is
 * none, and that what is no file is refused at once. Every test runs the real program as a process of its own.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../support/folder.js'
import {
  programPath,
  runEtcdesk,
  startProgram,
  startServer,
  waitUntil,
  type RunningServer,
  type StartOptions,
} from '../support/server.js'

async function start(options: StartOptions): Promise<RunningServer> {
  const server = await startServer(options)
  onTestFinished(async () => void (await server.stop()))
  return server
}

test.skipIf(process.platform === 'win32').each(['000', '777'])(
  'makes files and folders that only its user can open, also under umask %s, and leaves those that are there',
  async (umask) => {
    const [path, there] = [join(temporaryFolder(), 'new'), temporaryFolder()]
    chmodSync(there, 0o755)
    const command = ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh', process.execPath, programPath]
    const inner = await start({ command, args: ['--data', join(path, 'a', 'b')] })
    const body = new URLSearchParams({ value: 'b' })
    expect((await fetch(`${inner.keysUrl}/v2/keys/a`, { method: 'PUT', body })).status).toBe(201)
    const modes = (folder: string): unknown =>
      readdirSync(folder, { withFileTypes: true, recursive: true }).map(
        (entry) => statSync(join(entry.parentPath, entry.name)).mode & 0o777,
      )
    expect(statSync(path).mode & 0o777).toBe(0o700)
    // Two folders, the file with its log, the log's index and the lock, and the socket for whoever sits at the machine.
    expect(modes(path)).toEqual([0o700, 0o700, 0o600, 0o600, 0o600, 0o600, 0o600])
    const backup = ['backup', '--data', join(path, 'a', 'b'), join(there, 'backup.db')]
    expect(await startProgram([...command, ...backup]).ended).toEqual({ code: 0, signal: null })
    expect(modes(there)).toEqual([0o600])
    expect(statSync(there).mode & 0o777).toBe(0o755)
  },
)

test('tells in the log of a config file that everyone can read, where it holds a password', async () => {
  const config = join(temporaryFolder(), 'desk.json')
  writeFileSync(config, JSON.stringify({ 'etcd-password': 'hunter2' }))
  chmodSync(config, 0o644)
  const server = await start({ args: ['--config', config] })
  await waitUntil('the warning', () => server.stderr().includes('\n'))
  expect(JSON.parse(server.stderr())).toMatchObject({
    level: 40,
    msg: expect.stringContaining(`${config} holds a password`),
  })
  expect(server.stderr()).not.toContain('hunter2')
})

test('tells in the log of a variable that is no setting, once, and starts all the same or says why not', async () => {
  const env = { ETCDESK_LISTNE: '127.0.0.1:8080' }
  const server = await start({ env })
  await waitUntil('the warning', () => server.stderr().includes('\n'))
  const lines = server.stderr().trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 40, msg: 'The environment sets ETCDESK_LISTNE, which is no setting of etcdesk: is ETCDESK_LISTEN meant?' },
  ])
  const { host } = new URL(server.deskUrl)
  const second = await runEtcdesk(['serve', '--data', temporaryFolder(), '--listen', host], { env })
  expect(second.stderr).toMatch(/is ETCDESK_LISTEN meant\?[^]*\netcdesk: .+\.\n$/u)
})

test.skipIf(process.platform === 'win32').each(['desk.db', 'desk.db.lock', 'desk.db-wal'])(
  'where %s is a pipe says so at once',
  async (name) => {
    const data = temporaryFolder()
    execFileSync('mkfifo', [join(data, name)])
    const doors = ['--listen', '127.0.0.1:0', '--keys-listen', 'off']
    const { code, stderr } = await runEtcdesk(['serve', ...doors, '--data', data])
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${join(data, name)} is a pipe (FIFO), not a file`)])
    expect(readdirSync(data)).toEqual([name])
  },
)
