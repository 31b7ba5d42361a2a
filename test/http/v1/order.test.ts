/** In which order a request at `/v1` is judged, and how a change is sent. */
import { describe, expect, test } from 'vitest'
import { askers } from '../../support/names.js'
import { openV1 } from '../../support/v1-desk.js'

describe('a request with several faults is told', () => {
  test('that there is no such path or method before all', async () => {
    const v1 = await openV1()
    const missing = await v1.ask('GET', '/nothing', { who: 'nobody' })
    expect([missing.status, missing.json.code]).toEqual([404, 'unknown_path'])
    const method = await v1.ask('PUT', '/tickets/1', { body: '{' })
    expect([method.status, method.headers.allow]).toEqual([405, 'DELETE, GET, HEAD, OPTIONS, PATCH'])
  })

  test('that there is no such ticket before its body is read', async () => {
    const v1 = await openV1()
    for (const asking of [{ body: '{' }, { body: 'x', type: 'text/plain' }, { body: 'x'.repeat(2 * 1024 * 1024) }]) {
      for (const [method, path] of [
        ['PATCH', '/tickets/9'],
        ['POST', '/tickets/9/comments'],
        ['POST', '/tickets/9/links'],
      ] as const) {
        expect((await v1.ask(method, path, asking)).status).toBe(404)
      }
    }
  })

  test('that it is purged to staff, before anything else', async () => {
    const v1 = await openV1()
    const number = await v1.desk.create({ requester: 'rita' })
    await v1.desk.run('ticket.delete', { number })
    await v1.desk.run('ticket.purge', { number }, { actor: 1, door: 'api' })
    expect((await v1.ask('PATCH', `/tickets/${number}`, { body: '{' })).status).toBe(410)
    expect((await v1.ask('GET', `/tickets/${number}`, { who: 'requester' })).status).toBe(404)
    const args = {
      path: '/tickets/00000000000000000001',
      value: 'again',
      directory: false,
      ttl: undefined,
      refresh: false,
    }
    await expect(v1.desk.run('keys.set', args)).rejects.toMatchObject({ details: { errorCode: 209 } })
  })

  test('that it may not before its body is read', async () => {
    const v1 = await openV1()
    await v1.desk.create({ requester: 'rita' })
    const comment = await v1.desk.comment(1, 'of the agent')
    const who = 'requester'
    for (const [method, path] of [
      ['DELETE', '/tickets/1'],
      ['POST', '/tickets/1/links'],
      ['POST', '/tickets/1/watchers'],
      ['PATCH', `/tickets/1/comments/${comment}`],
      ['POST', '/tickets/1/redact'],
      ['POST', '/import'],
    ] as const) {
      expect([path, (await v1.ask(method, path, { who, body: '{', type: 'text/plain' })).status]).toEqual([path, 403])
    }
  })

  test('what is wrong with its body before what stands now', async () => {
    const v1 = await openV1()
    const number = await v1.desk.create()
    const path = `/tickets/${number}`
    const stale = { version: 1 }
    expect((await v1.ask('PATCH', path, { body: { ...stale, labels: ['none'] } })).status).toBe(422)
    expect((await v1.ask('PATCH', path, { body: { ...stale, title: 5 } })).status).toBe(400)
    await v1.desk.run('ticket.delete', { number })
    for (const [method, at, body] of [
      ['PATCH', path, { labels: ['none'] }],
      ['POST', `${path}/comments`, { text: '\u0000' }],
      ['POST', `${path}/links`, { kind: 'blocks', ticket: number }],
      ['POST', `${path}/watchers`, { user: 'none' }],
    ] as const) {
      expect([at, (await v1.ask(method, at, { body })).status]).toEqual([at, 422])
    }
    for (const [method, at, body] of [
      ['PATCH', path, { labels: ['bug'] }],
      ['POST', `${path}/comments`, { text: 'x' }],
      ['POST', `${path}/watchers`, { user: 'rita' }],
      ['DELETE', path, undefined],
    ] as const) {
      const { status, json } = await v1.ask(method, at, body === undefined ? {} : { body })
      expect([at, status, json.code]).toEqual([at, 409, 'in_bin'])
    }
  })

  test('all that is wrong with its body, and only then that a move is forbidden', async () => {
    const v1 = await openV1()
    await v1.desk.create()
    await v1.desk.run('status.change', { name: 'open', change: { moves: ['in-progress'] } }, askers.admin)
    const both = await v1.ask('PATCH', '/tickets/1', { body: { status: 'closed', labels: ['none'] } })
    expect([both.status, both.json.errors[0].pointer]).toEqual([422, '/labels/0'])
    const move = await v1.ask('PATCH', '/tickets/1', { body: { status: 'closed' } })
    expect([move.status, move.json.code, move.json.detail]).toEqual([
      409,
      'forbidden_move',
      expect.stringContaining("'in-progress'"),
    ])
  })
})

