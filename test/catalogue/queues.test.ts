/** Queues: who gets their tickets, which fields they have, and that `default` always is there. */
import { describe, expect, test } from 'vitest'
import { fieldsOfQueue, findQueue, queueOf } from '#src/catalogue/queues.js'
import { CommandDesk } from '../support/command-desk.js'

const queue = (name: string, more: object = {}) => ({ queue: { name, ...more } })

describe('default', () => {
  test('is found though it stands in no record, and its name is taken', () => {
    const desk = new CommandDesk()
    expect(findQueue(desk.transaction, 'Default')).toMatchObject({ number: 1, public: 1, version: 0 })
    expect(desk.refusal('queue.create', queue('DEFAULT'))).toMatchObject({
      code: 'name_taken',
      details: { taken: 'default' },
    })
    expect(desk.run('queue.create', queue('storage')).result).toEqual({ number: 2 })
  })

  test('may be changed and renamed, and is neither archived nor deleted', () => {
    const desk = new CommandDesk()
    desk.run('queue.change', { name: 'default', change: { name: 'inbox', description: 'Everything new' }, version: 0 })
    for (const name of ['inbox', 'INBOX']) {
      expect(desk.refusal('queue.delete', { name }).code).toBe('last_one')
      expect(desk.refusal('queue.change', { name, change: { archived: true } }).code).toBe('last_one')
    }
    expect(findQueue(desk.transaction, 'default')).toBeUndefined()
    expect(desk.run('queue.create', queue('default')).result).toEqual({ number: 2 })
    desk.run('queue.delete', { name: 'default' })
  })
})

describe('a queue', () => {
  test('is not public until that is said', () => {
    const desk = new CommandDesk()
    desk.run('queue.create', queue('a'))
    expect(findQueue(desk.transaction, 'a')).toMatchObject({ public: 0, description: '', assignee: null, fields: '' })
    expect(desk.newestEvent()).toMatchObject({
      key: 'queues/2',
      detail: { type: 'queue.created', queue: 2, hidden: true },
    })
    desk.run('queue.change', { name: 'a', change: { public: true } })
    expect(desk.newestEvent().detail).toMatchObject({ type: 'queue.changed', changes: { public: [0, 1] } })
    expect(desk.newestEvent().detail).not.toHaveProperty('hidden')
  })

  test('has a default assignee who is active, by the handle', () => {
    const desk = new CommandDesk()
    const ann = desk.user('ann', 'agent')
    desk.user('ben', 'agent')
    desk.run('user.change', { number: 2, change: { active: false } })
    const made = desk.run('queue.create', queue('a', { assignee: 'ANN' }))
    expect(queueOf(desk.transaction, made.result.number).assignee).toBe(ann.actor)
    const refused = (assignee: string) => desk.refusal('queue.change', { name: 'a', change: { assignee } })
    expect(refused('nobody')).toMatchObject({ code: 'unknown_name', faults: ['/assignee'] })
    expect(refused('ben')).toMatchObject({ code: 'archived', faults: ['/assignee'] })
    desk.run('user.change', { number: 1, change: { active: false } })
    desk.run('queue.change', { name: 'a', change: { assignee: 'ann', description: 'hers all the same' } })
    desk.run('queue.change', { name: 'a', change: { assignee: null } })
    expect(findQueue(desk.transaction, 'a')?.assignee).toBeNull()
  })

  test('has fields in an order, each required and public or not', () => {
    const desk = new CommandDesk()
    for (const name of ['site', 'cost']) desk.run('field.create', { field: { name, type: 'text' } })
    const fields = [
      { name: 'COST', public: true },
      { name: 'site', required: true },
    ]
    desk.run('queue.create', queue('a', { fields }))
    const kept = fieldsOfQueue(queueOf(desk.transaction, 2))
    expect(kept).toEqual([
      { field: 2, required: false, public: true },
      { field: 1, required: true, public: false },
    ])
    const before = desk.index
    desk.run('queue.change', { name: 'a', change: { fields } })
    expect(desk.index).toBe(before)
    desk.run('queue.change', { name: 'a', change: { fields: fields.toReversed() } })
    expect(fieldsOfQueue(queueOf(desk.transaction, 2)).map(({ field }) => field)).toEqual([1, 2])
    desk.run('queue.change', { name: 'a', change: { fields: [] } })
    expect(fieldsOfQueue(queueOf(desk.transaction, 2))).toEqual([])
  })

  test('has no field twice, none that is not there, and none that is archived but those it has', () => {
    const desk = new CommandDesk()
    for (const name of ['site', 'cost', 'old']) desk.run('field.create', { field: { name, type: 'text' } })
    desk.run('queue.create', queue('a', { fields: [{ name: 'old' }] }))
    desk.run('field.change', { name: 'old', change: { archived: true } })
    const fields = [{ name: 'site' }, { name: 'SITE' }, { name: 'none' }, { name: 'old' }]
    const refusal = desk.refusal('queue.create', queue('b', { fields }))
    expect(refusal.faults).toEqual(['/fields/1/name', '/fields/2/name', '/fields/3/name'])
    desk.run('queue.change', { name: 'a', change: { fields: [{ name: 'cost' }, { name: 'old' }] } })
  })

  test('is removed only where no ticket is in it, and archived otherwise', () => {
    const desk = new CommandDesk()
    desk.run('queue.create', queue('a'))
    desk.run('ticket.create', { ticket: { title: 't', queue: 'a' } })
    desk.run('ticket.delete', { number: 1 })
    const refusal = desk.refusal('queue.delete', { name: 'a' })
    expect(refusal).toMatchObject({
      code: 'in_use',
      details: { count: 1 },
      message: expect.stringContaining('Archive it'),
    })
    desk.run('queue.change', { name: 'a', change: { archived: true } })
    expect(desk.refusal('ticket.create', { ticket: { title: 't', queue: 'a' } }).code).toBe('archived')
    desk.run('ticket.restore', { number: 1 })
    desk.run('ticket.change', { number: 1, change: { queue: 'default' } })
    desk.run('queue.delete', { name: 'a' })
    expect(desk.newestEvent().detail).toMatchObject({ type: 'queue.deleted', queue: 2, name: 'a', hidden: true })
    expect(queueOf(desk.transaction, 2).gone).toBe(desk.index)
    expect(desk.run('queue.create', queue('a')).result).toEqual({ number: 3 })
  })
})
