/** Whatever is sent to `/v1`, a clear problem says what is wrong and where; nothing is stored, and little is repeated. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Ends } from '../../support/ticket-desk.js'
import { openV1, type Told, type V1Desk } from '../../support/v1-desk.js'

let one: V1Desk
const ends = new Ends()

beforeAll(async () => {
  one = await openV1(ends)
  for (let number = 1; number <= 2; number++) await one.desk.create()
})
afterAll(() => ends.end())

const BYTES_4 = '🎫'

/** A body, what its first fault points at, and the status. */
type Bad = readonly [name: string, body: unknown, pointer: string, status: number]

const badTickets: readonly Bad[] = [
  ['no title', {}, '/title', 400],
  ['an empty title', { title: '' }, '/title', 422],
  ['a title that is a number', { title: 5 }, '/title', 400],
  ['a title with one character too many', { title: BYTES_4.repeat(257) }, '/title', 422],
  ['a title with a NUL', { title: 'a\u0000b' }, '/title', 422],
  ['a title with a line end', { title: 'a\nb' }, '/title', 422],
  ['an unknown member', { title: 'x', colour: 'red' }, '/colour', 400],
  ['a member __proto__', '{"title": "x", "__proto__": {"title": "y"}}', '/__proto__', 400],
  ['a member that stands there twice', '{"title": "x", "title": "y"}', '/title', 400],
  ['one that is written in two ways', '{"title": "x", "t\\u0069tle": "y"}', '/title', 400],
  ['a field that stands there twice', '{"title": "x", "fields": {"a": 1, "a": 2}}', '/fields/a', 400],
  ['half a character', '{"title": "\\ud83d"}', '/title', 400],
  ['half a character in a list', '{"title": "x", "labels": ["bug", "\\udc00"]}', '/labels/1', 400],
  ['half a character in a name', '{"title": "x", "fields": {"\\ud83d": 1}}', '/fields/\ud83d', 400],
  ['a number beyond all', '{"title": "x", "queue": "storage", "fields": {"cost": 1e999}}', '/fields/cost', 400],
  ['a number that loses digits', { title: 'x', queue: 'storage', fields: { cost: 2 ** 53 } }, '/fields/cost', 422],
  ['an empty text for a number', { title: 'x', queue: 'storage', fields: { cost: '' } }, '/fields/cost', 422],
  ['a choice that is none', { title: 'x', queue: 'storage', fields: { size: 'huge' } }, '/fields/size', 422],
  ['a field of another queue', { title: 'x', queue: 'storage', fields: { paid: true } }, '/fields/paid', 422],
  ['the same field twice', { title: 'x', queue: 'storage', fields: { cost: 1, COST: 2 } }, '/fields/COST', 422],
  [
    'a name of a field that is longer than any',
    { title: 'x', fields: { ['n'.repeat(201)]: 1 } },
    `/fields/${'n'.repeat(192)}…`,
    422,
  ],
  ['a day that is none', { title: 'x', due: '2026-02-30' }, '/due', 422],
  ['a day before 1970', { title: 'x', due: '1969-12-31' }, '/due', 422],
  ['a day after 2105', { title: 'x', due: '2106-01-01' }, '/due', 422],
  ['a time for a day', { title: 'x', due: '2026-12-01T00:00:00Z' }, '/due', 422],
  ['an empty day', { title: 'x', due: '' }, '/due', 422],
  ['an unknown label', { title: 'x', labels: ['bug', 'bugs'] }, '/labels/1', 422],
  ['a label with a NUL behind', { title: 'x', labels: ['bug\u0000'] }, '/labels/0', 422],
  ['an unknown user', { title: 'x', assignees: ['ada', 'eve'] }, '/assignees/1', 422],
  ['an inactive user', { title: 'x', assignees: ['gil'] }, '/assignees', 422],
  ['an unknown status', { title: 'x', status: 'lost' }, '/status', 422],
  ['an unknown priority', { title: 'x', priority: 'huge' }, '/priority', 422],
  ['null for what is never empty', { title: 'x', status: null }, '/status', 400],
  ['an empty ref', { title: 'x', ref: '' }, '/ref', 422],
  ['a ref with a line end', { title: 'x', ref: 'a\nb' }, '/ref', 422],
  ['a list', [], '', 400],
  ['a text', '"x"', '', 400],
]

