/** Files that hold a desk, or a part of one, are never taken for something else, nor overwritten or believed when they are damaged. */
import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { StorePlace } from '#src/journal/open.js'
import { checkStore } from '#src/server/check.js'
import { backUp, copyStore } from '#src/server/keeping.js'
import { rebuildIndex } from '#src/server/rebuild.js'
import { openDatabase } from '#src/sqlite/database.js'
import { lockFile } from '#src/sqlite/lock.js'
import { temporaryFolder } from '../support/folder.js'
import { runEtcdesk, startEtcdesk, waitUntil } from '../support/server.js'
import { openStore } from '../support/store.js'

describe('a file that was kept', () => {
  test('a backup that was damaged since is found out, whatever one looks at it with', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'desk.db')
    const store = await openStore({ address: `sqlite:${file}` })
    await store.run('lab.create', { title: 'kept' })
    await store.close()
    const backup = join(folder, 'backup.db')
    await backUp({ from: at(file), to: at(backup) })
    const database = openDatabase(backup)
    database.exec("UPDATE events SET body = replace(body, 'e', 'E') WHERE idx = 1")
    database.close()
    const { problems } = await checkStore(at(backup))
    expect(problems).toContainEqual(expect.stringMatching(/something has damaged it since/u))
    await expect(copyStore({ from: at(backup), to: at(join(folder, 'new.db')) })).rejects.toThrow(
      /something has damaged it/u,
    )
  })

  test('a backup makes no folder, touches no file that is there, and leaves nothing where it failed', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'desk.db')
    const store = await openStore({ address: `sqlite:${file}` })
    await store.run('lab.create', { title: 'kept' })
    const [backup, text] = [join(folder, 'backup.db'), join(folder, 'text.db')]
    writeFileSync(text, 'a file of somebody else')
    const refusals: readonly [target: string, sentence: RegExp][] = [
      [join(folder, 'no', 'backup.db'), /folder .*no can not be used \(it does not exist\): make it first/u],
      [folder, /is a folder/u],
      [file, /desk.db exists already/u],
      [text, /text.db exists already: name a file that does not/u],
      [join(folder, 'x'.repeat(300)), /the name is too long/u],
      ['/dev/null', /is a device, not a file/u],
    ]
    const before = readdirSync(folder)
    for (const [target, sentence] of refusals) {
      await expect(backUp({ from: at(file), to: at(target) })).rejects.toThrow(sentence)
    }
    const interrupted = backUp({ from: at(file), to: at(backup), signal: AbortSignal.abort() })
    await expect(interrupted).rejects.toThrow(/Interrupted/u)
    await expect(backUp({ from: at(join(folder, 'none.db')), to: at(backup) })).rejects.toThrow(/There is no store/u)
    expect(readdirSync(folder)).toEqual(before)
  })

  test('a search index is not made anew where no store is: nothing is made there', () => {
    const folder = temporaryFolder()
    const empty = join(folder, 'empty.db')
    writeFileSync(empty, '')
    const none: readonly StorePlace[] = [
      at(join(folder, 'none.db')),
      at(join(folder, 'no', 'folder', 'desk.db')),
      at(empty),
      { address: 'etcd://127.0.0.1:1/desk', dataDirectory: folder },
    ]
    const ignored = { onNotice: () => undefined, onProgress: () => undefined }
    for (const place of none) expect(() => rebuildIndex(place, ignored)).toThrow(/There is no store at .*--data/u)
    expect(readdirSync(folder)).toEqual(['empty.db'])
    expect(readFileSync(empty, 'utf8')).toBe('')
  })

  test('a backup that was killed leaves no file of its name, and the next one begins anew', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'desk.db')
    const store = await openStore({ address: `sqlite:${file}` })
    const value = 'x'.repeat(100_000)
    const set = (number: number): Promise<unknown> =>
      store.run('keys.set', { path: `/k/${number}`, value, directory: false, ttl: undefined, refresh: false })
    await Promise.all(Array.from({ length: 100 }, (_, number) => set(number)))
    const backup = join(folder, 'backup.db')
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const run = startEtcdesk(['backup', '--data', folder, backup])
      await waitUntil(run.stderr, () => run.stderr().includes('records:'))
      run.process.kill(signal)
      const { code } = await run.ended
      expect(existsSync(backup)).toBe(false)
      if (signal === 'SIGKILL') expect(existsSync(`${backup}.part`)).toBe(true)
      else
        expect([code, run.stderr()]).toEqual([1, expect.stringMatching(/Interrupted before the copy was whole\.\n$/u)])
    }
    expect(readdirSync(folder).filter((name) => name.startsWith('backup'))).toEqual([])
    expect((await runEtcdesk(['backup', '--data', folder, backup])).code).toBe(0)
    expect(readdirSync(folder).filter((name) => name.startsWith('backup'))).toEqual(['backup.db'])
    expect((await checkStore(at(backup))).problems).toEqual([])
  })

  test('the copy that an older file is read from is gone with the process, however that ends', async () => {
    const [folder, TMPDIR] = [temporaryFolder(), temporaryFolder()]
    const [file, small] = [join(folder, 'desk.db'), join(folder, 'small.db')]
    for (const each of [file, small]) copyFileSync(new URL('../fixtures/format-1/desk.db', import.meta.url), each)
    const database = openDatabase(file)
    database.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500000)
      INSERT INTO keys SELECT '/many', i, 'x', 1, 1, NULL FROM n; PRAGMA journal_mode = DELETE`)
    database.close()
    const kept = (): string[] => readdirSync(TMPDIR)
    // The system tells of each folder that is made, also of one that is gone before anybody looks.
    let told = 0
    const watcher = watch(
      TMPDIR,
      (_event, name) => void (told += name?.startsWith('etcdesk-scratch-') === true ? 1 : 0),
    )
    onTestFinished(() => watcher.close())
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      told = 0
      const run = startEtcdesk(['check', '--store', `sqlite:${file}`], { env: { TMPDIR } })
      await waitUntil('the copy', () => told > 0)
      await waitUntil('the copy to be open', () => kept().length === 0)
      run.process.kill(signal)
      await run.ended
      expect([run.process.signalCode, kept()]).toEqual([signal, []])
    }
    // As one that was killed while it copied leaves it, and one that is in use.
    for (const name of ['left', 'held']) {
      mkdirSync(join(TMPDIR, `etcdesk-scratch-${name}`))
      for (const each of ['lock', 'desk.db']) writeFileSync(join(TMPDIR, `etcdesk-scratch-${name}`, each), '')
    }
    const held = lockFile(join(TMPDIR, 'etcdesk-scratch-held', 'lock'))
    expect((await runEtcdesk(['check', '--store', `sqlite:${small}`], { env: { TMPDIR } })).code).toBe(0)
    expect(kept()).toEqual(['etcdesk-scratch-held'])
    held?.release()
  })

  test('a backup of a store with which something is wrong is made, and says so', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'desk.db')
    const store = await openStore({ address: `sqlite:${file}` })
    await store.run('lab.create', { title: 'kept' })
    await store.close()
    const database = openDatabase(file)
    database.exec("UPDATE tickets SET title = ''")
    database.close()
    const run = await runEtcdesk(['backup', '--data', folder, join(folder, 'backup.db')])
    expect(run).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/something is wrong with that:\n[^]*no title/u),
    })
    expect(existsSync(join(folder, 'backup.db'))).toBe(true)
    const restore = await runEtcdesk(['restore', join(folder, 'backup.db'), '--data', join(folder, 'new')])
    expect(restore).toMatchObject({ code: 1, stderr: expect.stringMatching(/is not restored: .*no title/u) })
    expect(existsSync(join(folder, 'new'))).toBe(false)
  })

  test('is not restored, nor copied, onto itself, whatever it is called there', async () => {
    const folder = temporaryFolder()
    const [file, backup, link] = [join(folder, 'desk.db'), join(folder, 'backup.db'), join(folder, 'link.db')]
    const store = await openStore({ address: `sqlite:${file}` })
    await store.run('lab.create', { title: 'kept' })
    await backUp({ from: at(file), to: at(backup) })
    linkSync(backup, link)
    const before = readFileSync(backup)
    const restore = await runEtcdesk(['restore', backup, '--store', `sqlite:${backup}`])
    expect([restore.code, restore.stderr]).toEqual([
      1,
      `etcdesk: Source and target are the same file (${backup}), so nothing is restored: name another target with --data or --store.\n`,
    ])
    await expect(copyStore({ from: at(backup), to: at(link) })).rejects.toThrow(/same file .* with --to\.$/u)
    await expect(copyStore({ from: at(file), to: at(file) })).rejects.toThrow(/same file/u)
    expect(readFileSync(backup)).toEqual(before)
  })

  test('progress ends with the total of each phase, and says nothing twice', async () => {
    const folder = temporaryFolder()
    const store = await openStore({ address: `sqlite:${join(folder, 'desk.db')}` })
    for (const title of ['one', 'two', 'three']) await store.run('lab.create', { title })
    const { stderr } = await runEtcdesk(['backup', '--data', folder, join(folder, 'backup.db')])
    const ofPhase = (phase: string): string[] => stderr.split('\n').filter((line) => line.startsWith(`${phase}: `))
    expect(ofPhase('records').at(-1)).toBe('records: 8 of 8')
    expect(ofPhase('events')).toEqual(['events: 3 of 3'])
    expect(ofPhase('comparing').at(-1)).toBe('comparing: 11 of 11')
  })

  test('a backup that failed for lack of room can be made again', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'desk.db')
    const store = await openStore({ address: `sqlite:${file}` })
    await store.run('lab.create', { title: 'kept' })
    writeFileSync(join(folder, 'backup.db'), '')
    await backUp({ from: at(file), to: at(join(folder, 'backup.db')) })
    expect(await checkStore(at(join(folder, 'backup.db')))).toMatchObject({ problems: [] })
  })

  test('nothing is put where a file was moved away and its log, which may hold all there is, was not', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'desk.db')
    const store = await openStore({ address: `sqlite:${file}` })
    await store.run('lab.create', { title: 'kept' })
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
    await desk.run('lab.create', { title: 'mine' })
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
