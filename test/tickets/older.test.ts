/**
 * Tickets of before format 3, of which nothing says who made them or what became of them: each command does to them what it does to
 * others. They come from the fixtures, as the programs of then left them: 1 and 2 are there, 3 is in the bin.
 */
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { DeskStore } from '#src/desk.js'
import { checkStore } from '#src/server/check.js'
import { openPlainDatabase } from '#src/sqlite/database.js'
import { ticketId } from '#src/tickets/ticket.js'
import { temporaryFolder } from '../support/folder.js'
import { openStore } from '../support/store.js'

const api = { actor: null, door: 'api' }
const key = { directory: false, ttl: undefined, refresh: false }

describe.each([1, 2])('a ticket of format %i', (format) => {
  test('has what is usual, and nobody who made it', async () => {
    const store = await openOlder(format)
    expect(recordOf(store, 2)).toMatchObject({
      title: 'Backup überfällig',
      created_by: null,
      created_door: '',
      status: 1,
      priority: 1,
      queue: 1,
      assignees: '',
      ref: '',
      placed: null,
      deleted: null,
      comments: 0,
    })
  })

  test('is changed, and its history begins there', async () => {
    const store = await openOlder(format)
    const change = { title: 'Backup late', priority: 'high', ref: 'alert/2', description: 'since Monday' } as const
    await expect(store.run('ticket.change', { number: 2, version: 3, change }, api)).rejects.toMatchObject({
      code: 'not_current',
    })
    const { index } = await store.run('ticket.change', { number: 2, version: 4, change }, api)
    expect(recordOf(store, 2)).toMatchObject({ title: 'Backup late', priority: 2, updated_index: index })
    expect(historyOf(store, 2)).toEqual([
      { kind: 'changed', before: { title: 'Backup überfällig', priority: 1, ref: '', updatedIndex: 4 }, text: '' },
    ])
    await store.run('ticket.undo', { index }, api)
    expect(recordOf(store, 2)).toMatchObject({ title: 'Backup überfällig', priority: 1, ref: '' })
  })

  test('is retitled by the doors that know no more of it', async () => {
    const store = await openOlder(format)
    await store.run('lab.retitle', { id: ticketId(1), title: 'by the lab' })
    await store.run('keys.set', { ...key, path: path(2), value: 'as a key' })
    await store.run('keys.set', { ...key, path: path(2), value: 'as a key' })
    await store.run('keys.set', { ...key, path: path(2), value: '', refresh: true, ttl: 1e6 })
    expect([1, 2].map((number) => historyOf(store, number).length)).toEqual([1, 1])
  })

  test('is deleted and comes back, also the one that was deleted before', async () => {
    const store = await openOlder(format)
    const deletion = await store.run('ticket.delete', { number: 1 }, api)
    expect(recordOf(store, 1)).toMatchObject({ deleted: deletion.index, updated_index: deletion.index })
    await store.run('ticket.undo', { index: deletion.index }, api)
    const { index } = await store.run('ticket.restore', { number: 3 }, api)
    expect(recordOf(store, 3)).toMatchObject({ title: 'gone soon', placed: index, deleted: null })
    await store.run('lab.delete', { id: ticketId(3) })
    await store.run('keys.set', { ...key, path: path(3), value: 'as a key' })
    expect(historyOf(store, 3).map(({ kind }) => kind)).toEqual(['restored', 'deleted', 'restored'])
  })

  test('in the bin is not changed, linked, watched or commented on', async () => {
    const store = await openOlder(format)
    await store.run('user.create', { user: { handle: 'ann' } }, api)
    const attempts = [
      store.run('ticket.change', { number: 3, change: { priority: 'low' } }, api),
      store.run('ticket.delete', { number: 3 }, api),
      store.run('comment.add', { number: 3, comment: { text: 'x' } }, api),
      store.run('link.add', { number: 3, kind: 'blocks', other: 1 }, api),
      store.run('watcher.add', { number: 3, handle: 'ann' }, api),
    ]
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: 'in_bin' })
    await expect(store.run('link.add', { number: 1, kind: 'blocks', other: 3 }, api)).rejects.toMatchObject({
      code: 'unknown_name',
    })
  })

  test('gets comments, links, watchers and what a batch does', async () => {
    const store = await openOlder(format)
    await store.run('user.create', { user: { handle: 'ann' } }, api)
    const { index } = await store.run('comment.add', { number: 1, comment: { text: 'first' } }, api)
    await store.run('comment.edit', { number: 1, comment: index, text: 'second' }, api)
    await store.run('comment.delete', { number: 1, comment: index }, api)
    await store.run('link.add', { number: 1, kind: 'blocks', other: 2 }, api)
    await store.run('watcher.add', { number: 2, handle: 'ann' }, api)
    const operations = [
      { op: 'change', number: 1, change: { due: '2026-12-01' } },
      { op: 'comment', number: 2, comment: { text: 'of a batch' } },
      { op: 'restore', number: 3 },
      { op: 'delete', number: 1 },
    ] as const
    const batch = await store.run('ticket.batch', { operations }, api)
    await store.run('ticket.undo', { index: batch.index }, api)
    expect(recordOf(store, 1)).toMatchObject({ comments: 0, links: 1, due: null })
    expect(recordOf(store, 2)).toMatchObject({ comments: 0, links: 1, watchers: 1 })
    await store.run('link.remove', { number: 2, kind: 'blocked-by', other: 1 }, api)
    await store.run('watcher.remove', { number: 2, handle: 'ann' }, api)
  })

  test('is purged from the bin, and its number is gone', async () => {
    const store = await openOlder(format)
    await expect(store.run('ticket.purge', { number: 1 }, api)).rejects.toMatchObject({ code: 'still_there' })
    await store.run('ticket.purge', { number: 3 }, api)
    await expect(store.run('ticket.restore', { number: 3 }, api)).rejects.toMatchObject({ code: 'purged' })
    await expect(store.run('keys.set', { ...key, path: path(3), value: 'x' })).rejects.toMatchObject({
      details: { errorCode: 209, cause: expect.stringContaining('purged') },
    })
  })

  test('has nothing that can be taken back but its making, where nobody has changed it since', async () => {
    const store = await openOlder(format)
    // Retitled and deleted by a program that kept no history.
    for (const index of [2, 3, 4, 5, 6]) {
      await expect(store.run('ticket.undo', { index }, api)).rejects.toMatchObject({ code: 'undo_barred' })
    }
    await store.run('ticket.undo', { index: 1 }, api)
    expect(store.reader.prepare('SELECT count(*) AS count FROM keys WHERE parent = ?').get('/tickets')).toEqual({
      count: 1,
    })
  })

  test('that lay in the bin does not come back with those that went when all were removed', async () => {
    const store = await openOlder(format)
    await store.run('lab.create', { title: 'of today' })
    const removal = await store.run('lab.deleteAll', {})
    expect(store.reader.prepare('SELECT idx, last, older FROM removals').all()).toEqual([
      { idx: removal.index, last: 4, older: '3' },
    ])
    const second = await store.run('lab.create', { title: 'the next' })
    await store.run('lab.deleteAll', {})
    const back = await store.run('removal.restore', { index: removal.index, from: 1 }, api)
    expect(back.result).toMatchObject({ restored: 3, left: [], next: null })
    expect(second.index).toBe(removal.index + 1)
    expect(keysOf(store)).toEqual([1, 2, 4])
  })

  test('is in the removal where the time of all is over', async () => {
    const store = await openOlder(format)
    const path = '/tickets'
    await store.run('keys.update', { path, value: '', ttl: 0, refresh: false })
    await expect.poll(() => store.history.read(0, 100).at(-1)?.type).toBe('expire')
    const { index } = store.history.read(0, 100).at(-1) ?? { index: 0 }
    await store.run('removal.restore', { index, from: 1 }, api)
    expect(keysOf(store)).toEqual([1, 2])
  })
})

