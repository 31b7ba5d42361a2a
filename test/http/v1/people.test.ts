/** People who leave, lose rights or hand a ticket over: what they did stays, and what they may not see ends at once. */
import { expect, test } from 'vitest'
import { ask } from '../../support/desk-door.js'
import { follow, numberOf, openPeopledDesk, page, WHO, type PeopledDesk, type Person } from '../../support/events.js'
import { openV1, type V1Desk } from '../../support/v1-desk.js'

/** All that can be read of a ticket, and the lists that it is in. */
async function everything(v1: V1Desk, number: number): Promise<unknown[]> {
  const paths = ['', '?include=activity', '/comments', '/history', '/links', '/watchers']
  const answers = await Promise.all(
    [...paths.map((path) => `/tickets/${number}${path}`), '/tickets', '/views'].map((path) =>
      v1.ask('GET', path, { who: 'admin' }),
    ),
  )
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  return answers.map(({ json }) => json)
}

test('of a user who is deactivated all stays readable as it was, with the author named', async () => {
  const v1 = await openV1()
  const as = { who: 'agent' } as const
  await v1.ask('POST', '/tickets', { ...as, body: { title: 'made', requester: 'abe', assignees: ['abe', 'ada'] } })
  const { json: comment } = await v1.ask('POST', '/tickets/1/comments', { ...as, body: { text: 'said' } })
  await v1.ask('PUT', '/tickets/1/watchers/abe', as)
  await v1.ask('POST', '/queues', { who: 'admin', body: { name: 'night', defaultAssignee: 'abe' } })
  const before = await everything(v1, 1)
  const left = await v1.ask('PATCH', '/users/abe', { who: 'admin', body: { active: false } })
  expect([left.status, left.json.active]).toEqual([200, false])
  expect(await everything(v1, 1)).toEqual(before)
  expect(JSON.stringify(before)).toContain('"author":"abe"')

  // The name stays taken, so nobody comes into what was another one's; nor is anybody deleted.
  const again = await v1.ask('POST', '/users', { who: 'admin', body: { handle: 'ABE' } })
  expect([again.status, again.json.code]).toEqual([409, 'name_taken'])
  expect((await v1.ask('DELETE', '/users/abe', { who: 'admin' })).status).toBe(405)
  // One signs in as handle:password.
  expect((await v1.ask('POST', '/users', { who: 'admin', body: { handle: 'a:b' } })).status).toBe(422)
  await v1.ask('PATCH', '/users/abe', { who: 'admin', body: { handle: 'gone' } })
  expect((await v1.ask('POST', '/users', { who: 'admin', body: { handle: 'abe' } })).status).toBe(409)

  // A change of something else leaves the assignees as they were; newly set he is not, by name or by the queue.
  const changed = await v1.ask('PATCH', '/tickets/1', { who: 'admin', body: { title: 'other', priority: 'high' } })
  expect([changed.status, changed.json.assignees]).toEqual([200, ['gone', 'ada']])
  const sent = await v1.ask('PATCH', '/tickets/1', { who: 'admin', body: { ...changed.json, title: 'once more' } })
  expect([sent.status, sent.json.assignees]).toEqual([200, ['gone', 'ada']])
  for (const body of [{ requester: 'ada', assignees: { remove: ['gone'] } }, { assignees: [] }]) {
    expect((await v1.ask('PATCH', '/tickets/1', { who: 'admin', body })).status).toBe(200)
  }
  expect((await v1.ask('PATCH', '/tickets/1', { who: 'admin', body: { assignees: ['gone'] } })).status).toBe(422)
  const { json } = await v1.ask('POST', '/tickets', { who: 'admin', body: { title: 'by night', queue: 'night' } })
  expect(json.assignees).toEqual([])
  expect((await v1.ask('GET', `/tickets/1/comments/${comment.id}`, { who: 'admin' })).json.author).toBe('gone')

  // He himself gets in no more.
  expect((await v1.ask('GET', '/tickets', as)).status).toBe(403)
})

const read = (desk: PeopledDesk, who: Person, path: string) =>
  ask(desk.door, 'GET', `/v1${path}`, { headers: { [WHO]: who } })

test('a ticket that goes from one requester to another is gone for the first, in reads and streams, also for a watcher', async () => {
  const desk = await openPeopledDesk({ closed: true })
  const { store, door, as } = desk
  await store.run('ticket.create', { ticket: { title: 'of ann' } }, as('ann'))
  await store.run('comment.add', { number: 1, comment: { text: 'an old one' } }, as('ben'))
  await store.run('comment.add', { number: 1, comment: { text: 'an internal one', internal: true } }, as('ben'))
  for (const handle of ['ann', 'rob']) await store.run('watcher.add', { number: 1, handle }, as('ben'))
  const [ann, rob] = [await follow(door, '', { who: 'ann' }), await follow(door, '', { who: 'rob' })]
  expect((await read(desk, 'rob', '/tickets/1')).status).toBe(404)

  await store.run('ticket.change', { number: 1, change: { requester: 'rob' } }, as('ben'))
  for (const path of ['', '/comments', '/history', '/links', '/watchers', '?at=1']) {
    expect((await read(desk, 'ann', `/tickets/1${path}`)).status).toBe(404)
  }
  await store.run('comment.add', { number: 1, comment: { text: 'a new one' } }, as('ben'))
  await store.run('ticket.create', { ticket: { title: 'the last of ann' } }, as('ann'))
  const toAnn = await ann.until((events) =>
    events.some(({ ticket, type }) => ticket === 2 && type === 'ticket.created'),
  )
  expect(toAnn.map(({ type, ticket, version }) => [type, ticket, version])).toEqual([
    ['ticket.deleted', 1, null],
    ['ticket.created', 2, expect.any(Number)],
  ])
  const toRob = await rob.until((events) => events.length === 2)
  expect(toRob.map(({ type }) => type)).toEqual(['ticket.changed', 'comment.created'])
  expect(ann.text()).not.toMatch(/comment|"of ann|rob/u)
  const { comments }: { comments: { text: string }[] } = JSON.parse(
    (await read(desk, 'rob', '/tickets/1/comments')).body,
  )
  expect(comments.map(({ text }) => text)).toEqual(['an old one', 'a new one'])
  for (const stream of [ann, rob]) stream.close()
})

test.each([
  ['deactivated', { active: false }],
  ['made a user that reads nothing', { role: 'service' }],
] as const)(
  'who is %s gets nothing more: the next request is refused, the stream and the waiting page end',
  async (_, change) => {
    const desk = await openPeopledDesk({ closed: true })
    const { store, door, as } = desk
    const stream = await follow(door, '', { who: 'ben' })
    const since = store.history.head()
    const waiting = page(door, `?since=${since}&wait=60&q=number:1`, 'ben')
    await store.run('user.change', { number: numberOf('ben'), change }, as('ada'))
    await store.run('ticket.create', { ticket: { title: 'not for ben' } }, as('ann'))
    expect(await stream.ended).toBe('whole')
    const { body } = await waiting
    expect([stream.text(), body].join()).not.toContain('not for ben')
    for (const path of ['/tickets', '/tickets/1', '/events', '/labels', '/me']) {
      const { status } = await read(desk, 'ben', path)
      expect([path, status]).toEqual([path, path === '/me' ? 200 : 403])
    }
  },
)
