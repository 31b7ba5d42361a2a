/** Text of the whole world: what is written comes back as the same characters by every way, and names that look the same are the same. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { textBytesMax } from '#src/contract/limits.js'
import { Ends, ticketId } from '../../support/ticket-desk.js'
import { openV1, type Told, type V1Desk } from '../../support/v1-desk.js'

let v1: V1Desk
const ends = new Ends()

beforeAll(async () => {
  v1 = await openV1({ until: ends.until })
})
afterAll(() => ends.end())

const admin = { who: 'admin' } as const
const post = (path: string, body: unknown): Promise<Told> => v1.ask('POST', path, { ...admin, body })
const patch = (path: string, body: unknown): Promise<Told> => v1.ask('PATCH', path, { ...admin, body })
const get = (path: string): Promise<Told> => v1.ask('GET', path, admin)

/** A rocket, a family of several parts, Arabic, Devanagari, a flag, and a letter with its mark apart. */
const WORLD = '🚀 👨‍👩‍👧‍👦 مرحبا नमस्ते 🇫🇷 e\u0301 '.trim()

describe('emoji and what follows them', () => {
  test('come back in every member of a ticket, a comment and a history, in the key tree and in events', async () => {
    const names = { handle: '👩‍🚀ann', label: '🏷️ दल', queue: '📦 صف', field: '🔧 場所' }
    await post('/users', { handle: names.handle, name: WORLD, role: 'agent' })
    await post('/labels', { name: names.label, description: WORLD })
    await post('/fields', { name: names.field, type: 'text', description: WORLD })
    await post('/queues', { name: names.queue, description: WORLD, fields: [{ name: names.field }] })
    await post('/views', { name: WORLD.slice(0, 40), query: WORLD })
    const since = v1.desk.index
    const ticket = {
      title: WORLD,
      description: `${WORLD}\n${WORLD}`,
      queue: names.queue,
      assignees: [names.handle],
      labels: [names.label],
      fields: { [names.field]: WORLD },
      ref: WORLD,
    }
    const { json: made } = await post('/tickets', ticket)
    expect(made).toMatchObject(ticket)
    const path = `/tickets/${made.number}`
    await post(`${path}/comments`, { text: WORLD })
    await patch(path, { title: `${WORLD}!`, fields: { [names.field]: `${WORLD}!` } })
    expect((await get(path)).json).toMatchObject({ title: `${WORLD}!`, description: ticket.description })
    expect((await get(`${path}?at=${made.version}`)).json).toMatchObject(ticket)
    expect((await get(`${path}/comments`)).json.comments).toMatchObject([{ text: WORLD }])
    expect((await get(`${path}/history`)).json.history.at(-1).changes).toMatchObject({
      title: { from: WORLD, to: `${WORLD}!` },
      fields: { [names.field]: { from: WORLD, to: `${WORLD}!` } },
    })
    const { json } = await v1.ask('GET', `/events?since=${since}`, {
      ...admin,
      headers: { Accept: 'application/json' },
    })
    expect(json.events.at(-1).changes.title).toEqual({ from: WORLD, to: `${WORLD}!` })
    const [key] = v1.desk.rows(`SELECT value FROM keys WHERE name = '${ticketId(made.number)}'`)
    expect(key).toEqual({ value: `${WORLD}!` })
    for (const [list, name] of [
      ['labels', names.label],
      ['queues', names.queue],
      ['fields', names.field],
    ]) {
      expect((await get(`/${list}/${encodeURIComponent(name ?? '')}`)).json).toMatchObject({ name, description: WORLD })
    }
    expect((await get(`/users/${encodeURIComponent(names.handle)}`)).json).toMatchObject({ name: WORLD })
  })
})

