/** What the texts of a command take, wherever they lie in it: it is what bounds the memory of those that wait. */
import { expect, test } from 'vitest'
import { textLength } from '#src/store/large-commands.js'
import { StoreError } from '#src/store/errors.js'
import { openStore } from '../support/store.js'

test('counts the texts of a command, and the bytes of large ones', () => {
  expect(textLength({ path: '/a', value: Buffer.alloc(70_000), ttl: 5, refresh: false, before: null })).toBe(70_002)
  expect(textLength(undefined)).toBe(0)
})

test('counts those in objects and lists too, as batches and imports have them', () => {
  const operations = [
    { op: 'create', ticket: { title: 'one', labels: ['abc', 'de'], fields: { size: 'large' } } },
    { op: 'comment', comment: { text: Buffer.alloc(100) } },
  ]
  expect(textLength({ operations })).toBe(6 + 3 + 5 + 5 + 7 + 100)
})

test('texts in lists take the room of those that wait, and more are refused as overloaded', async () => {
  const store = await openStore()
  const description = 'x'.repeat(1024 * 1024)
  const operations = Array.from({ length: 129 }, () => ({
    op: 'create' as const,
    ticket: { title: 'one of many', description },
  }))
  const outcome = store.run('ticket.batch', { operations })
  await expect(outcome).rejects.toEqual(new StoreError('overloaded'))
  expect(store.figures).toMatchObject({ waiting: 0, commands: { overloaded: 1 } })
})