test('many of before that lay in the bin are kept as runs of their numbers', async () => {
  const rows = [5, 6, 7, 9].map((number) => `(${number}, 'gone', 1, 10, 1, 10)`)
  const store = await openOlder(
    2,
    `UPDATE counters SET value = 9;
     INSERT INTO tickets (number, title, created_time, created_index, updated_time, updated_index) VALUES ${rows.join()}`,
  )
  await store.run('ticket.restore', { number: 9 }, api)
  const { index } = await store.run('lab.deleteAll', {})
  expect(store.reader.prepare('SELECT last, older FROM removals').all()).toEqual([{ last: 9, older: '3 5-7' }])
  expect((await store.run('removal.restore', { index, from: 1 }, api)).result.restored).toBe(3)
  expect(keysOf(store)).toEqual([1, 2, 9])
})

test('a desk that began with format 3 looks for none', async () => {
  const store = await openStore()
  await store.run('lab.create', { title: 'one' })
  await store.run('lab.deleteAll', {})
  expect(store.reader.prepare('SELECT last, older FROM removals').all()).toEqual([{ last: 1, older: '' }])
})

/** Opens what a program of then left. It is well at the end, whatever was done to it. */
async function openOlder(format: number, sql = ''): Promise<DeskStore> {
  const file = join(temporaryFolder(), 'desk.db')
  copyFileSync(new URL(`../fixtures/format-${format}/desk.db`, import.meta.url), file)
  const database = openPlainDatabase(file)
  database.exec(sql)
  database.close()
  const store = await openStore({ address: `sqlite:${file}` })
  onTestFinished(async () => {
    expect((await checkStore({ address: `sqlite:${file}` })).problems).toEqual([])
  })
  return store
}

function path(number: number): string {
  return `/tickets/${ticketId(number)}`
}

function recordOf({ reader }: DeskStore, number: number): unknown {
  return reader.prepare('SELECT * FROM tickets WHERE number = ?').get(number)
}

function keysOf({ reader }: DeskStore): number[] {
  const rows = reader.prepare("SELECT name FROM keys WHERE parent = '/tickets' ORDER BY name").all()
  return rows.map(({ name }) => Number(name))
}

function historyOf({ reader }: DeskStore, number: number) {
  const rows = reader.prepare('SELECT kind, before, text FROM changes WHERE ticket = ? ORDER BY idx').all(number)
  return rows.map(({ kind, before, text }) => {
    const { updatedTime: _, ...members } = JSON.parse(String(before))
    return { kind, before: members, text }
  })
}
