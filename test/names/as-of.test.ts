/** What is remembered of names, and that it does not outlast the data that it is of. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Directory } from '#src/catalogue/directory.js'
import { AccessState } from '#src/http/access-state.js'
import { openDatabase } from '#src/sqlite/database.js'
import { RecordReader } from '#src/store/records.js'
import { bringBack } from '../support/brought-back.js'
import { temporaryFolder } from '../support/folder.js'
import { openStore } from '../support/store.js'

test('names and rights are read anew where the data was replaced, also if the last change has the index of another', async () => {
  const path = join(temporaryFolder(), 'desk.db')
  const store = await openStore({ address: `sqlite:${path}` })
  await store.run('user.create', { user: { handle: 'ada', role: 'admin' } })
  const directory = new Directory(new RecordReader(store.reader))
  const access = new AccessState(store)
  directory.refresh()
  expect(directory.user(1)).toMatchObject({ role: 'admin' })
  const before = access.version

  bringBack(path, store.history.head())
  const file = openDatabase(path)
  file.exec("UPDATE users SET role = 'viewer' WHERE number = 1")
  file.close()
  store.followers.wake()
  directory.refresh()
  expect(directory.user(1)).toMatchObject({ role: 'viewer' })
  expect(access.version).not.toBe(before)
})
