/** Behind a proxy that compresses, and so weakens tags or takes them away: changes are guarded all the same, and nothing is read twice. */
import { createServer, request, type IncomingHttpHeaders } from 'node:http'
import { gunzipSync, gzipSync } from 'node:zlib'
import { buffer } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDeskClient, NotCurrent } from '#src/client/client.js'
import { openDesk, type OpenDesk } from '../../support/desk-door.js'

/** What becomes of the tag in an answer's headers. */
type Tags = 'weakened' | 'removed'

async function startProxy(desk: OpenDesk, tags: Tags): Promise<string> {
  const { host, port } = desk.door.address
  const server = createServer((asked, answer) => {
    const { method, url: path, headers } = asked
    const sent = request({ host, port, method, path, headers: { ...headers, host: `${host}:${port}` } }, (response) => {
      void buffer(response).then((body) => {
        const { etag, 'content-length': _length, 'transfer-encoding': _coding, ...others } = response.headers
        const told = etag === undefined || tags === 'removed' ? {} : { etag: `W/${etag.replace(/^W\//u, '')}` }
        const packed = body.length === 0 ? {} : { 'content-encoding': 'gzip' }
        answer.writeHead(response.statusCode ?? 500, { ...others, ...told, ...packed })
        answer.end(body.length === 0 ? undefined : gzipSync(body))
      })
    })
    asked.pipe(sent)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return `http://127.0.0.1:${address.port}`
}

interface Read {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly json: ReturnType<typeof JSON.parse>
}

function ask(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>> = {},
  body?: object,
): Promise<Read> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { ...headers, ...(body && { 'Content-Type': 'application/json' }) } })
    sent.once('error', reject).once('response', (response) => {
      void buffer(response).then((bytes) => {
        const text = bytes.length === 0 ? '' : gunzipSync(bytes).toString()
        const json = text === '' ? undefined : JSON.parse(text)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, json })
      })
    })
    sent.end(body && JSON.stringify(body))
  })
}

describe.each(['weakened', 'removed'] as const)('where tags are %s', (tags) => {
  test('a change is guarded by the version from the body, as a member or as a tag', async () => {
    const desk = await openDesk()
    onTestFinished(() => desk.close())
    const url = `${await startProxy(desk, tags)}/v1/tickets`
    const { json: made } = await ask(url, 'POST', {}, { title: 'one' })
    const path = `${url}/${made.number}`
    const { headers, json: read } = await ask(path, 'GET')
    expect(headers.etag?.startsWith('W/')).toBe(tags === 'weakened' ? true : undefined)

    const asTag = await ask(path, 'PATCH', { 'If-Match': `"${read.version}"` }, { title: 'two' })
    expect([asTag.status, asTag.json.title]).toEqual([200, 'two'])
    const asMember = await ask(path, 'PATCH', {}, { title: 'three', version: asTag.json.version })
    expect([asMember.status, asMember.json.title]).toEqual([200, 'three'])
    for (const late of [
      await ask(path, 'PATCH', { 'If-Match': `"${read.version}"` }, { title: 'late' }),
      await ask(path, 'PATCH', {}, { title: 'late', version: read.version }),
      await ask(path, 'DELETE', { 'If-Match': `"${read.version}"` }),
    ]) {
      expect([late.status, late.json.current.title]).toEqual([412, 'three'])
    }
    expect((await ask(path, 'GET')).json.title).toBe('three')
  })

  test('the typed client guards by the version, and is told what stands', async () => {
    const desk = await openDesk()
    onTestFinished(() => desk.close())
    const client = createDeskClient({ endpoint: await startProxy(desk, tags) })
    const { number, version } = await client.tickets.create({ title: 'one' })
    const changed = await client.tickets.change(number, { title: 'two', version })
    const late = await client.tickets.change(number, { title: 'late', version }).catch((error: unknown) => error)
    if (!(late instanceof NotCurrent)) throw late
    expect(late.ticket?.title).toBe('two')
    const { id, version: written } = await client.tickets.comments(number).create({ text: 'x' })
    await client.tickets.comments(number).change(id, { text: 'y', version: written })
    await expect(client.tickets.comments(number).delete(id, { version: written })).rejects.toThrow(NotCurrent)
    await client.tickets.delete(number, { version: changed.version })
  })
})

test('a weakened tag answers 304 while nothing has changed, and never lets a change through', async () => {
  const desk = await openDesk()
  onTestFinished(() => desk.close())
  const url = `${await startProxy(desk, 'weakened')}/v1/tickets`
  const { json: made } = await ask(url, 'POST', {}, { title: 'one' })
  for (const path of [
    url,
    `${url}/${made.number}`,
    `${url}/${made.number}/comments`,
    `${url}/${made.number}/history`,
  ]) {
    const { etag = '' } = (await ask(path, 'GET')).headers
    expect((await ask(path, 'GET', { 'If-None-Match': etag })).status).toBe(304)
  }
  const path = `${url}/${made.number}`
  const { etag = '' } = (await ask(path, 'GET')).headers
  const refused = await ask(path, 'PATCH', { 'If-Match': etag }, { title: 'two' })
  expect([refused.status, refused.json.code, refused.json.detail]).toEqual([
    412,
    'weak_tag',
    expect.stringContaining('version in the body'),
  ])
  await ask(path, 'PATCH', {}, { title: 'two' })
  const after = await ask(path, 'GET', { 'If-None-Match': etag })
  expect([after.status, after.json.title]).toEqual([200, 'two'])
})
