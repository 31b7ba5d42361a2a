/** A request with an `Idempotency-Key` is done once, however often it is sent. */
import { describe, expect, test } from 'vitest'
import type { SharedV1, Asking, V1Desk } from '../../support/v1-desk.js'

type Post = readonly [path: string, body: unknown, who?: Asking['who']]

/** What it is sent to: tickets, of which the third and the fourth lie in the bin, labels, and the index of a change. */
interface Made {
  readonly v1: V1Desk
  readonly tickets: readonly number[]
  readonly labels: readonly string[]
  readonly index: number
}

/** Every POST of `/v1` that takes a key, by its route. */
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
  '/labels/{name}/merge': ({ labels: [one, two] }) => [`/labels/${one}/merge`, { into: two }],
}

export function testOnce(shared: SharedV1): void {
  let keys = 0

  const freshKey = () => ({ 'Idempotency-Key': `key-${++keys}` })

  async function made(): Promise<Made> {
    const v1 = shared()
    const tickets: number[] = []
    for (let count = 0; count < 4; count++) tickets.push(await v1.desk.create({ requester: 'rita' }))
    const labels = ['label', 'label'].map((word) => v1.freshName(word).replace(' ', '-'))
    for (const name of labels) await v1.desk.run('label.create', { label: { name } })
    const [one = 0, , ...others] = tickets
    const index = await v1.desk.change(one, { priority: 'high', description: 'x' })
    for (const number of others) await v1.desk.run('ticket.delete', { number })
    return { v1, tickets, labels, index }
  }

  describe('a request with an Idempotency-Key', () => {
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

    test.each(['', ' ', 'ä', 'a b', 'x'.repeat(256)])('but for the key %j, which is none', async (sent) => {
      const v1 = shared()
      const before = v1.index
      const headers = { 'Idempotency-Key': Buffer.from(sent, 'latin1').toString('latin1') }
      const { status } = await v1.ask('POST', '/tickets', { headers, body: { title: 'x' } })
      expect([status, v1.index]).toEqual([400, before])
    })
  })
}
