/** Who is told what: of a ticket one may see now all, of one that went out of sight that it did, and of nothing else anything. */
import { describe, expect, test } from 'vitest'
import { ask } from '../../support/desk-door.js'
import { follow, numberOf, openPeopledDesk, page, WHO, type PeopledDesk, type Person } from '../../support/events.js'

/** What a person is told of all that has happened but the making of users. */
async function told(desk: PeopledDesk, who: Person): Promise<unknown[]> {
  const { events } = await page(desk.door, '?since=0&limit=1000', who)
  return events.filter(({ type }) => !type.startsWith('user.'))
}

const typesOf = (events: readonly unknown[]): unknown[] => events.map((event) => Object(event).type)

function notice(ticket: number) {
  const [index, time] = [expect.any(Number), expect.any(String)]
  return { index, time, actor: null, door: null, type: 'ticket.deleted', ticket, version: null }
}

describe('on a closed desk', () => {
  test('nobody follows without a role that reads the desk', async () => {
    const { door } = await openPeopledDesk({ closed: true })
    for (const headers of [{}, { [WHO]: 'sam' }]) {
      const { status, body } = await ask(door, 'GET', '/v1/events', { headers })
      expect([status, JSON.parse(body)]).toMatchObject([403, { code: 'forbidden' }])
    }
  })

  test('a requester is told of tickets of their own, a viewer of what is not internal, staff of all', async () => {
    const desk = await openPeopledDesk({ closed: true })
    const { store, as } = desk
    await store.run('ticket.create', { ticket: { title: 'of ann' } }, as('ann'))
    await store.run('ticket.create', { ticket: { title: 'of rob' } }, as('rob'))
    await store.run('ticket.create', { ticket: { title: 'internal', internal: true, requester: 'ann' } }, as('ben'))
    const numbers = async (who: Person) => (await told(desk, who)).map((event) => Object(event).ticket)
    expect(await numbers('ann')).toEqual([1])
    expect(await numbers('rob')).toEqual([2])
    expect(await numbers('vic')).toEqual([1, 2])
    expect(await numbers('ben')).toEqual([1, 2, 3])
    expect(await numbers('ada')).toEqual([1, 2, 3])
  })

  test('a ticket that is given away, hidden or deleted is told as gone, without content, to whom it is gone', async () => {
    const desk = await openPeopledDesk({ closed: true })
    const { store, door, as } = desk
    const live = await follow(door, '', { who: 'ann' })
    for (const title of ['given away', 'hidden', 'deleted']) {
      await store.run('ticket.create', { ticket: { title } }, as('ann'))
    }
    await live.until((events) => events.length === 3)
    await store.run('ticket.change', { number: 1, change: { requester: 'rob', title: 'secret now' } }, as('ben'))
    await store.run('ticket.change', { number: 2, change: { internal: true } }, as('ben'))
    await store.run('ticket.delete', { number: 3 }, as('ben'))
    // What happens behind that is nothing to ann.
    await store.run('ticket.change', { number: 1, change: { title: 'more' } }, as('ben'))
    await store.run('ticket.delete', { number: 2 }, as('ben'))
    await store.run('ticket.purge', { number: 3 }, as('ada'))
    await store.run('ticket.create', { ticket: { title: 'the last' } }, as('ann'))
    const events = await live.until((all) => all.length === 7)
    expect(events.slice(3)).toEqual([notice(1), notice(2), notice(3), expect.objectContaining({ ticket: 4 })])
    // Whoever comes later is told the same of what went, and nothing of what it was.
    expect(await told(desk, 'ann')).toEqual(events.slice(3))
    expect(JSON.stringify(await told(desk, 'ann'))).not.toContain('secret now')
    live.close()
  })

  test('a viewer is told that a ticket was hidden, staff how; of a purged one nobody is told more than that', async () => {
    const desk = await openPeopledDesk({ closed: true })
    const { store, as } = desk
    await store.run('ticket.create', { ticket: { title: 'one' } }, as('ben'))
    await store.run('ticket.change', { number: 1, change: { internal: true } }, as('ben'))
    expect(await told(desk, 'vic')).toEqual([notice(1)])
    expect((await told(desk, 'ben'))[1]).toMatchObject({ changes: { internal: { from: false, to: true } } })
    await store.run('ticket.delete', { number: 1 }, as('ben'))
    await store.run('ticket.purge', { number: 1 }, as('ada'))
    expect(await told(desk, 'ben')).toEqual([
      expect.objectContaining({ type: 'ticket.purged', actor: 'ada', ticket: 1, version: null }),
    ])
  })

  test('what became of a link is told to staff also once its other end was purged, and to nobody else', async () => {
    const desk = await openPeopledDesk({ closed: true })
    const { store, as } = desk
    for (const title of ['one', 'other']) await store.run('ticket.create', { ticket: { title } }, as('ann'))
    await store.run('link.add', { number: 1, kind: 'blocks', other: 2 }, as('ben'))
    await store.run('ticket.delete', { number: 2 }, as('ben'))
    await store.run('ticket.purge', { number: 2 }, as('ada'))
    const link = { kind: 'blocks', ticket: 2 }
    for (const who of ['ada', 'ben'] as const) {
      expect(await told(desk, who)).toMatchObject([
        { type: 'ticket.created', ticket: 1 },
        { type: 'link.created', ticket: 1, link },
        { type: 'link.deleted', ticket: 1, link },
        { type: 'ticket.purged', ticket: 2 },
      ])
    }
    // To ann the other was there, and is gone: no more than that.
    for (const who of ['ann', 'vic'] as const)
      expect(typesOf(await told(desk, who))).toEqual(['ticket.created', 'ticket.deleted'])
  })

  test('what a field held where it was hidden is not told by a move to where it is seen', async () => {
    const desk = await openPeopledDesk({ closed: true })
    const { store, as } = desk
    const queue = { name: 'lobby', public: true, fields: [{ name: 'cost', public: true }] }
    await store.run('queue.create', { queue }, as('ada'))
    await store.run(
      'ticket.create',
      { ticket: { title: 'one', queue: 'storage', fields: { cost: 'secret' }, requester: 'ann' } },
      as('ben'),
    )
    await store.run('ticket.change', { number: 1, change: { queue: 'lobby', fields: { cost: '7' } } }, as('ben'))
    const moved = (await told(desk, 'ann')).at(-1)
    expect(moved).toMatchObject({ changes: { fields: { cost: { from: null, to: '7' } } } })
    expect(JSON.stringify(await told(desk, 'ann'))).not.toContain('secret')
    expect((await told(desk, 'ben')).at(-1)).toMatchObject({
      changes: { fields: { cost: { from: 'secret', to: '7' } } },
    })
  })

  test('internal comments, watchers and internal fields are told to staff alone', async () => {
    const desk = await openPeopledDesk({ closed: true })
    const { store, as } = desk
    await store.run('ticket.create', { ticket: { title: 'one', queue: 'storage' } }, as('ann'))
    await store.run('comment.add', { number: 1, comment: { text: 'public' } }, as('ben'))
    await store.run('comment.add', { number: 1, comment: { text: 'internal', internal: true } }, as('ben'))
    await store.run('watcher.add', { number: 1, handle: 'ada' }, as('ben'))
    await store.run('ticket.change', { number: 1, change: { fields: { cost: '5' } } }, as('ben'))
    await store.run('ticket.change', { number: 1, change: { fields: { cost: '6', site: 'fra' } } }, as('ben'))
    expect(typesOf(await told(desk, 'ben'))).toEqual([
      'ticket.created',
      'comment.created',
      'comment.created',
      'watcher.created',
      'ticket.changed',
      'ticket.changed',
    ])
    for (const who of ['ann', 'vic'] as const) {
      const [, , changed, ...more] = await told(desk, who)
      expect(typesOf(await told(desk, who))).toEqual(['ticket.created', 'comment.created', 'ticket.changed'])
      expect([changed, more]).toMatchObject([{ changes: { fields: { site: { from: null, to: 'fra' } } } }, []])
      expect(JSON.stringify(changed)).not.toContain('cost')
    }
  })

  test('a view is told to who may know of all that it names, and to others, once it was in their sight, that it is gone', async () => {
    const desk = await openPeopledDesk({ closed: true })
    const { store, door, as } = desk
    const share = async (name: string, more: object): Promise<number> => {
      const { result } = await store.run('view.create', { view: { name, owner: null, ...more } }, as('ada'))
      return result.result.number
    }
    const change = (number: number, more: object) => store.run('view.change', { number, change: more }, as('ada'))
    const views = async (who: Person, since: number) =>
      (await page(door, `?since=${since}`, who)).events.flatMap(({ type, name = null }) =>
        type.startsWith('view.') ? [[type, name]] : [],
      )
    const seen = {
      ada: ['plain', 'of a queue', 'of a field', 'of a column', 'of a user'],
      vic: ['plain', 'of a queue', 'of a user'],
      ann: ['plain', 'of a user'],
      rob: ['plain'],
    } as const
    const plain = await share('plain', { query: 'label:disk queue:storage field.site:fra', columns: ['field.site'] })
    const hidden = await share('of a queue', { query: 'queue:secret' })
    await share('of a field', { query: 'field.cost:5' })
    await share('of a column', { query: '', columns: ['field.cost'] })
    await share('of a user', { query: 'requester:ann' })
    for (const who of ['ada', 'vic', 'ann', 'rob'] as const) {
      expect([who, await views(who, 0)]).toEqual([who, seen[who].map((name) => ['view.created', name])])
    }

    const since = store.history.head()
    await change(hidden, { name: 'still of a queue' })
    await change(plain, { query: 'queue:secret' })
    await change(plain, { name: 'of a queue too' })
    await store.run('view.delete', { number: plain }, as('ada'))
    await change(hidden, { query: 'label:disk' })
    expect(await views('rob', since)).toEqual([
      ['view.changed', null],
      ['view.changed', 'still of a queue'],
    ])
    const [gone] = (await page(door, `?since=${since}`, 'rob')).events
    expect(gone).toEqual({ ...gone, actor: null, door: null, view: plain })
    expect(await views('ben', since)).toHaveLength(5)
  })

  test('a field that is public no more is told to staff alone, in whatever name it has since; a deleted one as it was then', async () => {
    const desk = await openPeopledDesk({ closed: true })
    const { store, door, as } = desk
    const since = store.history.head()
    const put = (name: string, change: object) => store.run('field.change', { name, change }, as('ada'))
    const open = (isPublic: boolean) => ({ fields: [{ name: 'site', public: isPublic }, { name: 'cost' }] })
    const fields = async (who: Person) =>
      (await page(door, `?since=${since}`, who)).events.flatMap(({ type, field }) =>
        type.startsWith('field.') ? [[type, field]] : [],
      )
    await put('site', { description: 'where it is' })
    for (const who of ['ben', 'vic', 'ann'] as const) expect(await fields(who)).toEqual([['field.changed', 'site']])
    await store.run('queue.change', { name: 'storage', change: open(false) }, as('ada'))
    await put('site', { name: 'vault' })
    for (const who of ['vic', 'ann'] as const) expect(await fields(who)).toEqual([])
    expect(await fields('ben')).toEqual([
      ['field.changed', 'vault'],
      ['field.changed', 'vault'],
    ])
    await put('vault', { name: 'site' })
    await store.run('queue.change', { name: 'storage', change: open(true) }, as('ada'))
    expect(await fields('ann')).toEqual([['field.changed', 'site']])
    await store.run('field.delete', { name: 'site' }, as('ada'))
    expect(await fields('ann')).toEqual([['field.deleted', 'site']])
  })

  test('a link is told to who sees both of its ends', async () => {
    const desk = await openPeopledDesk({ closed: true })
    const { store, as } = desk
    await store.run('ticket.create', { ticket: { title: 'one' } }, as('ann'))
    await store.run('ticket.create', { ticket: { title: 'two' } }, as('ann'))
    await store.run('ticket.create', { ticket: { title: 'three' } }, as('rob'))
    await store.run('link.add', { number: 1, kind: 'blocks', other: 2 }, as('ben'))
    await store.run('link.add', { number: 1, kind: 'blocks', other: 3 }, as('ben'))
    const links = async (who: Person) =>
      (await told(desk, who)).flatMap((event) => (Object(event).type === 'link.created' ? [Object(event).link] : []))
    expect(await links('ben')).toEqual([
      { kind: 'blocks', ticket: 2 },
      { kind: 'blocks', ticket: 3 },
    ])
    expect(await links('ann')).toEqual([{ kind: 'blocks', ticket: 2 }])
    expect(await links('rob')).toEqual([])
  })

  test('of users, who may read handles is told, and only admins which role somebody has', async () => {
    const { store, door, as } = await openPeopledDesk({ closed: true })
    const since = store.history.head()
    await store.run('user.create', { user: { handle: 'new', role: 'agent' } }, as('ada'))
    const of = async (who: Person) => (await page(door, `?since=${since}`, who)).events
    expect(await of('ada')).toMatchObject([{ type: 'user.created', user: 'new', role: 'agent', active: true }])
    expect(await of('ben')).toMatchObject([{ type: 'user.created', user: 'new' }])
    expect((await of('ben'))[0]).not.toHaveProperty('role')
    expect([await of('ann'), await of('vic')]).toEqual([[], []])
  })

  test('the removal of all tickets is told to all who see tickets; who did it, to staff', async () => {
    const desk = await openPeopledDesk({ closed: true })
    const { store, as } = desk
    await store.run('ticket.create', { ticket: { title: 'one' } }, as('ann'))
    await store.run('lab.deleteAll', {}, { ...as('ben'), door: 'lab' })
    expect(await told(desk, 'ben')).toMatchObject([{}, { type: 'tickets.removed', actor: 'ben', door: 'lab' }])
    expect(await told(desk, 'ann')).toMatchObject([{ type: 'tickets.removed', actor: null, door: null }])
  })
})

describe('rights that change', () => {
  test('hold from the change on: a stream tells what one may know now, and ends where that is nothing', async () => {
    const { store, door, as } = await openPeopledDesk({ closed: true })
    const live = await follow(door, '', { who: 'ben' })
    const create = (title: string) => store.run('ticket.create', { ticket: { title, internal: true } }, as('ada'))
    await create('seen as an agent')
    await store.run('user.change', { number: numberOf('ben'), change: { role: 'viewer' } }, as('ada'))
    await create('not seen as a viewer')
    await store.run('ticket.create', { ticket: { title: 'seen' } }, as('ada'))
    const events = await live.until((all) => all.length === 2)
    expect(events).toMatchObject([{ ticket: 1 }, { ticket: 3 }])
    await store.run('user.change', { number: numberOf('ben'), change: { active: false } }, as('ada'))
    expect(await live.ended).toBe('whole')
    expect((await ask(door, 'GET', '/v1/events', { headers: { [WHO]: 'ben' } })).status).toBe(403)
  })
})
