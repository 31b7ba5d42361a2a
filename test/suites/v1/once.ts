/** A request with an `Idempotency-Key` is done once, however often it is sent. */
import { describe, expect, test } from 'vitest'
import { Contract } from '../../support/contract-desk.js'
import type { SharedV1, Asking, V1Desk } from '../../support/v1-desk.js'

type Post = readonly [path: string, body: unknown, who?: Asking['who']]

/** What it is sent to: tickets, of which the third and the fourth lie in the bin, labels and statuses, and the index of a change. */
interface Made {
  readonly v1: V1Desk
  readonly tickets: readonly number[]
  readonly labels: readonly string[]
  readonly statuses: readonly string[]
  readonly index: number
}

/** Every POST of `/v1` that takes a key and is done with its first answer, by its route. */
const everyPost: Readonly<Record<string, (made: Made) => Post>> = {
  '/tickets': () => ['/tickets', { title: 'once' }],
  '/tickets/{number}/comments': ({ tickets: [one] }) => [`/tickets/${one}/comments`, { text: 'once' }],
  '/tickets/{number}/links': ({ tickets: [one, two] }) => [`/tickets/${one}/links`, { kind: 'blocks', ticket: two }],
  '/tickets/{number}/watchers': ({ tickets: [one] }) => [`/tickets/${one}/watchers`, { user: 'rita' }],
  '/tickets/{number}/restore': ({ tickets: [, , three] }) => [`/tickets/${three}/restore`, undefined],
  '/tickets/{number}/purge': ({ tickets: [, , , four] }) => [`/tickets/${four}/purge`, undefined, 'admin'],
  '/tickets/{number}/redact': ({ tickets: [one], index }) => [
    `/tickets/${one}/redact`,
    { index, field: 'description' },
    'admin',
  ],
  '/batch': ({ tickets: [, two] }) => [
    '/batch',
    {
      operations: [
        { op: 'create', ticket: { title: 'once' } },
        { op: 'delete', number: two },
      ],
    },
  ],
  '/undo': ({ index }) => ['/undo', { index }],
  '/import': ({ v1 }) => ['/import', { tickets: [{ ticket: { title: 'once', ref: v1.freshName('ref') } }] }, 'admin'],
  '/labels': ({ v1 }) => ['/labels', { name: v1.freshName('label') }],
  '/labels/{key}/merge': ({ labels: [one, two] }) => [`/labels/${one}/merge`, { into: two }],
  '/statuses': ({ v1 }) => ['/statuses', { name: v1.freshName('status'), category: 'active' }, 'admin'],
  '/statuses/{key}/merge': ({ statuses: [one, two] }) => [`/statuses/${one}/merge`, { into: two }, 'admin'],
  '/queues': ({ v1 }) => ['/queues', { name: v1.freshName('queue') }, 'admin'],
  '/fields': ({ v1 }) => ['/fields', { name: v1.freshName('field'), type: 'text' }, 'admin'],
  '/views': ({ v1 }) => ['/views', { name: v1.freshName('view') }],
  '/users': ({ v1 }) => ['/users', { handle: oneWord(v1, 'user') }, 'admin'],
}

/** Those whose answers hold a secret, or that take one. */
const ofSecrets: Readonly<Record<string, object>> = {
  '/tokens': { user: 'rita', name: 'once', scopes: ['read'] },
  '/sessions': { user: 'rita', password: 'correct horse battery' },
  '/sign-in-links': { user: 'rita' },
  '/sign-in-links/look': { secret: 'edl_0123456789ABCDEFGHIJKLMNOPQRST4PMbyp' },
  '/sign-in-links/use': { secret: 'edl_0123456789ABCDEFGHIJKLMNOPQRST4PMbyp', password: 'correct horse battery' },
}

/** A name that stands in a path as it is. */
const oneWord = (v1: V1Desk, word: string): string => v1.freshName(word).replace(' ', '-')

