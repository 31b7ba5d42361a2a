/** Making a ticket, and changing it. */
import { describe, expect, test } from 'vitest'
import { askers } from '../support/names.js'
import { openTicketDesk } from '../support/ticket-desk.js'

describe('a ticket of which only the title is said', () => {
  test('is normal, in the default queue, in the first status of new, and its maker’s', async () => {
    const desk = await openTicketDesk()
    const number = await desk.create({}, askers.requester)
    const { record, description, deletedTime } = desk.ticket(number)
    expect([description, deletedTime]).toEqual([null, null])
    expect(record).toMatchObject({
      status: 1,
      priority: 1,
      queue: 1,
      requester: 3,
      createdBy: 3,
      createdDoor: 'api',
      assignees: '',
      labels: '',
      due: null,
      fields: '',
      internal: 0,
      ref: '',
      closedTime: null,
      updatedIndex: desk.index,
    })
  })

  test('goes to whom its queue names, as long as that one is active', async () => {
    const desk = await openTicketDesk()
    await desk.run('queue.change', { name: 'default', change: { assignee: 'abe' } })
    const assigned = await desk.create()
    const path = '/tickets'
    await desk.run('keys.createInOrder', { path, value: 'as a key', directory: false, ttl: undefined })
    expect([assigned, 2].map((number) => desk.ticket(number).record.assignees)).toEqual(['2', '2'])
    expect(desk.ticket(await desk.create({ assignees: [] })).record.assignees).toBe('')
    await desk.run('user.change', { number: 2, change: { active: false } })
    expect(desk.ticket(await desk.create({}, askers.admin)).record.assignees).toBe('')
  })
})

describe('a change', () => {
  test('is one change, whatever number of members it concerns', async () => {
    const desk = await openTicketDesk()
    const number = await desk.create()
    const before = desk.index
    await desk.change(number, { title: 'other', priority: 'urgent', labels: ['bug'], description: 'x' })
    expect(desk.index).toBe(before + 1)
    expect(desk.history(number)).toHaveLength(2)
  })

  test('that changes nothing makes no index, no event and no history', async () => {
    const desk = await openTicketDesk()
    const number = await desk.create({ labels: ['bug', 'disk'], assignees: ['ada', 'abe'], due: '2026-12-01' })
    const before = desk.index
    for (const change of [
      {},
      { title: 'Disk full', priority: 'normal', queue: 'DEFAULT', due: '2026-12-01' } as const,
      { labels: ['DISK', 'bug'], assignees: ['abe', 'ada'] },
      { labels: { add: ['bug'], remove: ['on call'] } },
      { description: null, ref: null, fields: null },
    ]) {
      await desk.change(number, change)
    }
    expect(desk.index).toBe(before)
  })

  test('is all or nothing', async () => {
    const desk = await openTicketDesk()
    const number = await desk.create()
    const refused = await desk.refused('ticket.change', { number, change: { title: 'other', labels: ['bug', 'none'] } })
    expect(refused).toMatchObject({ code: 'unknown_name', pointers: ['/labels/1'] })
    expect(desk.ticket(number).record.title).toBe('Disk full')
  })

  test('leaves alone what is archived, gone or inactive by now', async () => {
    const desk = await openTicketDesk()
    const number = await desk.create({ labels: ['bug'], assignees: ['abe'], requester: 'rita', queue: 'storage' })
    await desk.run('label.change', { name: 'bug', change: { archived: true } })
    await desk.run('queue.change', { name: 'storage', change: { archived: true } })
    for (const user of [2, 3]) await desk.run('user.change', { number: user, change: { active: false } })
    await desk.change(number, { title: 'other', labels: { add: ['disk'] } }, askers.admin)
    expect(desk.ticket(number).record).toMatchObject({ title: 'other', labels: '1 2', assignees: '2', requester: 3 })
    for (const [change, pointer] of [
      [{ requester: 'abe' }, '/requester'],
      [{ assignees: { add: ['rita'] } }, '/assignees'],
    ] as const) {
      const refused = await desk.refused('ticket.change', { number, change }, askers.admin)
      expect(refused).toMatchObject({ code: 'archived', pointers: [pointer] })
    }
    const fresh = { title: 'x', labels: ['bug'], queue: 'storage' }
    expect(await desk.refused('ticket.create', { ticket: fresh }, askers.admin)).toMatchObject({
      code: 'archived',
      pointers: ['/queue', '/labels'],
    })
  })

  test('names nobody by a handle of before', async () => {
    const desk = await openTicketDesk()
    await desk.run('user.change', { number: 3, change: { handle: 'rosa' } })
    expect(await desk.refused('ticket.create', { ticket: { title: 'x', requester: 'rita' } })).toMatchObject({
      code: 'unknown_name',
      pointers: ['/requester'],
    })
    expect(desk.ticket(await desk.create({ requester: 'ROSA' })).record.requester).toBe(3)
  })
})

test('a ref leads to one ticket that is there', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ ref: 'A' })
  expect(await desk.refused('ticket.create', { ticket: { title: 'x', ref: 'A' } })).toMatchObject({ code: 'ref_taken' })
  await desk.change(number, { ref: null })
  expect(desk.ticket(await desk.create({ ref: 'A' })).record.ref).toBe('A')
  expect(await desk.refused('ticket.change', { number, change: { ref: 'A' } })).toMatchObject({ code: 'ref_taken' })
})
