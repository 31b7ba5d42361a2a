/** Whose comments one may edit, delete and bring back. What else they are: `test/suites/v1/parts.ts`. */
import { expect, test } from 'vitest'
import { askers } from '../support/names.js'
import { openTicketDesk } from '../support/ticket-desk.js'

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
