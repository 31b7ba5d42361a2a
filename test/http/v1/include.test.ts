/** `include=` on one ticket: what surrounds it in the same answer, as the lists of it say it. */
import { describe, expect, test } from 'vitest'
import { openV1, type V1Desk } from '../../support/v1-desk.js'

const ALL = 'activity,comments,history,links'

/** A ticket of a requester's, with something around it of each kind for all to see, and for staff alone. */
async function opened(): Promise<V1Desk> {
  const v1 = await openV1()
  await v1.desk.create({ requester: 'rita' })
  await v1.desk.create({ requester: 'rita', title: 'seen' })
  await v1.desk.create({ title: 'hidden', internal: true })
  await v1.desk.link(1, 'blocks', 2)
  await v1.desk.link(1, 'blocks', 3)
  await v1.desk.comment(1, 'said to all')
  await v1.desk.comment(1, 'said among us', undefined, true)
  await v1.desk.change(1, { title: 'changed' })
  return v1
}

describe('what is included', () => {
  test.each(['agent', 'requester'] as const)('is what the lists say to an %s', async (who) => {
    const v1 = await opened()
    const { json } = await v1.ask('GET', `/tickets/1?include=${ALL}`, { who })
    const { activity, comments, history, links, ...ticket } = json
    expect(ticket).toEqual((await v1.ask('GET', '/tickets/1', { who })).json)
    expect(activity).toEqual((await v1.ask('GET', '/tickets/1?include=activity', { who })).json.activity)
    const list = async (name: string) => (await v1.ask('GET', `/tickets/1/${name}`, { who })).json[name]
    expect(comments).toEqual({ items: await list('comments'), rest: null })
    expect(history).toEqual({ items: await list('history'), rest: null })
    expect(links).toEqual({ items: await list('links'), rest: null })
    const isStaff = who === 'agent'
    expect([comments.items.length, links.items.length]).toEqual(isStaff ? [2, 2] : [1, 1])
    expect(JSON.stringify(json).includes('among us') || JSON.stringify(json).includes('hidden')).toBe(isStaff)
  })

  test('is only what was asked for, in any order', async () => {
    const v1 = await opened()
    const { json: bare } = await v1.ask('GET', '/tickets/1')
    for (const words of ['links', 'history,comments', 'comments,comments,activity']) {
      const { json } = await v1.ask('GET', `/tickets/1?include=${words}`)
      const more = Object.keys(json).filter((member) => !(member in bare))
      expect(more.toSorted()).toEqual([...new Set(words.split(','))].toSorted())
    }
  })

  test('are the first fifty, with a path to the rest', async () => {
    const v1 = await openV1()
    await v1.desk.create()
    const create = { op: 'create', ticket: { title: 'x' } }
    const link = (_: unknown, place: number) => ({ op: 'link', number: 1, kind: 'relates-to', ticket: place + 2 })
    const comment = (_: unknown, place: number) => ({ op: 'comment', number: 1, comment: { text: `${place}` } })
    const operations = [
      ...Array.from({ length: 51 }, () => create),
      ...Array.from({ length: 51 }, link),
      ...Array.from({ length: 51 }, comment),
    ]
    await v1.ask('POST', '/batch', { body: { operations } })
    const { json } = await v1.ask('GET', `/tickets/1?include=${ALL}`)
    const more = async (name: string): Promise<unknown[]> => {
      const { items, rest } = json[name]
      expect([name, items.length]).toEqual([name, 50])
      const all = []
      for (let path = `/v1/tickets/1/${name}`; path !== '';) {
        const page = (await v1.ask('GET', path.slice('/v1'.length))).json
        all.push(...page[name])
        path = typeof page.next === 'string' ? `/v1/tickets/1/${name}?cursor=${page.next}` : ''
      }
      expect(items).toEqual(all.slice(0, 50))
      const following = (await v1.ask('GET', rest.slice('/v1'.length))).json[name]
      expect(following).toEqual(all.slice(50, 100))
      return all
    }
    expect(await more('comments')).toHaveLength(51)
    expect(await more('links')).toHaveLength(51)
    expect(await more('history')).toHaveLength(103)
  })

  test('ends early where the texts are long, as their pages do', async () => {
    const v1 = await openV1()
    await v1.desk.create()
    for (let made = 0; made < 9; made++) await v1.desk.comment(1, 'x'.repeat(65_000))
    const { comments } = (await v1.ask('GET', '/tickets/1?include=comments')).json
    expect(comments.items.length).toBeLessThan(9)
    expect((await v1.ask('GET', comments.rest.slice('/v1'.length))).json.comments).toHaveLength(
      9 - comments.items.length,
    )
  })

  test('may be sent back with a change', async () => {
    const v1 = await opened()
    const { json } = await v1.ask('GET', `/tickets/1?include=${ALL}`)
    const { status, json: changed } = await v1.ask('PATCH', '/tickets/1', { body: { ...json, title: 'again' } })
    expect([status, changed.title, changed.comments]).toEqual([200, 'again', undefined])
  })
})

describe('the tag', () => {
  test('moves with what is included, and 304 is the answer while nothing of it does', async () => {
    const v1 = await opened()
    const read = (include: string, tag = '') =>
      v1.ask('GET', `/tickets/1?include=${include}`, { headers: { 'If-None-Match': tag } })
    const tags = { links: (await read('links')).headers.etag, comments: (await read('comments')).headers.etag }
    await v1.desk.run('comment.edit', {
      number: 1,
      comment: (await read('comments')).json.comments.items[0].id,
      text: 'y',
    })
    expect((await read('links', tags.links)).status).toBe(304)
    const again = await read('comments', tags.comments)
    expect([again.status, again.json.comments.items[0].text]).toEqual([200, 'y'])
    // The title of a ticket at the other end is shown too.
    await v1.desk.change(2, { title: 'other' })
    expect((await read('links', tags.links)).status).toBe(200)
    expect((await read('comments', again.headers.etag)).status).toBe(304)
  })

  test('stays for whom what moved is hidden', async () => {
    const v1 = await opened()
    const read = (tag = '') =>
      v1.ask('GET', `/tickets/1?include=${ALL}`, { who: 'requester', headers: { 'If-None-Match': tag } })
    const { etag } = (await read()).headers
    await v1.desk.comment(1, 'once more among us', undefined, true)
    await v1.desk.change(3, { title: 'still hidden' })
    await v1.desk.run('link.remove', { number: 1, kind: 'blocks', other: 3 })
    expect((await read(etag)).status).toBe(304)
  })
})

describe('of the past', () => {
  test('the activity counts the links of then', async () => {
    const v1 = await opened()
    const before = v1.desk.index
    const of = async (path: string, who: 'agent' | 'requester') => (await v1.ask('GET', path, { who })).json.activity
    const seen = async (who: 'agent' | 'requester') => of('/tickets/1?include=activity', who)
    const [staff, other] = [await seen('agent'), await seen('requester')]
    await v1.desk.create({ title: 'later' })
    await v1.desk.link(1, 'relates-to', 4)
    await v1.desk.run('link.remove', { number: 1, kind: 'blocks', other: 2 })
    const then = `/tickets/1?at=${before}&include=activity`
    expect([await of(then, 'agent'), await of(then, 'requester')]).toEqual([staff, other])
    expect([staff.links, other.links]).toEqual([2, 1])
    expect([(await seen('agent')).links, (await seen('requester')).links]).toEqual([2, 0])
  })
})
