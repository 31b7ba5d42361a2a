/** Custom fields: their types and choices, and that one that goes leaves the queues. */
import { describe, expect, test } from 'vitest'
import { choicesOf, fieldOf, findField, type FieldType } from '#src/catalogue/fields.js'
import { fieldsOfQueue, findQueue } from '#src/catalogue/queues.js'
import { choicesMax, fieldsMax } from '#src/contract/limits.js'
import { CommandDesk } from '../support/command-desk.js'

const field = (name: string, type: FieldType = 'text', more: object = {}) => ({ field: { name, type, ...more } })

describe('a field', () => {
  test('keeps its type for ever; that of today may be said', () => {
    const desk = new CommandDesk()
    desk.run('field.create', field('cost', 'number'))
    const refusal = desk.refusal('field.change', { name: 'cost', change: { type: 'text' } })
    expect(refusal).toMatchObject({ code: 'read_only', faults: ['/type'] })
    desk.run('field.change', { name: 'cost', change: { type: 'number' } })
    expect(desk.index).toBe(1)
  })

  test('is told of to staff alone, until a public queue has it publicly', () => {
    const desk = new CommandDesk()
    desk.run('field.create', field('cost', 'number'))
    expect(desk.newestEvent()).toMatchObject({
      key: 'fields/1',
      detail: { type: 'field.created', field: 1, hidden: true },
    })
    desk.run('queue.change', { name: 'default', change: { fields: [{ name: 'cost' }] } })
    desk.run('field.change', { name: 'cost', change: { description: 'in euros' } })
    expect(desk.newestEvent().detail).toMatchObject({ hidden: true })
    desk.run('queue.change', { name: 'default', change: { fields: [{ name: 'cost', public: true }] } })
    desk.run('field.change', { name: 'cost', change: { name: 'costs' } })
    expect(desk.newestEvent().detail).not.toHaveProperty('hidden')
  })

  test(`is refused where there are ${fieldsMax} already`, () => {
    const desk = new CommandDesk()
    for (let number = 1; number <= fieldsMax; number++) desk.run('field.create', field(`f${number}`))
    expect(desk.refusal('field.create', field('one more')).code).toBe('full')
  })

  test('that tickets have is archived, and otherwise goes, out of the queues too', () => {
    const desk = new CommandDesk()
    for (const name of ['cost', 'site']) desk.run('field.create', field(name))
    const fields = [{ name: 'cost', required: true }, { name: 'site' }]
    desk.run('queue.change', { name: 'default', change: { fields } })
    desk.run('ticket.create', { ticket: { title: 't', fields: { cost: '"2":' } } })
    const refusal = desk.refusal('field.delete', { name: 'cost' })
    expect(refusal).toMatchObject({
      code: 'in_use',
      details: { count: 1 },
      message: expect.stringContaining('Archive it'),
    })
    desk.run('field.delete', { name: 'site' })
    expect(desk.newestEvent()).toMatchObject({
      key: 'fields/2',
      detail: { type: 'field.deleted', field: 2, name: 'site' },
    })
    const queue = findQueue(desk.transaction, 'default')
    expect(queue && fieldsOfQueue(queue).map((one) => one.field)).toEqual([1])
    expect(queue?.version).toBe(desk.index)
    expect(fieldOf(desk.transaction, 2)).toMatchObject({ name: 'site', gone: desk.index })
    expect(desk.refusal('ticket.create', { ticket: { title: 't', fields: { cost: '1', site: 'x' } } }).faults).toEqual([
      '/fields/site',
    ])
    desk.run('field.change', { name: 'cost', change: { archived: true } })
    desk.run('ticket.create', { ticket: { title: 'no value is asked for' } })
    expect(desk.run('field.create', field('site', 'date')).result).toEqual({ number: 3 })
  })
})

describe('choices', () => {
  test('are names, distinct as names are, of a choice alone', () => {
    const desk = new CommandDesk()
    const refused = (type: FieldType, choices?: readonly string[]) =>
      desk.refusal('field.create', field('site', type, choices === undefined ? {} : { choices }))
    expect(refused('choice')).toMatchObject({ code: 'invalid_value', faults: ['/choices'] })
    expect(refused('choice', [])).toMatchObject({ faults: ['/choices'] })
    expect(refused('text', ['a'])).toMatchObject({ faults: ['/choices'] })
    expect(refused('choice', ['a', 'A', 'b\u200b', 'x'.repeat(51)]).faults).toEqual([
      '/choices/1',
      '/choices/2',
      '/choices/3',
    ])
    const many = Array.from({ length: choicesMax + 1 }, (_, number) => `c${number}`)
    expect(refused('choice', many)).toMatchObject({ faults: ['/choices'] })
    desk.run('field.create', field('site', 'choice', { choices: many.slice(1).concat() }))
    expect(desk.refusal('field.change', { name: 'site', change: { choices: null } }).faults).toEqual(['/choices'])
  })

  test('are kept as they are written, trimmed, in their order', () => {
    const desk = new CommandDesk()
    desk.run('field.create', field('site', 'choice', { choices: [' Berlin', 'Aachen '] }))
    expect(choicesOf(fieldOf(desk.transaction, 1))).toEqual(['Berlin', 'Aachen'])
    desk.run('field.change', { name: 'site', change: { choices: ['Berlin', 'Aachen'] } })
    expect(desk.index).toBe(1)
  })

  test('that go stay in tickets, and are not newly set', () => {
    const desk = new CommandDesk()
    desk.run('field.create', field('site', 'choice', { choices: ['fra', 'ber'] }))
    desk.run('queue.change', { name: 'default', change: { fields: [{ name: 'site' }] } })
    desk.run('ticket.create', { ticket: { title: 't', fields: { site: 'fra' } } })
    desk.run('field.change', { name: 'site', change: { choices: ['ber'] } })
    desk.run('ticket.change', { number: 1, change: { title: 'another', fields: { site: 'fra' } } })
    const refusal = desk.refusal('ticket.create', { ticket: { title: 't', fields: { site: 'fra' } } })
    expect(refusal).toMatchObject({ code: 'invalid_value', faults: ['/fields/site'] })
    expect(findField(desk.transaction, 'SITE')?.version).toBe(4)
  })
})
