/** Making a ticket, and changing it. */
import { expect, test } from 'vitest'
import { openTicketDesk } from '../support/ticket-desk.js'

test('a ticket', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create()
  expect(desk.ticket(number).record.title).toBe('Disk full')
  expect(await desk.problems()).toEqual([])
})
