/** Following a search: an event is told where its ticket is in it before or after, and says which. */
import { expect, test } from 'vitest'
import { openDatabase } from '#src/sqlite/database.js'
import { follow, openPeopledDesk, page } from '../../support/events.js'

test('an event says whether its ticket was in the search before, and is in it since', async () => {
  const { store, door, as } = await openPeopledDesk()
  const stream = await follow(door, `?q=${encodeURIComponent('is:open label:disk')}`)
  const change = (what: object) => store.run('ticket.change', { number: 1, change: what }, as('ben'))
  await store.run('ticket.create', { ticket: { title: 'one' } }, as('ben'))
  await store.run('ticket.create', { ticket: { title: 'two', labels: ['disk'] } }, as('ben'))
  await change({ labels: ['disk'] })
  await change({ title: 'renamed' })
  await store.run('comment.add', { number: 1, comment: { text: 'hello' } }, as('ben'))
  await change({ status: 'closed' })
  await change({ title: 'out of it' })
  await change({ status: 'open' })
  await store.run('ticket.delete', { number: 1 }, as('ben'))
  await store.run('ticket.restore', { number: 1 }, as('ben'))
  await store.run('lab.deleteAll', {}, as('ben'))
  const events = await stream.until((all) => all.length === 9)
  expect(events.map(({ type, ticket, matches }) => [type, ticket, matches])).toEqual([
    ['ticket.created', 2, { before: false, after: true }],
    ['ticket.changed', 1, { before: false, after: true }],
    ['ticket.changed', 1, { before: true, after: true }],
    ['comment.created', 1, { before: true, after: true }],
    ['ticket.changed', 1, { before: true, after: false }],
    ['ticket.changed', 1, { before: false, after: true }],
    ['ticket.deleted', 1, { before: true, after: false }],
    ['ticket.restored', 1, { before: false, after: true }],
    ['tickets.removed', undefined, undefined],
  ])
})

test('a ticket that goes out of sight leaves the search', async () => {
  const { store, door, as } = await openPeopledDesk({ closed: true })
  await store.run('ticket.create', { ticket: { title: 'one' } }, as('ann'))
  const stream = await follow(door, '?q=is:open', { who: 'ann' })
  await store.run('ticket.change', { number: 1, change: { internal: true } }, as('ben'))
  await store.run('ticket.change', { number: 1, change: { internal: false } }, as('ben'))
  const events = await stream.until((all) => all.length === 2)
  expect(events.map(({ type, matches }) => [type, matches])).toEqual([
    ['ticket.deleted', { before: true, after: false }],
    ['ticket.changed', { before: false, after: true }],
  ])
})

test('names mean what they meant as it began, whatever is renamed later', async () => {
  const { store, door, as } = await openPeopledDesk()
  const before = await follow(door, '?q=label:disk')
  // As a rename does: the record and the name, and that names have changed.
  const [file] = store.reader.prepare('PRAGMA database_list').all()
  const writer = openDatabase(String(file?.['file']))
  for (const sql of [
    "UPDATE labels SET name = 'storage' WHERE number = 1",
    "UPDATE names SET folded = 'storage' WHERE kind = 'label' AND number = 1",
  ])
    writer.exec(sql)
  writer.close()
  await store.run('user.create', { user: { handle: 'whoever' } }, as('ada'))
  await store.run('ticket.create', { ticket: { title: 'one', labels: ['storage'] } }, as('ben'))
  const events = await before.until((all) => all.length === 1)
  expect(events).toMatchObject([{ changes: { labels: { added: ['storage'], removed: [] } }, matches: { after: true } }])
  expect((await page(door, '?q=label:disk')).status).toBe(400)
  expect((await page(door, '?since=0&q=label:storage')).events).toHaveLength(1)
})

test('what is not understood is refused with its word, its place and the cure', async () => {
  const { door } = await openPeopledDesk()
  const { status, body } = await page(door, `?q=${encodeURIComponent('is:open label:dsik')}`)
  expect([status, JSON.parse(body)]).toMatchObject([
    400,
    {
      code: 'invalid_search',
      errors: [
        {
          parameter: 'q',
          detail: "'dsik' at character 15 of the search: there is no label called so. Check how it is written.",
        },
      ],
    },
  ])
  expect((await page(door, '?q=')).status).toBe(200)
})

test('whatever people paste is answered or refused, and is no fault of the program', async () => {
  const { door, faults } = await openPeopledDesk()
  const pasted = ['*', '"', 'AND', 'NOT', 'NEAR(a b', "don't", 'C++', 'a-b', '^x', '()', '\\', '%', 'foo:bar']
  const more = [
    '21:33:ff:cc:e4:9d',
    'http://x/y',
    "'; --",
    '🙂',
    '\0',
    'a'.repeat(10_000),
    '"21:33:ff:cc:e4:9d"',
    'in:title x',
  ]
  for (const q of [...pasted, ...more, 'is:bin', 'is:mine', 'no:due', 'no:field.site', 'field.site:x', 'sort:number']) {
    const { status, body } = await page(door, `?q=${encodeURIComponent(q)}`)
    expect([q, status, JSON.parse(body)]).toMatchObject([q, 400, { errors: [{ parameter: 'q' }] }])
  }
  expect(faults).toEqual([])
})
