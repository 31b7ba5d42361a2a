/** What `/v1/events` tells, and how: a stream of each event once, resumable anywhere, and pages of the same. */
import { expect, test } from 'vitest'
import { ask } from '../../support/desk-door.js'
import { follow, openPeopledDesk, page } from '../../support/events.js'

test('a stream begins with how soon to try again and where it begins, then tells each event in a block', async () => {
  const { store, door, as } = await openPeopledDesk()
  const stream = await follow(door)
  const head = store.history.head()
  expect(stream.status).toBe(200)
  expect(stream.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': expect.stringContaining('no-cache'),
    'x-accel-buffering': 'no',
    'desk-index': String(head),
  })
  await store.run('ticket.create', { ticket: { title: 'Disk full', labels: ['disk'] } }, as('ben'))
  await store.run('ticket.change', { number: 1, change: { status: 'resolved', labels: ['net'] } }, as('ben'))
  const [created, changed] = await stream.until((events) => events.length === 2)
  expect(created).toEqual({
    index: head + 1,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u),
    actor: 'ben',
    door: 'api',
    type: 'ticket.created',
    ticket: 1,
    version: head + 1,
    changes: {
      title: { from: null, to: 'Disk full' },
      requester: { from: null, to: 'ben' },
      labels: { added: ['disk'], removed: [] },
    },
  })
  expect(changed).toMatchObject({
    index: head + 2,
    changes: { status: { from: 'open', to: 'resolved' }, labels: { added: ['net'], removed: ['disk'] } },
  })
  expect(stream.text().startsWith(`retry: 2000\n\nid: ${head}\n\nid: ${head + 1}\nevent: ticket.created\ndata: {`)).toBe(
    true,
  )
  stream.close()
})

test('a page', async () => {
  const { store, door, as } = await openPeopledDesk()
  await store.run('ticket.create', { ticket: { title: 'one' } }, as('ben'))
  const all = await page(door, '?since=0')
  expect(all.status).toBe(200)
  expect(all.events.map(({ type }) => type)).toEqual([...Array(6).fill('user.created'), 'ticket.created'])
  expect((await ask(door, 'HEAD', '/v1/events')).status).toBe(200)
})
