/** What happens to all that names a label, a queue, a status or a user when that is called otherwise; and to old tickets under new rules. */
import { expect, test } from 'vitest'
import { follow } from '../../support/events.js'
import { openV1 } from '../../support/v1-desk.js'

test('renaming a label, a queue, a status and a user leaves tickets their version, guards, streams and default assignees', async () => {
  const v1 = await openV1()
  const admin = { who: 'admin' } as const
  await v1.ask('PATCH', '/queues/storage', { ...admin, body: { defaultAssignee: 'abe' } })
  const ticket = { title: 'one', labels: ['bug'], queue: 'storage', status: 'parked' }
  const { json: made } = await v1.ask('POST', '/tickets', { body: ticket })
  await v1.desk.create({ title: 'another' })
  const read = () => v1.ask('GET', `/tickets/${made.number}`)
  const other = () => v1.ask('GET', `/tickets/${made.number + 1}`)
  const [{ headers: before }, { headers: otherBefore }] = [await read(), await other()]
  const query = encodeURIComponent('label:bug queue:storage assignee:abe status:parked')
  const headers = { 'x-who': 'admin' }
  const stream = await follow(v1.door, `?q=${query}`, { headers })

  for (const [path, body] of [
    ['/labels/bug', { name: 'defect' }],
    ['/queues/storage', { name: 'disks' }],
    ['/statuses/parked', { name: 'on hold' }],
    ['/users/abe', { handle: 'abel' }],
  ] as const) {
    expect((await v1.ask('PATCH', path, { ...admin, body })).status).toBe(200)
  }

  // The ticket shows the names of today, and is the same version: what guards a change still lets it through.
  const after = await read()
  const renamed = { labels: ['defect'], queue: 'disks', status: 'on hold', assignees: ['abel'] }
  expect(after.json).toEqual({ ...made, ...renamed, createdBy: 'abel', requester: after.json.requester })
  expect((await other()).json.version).toBe(Number(/^"(\d+)-/u.exec(otherBefore.etag ?? '')?.[1]))
  const guarded = { headers: { 'If-Match': before.etag ?? '' }, body: { title: 'two' } }
  expect((await v1.ask('PATCH', `/tickets/${made.number}`, guarded)).status).toBe(200)

  // The stream goes on with what it selected; a new one says that the old name is gone.
  const events = await stream.until((all) => all.some(({ ticket: number }) => number === made.number))
  expect(events.at(-1)).toMatchObject({ changes: { title: { to: 'two' } }, matches: { before: true, after: true } })
  for (const [word, old] of [
    ['label', 'bug'],
    ['queue', 'storage'],
    ['status', 'parked'],
    ['assignee', 'abe'],
  ]) {
    const { status, json } = await v1.ask('GET', `/events?q=${word}:${old}`, admin)
    expect([status, json.errors[0].detail]).toEqual([400, expect.stringContaining(`'${old}'`)])
  }
  expect((await v1.ask('POST', '/tickets', { body: { title: 'x', labels: ['bug'] } })).status).toBe(422)
  const { json: next } = await v1.ask('POST', '/tickets', { body: { title: 'next', queue: 'disks' } })
  expect(next.assignees).toEqual(['abel'])
  stream.close()
})

test('the tag of a ticket does not move by the renaming of what it does not name', async () => {
  const v1 = await openV1()
  await v1.desk.create({ labels: ['disk'] })
  const { headers } = await v1.ask('GET', '/tickets/1')
  for (const [path, body] of [
    ['/labels/bug', { name: 'defect' }],
    ['/queues/vault', { name: 'safe' }],
    ['/statuses/parked', { name: 'on hold' }],
    ['/users/rolf', { handle: 'ralf' }],
  ] as const) {
    await v1.ask('PATCH', path, { who: 'admin', body })
  }
  expect((await v1.ask('GET', '/tickets/1', { headers: { 'If-None-Match': headers.etag ?? '' } })).status).toBe(304)
})

test('a field that becomes required is asked of new tickets and where it is emptied, never of an old one by other changes', async () => {
  const v1 = await openV1()
  const old = await v1.desk.create({ queue: 'storage' })
  const full = await v1.desk.create({ queue: 'storage', fields: { site: 'fra' } })
  const fields = [{ name: 'site', public: true, required: true }, { name: 'cost' }]
  await v1.ask('PATCH', '/queues/storage', { who: 'admin', body: { fields } })
  for (const body of [{ title: 'other' }, { assignees: ['abe'] }, { fields: { cost: 5 } }, { status: 'closed' }]) {
    expect((await v1.ask('PATCH', `/tickets/${old}`, { body })).status).toBe(200)
  }
  expect((await v1.ask('POST', `/tickets/${old}/comments`, { body: { text: 'x' } })).status).toBe(201)
  const before = v1.desk.index
  for (const [method, path, body, pointer] of [
    ['POST', '/tickets', { title: 'x', queue: 'storage' }, '/fields/site'],
    ['POST', '/tickets', { title: 'x', queue: 'storage', fields: { site: null } }, '/fields/site'],
    ['PATCH', `/tickets/${full}`, { fields: { site: null } }, '/fields/site'],
    ['PATCH', `/tickets/${full}`, { fields: null }, '/fields/site'],
    [
      'POST',
      '/batch',
      { operations: [{ op: 'create', ticket: { title: 'x', queue: 'storage' } }] },
      '/operations/0/ticket/fields/site',
    ],
  ] as const) {
    const { status, json } = await v1.ask(method, path, { body })
    expect([status, json.code, json.errors[0].pointer]).toEqual([422, 'field_required', pointer])
  }
  expect(v1.desk.index).toBe(before)
})
