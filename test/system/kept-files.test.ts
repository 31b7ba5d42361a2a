/** Files that hold a desk, or a part of one, are never taken for something else, nor overwritten or believed when they are damaged. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { StorePlace } from '#src/journal/open.js'
import { checkStore } from '#src/server/check.js'
import { backUp, copyStore } from '#src/server/keeping.js'
import { openDatabase } from '#src/sqlite/database.js'
import { temporaryFolder } from '../support/folder.js'
import { runEtcdesk } from '../support/server.js'
import { openStore } from '../support/store.js'

describe('a file that was kept', () => {
  test('a backup that was damaged since is found out, whatever one looks at it with', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'desk.db')
    const store = await openStore({ address: `sqlite:${file}` })
    await store.run('ticket.create', { title: 'kept' })
    await store.close()
    const backup = join(folder, 'backup.db')
    await backUp({ from: at(file), to: at(backup) })
    const database = openDatabase(backup)
    database.exec("UPDATE events SET body = replace(body, 'e', 'E') WHERE idx = 1")
    database.close()
    const { problems } = await checkStore(at(backup))
    expect(problems).toContainEqual(expect.stringMatching(/something has damaged it since/u))
    await expect(copyStore({ from: at(backup), to: at(join(folder, 'new.db')) })).rejects.toThrow(/is damaged/u)
  })

  test('a backup that failed for lack of room can be made again', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'desk.db')
    const store = await openStore({ address: `sqlite:${file}` })
    await store.run('ticket.create', { title: 'kept' })
    writeFileSync(join(folder, 'backup.db'), '')
    await backUp({ from: at(file), to: at(join(folder, 'backup.db')) })
    expect(await checkStore(at(join(folder, 'backup.db')))).toMatchObject({ problems: [] })
  })

  test('nothing is put where a file was moved away and its log, which may hold all there is, was not', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'desk.db')
    const store = await openStore({ address: `sqlite:${file}` })
    await store.run('ticket.create', { title: 'kept' })
    const backup = join(folder, 'backup.db')
    await backUp({ from: at(file), to: at(backup) })
    // As a kill leaves them.
    const killed = join(folder, 'killed.db')
    copyFileSync(`${file}-wal`, `${killed}-wal`)
    const log = readFileSync(`${killed}-wal`)
    await expect(copyStore({ from: at(backup), to: at(killed) })).rejects.toThrow(/killed.db-wal holds changes/u)
    await expect(openStore({ address: `sqlite:${killed}` })).rejects.toThrow(/killed.db-wal holds changes/u)
    expect(readFileSync(`${killed}-wal`)).toEqual(log)
  })

  test("a node's local copy is no desk, and a desk's file is not overwritten by what a node copies", async () => {
    const folder = temporaryFolder()
    const desk = await openStore({ address: `sqlite:${join(folder, 'replica.db')}` })
    await desk.run('ticket.create', { title: 'mine' })
    await desk.close()
    const before = readFileSync(join(folder, 'replica.db'))
    const started = await runEtcdesk([
      'serve',
      '--store',
      'etcd://127.0.0.1:1/x',
      '--data',
      folder,
      '--keys-listen',
      'off',
    ])
    expect(started.stderr).toMatch(/is the file of a desk of its own/u)
    expect(readFileSync(join(folder, 'replica.db'))).toEqual(before)
    const copy = openDatabase(join(folder, 'replica.db'))
    copy.exec("DELETE FROM identity; INSERT INTO identity VALUES ('member', 'c0ffee')")
    copy.close()
    await expect(openStore({ address: `sqlite:${join(folder, 'replica.db')}` })).rejects.toThrow(/local copy of etcd/u)
  })
})

function at(file: string): StorePlace {
  return { address: `sqlite:${file}` }
}
