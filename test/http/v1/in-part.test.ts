/** Requests that take several commits, of which the store does only the first ones: nobody is told that nothing was changed. What may be one is. */
import { expect, onTestFinished, test } from 'vitest'
import type { DeskStore } from '#src/desk.js'
import { CommandError, STORE_ERRORS, StoreError } from '#src/store/errors.js'
import { openAccessDesk } from '../../support/access-desk.js'
import { sqliteTarget } from '../../support/target.js'
import { Ends } from '../../support/ticket-desk.js'
import { askers } from '../../support/names.js'
import { openV1 } from '../../support/v1-desk.js'
import { viewerOf } from '#src/users/viewer.js'

interface Node {
  readonly nodes: readonly DeskStore[]
}

/** Has a store refuse this command whenever `refusal` says with what, by its arguments and how often it has come. */
function refuseWhere(
  { nodes: [store] }: Node,
  command: string,
  refusal: (args: unknown, time: number) => Error | undefined,
): void {
  if (store === undefined) throw new Error('there is no node')
  const run = store.run.bind(store)
  let times = 0
  const value = (name: string, args: unknown, ...rest: unknown[]): unknown => {
    const error = name === command ? refusal(args, ++times) : undefined
    return error === undefined ? Reflect.apply(run, store, [name, args, ...rest]) : Promise.reject(error)
  }
  Object.defineProperty(store, 'run', { value })
}

/** Has a store refuse this command once, when it comes for the so manieth time. */
function refuseOnce(node: Node, command: string, time: number, error: Error = new StoreError('unavailable')): void {
  refuseWhere(node, command, (_, at) => (at === time ? error : undefined))
}

test('who brings many tickets back with a key is told that some are, and gets the rest with the same key', async () => {
  const v1 = await openV1()
  const count = 60
  for (let made = 0; made < count; made++) await v1.desk.create()
  const { index } = await v1.desk.run('lab.deleteAll', {}, { actor: 2, door: 'lab' })
  refuseOnce(v1, 'removal.restore', 2)
  const asking = { who: 'admin', headers: { 'Idempotency-Key': 'all-of-them' } } as const
  const first = await v1.ask('POST', `/removals/${index}/restore`, asking)
  expect([first.status, first.json.code]).toEqual([503, 'unknown_outcome'])
  expect(first.json.detail).toBe(
    `Some of the tickets are back. Of the others: ${STORE_ERRORS.unavailable} Send the request again with the same Idempotency-Key: it goes on from there.`,
  )
  const { json } = await v1.ask('GET', '/tickets', { who: 'admin' })
  expect(json.total).toBeGreaterThan(0)
  expect(json.total).toBeLessThan(count)
  const again = await v1.ask('POST', `/removals/${index}/restore`, asking)
  expect(again.json).toEqual({ restored: count, left: [], next: null })
})

/** A ticket of the bin that is linked with large ones. */
async function openLinked() {
  const v1 = await openV1()
  const { desk } = v1
  const names = Array.from({ length: 150 }, (_, place) => `field ${place}`)
  for (const name of names) await desk.run('field.create', { field: { name, type: 'text' } }, askers.admin)
  const queue = { name: 'large', fields: names.map((name) => ({ name, public: true })) }
  await desk.run('queue.create', { queue }, askers.admin)
  const fields = Object.fromEntries(names.map((name) => [name, 'x'.repeat(1000)]))
  const number = await desk.create()
  for (let count = 0; count < 3; count++)
    await desk.link(number, 'blocks', await desk.create({ queue: 'large', fields }))
  await desk.run('ticket.delete', { number })
  const purge = () => v1.ask('POST', `/tickets/${number}/purge`, { who: 'admin' })
  const links = (): number => {
    const found = desk.reading.ticket(viewerOf(desk.reading.records, askers.admin), number)
    return typeof found === 'string' ? 0 : found.record.links
  }
  return { v1, number, purge, links }
}

test('who purges a ticket whose links go in parts is told that some are gone, and sends it again', async () => {
  const { v1, number, purge, links } = await openLinked()
  refuseOnce(v1, 'ticket.purge', 2)
  const first = await purge()
  expect([first.status, first.json.code, links()]).toEqual([503, 'unknown_outcome', 2])
  expect(first.json.detail).toBe(
    `Some links of the ticket are gone. Of the rest: ${STORE_ERRORS.unavailable} Send the request again: it goes on from there.`,
  )
  expect([(await purge()).status, (await purge()).json.code]).toEqual([204, 'purged'])
  expect((await v1.ask('GET', `/tickets/${number}`)).status).toBe(410)
})

test('a purge that is too much for what lies below is made in smaller parts, as small as it takes', async () => {
  const { v1, purge, links } = await openLinked()
  const tried: number[] = []
  refuseWhere(v1, 'ticket.purge', (args) => {
    const most = typeof args === 'object' && args !== null && 'most' in args ? Number(args.most) : 0
    tried.push(most)
    return most > 1 ? new CommandError('too_large', 'The change is too large for this store.') : undefined
  })
  expect([(await purge()).status, links()]).toEqual([204, 0])
  const halved = tried.slice(0, tried.indexOf(1) + 1)
  expect(halved.slice(1)).toEqual(halved.slice(0, -1).map((most) => Math.ceil(most / 2)))
})

test('who purges a ticket that is brought back between two parts is told that some links are gone', async () => {
  const { v1, purge } = await openLinked()
  refuseOnce(v1, 'ticket.purge', 2, new CommandError('still_there', 'Ticket 1 is not in the bin. Delete it first.'))
  const broken = await purge()
  expect([broken.status, broken.json.code]).toEqual([409, 'still_there'])
  expect(broken.json.detail).toBe('Some links of the ticket are gone. Ticket 1 is not in the bin. Delete it first.')
})

test('who uses a link, and is refused by the store, finds it good still: password and session are one commit', async () => {
  const ends = new Ends()
  onTestFinished(() => ends.end())
  const desk = await openAccessDesk({ target: sqliteTarget, until: ends.until })
  const { secret: token } = await desk.token('ada')
  const made = await desk.ask('POST', '/v1/sign-in-links', { token, body: { user: 'rolf' } })
  refuseOnce(desk, 'link.use', 1)
  const password = 'chosen by rolf'
  const use = () => desk.ask('POST', '/v1/sign-in-links/use', { body: { secret: made.json.secret, password } })
  expect((await use()).json.code).toBe('unavailable')
  const used = await use()
  expect([used.status, used.json.user]).toEqual([201, 'rolf'])
})
