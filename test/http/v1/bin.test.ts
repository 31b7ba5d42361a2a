/** The bin at `/v1`: what is deleted counts nowhere, and comes back as it was. */
import { expect, test } from 'vitest'
import { everyMember, ticketId } from '../../support/ticket-desk.js'
import { follow } from '../../support/events.js'
import { openV1, type V1Desk } from '../../support/v1-desk.js'

const paths = ['', '/comments', '/history', '/links', '/watchers']

/** A ticket with everything, blocking another one. */
async function opened(): Promise<{ readonly v1: V1Desk; readonly number: number; readonly other: number }> {
  const v1 = await openV1()
  const other = await v1.desk.create({ requester: 'rita' })
  const { json } = await v1.ask('POST', '/tickets', {
    body: { title: 'full', ...everyMember },
  })
  const { number } = json
  for (const text of ['one', 'two']) await v1.ask('POST', `/tickets/${number}/comments`, { body: { text } })
  await v1.ask('POST', `/tickets/${number}/comments`, { body: { text: 'three', internal: true } })
  await v1.ask('PUT', `/tickets/${number}/links/blocks/${other}`)
  await v1.ask('PUT', `/tickets/${number}/watchers/rita`)
  return { v1, number, other }
}

test('a deleted ticket is in no list, no total and no other ticket, and the stream tells of it once', async () => {
  const { v1, number, other } = await opened()
  const total = async (who: 'agent' | 'requester' | 'viewer') => (await v1.ask('GET', '/tickets', { who })).json.total
  const kinds = ['agent', 'requester', 'viewer'] as const
  const before = await Promise.all(kinds.map(total))
  const stream = await follow(v1.door, '', { headers: { 'x-who': 'requester' } })
  const since = v1.desk.index
  const deleted = await v1.ask('DELETE', `/tickets/${number}`)
  expect([deleted.status, deleted.headers['desk-index']]).toEqual([204, String(since + 1)])

  expect(await Promise.all(kinds.map(total))).toEqual(before.map((count) => count - 1))
  for (const who of kinds) {
    const { json } = await v1.ask('GET', '/tickets', { who })
    expect(json.tickets.map((ticket: { number: number }) => ticket.number)).toEqual([other])
    expect((await v1.ask('GET', `/tickets/${other}/links`, { who })).json.links).toEqual([])
  }
  expect((await v1.ask('GET', `/tickets/${other}?include=activity`)).json.activity.links).toBe(0)
  expect(v1.desk.rows(`SELECT 1 FROM keys WHERE name = '${ticketId(number)}'`)).toEqual([])

  // For whom may restore it, it is there with when it was deleted; for others it is as if there never was one.
  expect((await v1.ask('GET', `/tickets/${number}`)).json).toMatchObject({
    title: 'full',
    deletedAt: expect.any(String),
  })
  for (const who of ['requester', 'viewer'] as const) {
    for (const path of paths) {
      const [gone, never] = await Promise.all(
        [number, 999].map((each) => v1.ask('GET', `/tickets/${each}${path}`, { who })),
      )
      expect([gone?.status, gone?.body]).toEqual([404, never?.body])
    }
  }
  const changed = await v1.ask('PATCH', `/tickets/${number}`, { body: { title: 'x' } })
  expect([changed.status, changed.json.code]).toEqual([409, 'in_bin'])

  await v1.desk.create({ requester: 'rita', title: 'the last' })
  const events = await stream.until((all) => all.length === 2)
  expect(events.map(({ type, ticket, index }) => [type, ticket, index])).toEqual([
    ['ticket.deleted', number, since + 1],
    ['ticket.created', number + 1, since + 2],
  ])
  stream.close()
})

test('a restored ticket reads as before but for its version and times, from both ends; restoring again changes nothing', async () => {
  const { v1, number, other } = await opened()
  const read = async (each: number) => {
    const answers = await Promise.all(paths.map((path) => v1.ask('GET', `/tickets/${each}${path}`)))
    const [ticket, comments, history, links, watchers] = answers.map(({ json }) => json)
    const { version: _version, ...kept } = ticket
    return { kept, comments, history: history.history, links, watchers }
  }
  const [before, otherBefore] = [await read(number), await read(other)]
  await v1.ask('DELETE', `/tickets/${number}`)
  const restored = await v1.ask('POST', `/tickets/${number}/restore`)
  expect([restored.status, restored.json.deletedAt]).toEqual([200, null])
  const after = await read(number)
  const { history: _history, ...others } = before
  expect(after).toMatchObject(others)
  expect(after.history.slice(0, before.history.length)).toEqual(before.history)
  expect(after.history.slice(before.history.length).map(({ type }: { type: string }) => type)).toEqual([
    'ticket.deleted',
    'ticket.restored',
  ])
  expect(await read(other)).toEqual(otherBefore)
  expect(v1.desk.rows(`SELECT value FROM keys WHERE name = '${ticketId(number)}'`)).toEqual([{ value: 'full' }])
  const { index } = v1.desk
  const again = await v1.ask('POST', `/tickets/${number}/restore`)
  expect([again.status, again.json, v1.desk.index]).toEqual([200, restored.json, index])
})

test('what a ticket in the bin names is not deleted meanwhile, and what was merged or has left comes back as what it is now', async () => {
  const { v1, number } = await opened()
  await v1.ask('DELETE', `/tickets/${number}`)
  const inUse = await v1.ask('DELETE', '/labels/bug')
  expect([inUse.status, inUse.json.code, inUse.json.detail]).toEqual([
    409,
    'in_use',
    expect.stringMatching(/^One ticket/u),
  ])
  await v1.ask('POST', '/labels/bug/merge', { body: { into: 'on call' } })
  await v1.ask('PATCH', '/labels/disk', { body: { archived: true } })
  await v1.ask('PATCH', '/users/rita', { who: 'admin', body: { active: false } })
  const { status, json } = await v1.ask('POST', `/tickets/${number}/restore`)
  expect([status, json.labels.toSorted(), json.requester]).toEqual([200, ['disk', 'on call'], 'rita'])
})
