/** What a ticket is, whichever door it is changed through: it is a key under `/tickets`, with rules. */
import { describe, expect, test } from 'vitest'
import type { DeskStore } from '#src/desk.js'
import { plainJson } from '#src/journal/json.js'
import type { CommandError } from '#src/store/errors.js'
import { TicketQueries } from '#src/tickets/queries.js'
import { parseTicketId, ticketId, ticketNumber, titleProblem } from '#src/tickets/ticket.js'
import { openStore } from '../support/store.js'

describe('a ticket number', () => {
  test.each([
    ['12', '00000000000000000012'],
    ['00000000000000000012', '00000000000000000012'],
    ['9007199254740991', '00009007199254740991'],
  ])('%s is the ticket %s', (text, id) => {
    expect(parseTicketId(text)).toBe(id)
  })

  test.each([
    '',
    '0',
    '00000000000000000000',
    '-1',
    '1.5',
    'twelve',
    '12 ',
    '9007199254740992',
    '000000000000000000012',
  ])('“%s” is none', (text) => {
    expect(parseTicketId(text)).toBeUndefined()
  })

  test('names a ticket in the key tree only when it has 20 digits', () => {
    expect(ticketNumber('00000000000000000007')).toBe(7)
    expect(ticketNumber('7')).toBeUndefined()
    expect(ticketNumber('0000000000000000000x')).toBeUndefined()
  })
})

describe('a title', () => {
  test('has 1 to 256 characters, counted as people count them', () => {
    expect(titleProblem('x')).toBeUndefined()
    expect(titleProblem('x'.repeat(256))).toBeUndefined()
    expect(titleProblem('🎫'.repeat(256))).toBeUndefined()
    expect(titleProblem('')).toMatch(/at least one/u)
    expect(titleProblem('x'.repeat(257))).toMatch(/257 characters.*at most 256/u)
    expect(titleProblem('🎫'.repeat(257))).toMatch(/257/u)
  })
})

describe('a ticket made through the key tree', () => {
  test('gets the next number, whatever the index is', async () => {
    const store = await openStore()
    await set(store, '/elsewhere', 'x')
    const { result } = await post(store, '/tickets', 'first')
    expect(JSON.parse(plainJson(result.body))).toMatchObject({
      node: { key: `/tickets/${ticketId(1)}`, createdIndex: 2 },
    })
    await expect(store.run('lab.create', { title: 'second' })).resolves.toMatchObject({
      result: { id: ticketId(2) },
    })
  })

  test('is the same ticket for both doors', async () => {
    const store = await openStore()
    await post(store, '/tickets', 'as a key')
    await store.run('lab.retitle', { id: ticketId(1), title: 'as a ticket' })
    expect(new TicketQueries(store.reader).title(ticketId(1))).toBe('as a ticket')
    expect(store.history.read(1, 1)[0]).toMatchObject({ type: 'update', key: `/tickets/${ticketId(1)}` })
  })

  test.each([
    ['', 'a ticket needs a title: write at least one character'],
    ['x'.repeat(257), 'the title has 257 characters: shorten it to at most 256'],
  ])('is refused with 209 where its title breaks the rules', async (title, cause) => {
    const store = await openStore()
    expect(await refusal(post(store, '/tickets', title))).toEqual({ errorCode: 209, cause })
    expect(await refusal(set(store, `/tickets/${ticketId(1)}`, title))).toEqual({ errorCode: 209, cause })
    expect(store.history.head()).toBe(0)
  })

  test('may have a number of the caller’s choice, and raises the counter to it', async () => {
    const store = await openStore()
    await set(store, `/tickets/${ticketId(1_000_000)}`, 'far ahead')
    await expect(store.run('lab.create', { title: 'next' })).resolves.toMatchObject({
      result: { id: ticketId(1_000_001) },
    })
  })

  test('may not have a number more than a million above the counter', async () => {
    const store = await openStore()
    expect(await refusal(set(store, `/tickets/${ticketId(1_000_001)}`, 'too far'))).toMatchObject({ errorCode: 209 })
    await expect(store.run('lab.create', { title: 'first' })).resolves.toMatchObject({ result: { id: ticketId(1) } })
  })

  test('is never a directory, and holds nothing below it', async () => {
    const store = await openStore()
    const path = `/tickets/${ticketId(1)}`
    const directory = store.run('keys.set', { path, value: '', directory: true, ttl: undefined, refresh: false })
    expect(await refusal(directory)).toMatchObject({ errorCode: 209 })
    expect(await refusal(set(store, `${path}/below`, 'x'))).toMatchObject({ errorCode: 209 })
    await post(store, '/tickets', 'a file')
    expect(await refusal(set(store, `${path}/below`, 'x'))).toEqual({ errorCode: 104, cause: path })
  })

  test('lies in a directory that is never a file', async () => {
    const store = await openStore()
    expect(await refusal(set(store, '/tickets', 'a file'))).toMatchObject({ errorCode: 209 })
    await expect(
      store.run('keys.set', { path: '/tickets', value: '', directory: true, ttl: undefined, refresh: false }),
    ).resolves.toMatchObject({ index: 1 })
  })
})

