/** A text that should never have been written is erased: nowhere in the desk's data is it any more, and nothing brings it back. */
import { describe, expect, test } from 'vitest'
import type { Asker } from '#src/store/command.js'
import type { Redaction } from '#src/tickets/redact.js'
import { ticketId } from '#src/tickets/ticket.js'
import { askers } from '../support/names.js'
import { openTicketDesk, type TicketDesk } from '../support/ticket-desk.js'

const SECRET = 'hunter2'
const SAID = `The password is ${SECRET}.`

const redact = (desk: TicketDesk, number: number, what: Redaction, asker: Asker = askers.admin) =>
  desk.run('ticket.redact', { number, what }, asker)

/** In which tables of the desk's file the text still stands. */
function tablesWithSecret(desk: TicketDesk): string[] {
  const tables = desk.rows("SELECT name FROM sqlite_schema WHERE type = 'table'").map(({ name }) => String(name))
  return tables.filter((table) => JSON.stringify(desk.rows(`SELECT * FROM "${table}"`)).includes(SECRET))
}

/** A ticket to which something gave the text, which was then edited away; and what is to be erased. */
const ways: Readonly<Record<string, (desk: TicketDesk, number: number) => Promise<Redaction>>> = {
  'a description by a change': async (desk, number) => {
    const index = await desk.change(number, { description: SAID })
    await desk.change(number, { description: 'nothing' })
    return { index, field: 'description' }
  },
  'the description that stands now': async (desk, number) => ({
    index: await desk.change(number, { description: SAID }),
    field: 'description',
  }),
  'a title by a change': async (desk, number) => {
    const index = await desk.change(number, { title: SAID })
    await desk.change(number, { title: 'nothing' })
    return { index, field: 'title' }
  },
  'a custom field by a change, kept over changes of others': async (desk, number) => {
    const index = await desk.change(number, { fields: { site: SAID } })
    await desk.change(number, { fields: { cost: 5 } })
    await desk.change(number, { fields: { cost: 6, site: 'fra' } })
    await desk.change(number, { fields: { cost: 7 } })
    return { index, field: 'fields.site' }
  },
  'a custom field by a change, lost by a move': async (desk, number) => {
    const index = await desk.change(number, { fields: { site: SAID } })
    await desk.change(number, { queue: 'default' })
    return { index, field: 'fields.site' }
  },
  'a description that was taken away and came back': async (desk, number) => {
    const index = await desk.change(number, { description: SAID })
    await desk.undo(await desk.change(number, { description: 'nothing' }))
    return { index, field: 'description' }
  },
  'a title that came back and was changed again, by its second change': async (desk, number) => {
    await desk.change(number, { title: SAID })
    const away = await desk.change(number, { title: 'nothing' })
    await desk.undo(away)
    const index = desk.index
    await desk.change(number, { title: 'nothing again' })
    return { index, field: 'title' }
  },
  'a custom field that came back with others and was changed again, by its first change': async (desk, number) => {
    const index = await desk.change(number, { fields: { site: SAID } })
    await desk.change(number, { fields: { site: 'fra' } })
    await desk.change(number, { fields: { site: SAID, cost: 5 } })
    await desk.change(number, { fields: { site: null, cost: 6 } })
    return { index, field: 'fields.site' }
  },
  'a comment that was edited': async (desk, number) => {
    const comment = await desk.comment(number, SAID)
    await desk.run('comment.edit', { number, comment, text: 'nothing' })
    return { comment }
  },
  'a comment that was edited into it and out of it': async (desk, number) => {
    const comment = await desk.comment(number, 'nothing')
    await desk.run('comment.edit', { number, comment, text: SAID })
    await desk.run('comment.edit', { number, comment, text: 'nothing again' })
    return { comment }
  },
  'a comment that stands': async (desk, number) => ({ comment: await desk.comment(number, SAID) }),
  'a comment that was deleted': async (desk, number) => {
    const comment = await desk.comment(number, SAID)
    await desk.run('comment.delete', { number, comment })
    return { comment }
  },
  'an internal comment': async (desk, number) => ({
    comment: await desk.comment(number, SAID, askers.agent, true),
  }),
}

