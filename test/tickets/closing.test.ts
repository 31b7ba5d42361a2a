/** Statuses of a ticket: when it was closed, and which moves are allowed. */
import { expect, test } from 'vitest'
import { openTicketDesk } from '../support/ticket-desk.js'

test('it is closed when it comes into the category done, and stays so from one done status to another', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create()
  const closed = () => desk.ticket(number).record.closedTime
  await desk.change(number, { status: 'waiting' })
  expect(closed()).toBeNull()
  await desk.change(number, { status: 'resolved' })
  const at = closed()
  expect(at).toBe(desk.ticket(number).record.updatedTime)
  await desk.change(number, { status: 'closed' })
  expect(closed()).toBe(at)
  await desk.change(number, { status: 'open' })
  expect(closed()).toBeNull()
  expect(desk.ticket(await desk.create({ status: 'closed' })).record.closedTime).not.toBeNull()
})

test('a move that the operator forbids is refused with those that are allowed; a new ticket begins anywhere', async () => {
  const desk = await openTicketDesk()
  await desk.run('status.change', { name: 'open', change: { moves: ['in-progress', 'parked'] } })
  const number = await desk.create()
  const refused = await desk.refused('ticket.change', { number, change: { status: 'closed' } })
  expect(refused).toMatchObject({ code: 'forbidden_move', message: expect.stringContaining("'in-progress', 'parked'") })
  await desk.change(number, { status: 'parked' })
  await desk.change(number, { status: 'closed' })
  await desk.create({ status: 'closed' })
})

test('a merged status is what it was merged into, and no ticket moved by that', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ status: 'parked' })
  const { updatedIndex } = desk.ticket(number).record
  await desk.run('status.merge', { name: 'parked', into: 'waiting' })
  const before = desk.index
  await desk.change(number, { status: 'waiting' })
  expect([desk.index, desk.ticket(number).record.updatedIndex]).toEqual([before, updatedIndex])
  expect(await desk.refused('ticket.change', { number, change: { status: 'parked' } })).toMatchObject({
    code: 'unknown_name',
    pointers: ['/status'],
  })
})
