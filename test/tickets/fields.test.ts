/** Custom fields of a ticket: which it has goes by its queue. */
import { expect, test } from 'vitest'
import { askers } from '../support/names.js'
import { openTicketDesk, type TicketDesk } from '../support/ticket-desk.js'

/** Values by the fields' numbers: site 1, cost 2, bought 3, size 4, paid 5. */
function values(desk: TicketDesk, number: number): unknown {
  const { fields } = desk.ticket(number).record
  return fields === '' ? {} : JSON.parse(fields)
}

test('a ticket that moves loses, in the same change, what its new queue lacks', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ queue: 'storage', fields: { site: 'fra', cost: 5, size: 'large' } })
  const before = desk.index
  await desk.change(number, { queue: 'vault', fields: { paid: false } })
  expect([values(desk, number), desk.index]).toEqual([{ 1: 'fra', 5: false }, before + 1])
  await desk.undo(desk.index)
  expect(values(desk, number)).toEqual({ 1: 'fra', 2: 5, 4: 'large' })
})

test('a change keeps of before the fields that it changed, be there ever so many others', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ queue: 'storage', fields: { site: 'x'.repeat(1000), cost: 1 } })
  await desk.change(number, { fields: { cost: 2, size: 'large' } })
  await desk.change(number, { title: 'another' })
  await desk.change(number, { fields: { cost: null } })
  expect(desk.rows('SELECT before FROM changes ORDER BY idx').map(({ before }) => JSON.parse(String(before)))).toEqual([
    expect.objectContaining({ fields: { 2: [1, 2], 4: [null, 'large'] } }),
    expect.not.objectContaining({ fields: expect.anything() }),
    expect.objectContaining({ fields: { 2: [2, null] } }),
  ])
  const changes = desk.history(number).map(({ fields }) => fields)
  expect(changes).toEqual([undefined, { 2: [1, 2], 4: [null, 'large'] }, undefined, { 2: [2, null] }])
})

test('what a queue has lost since stays, unseen, until the ticket moves', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ queue: 'storage', fields: { site: 'fra', cost: 5 } })
  await desk.run('queue.change', { name: 'storage', change: { fields: [{ name: 'site', public: true }] } })
  const before = desk.index
  await desk.change(number, { fields: { site: 'fra' } })
  expect(desk.index).toBe(before)
  await desk.change(number, { fields: { site: 'ams' } })
  expect(values(desk, number)).toEqual({ 1: 'ams', 2: 5 })
  await desk.change(number, { queue: 'vault' })
  expect(values(desk, number)).toEqual({ 1: 'ams' })
})

test('a field that becomes required is asked of new tickets, and where it is emptied, and of nothing else', async () => {
  const desk = await openTicketDesk()
  const old = await desk.create({ queue: 'storage' })
  const full = await desk.create({ queue: 'storage', fields: { site: 'fra' } })
  const fields = [{ name: 'site', public: true, required: true }, { name: 'cost' }]
  await desk.run('queue.change', { name: 'storage', change: { fields } })
  await desk.comment(old, 'x')
  await desk.change(old, { title: 'other', assignees: ['abe'], fields: { cost: 1 } })
  await desk.change(old, { status: 'closed' })
  await desk.run('lab.create', { title: 'by the lab' })
  const required = { code: 'field_required', pointers: ['/fields/site'] }
  expect(await desk.refused('ticket.create', { ticket: { title: 'x', queue: 'storage' } })).toMatchObject(required)
  const emptied = { number: full, change: { fields: { site: null } } }
  expect(await desk.refused('ticket.change', emptied)).toMatchObject(required)
  const all = { number: full, change: { fields: null } }
  expect(await desk.refused('ticket.change', all)).toMatchObject(required)
})

test('what only staff sees leaves the version and what the public reads of activity', async () => {
  const desk = await openTicketDesk({ closed: true })
  const number = await desk.create({ queue: 'storage', requester: 'rita' })
  const before = desk.ticket(number).record
  const index = await desk.change(number, { fields: { cost: 5 } })
  expect(desk.ticket(number).record).toMatchObject({
    updatedIndex: before.updatedIndex,
    internalVersion: index,
    activityIndex: index,
    publicIndex: before.updatedIndex,
  })
  expect(desk.history(number, askers.requester)).toHaveLength(1)
  expect(desk.history(number)).toHaveLength(2)
  // With something that others see too, the version moves.
  const both = await desk.change(number, { fields: { cost: 6, site: 'fra' } })
  expect(desk.ticket(number).record).toMatchObject({ updatedIndex: both, internalVersion: both })
})

test('a text of a field is erased by the name that the field has today, also where it is archived', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ queue: 'storage', fields: { site: 'secret' } })
  const { createdIndex } = desk.ticket(number).record
  await desk.change(number, { fields: { site: 'fra' } })
  await desk.run('field.change', { name: 'site', change: { name: 'Place' } })
  await desk.run('field.change', { name: 'place', change: { archived: true } })
  const redact = (field: string) => ({ number, what: { index: createdIndex, field } })
  for (const field of ['site', 'Place', 'fields.site']) {
    expect(await desk.refused('ticket.redact', redact(field))).toMatchObject({ code: 'unknown_name' })
  }
  await desk.run('ticket.redact', redact('fields.PLACE'))
  expect(desk.rows("SELECT before FROM changes WHERE before LIKE '%secret%'")).toEqual([])
  expect(desk.history(number).map(({ isRedacted }) => isRedacted)).toEqual([false, true, false])
})
