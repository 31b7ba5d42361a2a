/** Who sends again what made a ticket is told of it as it was made, however much has happened to it since. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Directory } from '#src/catalogue/directory.js'
import { entriesMax } from '#src/contract/limits.js'
import { demandsOf } from '#src/http/desk-api/v1/desk.js'
import { madeTicket } from '#src/http/desk-api/v1/finding/past.js'
import { ticketAsMade } from '#src/http/desk-api/v1/one-ticket.js'
import { NOBODY } from '#src/store/command.js'
import type { Patience } from '#src/store/question.js'
import { TicketReading } from '#src/tickets/reading.js'
import { changeTable } from '#src/tickets/tables.js'
import { ticketId } from '#src/tickets/ticket.js'
import { CommandDesk } from '../../support/command-desk.js'
import { Ends } from '../../support/ticket-desk.js'
import { openV1, type Told, type V1Desk } from '../../support/v1-desk.js'

let v1: V1Desk
const ends = new Ends()

beforeAll(async () => {
  v1 = await openV1({ closed: true, until: ends.until })
})
afterAll(() => ends.end())

const ticket = { title: 'as made', description: 'As it was.', priority: 'high' } as const

const make = (key: string, who: 'agent' | 'requester' = 'agent'): Promise<Told> =>
  v1.ask('POST', '/tickets', {
    who,
    headers: { 'Idempotency-Key': key },
    body: who === 'agent' ? ticket : { title: 'as made' },
  })

/** Changes a ticket as often, each time in one thing. */
async function changeOften(number: number, times: number): Promise<void> {
  const change = (place: number) => ({
    op: 'change',
    number,
    change: { title: `title ${place}`, description: `text ${place}` },
  })
  for (let done = 0; done < times; done += 250) {
    const operations = Array.from({ length: 250 }, (_, place) => change(done + place))
    await v1.done('POST', '/batch', { operations })
  }
}

describe('a ticket that was made under an Idempotency-Key', () => {
  test.each(['agent', 'requester'] as const)(
    'is told to the %s as it was made after a long history, beside the main thread',
    async (who) => {
      const made = await make(`long-${who}`, who)
      const { number } = made.json
      await changeOften(number, 1250)
      await v1.done('DELETE', `/tickets/${number}`)
      await v1.done('POST', `/tickets/${number}/restore`)
      const asked = vi.spyOn(v1.desk.store, 'ask')
      const again = await make(`long-${who}`, who)
      expect([again.status, again.body, again.headers.etag]).toEqual([201, made.body, made.headers.etag])
      expect(again.headers).toMatchObject({ 'idempotency-replayed': 'true', location: `/v1/tickets/${number}` })
      expect(asked.mock.calls.map(([{ name }]) => name)).toEqual([madeTicket.name])
      asked.mockRestore()
    },
  )

  test('is told so to staff also where only what requesters do not see has changed', async () => {
    const { desk } = v1
    const name = v1.freshName('inner')
    await v1.done('POST', '/fields', { name, type: 'text' }, { who: 'admin' })
    const queue = v1.freshName('queue')
    await v1.done('POST', '/queues', { name: queue, fields: [{ name, public: false }] }, { who: 'admin' })
    const asking = {
      headers: { 'Idempotency-Key': 'inner' },
      body: { title: 'x', queue, fields: { [name]: 'before' } },
    }
    const made = await v1.ask('POST', '/tickets', asking)
    await desk.change(made.json.number, { fields: { [name]: 'after' } })
    const again = await v1.ask('POST', '/tickets', asking)
    expect([again.status, again.json.fields]).toEqual([201, { [name]: 'before' }])
  })
})

describe('where more happened than a look into the past goes through', () => {
  function openRoom() {
    const desk = new CommandDesk()
    const { number } = desk.run('ticket.create', { ticket }).result
    const made = desk.index
    const { transaction } = desk
    for (let time = 0; time <= entriesMax; time++) {
      transaction.beginCommand(NOBODY)
      const index = transaction.emit('desk', `tickets/${number}`, '{}')
      const entry = {
        ticket: number,
        index,
        time,
        actor: null,
        door: 'none',
        kind: 'changed',
        comment: null,
        text: null,
      }
      // The first of them says what it was called when it was made.
      const before = JSON.stringify({ title: time === 0 ? ticket.title : `title ${time}` })
      transaction.put(changeTable, `${ticketId(number)}/${index}`, { ...entry, before, redacted: 0 })
      transaction.keepCommand()
    }
    desk.run('ticket.change', { number, change: { priority: 'low', title: 'today' } })
    // Writes what was done.
    desk.query('SELECT 1')
    const reading = new TicketReading(desk.database)
    const directory = new Directory(reading.records)
    directory.refresh()
    const viewer = desk.viewer()
    const own = { viewer, directory, index: desk.index, reading, reader: desk.database, ...demandsOf(reading, viewer) }
    const ask = (patience: Patience) => ticketAsMade({ ...own, patience }, number, made)
    return { number, ask }
  }

  test('it is told as it was made all the same', () => {
    const { ask } = openRoom()
    const { body } = ask({ until: Infinity, isCancelled: () => false })
    expect(JSON.parse(body)).toMatchObject(ticket)
  })

  test('and where there is no time for it the refusal says which ticket it is', () => {
    const { number, ask } = openRoom()
    const text = `it made ticket ${number}. Too much happened to that since`
    const late = { code: 'too_long_ago', message: expect.stringContaining(text) }
    expect(() => ask({ until: 0, isCancelled: () => false })).toThrow(expect.objectContaining(late))
    // Nobody waits for what is given up.
    const left = { code: 'overloaded' }
    expect(() => ask({ until: Infinity, isCancelled: () => true })).toThrow(expect.objectContaining(left))
  })
})
