/** Statuses: their categories, order and moves, and that there always is one to begin in and one to end in. */
import { describe, expect, test } from 'vitest'
import { findStatus, firstStatus, movesOf, statusOf, type Category } from '#src/catalogue/statuses.js'
import { statusesMax } from '#src/contract/limits.js'
import { ticketTable } from '#src/tickets/tables.js'
import { ticketId } from '#src/tickets/ticket.js'
import { CommandDesk } from '../support/command-desk.js'

const status = (name: string, category: Category = 'active', more: object = {}) => ({
  status: { name, category, ...more },
})

/** The status of a ticket today. */
function statusOfTicket(desk: CommandDesk, number: number): string {
  const record = desk.transaction.get(ticketTable, ticketId(number))
  return statusOf(desk.transaction, record?.status ?? 0).name
}

describe('the statuses that a desk begins with', () => {
  test('are found though they stand in no record, and their names are taken', () => {
    const desk = new CommandDesk()
    const found = ['open', 'In-Progress', 'waiting', 'resolved', ' closed '].map((name) =>
      findStatus(desk.transaction, name),
    )
    expect(found.map((one) => one?.number)).toEqual([1, 2, 3, 4, 5])
    const refusal = desk.refusal('status.create', status('OPEN', 'new'))
    expect(refusal).toMatchObject({ code: 'name_taken', details: { taken: 'open' }, faults: ['/name'] })
    expect(desk.run('status.create', status('triage')).result).toEqual({ number: 6 })
  })

  test('are renamed as others are: the old name is free, and another one may have it', () => {
    const desk = new CommandDesk()
    desk.run('status.change', { name: 'open', change: { name: 'new' }, version: 0 })
    expect(findStatus(desk.transaction, 'open')).toBeUndefined()
    expect(findStatus(desk.transaction, 'NEW')).toMatchObject({ number: 1, category: 'new', version: 1 })
    expect(desk.run('status.create', status('open', 'done')).result).toEqual({ number: 6 })
    expect(findStatus(desk.transaction, 'open')?.number).toBe(6)
    expect(desk.refusal('status.change', { name: 'new', change: { name: 'open' } }).code).toBe('name_taken')
  })

  test('keep their names when something else of them changes', () => {
    const desk = new CommandDesk()
    desk.run('status.change', { name: 'waiting', change: { position: 9 } })
    expect(findStatus(desk.transaction, 'Waiting')).toMatchObject({ number: 3, position: 9 })
    expect(desk.refusal('status.create', status('waiting')).code).toBe('name_taken')
  })

  test('give their names away when they are removed or merged', () => {
    const desk = new CommandDesk()
    desk.run('status.delete', { name: 'waiting' })
    desk.run('status.merge', { name: 'closed', into: 'resolved' })
    for (const name of ['waiting', 'closed']) desk.run('status.create', status(name))
    expect(findStatus(desk.transaction, 'waiting')?.number).toBe(6)
    expect(statusOf(desk.transaction, 5).name).toBe('resolved')
  })
})

describe('a status', () => {
  test('stands behind the others where nothing is said, and may have any position', () => {
    const desk = new CommandDesk()
    desk.run('status.create', status('last'))
    expect(findStatus(desk.transaction, 'last')?.position).toBe(6)
    desk.run('status.change', { name: 'last', change: { position: 0 } })
    expect(
      desk
        .queries()
        .statuses(desk.viewer())
        .map(({ name }) => name),
    ).toEqual(['last', 'open', 'in-progress', 'waiting', 'resolved', 'closed'])
  })

  test.each([-1, 0.5, 1_000_001, NaN])('has no position %d', (position) => {
    const desk = new CommandDesk()
    const refusal = desk.refusal('status.create', status('a', 'new', { position }))
    expect(refusal).toMatchObject({ code: 'invalid_value', faults: ['/position'] })
  })

  test('keeps its category for ever; that of today may be said', () => {
    const desk = new CommandDesk()
    const change = { category: 'done' as const }
    expect(desk.refusal('status.change', { name: 'open', change })).toMatchObject({
      code: 'read_only',
      faults: ['/category'],
    })
    desk.run('status.change', { name: 'closed', change })
    expect(desk.index).toBe(0)
  })

  test(`is refused where there are ${statusesMax} already, those of the beginning counted`, () => {
    const desk = new CommandDesk()
    for (let number = 6; number <= statusesMax; number++) desk.run('status.create', status(`s${number}`))
    expect(desk.refusal('status.create', status('one more')).code).toBe('full')
    desk.run('status.delete', { name: 'waiting' })
    desk.run('status.create', status('one more'))
  })
})

