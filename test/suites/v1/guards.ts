/** Guards and tags at `/v1`: what a change believes, and what a reader has already. */
import { describe, expect, test } from 'vitest'
import type { SharedV1, V1Desk } from '../../support/v1-desk.js'

interface Made {
  readonly v1: V1Desk
  readonly number: number
  /** Of the new ticket. */
  readonly path: string
  readonly tag: string
  readonly version: number
}

export function testGuards(shared: SharedV1): void {
  async function made(): Promise<Made> {
    const v1 = shared()
    const number = await v1.desk.create({ requester: 'rita' })
    const path = `/tickets/${number}`
    const { headers, json } = await v1.ask('GET', path)
    return { v1, number, path, tag: headers.etag ?? '', version: json.version }
  }

  describe('a change of a ticket', () => {
    test('is guarded by the tag, by the version as a tag, and by the version in the body', async () => {
      const { v1, tag, version, path } = await made()
      expect(tag).toMatch(new RegExp(`^"${version}-[\\w-]+"$`, 'u'))
      const first = await v1.ask('PATCH', path, { headers: { 'If-Match': tag }, body: { title: 'one' } })
      expect(first.status).toBe(200)
      const header = { 'If-Match': `"${first.json.version}"` }
      const second = await v1.ask('PATCH', path, { headers: header, body: { title: 'two' } })
      expect(second.status).toBe(200)
      const third = await v1.ask('PATCH', path, { body: { title: 'three', version: second.json.version } })
      expect([third.status, third.json.title]).toEqual([200, 'three'])
    })

    test('of an older version is 412 with the ticket as it stands, and changes nothing', async () => {
      const { v1, tag, version, path, number } = await made()
      await v1.desk.change(number, { title: 'changed meanwhile' })
      const { index } = v1.desk
      for (const asking of [
        { headers: { 'If-Match': tag }, body: { title: 'x' } },
        { body: { title: 'x', version } },
        { headers: { 'If-Match': `W/${tag}` }, body: { title: 'x' } },
      ]) {
        const { status, json } = await v1.ask('PATCH', path, asking)
        expect([status, json.current.title, json.current.version]).toEqual([412, 'changed meanwhile', index])
      }
      expect((await v1.ask('DELETE', path, { headers: { 'If-Match': tag } })).status).toBe(412)
      expect(v1.index).toBe(index)
    })

    test('with a weak tag is 412 and says so, also where the version is the newest', async () => {
      const { v1, tag, path } = await made()
      const { json } = await v1.ask('PATCH', path, { headers: { 'If-Match': `W/${tag}` }, body: { title: 'x' } })
      expect([json.status, json.code]).toEqual([412, 'weak_tag'])
      expect(json.detail).toMatch(/version in the body/u)
    })

    test('with a tag and a version that differ is 400, with the same two it is made', async () => {
      const { v1, tag, version, path } = await made()
      const differ = await v1.ask('PATCH', path, {
        headers: { 'If-Match': tag },
        body: { title: 'x', version: version + 1 },
      })
      expect([differ.status, differ.json.code]).toEqual([400, 'guards_differ'])
      const same = await v1.ask('PATCH', path, { headers: { 'If-Match': tag }, body: { title: 'x', version } })
      expect(same.status).toBe(200)
    })

    test('with If-Match where it would guard nothing is 400, and is not made', async () => {
      const { v1, tag, path, version } = await made()
      const number = Number(path.split('/').at(-1))
      const change = { op: 'change', number, change: { title: 'x' } }
      for (const [at, body] of [
        ['/batch', { operations: [change] }],
        ['/undo', { index: version }],
        ['/tickets', { title: 'x' }],
        [`${path}/comments`, { text: 'x' }],
      ] as const) {
        const { status, json } = await v1.ask('POST', at, { headers: { 'If-Match': tag }, body })
        expect([at, status, json.code]).toEqual([at, 400, 'invalid_header'])
      }
      expect((await v1.ask('GET', path)).json.version).toBe(version)
      const every = await v1.ask('POST', '/tickets', { headers: { 'If-Match': '*' }, body: { title: 'x' } })
      expect(every.status).toBe(201)
    })

    test.each(['812', '"x"', '"1", "2"', ''])('with If-Match %j is 400', async (sent) => {
      const { v1, path } = await made()
      const { status } = await v1.ask('PATCH', path, { headers: { 'If-Match': sent }, body: { title: 'x' } })
      expect(status).toBe(400)
    })

    test('without a guard is made whatever the version is; of different members both stand', async () => {
      const { v1, path } = await made()
      const bodies = [{ title: 'one' }, { priority: 'high' }, { due: '2026-12-01' }, { labels: { add: ['bug'] } }]
      await Promise.all(bodies.map((body) => v1.ask('PATCH', path, { body })))
      const { json } = await v1.ask('GET', path)
      expect(json).toMatchObject({ title: 'one', priority: 'high', due: '2026-12-01', labels: ['bug'] })
    })

    test('of what only staff sees has a version of its own, which leaves the other as it is', async () => {
      const { v1, path, number } = await made()
      await v1.desk.change(number, { queue: 'storage' })
      const before = (await v1.ask('GET', path)).json
      const changed = await v1.ask('PATCH', path, { body: { fields: { cost: 5 }, internalVersion: 0 } })
      expect(changed.json).toMatchObject({ version: before.version, internalVersion: v1.index })
      const late = await v1.ask('PATCH', path, { body: { fields: { cost: 6 }, internalVersion: 0 } })
      expect([late.status, late.json.current.fields]).toEqual([412, { cost: 5 }])
      const inBatch = await v1.ask('POST', '/batch', {
        body: { operations: [{ op: 'change', number, change: { fields: { cost: 6 }, internalVersion: 0 } }] },
      })
      expect([inBatch.status, inBatch.json.current.fields, inBatch.json.errors[0].pointer]).toEqual([
        412,
        { cost: 5 },
        '/operations/0',
      ])
    })
  })

  test('comments, links and watchers are guarded by versions of their own', async () => {
    const { v1, number, path } = await made()
    const other = await v1.desk.create()
    const { json: comment, headers } = await v1.ask('POST', `${path}/comments`, { body: { text: 'x' } })
    await v1.desk.change(number, { title: 'moves the ticket, not the comment' })
    const at = `${path}/comments/${comment.id}`
    const edited = await v1.ask('PATCH', at, { headers: { 'If-Match': headers.etag ?? '' }, body: { text: 'y' } })
    expect(edited.status).toBe(200)
    const late = await v1.ask('PATCH', at, { body: { text: 'z', version: comment.version } })
    expect([late.status, late.json.current.text]).toEqual([412, 'y'])
    expect((await v1.ask('DELETE', at, { headers: { 'If-Match': `"${comment.version}"` } })).status).toBe(412)
    for (const part of [`${path}/links/blocks/${other}`, `${path}/watchers/rita`]) {
      const { json } = await v1.ask('PUT', part)
      const [{ version }] = json.links ?? json.watchers
      const guardedBy = (tag: string) => v1.ask('DELETE', part, { headers: { 'If-Match': tag } })
      expect((await guardedBy('"1"')).status).toBe(412)
      expect((await guardedBy(`"${version}"`)).status).toBe(204)
      expect((await guardedBy(`"${version}"`)).status).toBe(412)
      expect((await v1.ask('DELETE', part)).status).toBe(204)
    }
  })

  describe('a reader that has it already', () => {
    test('is told so by the tag in either form, until something that is shown changes', async () => {
      const { v1, tag, path } = await made()
      for (const sent of [tag, `W/${tag}`, `"other", W/${tag}`, '*']) {
        for (const { status, body, headers } of await v1.askAll('GET', path, { headers: { 'If-None-Match': sent } })) {
          expect([status, body, headers.etag]).toEqual([304, '', tag])
        }
      }
      const label = v1.freshName('label')
      await v1.ask('POST', '/labels', { body: { name: label } })
      const labelled = await v1.ask('PATCH', path, { body: { labels: [label] } })
      const before = labelled.headers.etag ?? ''
      await v1.ask('PATCH', `/labels/${encodeURIComponent(label)}`, { body: { name: `${label} of now` } })
      for (const { status, json } of await v1.askAll('GET', path, { headers: { 'If-None-Match': before } })) {
        expect([status, json.labels]).toEqual([200, [`${label} of now`]])
      }
      // The version is the same: who guards a change with the old tag may make it.
      const guarded = { headers: { 'If-Match': before }, body: { title: 'x' } }
      expect((await v1.ask('PATCH', path, guarded)).status).toBe(200)
    })

    test.each(['/tickets', 'comments', 'history', 'links', 'watchers'])(
      'of %s is told so while other things happen',
      async (what) => {
        const { v1, path: ticket, number } = await made()
        const path = what === '/tickets' ? what : `${ticket}/${what}`
        const { headers } = await v1.ask('GET', path)
        await v1.ask('POST', '/labels', { body: { name: v1.freshName('label') } })
        const tag = `W/${headers.etag ?? ''}`
        for (const { status } of await v1.askAll('GET', path, { headers: { 'If-None-Match': tag } })) {
          expect(status).toBe(304)
        }
        await v1.desk.change(number, { title: 'x' })
        await v1.desk.comment(number, 'x')
        await v1.desk.run('watcher.add', { number, handle: 'rita' })
        await v1.desk.link(number, 'blocks', await v1.desk.create())
        expect((await v1.ask('GET', path, { headers: { 'If-None-Match': tag } })).status).toBe(200)
      },
    )

    test('asks HEAD and gets the headers alone', async () => {
      const { v1, tag, path } = await made()
      const { status, body, headers } = await v1.ask('HEAD', path)
      expect([status, body, headers.etag, headers['desk-index']]).toEqual([200, '', tag, String(v1.index)])
      expect((await v1.ask('HEAD', path, { headers: { 'If-None-Match': tag } })).status).toBe(304)
    })

    test('may keep an answer for itself, and asks whether it still holds', async () => {
      const { v1, path } = await made()
      for (const each of ['/tickets', path, `${path}/history`, '/tickets/999999']) {
        const { headers } = await v1.ask('GET', each)
        expect([headers['cache-control'], headers.vary]).toEqual(['private, no-cache', 'Authorization, Cookie, Accept'])
      }
    })
  })
}
