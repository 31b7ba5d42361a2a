/** Which commands go one at a time. */
import { expect, test } from 'vitest'
import { desk } from '#src/desk.js'
import { isHeavy } from '#src/tickets/heavy.js'
import { openStore } from '../support/store.js'

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
  expect(Object.keys(desk.handlers)).toContain(name)
  expect(isHeavy(name, args)).toBe(expected)
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
