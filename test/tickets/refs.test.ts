/** A ref leads to the one ticket that is there and has it, whatever was deleted, renamed and brought back meanwhile. */
import { expect, test } from 'vitest'
import type { DeskStore } from '#src/desk.js'
import { ticketId } from '#src/tickets/ticket.js'
import { openStore } from '../support/store.js'

const api = { actor: null, door: 'api' }

test('a ticket that comes back is found by its ref again, though another one had it meanwhile', async () => {
  const store = await openStore()
  await create(store, 'A')
  await store.run('ticket.delete', { number: 1 }, api)
  await create(store, 'A')
  await expect(store.run('ticket.restore', { number: 1 }, api)).rejects.toMatchObject({ code: 'ref_taken' })
  await store.run('ticket.change', { number: 2, change: { ref: 'B' } }, api)
  await store.run('ticket.restore', { number: 1 }, api)
  expect(refsOf(store)).toEqual({ A: 1, B: 2 })
  await expect(create(store, 'A')).rejects.toMatchObject({ code: 'ref_taken', details: { number: 1 } })
})

test('so is one whose ref another one in the bin had last', async () => {
  const store = await openStore()
  for (const number of [1, 2]) {
    await create(store, 'A')
    await store.run('ticket.delete', { number }, api)
  }
  await store.run('ticket.restore', { number: 1 }, api)
  expect(refsOf(store)).toEqual({ A: 1 })
  await expect(create(store, 'A')).rejects.toMatchObject({ code: 'ref_taken' })
  await expect(store.run('ticket.restore', { number: 2 }, api)).rejects.toMatchObject({ code: 'ref_taken' })
})

test('one that comes back through the key tree, which knows no refs, comes without the one that another has by now', async () => {
  const store = await openStore()
  await create(store, 'A')
  await store.run('ticket.delete', { number: 1 }, api)
  await create(store, 'A')
  const path = `/tickets/${ticketId(1)}`
  await store.run('keys.set', { path, value: 'back', directory: false, ttl: undefined, refresh: false })
  expect(refsOf(store)).toEqual({ A: 2 })
  expect(store.reader.prepare('SELECT ref FROM tickets ORDER BY number').all()).toEqual([{ ref: '' }, { ref: 'A' }])
  const [{ before } = {}] = store.reader.prepare("SELECT before FROM changes WHERE kind = 'restored'").all()
  expect(JSON.parse(String(before))).toMatchObject({ ref: 'A' })
})

function create(store: DeskStore, ref: string) {
  return store.run('ticket.create', { ticket: { title: `has ${ref}`, ref } }, api)
}

function refsOf({ reader }: DeskStore): unknown {
  return Object.fromEntries(
    reader
      .prepare('SELECT ref, ticket FROM refs')
      .all()
      .map(({ ref, ticket }) => [ref, ticket]),
  )
}