describe('what else lies under /tickets', () => {
  test('stays an ordinary key and is no ticket', async () => {
    const store = await openStore()
    await set(store, '/tickets/note', '')
    await set(store, '/tickets/0000', 'x'.repeat(1000))
    await set(store, `/tickets/drafts/${ticketId(5)}`, 'a key in a directory')
    await post(store, '/tickets', 'a ticket')
    expect(new TicketQueries(store.reader).page('', 10)).toEqual([ticketId(1)])
    expect(store.reader.prepare('SELECT number, title FROM tickets').all()).toEqual([{ number: 1, title: 'a ticket' }])
  })

  test('is passed over in a page, which is filled with tickets all the same', async () => {
    const store = await openStore()
    for (let number = 1; number <= 5; number++) await store.run('lab.create', { title: 'a ticket' })
    for (let number = 1; number <= 9; number++)
      await set(store, `/tickets/${ticketId(number).slice(0, 19)}0x`, 'no ticket')
    const queries = new TicketQueries(store.reader)
    expect(queries.page('', 3)).toEqual([1, 2, 3].map(ticketId))
    expect(queries.page(ticketId(3), 3)).toEqual([4, 5].map(ticketId))
  })
})

describe('the record beside a ticket', () => {
  test('keeps when it was made and when it was changed, at which index', async () => {
    const store = await openStore()
    await store.run('lab.create', { title: 'one' })
    await store.run('lab.create', { title: 'two' })
    await set(store, `/tickets/${ticketId(1)}`, 'one, again')
    const [record] = store.reader.prepare('SELECT * FROM tickets WHERE number = 1').all()
    expect(record).toMatchObject({ title: 'one, again', created_index: 1, updated_index: 3 })
    expect(Number(record?.['updated_time'])).toBeGreaterThanOrEqual(Number(record?.['created_time']))
  })

  test('stays when the ticket is deleted, and is taken up again when its number is used again', async () => {
    const store = await openStore()
    await store.run('lab.create', { title: 'one' })
    await store.run('lab.delete', { id: ticketId(1) })
    const record = 'SELECT title, created_index, updated_index FROM tickets'
    expect(store.reader.prepare(record).all()).toEqual([{ title: 'one', created_index: 1, updated_index: 2 }])
    await set(store, `/tickets/${ticketId(1)}`, 'one, back again')
    expect(store.reader.prepare(record).all()).toEqual([
      { title: 'one, back again', created_index: 1, updated_index: 3 },
    ])
  })

  test('does not let the counter fall when all tickets are removed', async () => {
    const store = await openStore()
    for (let number = 0; number < 3; number++) await store.run('lab.create', { title: 'soon gone' })
    const { index } = await store.run('lab.deleteAll', {})
    expect(index).toBe(4)
    expect(new TicketQueries(store.reader).hasDirectory()).toBe(false)
    await expect(store.run('lab.create', { title: 'new' })).resolves.toMatchObject({ result: { id: ticketId(4) } })
    await expect(store.run('lab.deleteAll', {})).resolves.toMatchObject({ index: 6 })
    await expect(store.run('lab.deleteAll', {})).resolves.toMatchObject({ index: 6 })
  })

  test('goes on existing when a ticket’s time to live is over', async () => {
    const store = await openStore()
    const path = `/tickets/${ticketId(1)}`
    await store.run('keys.set', { path, value: 'short-lived', directory: false, ttl: 0, refresh: false })
    await expect.poll(() => store.history.head()).toBe(2)
    expect(store.history.read(1, 1)[0]).toMatchObject({ type: 'expire', key: path })
    expect(new TicketQueries(store.reader).title(ticketId(1))).toBeUndefined()
    expect(store.reader.prepare('SELECT title FROM tickets').all()).toEqual([{ title: 'short-lived' }])
  })
})

function set(store: DeskStore, path: string, value: string) {
  return store.run('keys.set', { path, value, directory: false, ttl: undefined, refresh: false })
}

function post(store: DeskStore, path: string, value: string) {
  return store.run('keys.createInOrder', { path, value, directory: false, ttl: undefined })
}

/** What etcd's error carries. */
async function refusal(running: Promise<unknown>): Promise<CommandError['details']> {
  const outcome = await running.then(
    () => undefined,
    (error: CommandError) => error.details,
  )
  if (outcome === undefined) throw new Error('it was not refused')
  return outcome
}
