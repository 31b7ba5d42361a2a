/** The one file of a backup: it is whole, or there is none; and nothing that lay beside its name becomes a part of it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkStore } from '#src/server/check.js'
import { backUp, copyStore } from '#src/server/keeping.js'
import { openPlainDatabase } from '#src/sqlite/database.js'
import { temporaryFolder } from '../support/folder.js'
import { openStore } from '../support/store.js'

const at = (path: string) => ({ address: `sqlite:${path}`, dataDirectory: '/nowhere' })

test('a backup whose log can not be brought into the file is none', async () => {
  const folder = temporaryFolder()
  const store = await openStore({ address: `sqlite:${join(folder, 'desk.db')}` })
  for (const title of ['one', 'two', 'three']) await store.run('lab.create', { title })
  const backup = join(folder, 'backup.db')
  let reader: ReturnType<typeof openPlainDatabase> | undefined
  const made = backUp({
    from: at(join(folder, 'desk.db')),
    to: at(backup),
    onProgress: () => {
      if (reader !== undefined) return
      // Somebody reads the file while it is made, and goes on reading.
      reader = openPlainDatabase(`${backup}.part`)
      reader.exec('BEGIN; SELECT count(*) FROM head')
    },
  })
  await expect(made).rejects.toThrow(/could not be finished/u)
  reader?.close()
  expect(readdirSync(folder).filter((name) => name.startsWith('backup'))).toEqual([])
})

test('a backup in the place of the half of a copy takes nothing of its log', async () => {
  const folder = temporaryFolder()
  const store = await openStore({ address: `sqlite:${join(folder, 'desk.db')}` })
  await store.run('lab.create', { title: 'one' })
  const backup = join(folder, 'backup.db')
  await copyStore({ from: at(join(folder, 'desk.db')), to: at(backup) })
  // As a copy that was killed leaves it: marked, and with a log.
  const half = openPlainDatabase(backup)
  half.exec(
    'PRAGMA journal_mode = WAL; INSERT OR REPLACE INTO identity VALUES (\'copying\', \'{"from":"x","id":"y"}\')',
  )
  const log = readFileSync(`${backup}-wal`)
  half.close()
  writeFileSync(`${backup}-wal`, log)
  const { problems } = await backUp({ from: at(join(folder, 'desk.db')), to: at(backup) })
  expect(problems).toEqual([])
  expect(readdirSync(folder).filter((name) => name.startsWith('backup'))).toEqual(['backup.db'])
  expect((await checkStore(at(backup))).problems).toEqual([])
})
