/** What lists the users of data that no desk runs on reads it, and changes nothing: a backup stays as it was sealed. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { MachineRequest } from '#src/contract/machine.js'
import { checkStore } from '#src/server/check.js'
import { backUp } from '#src/server/keeping.js'
import { askDesk } from '#src/server/machine.js'
import { MachineRequests } from '#src/server/machine-requests.js'
import { openDatabase } from '#src/sqlite/database.js'
import { temporaryFolder } from '../support/folder.js'
import { layOutAs } from '../support/older-file.js'
import { openStore } from '../support/store.js'

const at = (path: string) => ({ address: `sqlite:${path}`, dataDirectory: '/nowhere' })

const lists: readonly MachineRequest[] = [
  { do: 'users' },
  { do: 'tokens' },
  { do: 'access' },
  { do: 'audit', kind: null, limit: 50 },
]

/** A desk that has an admin with a token, and what its lists say. */
async function deskAt(path: string) {
  const store = await openStore(at(path))
  const machine = new MachineRequests(store)
  await machine.answer({ do: 'add-user', handle: 'ann', role: 'admin', keys: [] })
  await machine.answer({ do: 'add-token', user: 'ann', name: 'for backups', scopes: ['read'], expiresTime: null })
  const told = await Promise.all(lists.map((request) => machine.answer(request)))
  return { store, told }
}

test('the lists of a backup are those of its desk, and the file stays as it was, byte by byte', async () => {
  const folder = temporaryFolder()
  const { told } = await deskAt(join(folder, 'desk.db'))
  const backup = join(folder, 'backup.db')
  await backUp({ from: at(join(folder, 'desk.db')), to: at(backup) })
  const before = readFileSync(backup)
  const names = readdirSync(folder)
  const asked: unknown[] = []
  for (const request of lists) asked.push(await askDesk(at(backup), request))
  expect(asked).toEqual(told)
  expect(told[2]).toEqual({ lines: ['The desk is closed.'] })
  expect(readFileSync(backup).equals(before)).toBe(true)
  expect(readdirSync(folder)).toEqual(names)
  expect((await checkStore(at(backup))).problems).toEqual([])
})

test('a file of an older format is listed and not raised', async () => {
  const folder = temporaryFolder()
  const { store, told } = await deskAt(join(folder, 'desk.db'))
  await store.close()
  const older = join(folder, 'older.db')
  const now = openDatabase(join(folder, 'desk.db'), { readOnly: true })
  const format = Number(now.prepare('PRAGMA user_version').get()?.['user_version']) - 1
  now.close()
  layOutAs(format, { from: join(folder, 'desk.db'), to: older })
  const before = readFileSync(older)
  expect(await askDesk(at(older), { do: 'users' })).toEqual(told[0])
  expect(readFileSync(older).equals(before)).toBe(true)
})

test('where there is no data it says so, and makes none', async () => {
  const folder = temporaryFolder()
  const asked = askDesk(at(join(folder, 'none.db')), { do: 'users' })
  await expect(asked).rejects.toThrow(/^There is no data at /u)
  expect(readdirSync(folder)).toEqual([])
})
