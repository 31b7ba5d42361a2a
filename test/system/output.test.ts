/** What a verb says goes to a file that may have no room, or to a program that may have gone. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { MachineRequests } from '#src/server/machine-requests.js'
import { temporaryFolder } from '../support/folder.js'
import { missing } from '../support/requirements.js'
import { programPath } from '../support/server.js'
import { smallDisk } from '../support/small-disk.js'
import { openStore } from '../support/store.js'

/** Runs a verb with stdout to a file; what it complains of, and how it ends. */
async function run(words: readonly string[], stdout: number | 'pipe') {
  const child = spawn(process.execPath, [programPath, ...words], { stdio: ['ignore', stdout, 'pipe'] })
  if (stdout === 'pipe') child.stdout?.destroy()
  if (child.stderr === null) throw new Error('there is no stderr')
  const [complained, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  return { code: Number(code), complained }
}

test('a secret for which there is no room is not lost without a word', async () => {
  const folder = temporaryFolder()
  await (await openStore({ address: `sqlite:${join(folder, 'desk.db')}` })).close()
  const data = ['--data', folder]
  const made = openSync('/dev/null', 'w')
  expect(await run(['users', 'add', 'ann', '--role', 'admin', ...data], made)).toEqual({ code: 0, complained: '' })
  const full = openSync('/dev/full', 'w')
  const { code, complained } = await run(['tokens', 'add', 'ann', '--scopes', 'admin', ...data], full)
  expect([code, complained]).toEqual([1, expect.stringMatching(/stdout could not be written: ENOSPC/u)])
  for (const file of [made, full]) closeSync(file)
})

test.skipIf(missing('tmpfs'))('a file that has room for the beginning alone is not taken for whole', async () => {
  const disk = smallDisk({ megabytes: 1, ballastMegabytes: 0 })
  const path = join(disk.folder, 'help')
  // The rest of its page is all the room that there is.
  writeFileSync(path, 'x'.repeat(4000))
  disk.fill()
  const file = openSync(path, 'a')
  const { code, complained } = await run(['help', 'serve'], file)
  closeSync(file)
  expect([code, complained]).toEqual([1, expect.stringMatching(/stdout could not be written: ENOSPC/u)])
  expect(readFileSync(path, 'utf8').length).toBeGreaterThan(4000)
})

test('a reader that has gone is no failure', async () => {
  expect(await run(['help', 'serve'], 'pipe')).toEqual({ code: 0, complained: '' })
})

test('a reader that takes its time gets all of it', async () => {
  const folder = temporaryFolder()
  const desk = await openStore({ address: `sqlite:${join(folder, 'desk.db')}`, dataDirectory: '/nowhere' })
  const machine = new MachineRequests(desk)
  // Far more than a pipe holds.
  const users = Array.from({ length: 200 }, (_, at) => `service-${at}`)
  const keys = Array.from({ length: 10 }, (_, at) => ({ prefix: `/${at}${'x'.repeat(480)}`, access: 'read' as const }))
  for (const handle of users) await machine.answer({ do: 'add-user', handle, role: 'service', keys })
  await desk.close()
  const slowly = '{ "$@"; echo "code $?"; } | { sleep 2; cat; }'
  const words = [process.execPath, programPath, 'users', '--data', folder]
  const shell = spawn('sh', ['-c', slowly, 'sh', ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = (await text(shell.stdout)).trimEnd().split('\n')
  expect(lines).toHaveLength(users.length + 1)
  expect(lines.at(-1)).toBe('code 0')
})