describe('moves', () => {
  test('are all allowed until some are named', () => {
    const desk = new CommandDesk()
    desk.run('ticket.create', { ticket: { title: 't' } })
    desk.run('status.change', { name: 'open', change: { moves: ['in-progress', 'OPEN'] } })
    const refusal = desk.refusal('ticket.change', { number: 1, change: { status: 'closed' } })
    expect(refusal).toMatchObject({ code: 'forbidden_move', message: expect.stringContaining("'in-progress'") })
    desk.run('ticket.change', { number: 1, change: { status: 'in-progress' } })
    desk.run('status.change', { name: 'open', change: { moves: null } })
    expect(movesOf(desk.transaction, statusOf(desk.transaction, 1))).toBeUndefined()
  })

  test('may be none', () => {
    const desk = new CommandDesk()
    desk.run('ticket.create', { ticket: { title: 't' } })
    desk.run('status.change', { name: 'open', change: { moves: [] } })
    expect(desk.refusal('ticket.change', { number: 1, change: { status: 'closed' } }).code).toBe('forbidden_move')
  })

  test('name statuses that are there', () => {
    const desk = new CommandDesk()
    const change = { moves: ['closed', 'none', 'nothing'] }
    const refusal = desk.refusal('status.change', { name: 'open', change })
    expect(refusal).toMatchObject({ code: 'unknown_name', faults: ['/moves/1', '/moves/2'] })
  })

  test('to what was merged mean what it is now; to what is gone, nothing', () => {
    const desk = new CommandDesk()
    for (const name of ['a', 'b', 'c']) desk.run('status.create', status(name))
    desk.run('status.change', { name: 'open', change: { moves: ['a', 'b', 'c'] } })
    const moves = () => movesOf(desk.transaction, statusOf(desk.transaction, 1))?.map(({ name }) => name)
    desk.run('status.merge', { name: 'a', into: 'b' })
    expect(moves()).toEqual(['b', 'c'])
    desk.run('status.delete', { name: 'c' })
    expect(moves()).toEqual(['b'])
    const before = desk.index
    desk.run('status.change', { name: 'open', change: { moves: ['b'] } })
    expect(desk.index).toBe(before)
    desk.run('ticket.create', { ticket: { title: 't' } })
    desk.run('ticket.change', { number: 1, change: { status: 'b' } })
  })

  test('sent again in another order, or twice, change nothing', () => {
    const desk = new CommandDesk()
    desk.run('status.change', { name: 'open', change: { moves: ['closed', 'waiting'] } })
    desk.run('status.change', { name: 'open', change: { moves: ['waiting', 'closed', 'Waiting'] } })
    expect(desk.index).toBe(1)
  })
})

describe('one to begin in and one to end in', () => {
  test('always remain', () => {
    const desk = new CommandDesk()
    expect(desk.refusal('status.change', { name: 'open', change: { archived: true } }).code).toBe('last_one')
    expect(desk.refusal('status.delete', { name: 'open' }).code).toBe('last_one')
    desk.run('status.delete', { name: 'closed' })
    expect(desk.refusal('status.delete', { name: 'resolved' }).code).toBe('last_one')
    for (const name of ['waiting', 'in-progress']) desk.run('status.delete', { name })
    desk.run('status.create', status('new', 'new', { archived: true }))
    expect(desk.refusal('status.delete', { name: 'open' }).code).toBe('last_one')
    expect(desk.refusal('status.merge', { name: 'open', into: 'new' }).code).toBe('archived')
    desk.run('status.change', { name: 'new', change: { archived: false } })
    desk.run('status.delete', { name: 'open' })
    expect(desk.refusal('status.change', { name: 'new', change: { archived: true } }).code).toBe('last_one')
  })

  test('are not asked for where one that is archived already goes', () => {
    const desk = new CommandDesk()
    desk.run('status.create', status('new', 'new', { archived: true }))
    desk.run('status.delete', { name: 'new' })
  })

  test('new tickets begin in the first of new that is not archived, whatever changes', () => {
    const desk = new CommandDesk()
    const begun = (): string => {
      const { number } = desk.run('ticket.create', { ticket: { title: 't' } }).result
      expect(statusOf(desk.transaction, firstStatus(desk.transaction)).name).toBe(statusOfTicket(desk, number))
      return statusOfTicket(desk, number)
    }
    expect(begun()).toBe('open')
    desk.run('status.create', status('triage', 'new', { position: 0 }))
    expect(begun()).toBe('triage')
    desk.run('status.create', status('same place', 'new', { position: 0 }))
    expect(begun()).toBe('triage')
    desk.run('status.change', { name: 'triage', change: { archived: true } })
    expect(begun()).toBe('same place')
    desk.run('status.change', { name: 'same place', change: { position: 7 } })
    expect(begun()).toBe('open')
    desk.run('status.change', { name: 'open', change: { name: 'fresh' } })
    expect(begun()).toBe('fresh')
    desk.run('status.merge', { name: 'fresh', into: 'same place' })
    expect(begun()).toBe('same place')
    desk.run('status.change', { name: 'triage', change: { archived: false } })
    expect(begun()).toBe('triage')
    desk.run('keys.createInOrder', { path: '/tickets', value: 'as a key', directory: false, ttl: undefined })
    expect(statusOfTicket(desk, 9)).toBe('triage')
  })
})