describe.each(Object.entries(ways))('%s', (_, write) => {
  test('is erased by an admin alone, everywhere; who did it when stays', async () => {
    const desk = await openTicketDesk({ closed: true })
    const number = await desk.create({ queue: 'storage', requester: 'rita', fields: { site: 'ams' } })
    const what = await write(desk, number)
    expect(tablesWithSecret(desk)).not.toEqual([])
    for (const asker of [askers.agent, askers.requester, askers.viewer]) {
      expect((await desk.refused('ticket.redact', { number, what }, asker)).code).toBe('forbidden')
    }
    const { index } = await redact(desk, number, what)
    expect(tablesWithSecret(desk)).toEqual([])
    expect(desk.history(number).at(-1)).toMatchObject({ type: 'ticket.redacted', actor: 1, index })
    for (let at = desk.ticket(number).record.createdIndex; at <= index; at++) {
      expect(JSON.stringify(desk.past(number, { index: at }))).not.toContain(SECRET)
    }
    expect(await desk.problems()).toEqual([])
  })
})

test('what is erased comes back by no undo of anything, and not from the bin', async () => {
  const desk = await openTicketDesk()
  for (const write of Object.values(ways)) {
    const number = await desk.create({ queue: 'storage', fields: { site: 'ams' } })
    const { index } = await redact(desk, number, await write(desk, number))
    for (let at = index; at > desk.ticket(number).record.createdIndex; at--) {
      await desk.undo(at).catch(() => undefined)
      await desk.undo(desk.index).catch(() => undefined)
    }
    await desk.run('ticket.delete', { number })
    await desk.run('ticket.restore', { number })
    expect(tablesWithSecret(desk)).toEqual([])
  }
  expect(await desk.problems()).toEqual([])
})

test('it is erased from tickets in the bin, too', async () => {
  const desk = await openTicketDesk()
  for (const write of Object.values(ways)) {
    const number = await desk.create({ queue: 'storage', fields: { site: 'ams' } })
    const what = await write(desk, number)
    await desk.run('ticket.delete', { number })
    await redact(desk, number, what)
    expect(tablesWithSecret(desk)).toEqual([])
  }
})

test('what a ticket was made with is erased by the index at which it was made', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ title: SAID, description: SAID, queue: 'storage', fields: { site: SAID } })
  const { createdIndex: index } = desk.ticket(number).record
  for (const field of ['title', 'fields.site']) {
    const refused = await desk.refused('ticket.redact', { number, what: { index, field } }, askers.admin)
    expect(refused.code).toBe('still_standing')
  }
  await desk.change(number, { title: 'nothing', fields: { site: null } })
  for (const field of ['title', 'description', 'fields.site']) await redact(desk, number, { index, field })
  expect(tablesWithSecret(desk)).toEqual([])
})

test('one text among others of the same field goes alone', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ description: 'the first' })
  const index = await desk.change(number, { description: SAID })
  await desk.change(number, { description: 'the third' })
  await redact(desk, number, { index, field: 'description' })
  expect(desk.ticket(number).description).toBe('the third')
  expect(desk.past(number, { index: index - 1 })?.description).toBe('the first')
  expect(desk.past(number, { index })?.description).not.toBe(SAID)
})

test('the longest text is erased wherever it stood, as a short one is', async () => {
  const desk = await openTicketDesk()
  const long = SAID.padEnd(64 * 1024, 'x')
  const number = await desk.create({ description: long })
  const index = await desk.change(number, { description: 'the second' })
  await desk.change(number, { description: long })
  await desk.change(number, { description: 'the fourth' })
  await redact(desk, number, { index: desk.ticket(number).record.createdIndex, field: 'description' })
  expect(desk.ticket(number).description).toBe('the fourth')
  expect(desk.past(number, { index })?.description).toBe('the second')
  expect(tablesWithSecret(desk)).toEqual([])
})

test('a text of long ago does not keep the same text of today from being erased', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ description: SAID })
  await desk.change(number, { description: 'the second' })
  const priorities = Array.from({ length: 3001 }, (_, at) => (at % 2 === 0 ? ('high' as const) : ('low' as const)))
  await Promise.all(priorities.map((priority) => desk.change(number, { priority })))
  const index = await desk.change(number, { description: SAID })
  await desk.change(number, { description: 'the fourth' })
  await redact(desk, number, { index, field: 'description' })
  expect(desk.past(number, { index })?.description).not.toBe(SAID)
  expect(desk.past(number, { index: desk.ticket(number).record.createdIndex })?.description).toBe(SAID)
})

