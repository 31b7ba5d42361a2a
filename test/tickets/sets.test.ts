/** Labels and assignees, changed by their elements. */
import { expect, test } from 'vitest'
import { numbersOf } from '#src/tickets/members.js'
import { openTicketDesk } from '../support/ticket-desk.js'

test('elements are added and taken away, whatever else is there, in the order in which they came', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ labels: ['disk'] })
  await Promise.all([
    desk.change(number, { labels: { add: ['bug'] } }),
    desk.change(number, { labels: { add: ['on call'], remove: ['disk'] } }),
    desk.change(number, { assignees: { add: ['ada'] } }),
    desk.change(number, { assignees: { add: ['ABE', 'abe'] } }),
  ])
  const { labels, assignees } = desk.ticket(number).record
  expect(new Set(numbersOf(labels))).toEqual(new Set([1, 3]))
  expect(new Set(numbersOf(assignees))).toEqual(new Set([1, 2]))
})

test('a label that was merged into another is that one, also where a ticket had both', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ labels: ['bug', 'disk'] })
  await desk.run('label.merge', { name: 'disk', into: 'bug' })
  const before = desk.index
  await desk.change(number, { labels: ['bug'] })
  expect(desk.index).toBe(before)
  await desk.change(number, { labels: { remove: ['bug'] } })
  expect(desk.ticket(number).record.labels).toBe('')
})

test('there are at most 100 labels and 20 assignees', async () => {
  const desk = await openTicketDesk()
  const labels = Array.from({ length: 101 }, (_, at) => `label ${at}`)
  const users = Array.from({ length: 21 }, (_, at) => `user-${at}`)
  for (const name of labels) await desk.run('label.create', { label: { name } })
  for (const handle of users) await desk.run('user.create', { user: { handle } })
  const number = await desk.create({ labels: labels.slice(1), assignees: users.slice(1) })
  for (const [change, pointer] of [
    [{ labels: { add: ['label 0'] } }, '/labels'],
    [{ assignees: { add: ['user-0'] } }, '/assignees'],
  ] as const) {
    expect(await desk.refused('ticket.change', { number, change })).toMatchObject({
      code: 'invalid_value',
      pointers: [pointer],
    })
  }
})
