/**
 * Fills a store, by commands, with a record of every kind that the desk keeps and an event of every kind that it makes: for whatever
 * has to carry, copy or check all of it. What a kind of record is filled by is told in order, so that a new one finds its place.
 */
import { desk, type DeskStore } from '#src/desk.js'
import type { Asker } from '#src/store/command.js'
import { ticketId } from '#src/tickets/ticket.js'
import { MACHINE_DOOR } from '#src/users/viewer.js'

const api = { actor: 1, door: 'api' }
/** Whoever sits at the machine, also of a closed desk. */
export const MACHINE: Asker = { actor: null, door: MACHINE_DOOR }
const page = { actor: 2, door: 'page' }
const key = { directory: false, ttl: undefined, refresh: false }

/** How many records each table has, by the tables' names. */
export function recordCounts({ reader }: Pick<DeskStore, 'reader'>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    desk.tables.map(({ name }) => [
      name,
      Number(reader.prepare(`SELECT count(*) AS count FROM ${name}`).get()?.['count']),
    ]),
  )
}

/** Fills a store that is empty. */
export async function fillDesk(store: DeskStore): Promise<void> {
  await fillUsers(store)
  await fillTickets(store)
  await fillBeside(store)
  await fillTogether(store)
  await fillRemoved(store)
  await fillCatalogue(store)
  await fillAccess(store)
}

async function fillUsers(store: DeskStore): Promise<void> {
  await store.run(
    'user.create',
    { user: { handle: 'ann', name: 'Ann Ämter', email: 'ann@example.org', role: 'admin' } },
    api,
  )
  await store.run('user.create', { user: { handle: 'ben', role: 'agent' } }, api)
  await store.run('user.create', { user: { handle: 'cat', role: 'requester' } }, api)
  await store.run('user.change', { number: 3, change: { handle: 'kate', active: false } }, api)
}

/** Tickets 1 to 7: with all that one may have, with nothing, internal, through the lab's doors and through the key tree. */
async function fillTickets(store: DeskStore): Promise<void> {
  const full = {
    title: 'Disk full on node 4',
    description: `Since Monday\n${'größer '.repeat(6000)}`,
    priority: 'urgent',
    requester: 'ann',
    assignees: ['ben', 'ann'],
    due: '2026-12-01',
    ref: 'alert/4',
  } as const
  await store.run('ticket.create', { ticket: full, once: { key: 'made once', hash: 'c0ffee' } }, api)
  await store.run('ticket.create', { ticket: { title: 'nothing else' } }, page)
  await store.run('ticket.create', { ticket: { title: 'hidden', internal: true, description: 'for us' } }, api)
  await store.run('lab.create', { title: 'by the lab\u0000' }, { actor: null, door: 'lab' })
  await store.run('keys.set', { ...key, path: path(5), value: 'as a key' }, { actor: null, door: 'keys' })
  await store.run('keys.createInOrder', { ...key, path: '/tickets', value: 'in order' }, { actor: null, door: 'keys' })
  await store.run('ticket.create', { ticket: { title: 'of low priority', priority: 'low' } }, page)
  await store.run('keys.set', { ...key, path: '/config/a', value: 'é\u0000', ttl: 1e6 })
  // The key is changed and the ticket is not, then the other way round.
  await store.run('keys.set', { ...key, path: path(5), value: 'as a key' })
  await store.run('keys.set', { ...key, path: path(5), value: '', refresh: true, ttl: 1e6 })
  await store.run('ticket.change', { number: 4, change: { priority: 'low' } }, api)
  await store.run('lab.retitle', { id: ticketId(4), title: 'by the lab, again' })
  await store.run('ticket.change', { number: 1, change: { description: 'shorter', ref: 'alert/5', due: null } }, page)
}

