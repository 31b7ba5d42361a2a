/**
 * Whose turn it is where large commands wait; and what the texts of a command take, wherever they lie in it: it is what bounds the memory of
 * those that wait.
 */
import { describe, expect, test } from 'vitest'
import type { Asker } from '#src/store/command.js'
import { LargeCommands, textLength } from '#src/store/large-commands.js'
import { StoreError } from '#src/store/errors.js'
import { openStore } from '../support/store.js'

const user = (actor: number): Asker => ({ actor, door: 'api', address: '10.0.0.1' })

/** Large commands whose sending is written down: `sent` has their ids, the last of which is under way. */
function openLine() {
  const sent: number[] = []
  const large = new LargeCommands(({ id }) => sent.push(id))
  const addUntil = (deadline: number, asker: Asker, ...ids: number[]): void => {
    for (const id of ids) large.add({ id, name: 'ticket.batch', args: {}, asker, deadline })
  }
  const add = (asker: Asker, ...ids: number[]): void => addUntil(Infinity, asker, ...ids)
  /** What is sent in all once each is answered as it comes. */
  const sentToTheEnd = (): readonly number[] => {
    for (const id of sent) large.answered(id)
    return sent
  }
  return { large, add, addUntil, sent, sentToTheEnd }
}

describe('large commands', () => {
  test('of several callers take turns, and keep the order of their caller', () => {
    const { add, sent, sentToTheEnd } = openLine()
    add(user(1), 1, 2, 3, 4)
    add(user(2), 5)
    add(user(3), 6, 7)
    expect(sent).toEqual([1])
    expect(sentToTheEnd()).toEqual([1, 2, 5, 6, 3, 7, 4])
  })

  test('of whoever only says who it is take one turn, whatever each says', () => {
    const { add, sentToTheEnd } = openLine()
    add({ ...user(1), isClaimed: true }, 1, 2)
    add({ ...user(2), isClaimed: true }, 3)
    add({ actor: null, door: 'lab', address: '10.0.0.2' }, 4)
    expect(sentToTheEnd()).toEqual([1, 2, 4, 3])
  })

  test('whose callers have waited long enough are not sent, and known as not sent', () => {
    const { large, add, addUntil, sentToTheEnd } = openLine()
    add(user(1), 1)
    addUntil(0, user(1), 2, 3)
    add(user(1), 4)
    expect(sentToTheEnd()).toEqual([1, 4])
    expect([2, 3, 3, 4].map((id) => large.takeBack(id))).toEqual([true, true, false, false])
  })

  test('that are taken back are not sent, and all that wait are where nothing short will come', () => {
    const { large, add, sent } = openLine()
    add(user(1), 1, 2, 3)
    add(user(2), 4)
    expect([2, 2, 1].map((id) => large.takeBack(id))).toEqual([true, false, false])
    large.flush()
    expect(sent).toEqual([1, 3, 4])
  })
})

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
