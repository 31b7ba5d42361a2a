/** What is told of events of what has a name, of users and of views, and of a change of which not all may be told. */
import { expect, test } from 'vitest'
import { Directory } from '#src/catalogue/directory.js'
import type { DeskStore } from '#src/desk.js'
import { RecordReader } from '#src/store/records.js'
import type { KeptDetail } from '#src/tickets/events/detail.js'
import { Standings } from '#src/tickets/events/sight.js'
import { tell } from '#src/tickets/events/tell.js'
import type { Told } from '#src/tickets/events/told.js'
import type { Role } from '#src/users/role.js'
import { numberOf, openPeopledDesk } from '../support/events.js'

const roles = ['admin', 'agent', 'viewer', 'requester', 'service'] as const

function toldTo(store: DeskStore, role: Role, detail: Partial<KeptDetail> & { type: string }): Told | undefined {
  const viewer = { user: numberOf('ann'), role, isStaff: role === 'admin' || role === 'agent' }
  const directory = new Directory(new RecordReader(store.reader))
  const standings = new Standings(new Map([[1, { requester: numberOf('ann'), internal: 0, isThere: true }]]))
  const event = { index: 9, detail: { time: 0, actor: numberOf('ben'), door: 'api', ...detail } }
  return tell({ viewer, directory, standings }, event)
}

function rolesTold(store: DeskStore, detail: Partial<KeptDetail> & { type: string }): Role[] {
  return roles.filter((role) => toldTo(store, role, detail) !== undefined)
}

const readers = ['admin', 'agent', 'viewer', 'requester']

test('labels and statuses are told to all who read the desk, in the name of today', async () => {
  const { store } = await openPeopledDesk()
  const changes = { name: ['dsik', 'disk'], archived: [0, 1], description: true }
  const renamed = { type: 'label.changed', label: 1, name: 'disk', version: 9, changes } as const
  expect(rolesTold(store, renamed)).toEqual(readers)
  expect(toldTo(store, 'requester', { ...renamed, name: 'as it was called then' })?.data).toEqual({
    index: 9,
    time: '1970-01-01T00:00:00.000Z',
    actor: 'ben',
    door: 'api',
    type: 'label.changed',
    label: 'disk',
    version: 9,
    changes: { name: { from: 'dsik', to: 'disk' }, archived: { from: false, to: true }, description: true },
  })
  const merged = { type: 'label.merged', label: 3, name: 'old', into: 2, version: 9 } as const
  expect(toldTo(store, 'viewer', merged)?.data).toMatchObject({ label: 'old', into: 'net' })
  expect(rolesTold(store, { type: 'status.created', status: 2, name: 'in-progress' })).toEqual(readers)
})

test('a queue that is not public, then or now, is told to no requester; a field that is not, to staff alone', async () => {
  const { store } = await openPeopledDesk()
  const queue = (number: number, hidden?: true) => ({ type: 'queue.changed', queue: number, ...(hidden && { hidden }) })
  expect(rolesTold(store, queue(2))).toEqual(readers)
  expect(rolesTold(store, queue(2, true))).toEqual(['admin', 'agent', 'viewer'])
  expect(rolesTold(store, queue(3))).toEqual(['admin', 'agent', 'viewer'])
  expect(rolesTold(store, { type: 'field.created', field: 2, hidden: true })).toEqual(['admin', 'agent'])
})

test('a view of one’s own is told to its owner alone; one that was everybody’s and is no more, to all without content', async () => {
  const { store } = await openPeopledDesk()
  const view = { type: 'view.changed', view: 4, name: 'mine', owner: numberOf('ann'), version: 9 } as const
  expect(toldTo(store, 'admin', { ...view, hidden: true })?.only).toBe(numberOf('ann'))
  const taken = toldTo(store, 'agent', view)
  expect([taken?.only, taken?.data]).toMatchObject([undefined, { type: 'view.changed', view: 4, actor: null }])
  expect(taken?.data).not.toHaveProperty('name')
  expect(toldTo(store, 'agent', { ...view, owner: null })).toMatchObject({ data: { name: 'mine' } })
})

test('users are told to who may read handles, and what is not known here to nobody', async () => {
  const { store } = await openPeopledDesk()
  expect(rolesTold(store, { type: 'user.changed', user: 2, role: 'agent', active: 1 })).toEqual(['admin', 'agent'])
  expect(rolesTold(store, { type: 'secret.changed', ticket: 1 })).toEqual([])
  expect(rolesTold(store, { type: 'ticket.exploded', ticket: 1 })).toEqual([])
})

test('a change of which nothing is left for a viewer is not told; one that a merge has made nothing is, without it', async () => {
  const { store } = await openPeopledDesk({ sql: ['UPDATE labels SET merged_into = 2 WHERE number = 3'] })
  const change = (changes: Record<string, unknown>) => ({ type: 'ticket.changed', ticket: 1, version: 9, changes })
  const internal = change({ fields: { 2: [null, '5'] } })
  expect(rolesTold(store, { ...internal, facts: { queue: 2, requester: numberOf('ann') } })).toEqual(['admin', 'agent'])
  const merged = toldTo(store, 'agent', change({ labels: [[3], [2]] }))
  expect(merged?.data).toMatchObject({ version: 9, changes: {} })
})
