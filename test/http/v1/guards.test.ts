/** Guards and tags at `/v1`: what a change believes, and what a reader has already. */
import { describe, expect, test } from 'vitest'
import { ask, openDesk } from '../../support/desk-door.js'
import { openV1, type V1Desk } from '../../support/v1-desk.js'

async function opened(): Promise<{ readonly v1: V1Desk; readonly tag: string; readonly version: number }> {
  const v1 = await openV1()
  await v1.desk.create({ requester: 'rita' })
  const { headers, json } = await v1.ask('GET', '/tickets/1')
  return { v1, tag: headers.etag ?? '', version: json.version }
}

describe('a change of a ticket', () => {
  test('is guarded by the tag, by the version as a tag, and by the version in the body', async () => {
    const { v1, tag, version } = await opened()
    expect(tag).toMatch(new RegExp(`^"${version}-[\\w-]+"$`, 'u'))
    const first = await v1.ask('PATCH', '/tickets/1', { headers: { 'If-Match': tag }, body: { title: 'one' } })
    expect(first.status).toBe(200)
    const header = { 'If-Match': `"${first.json.version}"` }
    const second = await v1.ask('PATCH', '/tickets/1', { headers: header, body: { title: 'two' } })
    expect(second.status).toBe(200)
    const third = await v1.ask('PATCH', '/tickets/1', { body: { title: 'three', version: second.json.version } })
    expect([third.status, third.json.title]).toEqual([200, 'three'])
  })

  test('of an older version is 412 with the ticket as it stands, and changes nothing', async () => {
    const { v1, tag, version } = await opened()
    await v1.desk.change(1, { title: 'changed meanwhile' })
    const { index } = v1.desk
    for (const asking of [
      { headers: { 'If-Match': tag }, body: { title: 'x' } },
      { body: { title: 'x', version } },
      { headers: { 'If-Match': `W/${tag}` }, body: { title: 'x' } },
    ]) {
      const { status, json } = await v1.ask('PATCH', '/tickets/1', asking)
      expect([status, json.current.title, json.current.version]).toEqual([412, 'changed meanwhile', index])
    }
    expect((await v1.ask('DELETE', '/tickets/1', { headers: { 'If-Match': tag } })).status).toBe(412)
    expect(v1.desk.index).toBe(index)
  })

  test('with a weak tag is 412 and says so, also where the version is the newest', async () => {
    const { v1, tag } = await opened()
    const { json } = await v1.ask('PATCH', '/tickets/1', { headers: { 'If-Match': `W/${tag}` }, body: { title: 'x' } })
    expect([json.status, json.code]).toEqual([412, 'weak_tag'])
    expect(json.detail).toMatch(/version in the body/u)
  })

  test('with a tag and a version that differ is 400, with the same two it is made', async () => {
    const { v1, tag, version } = await opened()
    const differ = await v1.ask('PATCH', '/tickets/1', {
      headers: { 'If-Match': tag },
      body: { title: 'x', version: version + 1 },
    })
    expect([differ.status, differ.json.code]).toEqual([400, 'guards_differ'])
    const same = await v1.ask('PATCH', '/tickets/1', { headers: { 'If-Match': tag }, body: { title: 'x', version } })
    expect(same.status).toBe(200)
  })

  test.each(['812', '"x"', '"1", "2"', ''])('with If-Match %j is 400', async (sent) => {
    const { v1 } = await opened()
    const { status } = await v1.ask('PATCH', '/tickets/1', { headers: { 'If-Match': sent }, body: { title: 'x' } })
    expect(status).toBe(400)
  })

  test('without a guard is made whatever the version is; of different members both stand', async () => {
    const { v1 } = await opened()
    const bodies = [{ title: 'one' }, { priority: 'high' }, { due: '2026-12-01' }, { labels: { add: ['bug'] } }]
    await Promise.all(bodies.map((body) => v1.ask('PATCH', '/tickets/1', { body })))
    const { json } = await v1.ask('GET', '/tickets/1')
    expect(json).toMatchObject({ title: 'one', priority: 'high', due: '2026-12-01', labels: ['bug'] })
  })

  test('of what only staff sees has a version of its own, which leaves the other as it is', async () => {
    const { v1 } = await opened()
    await v1.desk.change(1, { queue: 'storage' })
    const before = (await v1.ask('GET', '/tickets/1')).json
    const changed = await v1.ask('PATCH', '/tickets/1', { body: { fields: { cost: 5 }, internalVersion: 0 } })
    expect(changed.json).toMatchObject({ version: before.version, internalVersion: v1.desk.index })
    const late = await v1.ask('PATCH', '/tickets/1', { body: { fields: { cost: 6 }, internalVersion: 0 } })
    expect([late.status, late.json.current.fields]).toEqual([412, { cost: 5 }])
    const inBatch = await v1.ask('POST', '/batch', {
      body: { operations: [{ op: 'change', number: 1, change: { fields: { cost: 6 }, internalVersion: 0 } }] },
    })
    expect([inBatch.status, inBatch.json.current.fields, inBatch.json.errors[0].pointer]).toEqual([
      412,
      { cost: 5 },
      '/operations/0',
    ])
  })
})