describe('a text of exactly as many bytes as may be', () => {
  const texts = {
    'characters of four bytes': '🎫'.repeat(textBytesMax / 4),
    'lines that end with LF': 'é\n'.repeat(textBytesMax / 4).concat('\n'.repeat(textBytesMax / 4)),
    'lines that end with CRLF': 'é\r\n'.repeat(textBytesMax / 4),
  }
  test.each(Object.entries(texts))('of %s is kept as it was sent; with one more it is refused', async (_, text) => {
    const number = await v1.desk.create()
    const path = `/tickets/${number}`
    const { json: comment } = await post(`${path}/comments`, { text: 'x' })
    const commentPath = `${path}/comments/${comment.id}`
    const ways = {
      [`POST /tickets`]: (value: string) => post('/tickets', { title: 'x', description: value }),
      [`PATCH ${path}`]: (value: string) => patch(path, { description: value }),
      [`POST ${path}/comments`]: (value: string) => post(`${path}/comments`, { text: value }),
      [`PATCH ${commentPath}`]: (value: string) => patch(commentPath, { text: value }),
      'POST /batch': (value: string) =>
        post('/batch', { operations: [{ op: 'comment', number, comment: { text: value } }] }),
    }
    for (const [way, send] of Object.entries(ways)) {
      const before = v1.desk.index
      const refused = await send(`${text}x`)
      expect([way, refused.status, v1.desk.index]).toEqual([way, 422, before])
      const [{ pointer, detail }] = refused.json.errors
      expect(pointer).toMatch(/(?:description|text)$/u)
      expect(detail).toMatch(/65537 bytes of UTF-8.*at most 65536/u)
      const { status, json } = await send(text)
      expect([way, status]).toEqual([way, expect.toSatisfy((code: number) => code < 300)])
      if (way !== 'POST /batch') expect(json.description ?? json.text).toBe(text)
    }
    const { json } = await get(`${path}/comments?limit=1`)
    expect(json.comments).toMatchObject([{ text }])
  })
})

/** Two spellings that are the same: composed and decomposed, in two cases, with spaces around. */
const COMPOSED = 'Zürich 한국 Tiếng'.normalize('NFC')
const spellings = [COMPOSED.normalize('NFD'), COMPOSED.toUpperCase(), ` ${COMPOSED.toLowerCase()} `]

describe('names that differ only in case, encoding or spaces around', () => {
  const kinds: Readonly<Record<string, { readonly member: string; readonly more?: object }>> = {
    labels: { member: 'name' },
    statuses: { member: 'name', more: { category: 'active' } },
    queues: { member: 'name' },
    fields: { member: 'name', more: { type: 'text' } },
    views: { member: 'name' },
    users: { member: 'handle' },
  }

  test.each(Object.entries(kinds))('of %s are one: the second is 409 and names the first', async (list, kind) => {
    const { member, more } = kind
    const name = list === 'users' ? 'Zürich한국' : COMPOSED
    const others = list === 'users' ? [name.normalize('NFD'), name.toUpperCase()] : spellings
    const body = (value: string) => ({ [member]: value, ...more })
    const first = await post(`/${list}`, body(name))
    expect([first.status, first.json[member]]).toEqual([201, name])
    const { json: another } = await post(`/${list}`, body('another'))
    for (const other of others) {
      const before = v1.desk.index
      for (const again of [
        await post(`/${list}`, body(other)),
        await patch(`/${list}/${String(another.id ?? 'another')}`, { [member]: other }),
      ]) {
        expect([again.status, again.json.code]).toEqual([409, 'name_taken'])
        expect(again.json.detail).toContain(name)
      }
      expect(v1.desk.index).toBe(before)
    }
    // Of its own it may be any spelling, and it is shown as it was written last.
    const path = `/${list}/${String(first.json.id ?? encodeURIComponent(name))}`
    const [respelt = ''] = others
    expect((await patch(path, { [member]: respelt })).json[member]).toBe(respelt)
  })

  test('asked for by twenty at once are made once', async () => {
    const names = Array.from({ length: 20 }, (_, at) => ['ärger', 'ÄRGER', 'Ärger', 'a\u0308rger'][at % 4])
    const answers = await Promise.all(names.map((name) => post('/labels', { name })))
    const made = answers.filter(({ status }) => status === 201)
    expect([made.length, new Set(answers.map(({ status }) => status))]).toEqual([1, new Set([201, 409])])
  })

  test('find what they name in every spelling, also in a batch and an import', async () => {
    await post('/labels', { name: 'Größe' })
    const decomposed = 'GRÖSSE'.replace('SS', 'ß').normalize('NFD')
    const { json } = await post('/tickets', { title: 'x', labels: [decomposed, 'größe'] })
    expect(json.labels).toEqual(['Größe'])
    const batch = [{ op: 'create', ticket: { title: 'x', labels: [decomposed] } }]
    const { json: made } = await post('/batch', { operations: batch })
    const { json: imported } = await post('/import', {
      tickets: [{ ticket: { title: 'x', ref: 'spelt otherwise', labels: [decomposed] } }],
    })
    for (const { number } of [made.results[0], imported.results[0]]) {
      expect((await get(`/tickets/${number}`)).json.labels).toEqual(['Größe'])
    }
  })

  test('are returned as they were sent where they are no names', async () => {
    for (const title of [COMPOSED, COMPOSED.normalize('NFD')]) {
      const { json } = await post('/tickets', { title, description: title })
      expect((await get(`/tickets/${json.number}`)).json).toMatchObject({ title, description: title })
    }
  })
})
