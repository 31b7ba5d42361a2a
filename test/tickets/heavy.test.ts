/** Which commands go one at a time. */
import { expect, test } from 'vitest'
import { desk as machine } from '#src/desk.js'
import { isHeavy } from '#src/tickets/heavy.js'
import type { Database } from '#src/sqlite/database.js'
import { askers } from '../support/names.js'
import { openStore } from '../support/store.js'
import { openTicketDesk } from '../support/ticket-desk.js'

const unread: Pick<Database, 'prepare'> = { prepare: () => expect.fail('it has to look') }

const many = (count: number): unknown[] => Array.from({ length: count }, () => ({}))

test.each([
  ['ticket.create', { ticket: { title: 'x' } }, false],
  ['label.merge', { name: 'a', into: 'b' }, false],
  ['label.delete', { name: 'a' }, true],
  ['status.delete', { name: 'a' }, true],
  ['queue.delete', { name: 'a' }, true],
  ['field.delete', { name: 'a' }, true],
  ['removal.restore', { index: 1, from: 1 }, true],
  ['ticket.undo', { index: 1 }, true],
  ['ticket.redact', { number: 1, what: { comment: 1 } }, true],
  ['ticket.batch', { operations: many(20) }, false],
  ['ticket.batch', { operations: many(21) }, true],
  ['ticket.import', { tickets: many(21) }, true],
  ['keys.set', { path: '/a'.repeat(600) }, true],
])('%s with %j: %j', (name, args, expected) => {
  expect(Object.keys(machine.handlers)).toContain(name)
  expect(isHeavy(name, args, unread)).toBe(expected)
})

test('what changes a large ticket, or is about one, is known before it is run', async () => {
  const desk = await openTicketDesk()
  const names = Array.from({ length: 70 }, (_, place) => `field ${place}`)
  for (const name of names) await desk.run('field.create', { field: { name, type: 'text' } }, askers.admin)
  const queue = { name: 'large', fields: names.map((name) => ({ name })) }
  await desk.run('queue.create', { queue }, askers.admin)
  const fields = Object.fromEntries(names.map((name) => [name, 'x'.repeat(1000)]))
  const [large, small] = [await desk.create({ queue: 'large', fields }), await desk.create()]
  const { reader } = desk.store
  const heavy = [
    ['ticket.change', { number: large }],
    ['ticket.purge', { number: large }],
    ['comment.add', { number: large }],
    ['watcher.add', { number: large, handle: 'ada' }],
    ['link.add', { number: small, kind: 'blocks', other: large }],
    ['link.remove', { number: large, kind: 'blocks', other: small }],
  ] as const
  for (const [name, args] of heavy) {
    expect(Object.keys(machine.handlers)).toContain(name)
    expect([name, isHeavy(name, args, reader)]).toEqual([name, true])
  }
  const others = [
    ['ticket.change', { number: small }],
    ['ticket.change', { number: 99 }],
    ['view.change', { number: large }],
  ] as const
  for (const [name, args] of others) expect([name, isHeavy(name, args, reader)]).toEqual([name, false])
})

test('what is short passes those that look through all tickets', async () => {
  const store = await openStore({ isHeavy })
  const label = { name: 'used' }
  await store.run('label.create', { label })
  await store.run('ticket.create', { ticket: { title: 'x', labels: ['used'] } })
  const ended: string[] = []
  const removals = Array.from({ length: 60 }, async () => {
    await expect(store.run('label.delete', label)).rejects.toMatchObject({ code: 'in_use' })
    ended.push('look')
  })
  // Refused too, so that neither waits for the disk.
  const short = async () => {
    await expect(store.run('ticket.change', { number: 99, change: { title: 'y' } })).rejects.toMatchObject({
      code: 'not_found',
    })
    ended.push('short')
  }
  await Promise.all([...removals, short()])
  // One is under way; others may have been answered while the threads wake each other.
  expect(ended.indexOf('short')).toBeLessThan(30)
})