test('comments, links and watchers are guarded by versions of their own', async () => {
  const { v1 } = await opened()
  await v1.desk.create()
  const { json: comment, headers } = await v1.ask('POST', '/tickets/1/comments', { body: { text: 'x' } })
  await v1.desk.change(1, { title: 'moves the ticket, not the comment' })
  const path = `/tickets/1/comments/${comment.id}`
  const edited = await v1.ask('PATCH', path, { headers: { 'If-Match': headers.etag ?? '' }, body: { text: 'y' } })
  expect(edited.status).toBe(200)
  const late = await v1.ask('PATCH', path, { body: { text: 'z', version: comment.version } })
  expect([late.status, late.json.current.text]).toEqual([412, 'y'])
  expect((await v1.ask('DELETE', path, { headers: { 'If-Match': `"${comment.version}"` } })).status).toBe(412)
  for (const path of ['/tickets/1/links/blocks/2', '/tickets/1/watchers/rita']) {
    const { json } = await v1.ask('PUT', path)
    const [{ version }] = json.links ?? json.watchers
    const guardedBy = (tag: string) => v1.ask('DELETE', path, { headers: { 'If-Match': tag } })
    expect((await guardedBy('"1"')).status).toBe(412)
    expect((await guardedBy(`"${version}"`)).status).toBe(204)
    expect((await guardedBy(`"${version}"`)).status).toBe(412)
    expect((await v1.ask('DELETE', path)).status).toBe(204)
  }
})

describe('a reader that has it already', () => {
  test('is told so by the tag in either form, until something that is shown changes', async () => {
    const { v1, tag } = await opened()
    for (const sent of [tag, `W/${tag}`, `"other", W/${tag}`, '*']) {
      const { status, body, headers } = await v1.ask('GET', '/tickets/1', { headers: { 'If-None-Match': sent } })
      expect([status, body, headers.etag]).toEqual([304, '', tag])
    }
    await v1.desk.run('user.change', { number: 3, change: { handle: 'rosa' } }, { actor: 1, door: 'api' })
    const renamed = await v1.ask('GET', '/tickets/1', { headers: { 'If-None-Match': tag } })
    expect([renamed.status, renamed.json.requester]).toEqual([200, 'rosa'])
    // The version is the same: who guards a change with the old tag may make it.
    expect((await v1.ask('PATCH', '/tickets/1', { headers: { 'If-Match': tag }, body: { title: 'x' } })).status).toBe(
      200,
    )
  })

  test.each(['/tickets', '/tickets/1/comments', '/tickets/1/history', '/tickets/1/links', '/tickets/1/watchers'])(
    'of %s is told so while other things happen',
    async (path) => {
      const { v1 } = await opened()
      const { headers } = await v1.ask('GET', path)
      await v1.desk.run('label.create', { label: { name: 'new' } }, { actor: 1, door: 'api' })
      const tag = `W/${headers.etag ?? ''}`
      expect((await v1.ask('GET', path, { headers: { 'If-None-Match': tag } })).status).toBe(304)
      await v1.desk.change(1, { title: 'x' })
      await v1.desk.comment(1, 'x')
      await v1.desk.run('watcher.add', { number: 1, handle: 'rita' })
      await v1.desk.create()
      await v1.desk.link(1, 'blocks', 2)
      expect((await v1.ask('GET', path, { headers: { 'If-None-Match': tag } })).status).toBe(200)
    },
  )

  test('asks HEAD and gets the headers alone', async () => {
    const { v1, tag } = await opened()
    const { status, body, headers } = await v1.ask('HEAD', '/tickets/1')
    expect([status, body, headers.etag, headers['desk-index']]).toEqual([200, '', tag, String(v1.desk.index)])
    expect((await v1.ask('HEAD', '/tickets/1', { headers: { 'If-None-Match': tag } })).status).toBe(304)
  })

  test('may keep an answer for itself, and asks whether it still holds', async () => {
    const { v1 } = await opened()
    for (const path of ['/tickets', '/tickets/1', '/tickets/1/history', '/tickets/9']) {
      const { headers } = await v1.ask('GET', path)
      expect([headers['cache-control'], headers.vary]).toEqual(['private, no-cache', 'Authorization, Cookie, Accept'])
    }
  })

  test('of another origin gets an answer that says so', async () => {
    const desk = await openDesk({ cors: ['https://app.example'] })
    const headers = { Origin: 'https://app.example' }
    const answer = await ask(desk.door, 'GET', '/v1/tickets', { headers })
    expect(answer.headers.vary).toBe('Authorization, Cookie, Accept, Origin')
    await desk.close()
  })
})