export function testOnce(shared: SharedV1): void {
  let keys = 0

  const freshKey = () => ({ 'Idempotency-Key': `key-${++keys}` })

  async function made(): Promise<Made> {
    const v1 = shared()
    const tickets: number[] = []
    for (let count = 0; count < 4; count++) tickets.push(await v1.desk.create({ requester: 'rita' }))
    const labels = ['label', 'label'].map((word) => oneWord(v1, word))
    for (const name of labels) await v1.desk.run('label.create', { label: { name } })
    const statuses = ['status', 'status'].map((word) => oneWord(v1, word))
    for (const name of statuses) await v1.done('POST', '/statuses', { name, category: 'waiting' }, { who: 'admin' })
    const [one = 0, , ...others] = tickets
    const index = await v1.desk.change(one, { priority: 'high', description: 'x' })
    for (const number of others) await v1.desk.run('ticket.delete', { number })
    return { v1, tickets, labels, statuses, index }
  }

  describe('a request with an Idempotency-Key', () => {
    test('is tried here with every POST of the document', async () => {
      const { operations } = new Contract((await shared().askAt('GET', '/openapi.json')).body)
      const posts = operations.filter(({ method }) => method === 'POST').map(({ path }) => path.slice('/v1'.length))
      // What a removal took comes back in parts, each of which may be asked for as often as one likes.
      const others = ['/removals/{index}/restore']
      expect(posts.toSorted()).toEqual([...Object.keys(everyPost), ...Object.keys(ofSecrets), ...others].toSorted())
    })

    test.each(Object.entries(ofSecrets))(
      'to %s is refused, since a secret is told once and kept nowhere',
      async (path, body) => {
        const before = shared().index
        const { status, json } = await shared().askAt('POST', `/v1${path}`, { headers: freshKey(), body, who: 'admin' })
        expect([status, json.code, shared().index]).toEqual([400, 'invalid_header', before])
      },
    )

    test.each(Object.entries(everyPost))(
      'to %s is done once of twenty at once, and answered alike',
      async (_, post) => {
        const all = await made()
        const { v1, tickets } = all
        const [path, body, who = 'agent'] = post(all)
        const before = v1.index
        const asking = { headers: freshKey(), who, ...(body !== undefined && { body }) }
        const answers = await Promise.all(Array.from({ length: 20 }, () => v1.ask('POST', path, asking)))
        const [first] = answers
        expect(first?.status).toBeLessThan(300)
        for (const { status, body: text } of answers) expect([status, text]).toEqual([first?.status, first?.body])
        expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1)
        expect(v1.index - before).toBe(path === '/batch' ? 2 : 1)
        // Much later, when other things have happened, it still is what it was.
        await v1.desk.change(tickets[0] ?? 0, { title: 'changed since' })
        for (const again of await v1.askAll('POST', path, asking)) {
          expect([again.status, again.headers['idempotency-replayed']]).toEqual([first?.status, 'true'])
          if (/tickets$|comments$|batch$/u.test(path)) expect(again.body).toBe(first?.body)
        }
      },
    )

    describe('whose key was used', () => {
      test('with another body, or for another path, is refused', async () => {
        const { v1, tickets } = await made()
        const headers = freshKey()
        await v1.ask('POST', '/tickets', { headers, body: { title: 'once' } })
        const before = v1.index
        for (const [path, body] of [
          ['/tickets', { title: 'oncf' }],
          [`/tickets/${tickets[0]}/comments`, { text: 'once' }],
        ] as const) {
          for (const { status, json } of await v1.askAll('POST', path, { headers, body })) {
            expect([status, json.code]).toEqual([422, 'key_reused'])
          }
        }
        expect(v1.index).toBe(before)
      })

      test('by another user is another request', async () => {
        const { v1 } = await made()
        const asking = { headers: freshKey(), body: { title: 'once' } }
        const one = await v1.ask('POST', '/tickets', asking)
        const other = await v1.ask('POST', '/tickets', { ...asking, who: 'requester' })
        expect(other.json.number).toBe(one.json.number + 1)
      })

      test('and refused may be sent again: that is not kept', async () => {
        const { v1 } = await made()
        const name = v1.freshName('label')
        const asking = { headers: freshKey(), body: { title: 'once', labels: [name] } }
        expect((await v1.ask('POST', '/tickets', asking)).status).toBe(422)
        await v1.desk.run('label.create', { label: { name } })
        expect((await v1.ask('POST', '/tickets', asking)).status).toBe(201)
      })

      test('and changed nothing is not kept either: sent again it is done as things stand then, and its key is free', async () => {
        const { v1, tickets } = await made()
        const path = `/tickets/${tickets[0]}/watchers`
        const asking = { headers: freshKey(), body: { user: 'rita' } }
        await v1.done('POST', path, { user: 'rita' })
        const before = v1.index
        const { headers } = await v1.ask('POST', path, asking)
        expect([headers['idempotency-replayed'], v1.index]).toEqual([undefined, before])
        await v1.done('DELETE', `${path}/rita`)
        await v1.ask('POST', path, asking)
        expect((await v1.read(path)).watchers).toMatchObject([{ user: 'rita' }])
        const [other, another] = [freshKey(), v1.index]
        await v1.ask('POST', path, { ...asking, headers: other })
        const { status } = await v1.ask('POST', '/tickets', { headers: other, body: { title: 'once' } })
        expect([status, v1.index]).toEqual([201, another + 1])
      })

      test('gives what one may see today: a ticket that went to somebody else is not there', async () => {
        const { v1 } = await made()
        const asking = { headers: freshKey(), body: { title: 'once' }, who: 'requester' as const }
        const { json } = await v1.ask('POST', '/tickets', asking)
        await v1.desk.change(json.number, { requester: 'rolf' })
        for (const { status } of await v1.askAll('POST', '/tickets', asking)) expect(status).toBe(404)
      })

      test('shows the ticket as it was made, whatever has become of it', async () => {
        const { v1 } = await made()
        const asking = { headers: freshKey(), body: { title: 'once', description: 'x' } }
        const first = await v1.ask('POST', '/tickets', asking)
        await v1.desk.change(first.json.number, { title: 'other', description: null, status: 'closed' })
        await v1.desk.run('ticket.delete', { number: first.json.number })
        for (const again of await v1.askAll('POST', '/tickets', asking)) {
          expect([again.status, again.json]).toEqual([201, first.json])
        }
      })
    })

    describe('that brings back what a removal took', () => {
      const restore = (v1: V1Desk, index: number, from: number, headers: Readonly<Record<string, string>>) =>
        v1.ask('POST', `/removals/${index}/restore?from=${from}`, { headers, who: 'admin' })

      test('is done once of ten at once, which are all told the same, and once more when it is sent again', async () => {
        const { v1, tickets } = await made()
        const [from = 0] = tickets
        const operations = Array.from({ length: 350 }, () => ({ op: 'create', ticket: { title: 'x' } }))
        await v1.done('POST', '/batch', { operations })
        const { index } = await v1.desk.run('lab.deleteAll', {})
        const headers = freshKey()
        const answers = await Promise.all(Array.from({ length: 10 }, () => restore(v1, index, from, headers)))
        // Two of the tickets were in the bin before.
        for (const { status, json } of answers)
          expect([status, json]).toEqual([200, { restored: 352, left: [], next: null }])
        expect(answers.filter((answer) => answer.headers['idempotency-replayed'] === undefined)).toHaveLength(1)
        expect(v1.index).toBe(index + 352)
        await v1.desk.run('lab.deleteAll', {})
        for (const again of await Promise.all(v1.doors.map(() => restore(v1, index, from, headers)))) {
          expect([again.json, again.headers['idempotency-replayed']]).toEqual([answers[0]?.json, 'true'])
        }
        expect(v1.index).toBe(index + 353)
      })

      test('from another number is another request', async () => {
        const { v1, tickets } = await made()
        const [from = 0] = tickets
        const { index } = await v1.desk.run('lab.deleteAll', {})
        const headers = freshKey()
        expect((await restore(v1, index, from, headers)).json).toMatchObject({ restored: 2 })
        const { status, json } = await restore(v1, index, from + 1, headers)
        expect([status, json.code]).toEqual([422, 'key_reused'])
      })
    })

    test.each(['', ' ', 'ä', 'a b', 'x'.repeat(256)])('but for the key %j, which is none', async (sent) => {
      const v1 = shared()
      const before = v1.index
      const headers = { 'Idempotency-Key': Buffer.from(sent, 'latin1').toString('latin1') }
      const { status } = await v1.ask('POST', '/tickets', { headers, body: { title: 'x' } })
      expect([status, v1.index]).toEqual([400, before])
    })
  })
}