test('a title with characters that nobody sees is erased wherever it stood, too', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create()
  const said = `${SAID}\u{1}\u{7f}`
  const path = `/tickets/${ticketId(number)}`
  const set = (value: string) =>
    desk.run(
      'keys.set',
      { path, value, directory: false, ttl: undefined, refresh: false },
      { actor: null, door: 'keys' },
    )
  const { index } = await set(said)
  for (const value of ['between', said, 'in the end']) await set(value)
  await redact(desk, number, { index, field: 'title' })
  expect(tablesWithSecret(desk).filter((table) => table !== 'events')).toEqual([])
})

test('at 300 other times a text goes at once, the newest first, and at those before when they are named', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ description: SAID })
  const { createdIndex } = desk.ticket(number).record
  const given: number[] = []
  for (let time = 0; time < 303; time++) {
    await desk.change(number, { description: 'between' })
    given.push(await desk.change(number, { description: SAID }))
  }
  await redact(desk, number, { index: createdIndex, field: 'description' })
  const left = () => [createdIndex, ...given].filter((index) => desk.past(number, { index })?.description === SAID)
  expect(left()).toEqual(given.slice(0, 3))
  await redact(desk, number, { index: given[0] ?? 0, field: 'description' })
  expect(tablesWithSecret(desk)).toEqual([])
})

test('a title or a field that stands in the ticket again is changed first', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ queue: 'storage' })
  const index = await desk.change(number, { title: SAID, fields: { site: SAID } })
  await desk.undo(await desk.change(number, { title: 'nothing', fields: { site: 'fra' } }))
  for (const field of ['title', 'fields.site']) {
    const refused = await desk.refused('ticket.redact', { number, what: { index, field } }, askers.admin)
    expect(refused.code).toBe('still_standing')
  }
})

test('what is left when a field was erased is not taken back to nothing', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ queue: 'storage' })
  const secret = await desk.change(number, { fields: { site: SAID } })
  const index = await desk.change(number, { fields: { site: 'fra' } })
  await redact(desk, number, { index: secret, field: 'fields.site' })
  expect(await desk.refused('ticket.undo', { index })).toMatchObject({ code: 'undo_barred' })
})

test('a description is read and taken back, though a field of the same change was erased', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ queue: 'storage', description: 'the first', fields: { site: SAID, cost: 5 } })
  const { createdIndex } = desk.ticket(number).record
  const index = await desk.change(number, { description: 'the second', fields: { site: 'fra' } })
  await redact(desk, number, { index: createdIndex, field: 'fields.site' })
  expect(desk.past(number, { index: createdIndex })?.description).toBe('the first')
  expect(JSON.stringify(desk.history(number).find((entry) => entry.index === index))).toContain('the first')
})

test('that a field was erased says nothing of a description that never was', async () => {
  const desk = await openTicketDesk({ closed: true })
  const number = await desk.create({ queue: 'storage', requester: 'rita', fields: { cost: 5, site: SAID } })
  const { createdIndex } = desk.ticket(number).record
  const index = await desk.change(number, { description: 'the first', fields: { site: 'fra' } })
  await redact(desk, number, { index: createdIndex, field: 'fields.site' })
  expect(desk.past(number, { index: createdIndex })?.redacted).toEqual([])
  const flags = (asker: Asker) => desk.history(number, asker).find((entry) => entry.index === index)?.isRedacted
  expect([flags(askers.agent), flags(askers.requester)]).toEqual([true, false])
  const what = { index: createdIndex, field: 'description' }
  expect((await desk.refused('ticket.redact', { number, what }, askers.admin)).code).toBe('not_found')
})

test('neither side of a field that was set, cleared and erased is taken back to what it was not', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ queue: 'storage', fields: { site: 'fra' } })
  const given = await desk.change(number, { fields: { site: SAID } })
  const cleared = await desk.change(number, { fields: { site: null } })
  await redact(desk, number, { index: given, field: 'fields.site' })
  expect(tablesWithSecret(desk)).toEqual([])
  expect((await desk.refused('ticket.undo', { index: given })).code).toBe('undo_barred')
  expect((await desk.refused('ticket.undo', { index: cleared })).code).toBe('undo_barred')
  expect(desk.history(number).flatMap(({ fields }) => (fields === undefined ? [] : [fields]))).toEqual([
    { 1: ['fra', null] },
    { 1: [null, null] },
  ])
  const again = { number, what: { index: given, field: 'fields.site' } }
  expect((await desk.refused('ticket.redact', again, askers.admin)).code).toBe('not_found')
})

