/** Comments: written, edited and deleted with a trace. */
import { expect, test } from 'vitest'
import { askers } from '../support/names.js'
import { openTicketDesk, type TicketDesk } from '../support/ticket-desk.js'

function counts(desk: TicketDesk, number: number): readonly number[] {
  const { comments, publicComments } = desk.ticket(number).record
  return [comments, publicComments]
}

test('a comment is called by the index at which it was made, and leaves the ticket’s version', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create()
  const { updatedIndex } = desk.ticket(number).record
  expect(await desk.comment(number, 'x')).toBe(desk.index)
  await desk.comment(number, 'y', askers.agent, true)
  expect(desk.ticket(number).record.updatedIndex).toBe(updatedIndex)
  expect(counts(desk, number)).toEqual([2, 1])
})

test('what it said before an edit and before it was deleted stays in the history', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create()
  const comment = await desk.comment(number, 'one')
  await desk.run('comment.edit', { number, comment, text: 'two' })
  await desk.run('comment.edit', { number, comment, text: 'two' })
  await desk.run('comment.edit', { number, comment, text: 'three' })
  await desk.run('comment.delete', { number, comment })
  expect(counts(desk, number)).toEqual([0, 0])
  expect(desk.history(number).map(({ type, text }) => [type, text])).toEqual([
    ['ticket.created', undefined],
    ['comment.created', undefined],
    ['comment.changed', ['one', 'two']],
    ['comment.changed', ['two', 'three']],
    ['comment.deleted', undefined],
  ])
  expect(await desk.refused('comment.edit', { number, comment, text: 'four' })).toMatchObject({ code: 'not_found' })
  await desk.undo(desk.index)
  expect(counts(desk, number)).toEqual([1, 1])
})

test('requesters edit and delete their own alone, and bring back none of others', async () => {
  const desk = await openTicketDesk({ closed: true })
  const number = await desk.create({ requester: 'rita' })
  const own = await desk.comment(number, 'mine', askers.requester)
  const strange = await desk.comment(number, 'of the agent')
  await desk.run('comment.edit', { number, comment: own, text: 'mine, edited' }, askers.requester)
  for (const name of ['comment.edit', 'comment.delete'] as const) {
    const refused = await desk.refused(name, { number, comment: strange, text: 'x' }, askers.requester)
    expect(refused.code).toBe('forbidden')
  }
  await desk.run('comment.delete', { number, comment: strange })
  expect(await desk.refused('ticket.undo', { index: desk.index }, askers.requester)).toMatchObject({
    code: 'forbidden',
  })
  await desk.run('comment.delete', { number, comment: own }, askers.requester)
  await desk.undo(desk.index, askers.requester)
})