describe('a new ticket with', () => {
  test.each(badTickets)('%s is refused with its place', async (_, body, pointer, status) => {
    const desk = shared()
    const answer = await desk.ask('POST', '/tickets', { body })
    expectRefused(answer, status, pointer)
  })

  test('a description of more bytes than may be is refused, one of as many is kept as it was sent', async () => {
    const desk = shared()
    for (const body of [BYTES_4.repeat(16 * 1024), 'é\r\n'.repeat(16 * 1024), '\t\u202e‏bidi\u200b']) {
      const answer = await desk.ask('POST', '/tickets', { body: { title: BYTES_4.repeat(256), description: body } })
      expect(answer.status).toBe(201)
      expect([answer.json.description, answer.json.title]).toEqual([body, BYTES_4.repeat(256)])
    }
    const longer = await shared().ask('POST', '/tickets', {
      body: { title: 'x', description: `${BYTES_4.repeat(16 * 1024)}x` },
    })
    expectRefused(longer, 422, '/description')
    expect(longer.json.detail).toMatch(/65537 bytes of UTF-8.*at most 65536/u)
  })

  test('several faults has each of them told', async () => {
    const desk = shared()
    const body = { title: '', due: 'soon', labels: ['none'], queue: 'nowhere' }
    const answer = await desk.ask('POST', '/tickets', { body: { ...body, title: 'x' } })
    expect(answer.json.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/queue',
      '/labels/0',
      '/due',
    ])
  })
})