/** Comments, links and watchers, each also changed and taken away. */
async function fillBeside(store: DeskStore): Promise<void> {
  const ids: number[] = []
  for (const [number, text, internal] of [
    [1, 'a public one', false],
    [1, 'for us alone', true],
    [1, 'deleted', false],
    [2, 'deleted and back', false],
  ] as const) {
    ids.push((await store.run('comment.add', { number, comment: { text, internal } }, api)).index)
  }
  const [first = 0, second = 0, third = 0, fourth = 0] = ids
  await store.run('comment.edit', { number: 1, comment: first, text: `a public one, ${'longer '.repeat(6000)}` }, page)
  await store.run('comment.edit', { number: 1, comment: second, text: 'for us' }, page)
  await store.run('comment.delete', { number: 1, comment: third }, api)
  const { index } = await store.run('comment.delete', { number: 2, comment: fourth }, api)
  await store.run('ticket.undo', { index }, api)
  for (const [number, kind, other] of [
    [1, 'blocks', 2],
    [2, 'duplicated-by', 3],
    [3, 'relates-to', 1],
    [4, 'blocked-by', 5],
  ] as const) {
    await store.run('link.add', { number, kind, other }, api)
  }
  await store.run('link.remove', { number: 5, kind: 'blocks', other: 4 }, api)
  await store.run('watcher.add', { number: 1, handle: 'ann' }, api)
  await store.run('watcher.add', { number: 1, handle: 'ben' }, api)
  await store.run('watcher.remove', { number: 1, handle: 'ben' }, api)
}

/** Several changes as one: a batch, its undo, and an import (ticket 10). */
async function fillTogether(store: DeskStore): Promise<void> {
  const batch = await store.run(
    'ticket.batch',
    {
      operations: [
        { op: 'create', ticket: { title: 'of a batch' } },
        { op: 'comment', number: 2, comment: { text: 'of a batch' } },
        { op: 'link', number: 2, kind: 'relates-to', ticket: 8 },
        { op: 'change', number: 2, change: { title: 'no longer nothing else' } },
      ],
      once: { key: 'batch', hash: 'f00d' },
    },
    api,
  )
  await store.run('ticket.batch', { operations: [{ op: 'create', ticket: { title: 'stays' } }] }, api)
  await store.run('ticket.undo', { index: batch.index }, page)
  const comments = [{ text: 'from elsewhere', time: 1_000_000, author: 'kate' }]
  const tickets = [{ ticket: { title: 'from elsewhere', ref: 'old#1' }, createdTime: 1000, createdBy: 'ben', comments }]
  await store.run('ticket.import', { tickets }, { actor: 1, door: 'import' })
}

/** The bin, what was purged, what ran out, and a removal of all, of which a part came back. */
async function fillRemoved(store: DeskStore): Promise<void> {
  await store.run('ticket.delete', { number: 3 }, api)
  await store.run('ticket.purge', { number: 3 }, api)
  await store.run('lab.delete', { id: ticketId(6) })
  await store.run('ticket.restore', { number: 6 }, api)
  await store.run('ticket.delete', { number: 7 }, api)
  const removal = await store.run('lab.deleteAll', {}, { actor: null, door: 'lab' })
  await store.run('removal.restore', { index: removal.index, from: 1 }, api)
  await store.run('lab.delete', { id: ticketId(4) })
  await store.run('keys.set', { ...key, path: path(4), value: 'as a key again' })
  await store.run('ticket.create', { ticket: { title: 'the last', ref: 'last' } }, page)
  await store.run('ticket.delete', { number: 2 }, page)
}

/** A status, a queue with a field, a label and a view, and a ticket that has them. */
async function fillCatalogue(store: DeskStore): Promise<void> {
  await store.run('status.create', { status: { name: 'parked', category: 'waiting' } }, api)
  await store.run('field.create', { field: { name: 'site', type: 'text' } }, api)
  await store.run('queue.create', { queue: { name: 'storage', fields: [{ name: 'site', public: true }] } }, api)
  await store.run('label.create', { label: { name: 'disk' } }, api)
  await store.run('view.create', { view: { name: 'disks', query: 'label:disk' } }, api)
  const change = { status: 'parked', queue: 'storage', labels: ['disk'], fields: { site: 'fra' } }
  await store.run('ticket.change', { number: 1, change }, api)
}

/** A password, a session, a link and a token: the desk is closed by the first. */
async function fillAccess(store: DeskStore): Promise<void> {
  const { index: version } = await store.run('password.set', { user: 'ann', kept: 'as no password is kept' }, MACHINE)
  await store.run('session.begin', { user: 1, version, hash: 'a session', agent: 'a browser' }, MACHINE)
  await store.run('link.create', { user: 'ben', hash: 'a link' }, MACHINE)
  const token = { user: 'ben', name: 'a token', scopes: ['read'], expiresTime: null }
  await store.run('token.create', { token, hash: 'a token' }, MACHINE)
}

function path(number: number): string {
  return `/tickets/${ticketId(number)}`
}