test('what a field held that was deleted since is erased under the name that the history calls it by', async () => {
  const desk = await openTicketDesk()
  const pin = { name: 'pin', type: 'text' } as const
  await desk.run('field.create', { field: pin }, askers.admin)
  await desk.run('queue.create', { queue: { name: 'keys', fields: [{ name: 'pin' }] } }, askers.admin)
  const number = await desk.create({ queue: 'keys' })
  const index = await desk.change(number, { fields: { pin: SAID } })
  await desk.change(number, { fields: { pin: null } })
  await desk.run('queue.change', { name: 'keys', change: { fields: [] } }, askers.admin)
  await desk.run('field.delete', { name: 'pin' }, askers.admin)
  // Another of the same name is not meant.
  await desk.run('field.create', { field: pin }, askers.admin)
  await redact(desk, number, { index, field: 'fields.pin' })
  expect(tablesWithSecret(desk)).toEqual([])
})

test('a field is erased by the change that gave it, and by no other', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ queue: 'storage' })
  await desk.change(number, { fields: { site: SAID } })
  const other = await desk.change(number, { fields: { cost: 5 } })
  await desk.change(number, { fields: { site: null } })
  const what = { index: other, field: 'fields.site' }
  expect((await desk.refused('ticket.redact', { number, what }, askers.admin)).code).toBe('not_found')
})

test('a second time changes nothing for the worse, and another ticket is not touched', async () => {
  const desk = await openTicketDesk()
  const [number, other] = [await desk.create(), await desk.create()]
  const comment = await desk.comment(number, SAID)
  expect((await desk.refused('ticket.redact', { number: other, what: { comment } }, askers.admin)).code).toBe(
    'not_found',
  )
  await redact(desk, number, { comment })
  await redact(desk, number, { comment })
  expect(tablesWithSecret(desk)).toEqual([])
  expect(await desk.problems()).toEqual([])
})

describe('an import that is run again', () => {
  const time = Date.parse('2024-03-01T08:00:00Z')
  const row = (...comments: readonly { readonly text: string; readonly time: number }[]) => [
    { ticket: { title: 'x', ref: 'A' }, comments: comments.map(({ text, time }) => ({ text, time, author: 'rita' })) },
  ]
  const run = async (desk: TicketDesk, tickets: ReturnType<typeof row>) =>
    (await desk.run('ticket.import', { tickets }, { ...askers.admin, door: 'import' })).result.result.results
  const commentsOf = (desk: TicketDesk) =>
    desk.rows('SELECT idx FROM comments ORDER BY idx').map(({ idx }) => Number(idx))

  test('does not bring a comment back that was erased, edited or deleted', async () => {
    const desk = await openTicketDesk()
    const tickets = row(
      { text: SAID, time },
      { text: `${SAID} Again.`, time: time + 1 },
      { text: 'deleted', time: time + 2 },
      { text: 'edited', time: time + 3 },
    )
    await run(desk, tickets)
    const [erased = 0, both = 0, deleted = 0, edited = 0] = commentsOf(desk)
    await redact(desk, 1, { comment: erased })
    await desk.run('comment.edit', { number: 1, comment: both, text: 'nothing' })
    await redact(desk, 1, { comment: both })
    await desk.run('comment.edit', { number: 1, comment: both, text: 'something else' })
    await desk.run('comment.delete', { number: 1, comment: deleted })
    await desk.run('comment.edit', { number: 1, comment: edited, text: 'once' })
    await desk.run('comment.edit', { number: 1, comment: edited, text: 'twice' })
    expect(await run(desk, tickets)).toEqual([{ number: 1, outcome: 'present', comments: 0 }])
    expect(tablesWithSecret(desk)).toEqual([])
  })

  test('adds one that was written in the same moment as another one that was edited here', async () => {
    const desk = await openTicketDesk()
    await run(desk, row({ text: 'one', time }))
    await desk.run('comment.edit', { number: 1, comment: commentsOf(desk)[0] ?? 0, text: 'one, edited' })
    const both = row({ text: 'one', time }, { text: 'two', time })
    expect(await run(desk, both)).toEqual([{ number: 1, outcome: 'present', comments: 1 }])
    expect(await run(desk, both)).toEqual([{ number: 1, outcome: 'present', comments: 0 }])
  })
})