describe('what is no JSON of ours', () => {
  test.each<readonly [string, string, number]>([
    ['nested 100,000 deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 400],
    [
      'nested 100,000 deep in a member',
      `{"title":"x","fields":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
      400,
    ],
    ['nested in what is not looked at', `{"activity":${'[1,'.repeat(1000)}1${']'.repeat(1000)}}`, 400],
    ['cut off', '{"title":', 400],
    ['empty', '', 400],
    ['with 80,000 members', `{${Array.from({ length: 80_000 }, (_, at) => `"m${at}":1`).join()}}`, 413],
    ['with more values than anything of ours has', `{"title":[${'1,'.repeat(220_000)}1]}`, 413],
    ['too large', JSON.stringify({ title: 'x'.repeat(1024 * 1024) }), 413],
  ])('%s is refused', async (_, body, status) => {
    const desk = shared()
    for (const [method, path] of [
      ['POST', '/tickets'],
      ['PATCH', '/tickets/1'],
      ['POST', '/batch'],
      ['POST', '/tickets/1/comments'],
    ] as const) {
      const answer = await desk.ask(method, path, { body, headers: { 'Idempotency-Key': 'k' } })
      expectRefused(answer, path === '/batch' && body.length > 256 * 1024 ? 413 : status)
    }
  })

  test('since it is no UTF-8 is refused, and nothing of it is kept as something else', async () => {
    const answer = await shared().ask('POST', '/tickets', { body: Buffer.from('{"title": "Zürich"}', 'latin1') })
    expectRefused(answer, 400)
    expect(answer.json).toMatchObject({ code: 'invalid_json', detail: expect.stringMatching(/no UTF-8/u) })
  })

  test('of names and secrets is short', async () => {
    const desk = shared()
    const long = { user: 'ada', password: 'x'.repeat(17 * 1024) }
    for (const path of ['/sessions', '/sign-in-links/look', '/sign-in-links/use'])
      expectRefused(await desk.ask('POST', path, { body: long }), 413)
    expectRefused(await desk.ask('PUT', '/password', { body: long }), 413)
  })

  test('under another type is 415, with the types that a change may have', async () => {
    const desk = shared()
    for (const type of ['text/plain', 'application/xml', 'application/json; charset=latin1']) {
      expectRefused(await desk.ask('POST', '/tickets', { body: { title: 'x' }, type }), 415)
      const changed = await desk.ask('PATCH', '/tickets/1', { body: { title: 'x' }, type })
      expectRefused(changed, 415)
      expect(changed.headers['accept-patch']).toBe('application/json, application/merge-patch+json')
    }
  })

  test('is never repeated with more than 200 characters', async () => {
    const desk = shared()
    const long = 'ü'.repeat(5000)
    for (const body of [
      { title: 'x', [long]: 1 },
      { title: 'x', fields: { [long]: 1 } },
      { title: 'x', status: long.slice(0, 190), labels: [long.slice(0, 190)] },
      { title: 'x', due: long },
      { title: 'x', ref: long },
      `{"title": "x", "fields": {"${long}": 1, "${long}": 2}}`,
    ]) {
      const { body: text, status } = await desk.ask('POST', '/tickets', { body })
      expect(status).toBeLessThan(500)
      expect(text).not.toContain('ü'.repeat(201))
    }
  })
})

describe('parts of a ticket with', () => {
  test.each([
    ['POST', '/tickets/1/comments', {}, 400, '/text'],
    ['POST', '/tickets/1/comments', { text: '' }, 422, '/text'],
    ['POST', '/tickets/1/comments', { text: 'a\u0000' }, 422, '/text'],
    ['POST', '/tickets/1/comments', { text: `${BYTES_4.repeat(16 * 1024)}x` }, 422, '/text'],
    ['POST', '/tickets/1/links', { kind: 'likes', ticket: 2 }, 422, '/kind'],
    ['POST', '/tickets/1/links', { kind: 'blocks', ticket: 0 }, 422, '/ticket'],
    ['POST', '/tickets/1/links', { kind: 'blocks', ticket: 1 }, 422, '/ticket'],
    ['POST', '/tickets/1/links', { kind: 'blocks', ticket: 999 }, 422, '/ticket'],
    ['POST', '/tickets/1/watchers', { user: 'eve' }, 422, '/user'],
    ['POST', '/tickets/1/watchers', { user: 'gil' }, 422, '/user'],
    ['PATCH', '/tickets/1', { labels: { add: ['none'] } }, 422, '/labels/add/0'],
    ['PATCH', '/tickets/1', { assignees: { remove: ['none'] } }, 422, '/assignees/remove/0'],
    ['PATCH', '/tickets/1', { labels: { add: ['bug'], remove: ['BUG'] } }, 422, '/labels/add/0'],
    ['PATCH', '/tickets/1', { number: 5 }, 422, '/number'],
    ['PATCH', '/tickets/1', { createdAt: '2020-01-01T00:00:00.000Z' }, 422, '/createdAt'],
    ['POST', '/undo', { index: 0 }, 422, '/index'],
    ['POST', '/batch', { operations: [] }, 422, '/operations'],
    ['POST', '/batch', { operations: [{ op: 'fly' }] }, 400, '/operations/0'],
    [
      'POST',
      '/batch',
      { operations: [{ op: 'create', ticket: { title: 'x', due: 'x' } }] },
      422,
      '/operations/0/ticket/due',
    ],
    [
      'POST',
      '/batch',
      {
        operations: [
          { op: 'comment', number: 1, comment: { text: 'x' } },
          { op: 'change', number: 1, change: { labels: { add: ['none'] } } },
        ],
      },
      422,
      '/operations/1/change/labels/add/0',
    ],
    [
      'POST',
      '/batch',
      { operations: [{ op: 'comment', number: 1, comment: { text: '\u0007' } }] },
      422,
      '/operations/0/comment/text',
    ],
    ['POST', '/batch', { operations: [{ op: 'delete', number: 999 }] }, 404, '/operations/0'],
    [
      'POST',
      '/batch',
      { operations: [{ op: 'link', number: 1, kind: 'blocks', ticket: 999 }] },
      422,
      '/operations/0/ticket',
    ],
    [
      'POST',
      '/batch',
      { operations: [{ op: 'change', number: 1, version: 1, change: { version: 2 } }] },
      400,
      '/operations/0/version',
    ],
  ] as const)('%s %s %j is refused', async (method, path, body, status, pointer) => {
    const desk = shared()
    expectRefused(await desk.ask(method, path, { body }), status, pointer)
  })

  test.each([
    [{ ref: null }, '/tickets/0/ticket/ref'],
    [{ ref: 'A', due: 'x' }, '/tickets/0/ticket/due'],
  ])('an import of %j is refused with its place', async (ticket, pointer) => {
    const desk = shared()
    const body = { tickets: [{ ticket: { title: 'x', ...ticket } }] }
    expectRefused(await desk.ask('POST', '/import', { who: 'admin', body }), 422, pointer)
  })

  test.each([
    [{ createdAt: '2999-01-01' }, '/tickets/0/createdAt'],
    [{ createdAt: '2099-01-01T00:00:00Z' }, '/tickets/0/createdAt'],
    [{ createdBy: 'eve' }, '/tickets/0/createdBy'],
    [{ comments: [{ text: 'x', createdAt: '2020-01-01T00:00:00Z', author: 'eve' }] }, '/tickets/0/comments/0/author'],
    [{ comments: [{ text: '\u0000', createdAt: '2020-01-01T00:00:00Z', author: null }] }, '/tickets/0/comments/0/text'],
    [{ comments: [{ text: 'x', createdAt: '2020-02-30T00:00:00Z', author: null }] }, '/tickets/0/comments/0/createdAt'],
  ])('an import with %j is refused with its place', async (more, pointer) => {
    const desk = shared()
    const body = { tickets: [{ ticket: { title: 'x', ref: 'N' }, ...more }] }
    expectRefused(await desk.ask('POST', '/import', { who: 'admin', body }), 422, pointer)
  })
})

describe('a path or a query with', () => {
  test.each([
    '/tickets/0',
    '/tickets/x',
    '/tickets/1.5',
    '/tickets/-1',
    '/tickets/9007199254740992',
    '/tickets/%00',
    '/tickets/1%20',
    '/tickets/999/history',
    '/tickets/1/comments/x',
    '/tickets/1/comments/1',
    '/tickets/1/comments/99999999999999999999',
  ])('%s is 404', async (path) => {
    expectRefused(await shared().ask('GET', path), 404)
  })

  test.each([
    ['/tickets?zzz=1', 'zzz'],
    ['/tickets?assignee=ada', 'assignee'],
    ['/tickets?limit=0', 'limit'],
    ['/tickets?limit=-1', 'limit'],
    ['/tickets?limit=1.5', 'limit'],
    ['/tickets?limit=ten', 'limit'],
    ['/tickets?limit=201', 'limit'],
    ['/tickets?limit=2147483648', 'limit'],
    ['/tickets?limit=5&limit=6', 'limit'],
    ['/tickets/1?zzz=1', 'zzz'],
    ['/tickets/1?at=yesterday', 'at'],
    ['/tickets/1?at=2026-02-30T00:00:00Z', 'at'],
    ['/tickets/1?include=everything', 'include'],
    ['/tickets/1?include=', 'include'],
    ['/tickets/1?include=activity,Links', 'include'],
    ['/tickets/1?include=activity&include=links', 'include'],
    ['/tickets/1?include=comments&at=2026-11-28T10:00:00Z', 'include'],
    ['/tickets/1?include=activity,history&at=1', 'include'],
    ['/tickets/1?include=links&at=1', 'include'],
    ['/tickets/1/comments?zzz=1', 'zzz'],
    ['/tickets/1/history?zzz=1', 'zzz'],
    ['/tickets/1/links?zzz=1', 'zzz'],
    ['/tickets/1/watchers?zzz=1', 'zzz'],
  ])('%s is 400 and named', async (path, parameter) => {
    const answer = await shared().ask('GET', path)
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_query'])
    expect(answer.json.errors).toEqual([{ parameter, detail: expect.stringContaining(`'${parameter}'`) }])
  })

  test('a number in any of its forms is the ticket', async () => {
    const desk = shared()
    for (const path of ['/tickets/1', '/tickets/00000000000000000001', '/tickets/%231']) {
      expect((await desk.ask('GET', path)).json.number).toBe(1)
    }
    expect((await desk.ask('PUT', '/tickets/1/links/relates-to/00000000000000000002')).status).toBe(200)
    expect((await desk.ask('DELETE', '/tickets/1/links/relates-to/%232')).status).toBe(204)
    expect((await desk.ask('PUT', '/tickets/1/links/relates-to/999')).status).toBe(404)
    expect((await desk.ask('PUT', '/tickets/1/links/likes/2')).status).toBe(404)
    expect((await desk.ask('PUT', '/tickets/1/watchers/eve')).status).toBe(404)
  })
})

/** One desk for all that is refused: nothing of it is stored. */
function shared(): V1Desk {
  head = one.desk.index
  return one
}
let head = 0

function expectRefused(answer: Told, status: number | undefined, pointer?: string): void {
  expect([answer.status, answer.json?.detail]).toEqual([status, expect.any(String)])
  expect(answer.headers['content-type']).toContain('application/problem+json')
  expect(answer.json.detail).not.toBe('')
  if (pointer !== undefined) expect(answer.json.errors[0]?.pointer).toBe(pointer)
  expect(one.desk.index).toBe(head)
  expect(one.faults).toEqual([])
}