describe('a change', () => {
  const full = {
    title: 'Disk full',
    description: 'text',
    priority: 'high',
    queue: 'storage',
    requester: 'rita',
    assignees: ['ada', 'abe'],
    labels: ['bug', 'disk'],
    due: '2026-12-01',
    fields: { site: 'fra', cost: 5, size: 'small' },
    ref: 'A',
  }

  test.each(['application/json', 'application/merge-patch+json', 'Application/Merge-Patch+JSON; charset=utf-8'])(
    'as %s: null removes, what is not there stays, an empty list removes all',
    async (type) => {
      const v1 = await openV1()
      await v1.ask('POST', '/tickets', { body: full })
      const patch = async (body: unknown) => (await v1.ask('PATCH', '/tickets/1', { body, type })).json
      expect(await patch({ fields: { cost: null }, labels: [] })).toMatchObject({
        ...full,
        labels: [],
        fields: { site: 'fra', size: 'small' },
      })
      const emptied = await patch({
        description: null,
        requester: null,
        assignees: null,
        due: null,
        ref: null,
        fields: null,
      })
      expect(emptied).toMatchObject({
        description: null,
        requester: null,
        assignees: [],
        due: null,
        ref: null,
        fields: {},
        priority: 'high',
      })
      const { index } = v1.desk
      expect(await patch({ description: null, due: null, fields: { cost: null }, labels: [] })).toEqual(emptied)
      expect(await patch({})).toEqual(emptied)
      expect(v1.desk.index).toBe(index)
    },
  )

  test('as JSON takes sets by their elements, as a merge patch only whole', async () => {
    const v1 = await openV1()
    await v1.ask('POST', '/tickets', { body: full })
    const body = { labels: { add: ['on call', 'BUG'], remove: ['disk'] }, assignees: { remove: ['ada'] } }
    const { json } = await v1.ask('PATCH', '/tickets/1', { body })
    expect(json).toMatchObject({ labels: ['bug', 'on call'], assignees: ['abe'] })
    const merge = await v1.ask('PATCH', '/tickets/1', { body, type: 'Application/merge-patch+json' })
    expect([merge.status, merge.json.errors[0].pointer]).toEqual([400, '/assignees'])
  })

  test('that sends back what was read changes nothing', async () => {
    const v1 = await openV1()
    await v1.ask('POST', '/tickets', { body: full })
    const { json } = await v1.ask('GET', '/tickets/1?include=activity')
    const { index } = v1.desk
    for (const type of ['application/json', 'application/merge-patch+json']) {
      const again = await v1.ask('PATCH', '/tickets/1', { body: json, type })
      const { activity: _activity, ...others } = json
      expect([again.status, again.json]).toEqual([200, others])
    }
    const turned = { labels: full.labels.toReversed(), assignees: full.assignees.toReversed() }
    expect((await v1.ask('PATCH', '/tickets/1', { body: turned })).json.labels).toEqual(full.labels)
    expect(v1.desk.index).toBe(index)
  })

  test('of labels by twenty at once is twenty labels, and twenty entries', async () => {
    const v1 = await openV1()
    await v1.desk.create()
    const names = Array.from({ length: 20 }, (_, at) => `label ${at}`)
    for (const name of names) await v1.desk.run('label.create', { label: { name } })
    await Promise.all(names.map((name) => v1.ask('PATCH', '/tickets/1', { body: { labels: { add: [name] } } })))
    expect((await v1.ask('GET', '/tickets/1')).json.labels.toSorted()).toEqual(names.toSorted())
    const { json } = await v1.ask('GET', '/tickets/1/history')
    const added = json.history.flatMap(
      ({ changes }: { changes: { labels?: { added: string[] } } }) => changes.labels?.added ?? [],
    )
    expect(added.toSorted()).toEqual(names.toSorted())
  })

  test('of assignees by twenty at once is twenty assignees, and twenty entries', async () => {
    const v1 = await openV1()
    await v1.desk.create()
    const handles = Array.from({ length: 20 }, (_, at) => `user-${at}`)
    for (const handle of handles) await v1.desk.run('user.create', { user: { handle } }, { actor: 1, door: 'api' })
    await Promise.all(
      handles.map((handle) => v1.ask('PATCH', '/tickets/1', { body: { assignees: { add: [handle] } } })),
    )
    const { json } = await v1.ask('GET', '/tickets/1')
    expect(json.assignees.toSorted()).toEqual(handles.toSorted())
    expect((await v1.ask('GET', '/tickets/1/history')).json.history).toHaveLength(21)
  })

  test('that adds one label, removes another and sets more is one index; with one unknown name it is none', async () => {
    const v1 = await openV1()
    await v1.desk.create({ labels: ['bug'] })
    const { json: before } = await v1.ask('GET', '/tickets/1')
    const bad = { labels: { add: ['disk', 'none'], remove: ['bug'] }, priority: 'high', assignees: { add: ['ada'] } }
    const refused = await v1.ask('PATCH', '/tickets/1', { body: bad })
    expect([refused.status, refused.json.errors[0].pointer]).toEqual([422, '/labels/add/1'])
    expect([(await v1.ask('GET', '/tickets/1')).json, v1.desk.index]).toEqual([before, before.version])
    const good = { ...bad, labels: { add: ['disk'], remove: ['bug'] } }
    const { json } = await v1.ask('PATCH', '/tickets/1', { body: good })
    expect(json).toMatchObject({ labels: ['disk'], priority: 'high', assignees: ['ada'], version: before.version + 1 })
    expect((await v1.ask('GET', '/tickets/1/history')).json.history).toHaveLength(2)
  })
})