describe('a merge of statuses', () => {
  test('takes the tickets along, and none of their versions moves', () => {
    const desk = new CommandDesk()
    desk.run('ticket.create', { ticket: { title: 't', status: 'resolved' } })
    desk.run('status.merge', { name: 'resolved', into: 'closed', version: 0 })
    expect(desk.newestEvent()).toMatchObject({
      key: 'statuses/4',
      detail: { type: 'status.merged', status: 4, into: 5 },
    })
    expect(statusOfTicket(desk, 1)).toBe('closed')
    expect(desk.transaction.get(ticketTable, ticketId(1))?.updatedIndex).toBe(1)
    desk.run('ticket.change', { number: 1, change: { status: 'closed' } })
    expect(desk.index).toBe(2)
  })

  test('stays within a category', () => {
    const desk = new CommandDesk()
    const refusal = desk.refusal('status.merge', { name: 'waiting', into: 'closed' })
    expect(refusal).toMatchObject({ code: 'invalid_value', faults: ['/into'] })
  })

  test('leads no way back', () => {
    const desk = new CommandDesk()
    for (const name of ['a', 'b', 'c']) desk.run('status.create', status(name))
    desk.run('status.merge', { name: 'a', into: 'b' })
    desk.run('status.merge', { name: 'b', into: 'c' })
    expect(desk.refusal('status.merge', { name: 'c', into: 'a' }).code).toBe('unknown_name')
    expect(desk.refusal('status.merge', { name: 'c', into: 'C' }).code).toBe('invalid_value')
    expect([6, 7, 8].map((number) => statusOf(desk.transaction, number).name)).toEqual(['c', 'c', 'c'])
  })
})

describe('the removal of a status', () => {
  test('that tickets have is refused with their number; it may be merged', () => {
    const desk = new CommandDesk()
    desk.run('ticket.create', { ticket: { title: 't', status: 'waiting' } })
    desk.run('ticket.delete', { number: 1 })
    expect(desk.refusal('status.delete', { name: 'waiting' })).toMatchObject({ code: 'in_use', details: { count: 1 } })
    desk.run('status.create', status('on hold', 'waiting'))
    desk.run('status.delete', { name: 'waiting', into: 'on hold' })
    expect(desk.refusal('status.delete', { name: 'on hold' })).toMatchObject({ code: 'in_use', details: { count: 1 } })
  })

  test('lets no ticket come back into it by an undo', () => {
    const desk = new CommandDesk()
    desk.run('ticket.create', { ticket: { title: 't', status: 'waiting' } })
    const { index } = desk.run('ticket.create', { ticket: { title: 'another' } })
    desk.run('ticket.change', { number: 1, change: { status: 'open' } })
    desk.run('status.delete', { name: 'waiting' })
    expect(desk.refusal('ticket.undo', { index: index + 1 }).code).toBe('undo_barred')
  })

  test('lets an archived one be found, and not newly set', () => {
    const desk = new CommandDesk()
    desk.run('status.change', { name: 'waiting', change: { archived: true } })
    expect(findStatus(desk.transaction, 'waiting')?.archived).toBe(1)
    expect(desk.refusal('ticket.create', { ticket: { title: 't', status: 'waiting' } }).code).toBe('archived')
  })
})
