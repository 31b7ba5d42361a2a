/** Finding at `/v1`, where a desk of one's own is needed; what holds on every node is `suites/v1/finding.ts`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { queryCharactersMax } from '#src/contract/limits.js'
import { repositoryRoot } from '../../support/source.js'
import { openV1 } from '../../support/v1-desk.js'

test('the ledger adds up to how many are open, of one queue and of all, for those who see all', async () => {
  const own = await openV1()
  const [first, second] = [await own.desk.create(), await own.desk.create({ queue: 'storage' })]
  await own.desk.create({ queue: 'storage' })
  await own.desk.change(first, { status: 'closed' })
  await own.desk.run('ticket.delete', { number: second })
  const counts = { reopened: 0, restored: 0, movedIn: 0, movedOut: 0 }
  const before = { opened: 0, closed: 0, deleted: 0, open: 0, ...counts }
  const ledger = async (query: string) => (await own.ask('GET', `/stats?${query}`)).json.ledger
  expect(await ledger('')).toBeUndefined()
  expect(await ledger('days=2')).toMatchObject({
    queue: null,
    openBefore: 0,
    days: [before, { ...counts, opened: 3, closed: 1, deleted: 1, open: 1 }],
  })
  expect(await ledger('days=1&queue=Storage&q=is:done')).toMatchObject({
    queue: 'storage',
    openBefore: 0,
    days: [{ ...counts, opened: 2, closed: 0, deleted: 1, open: 1 }],
  })
  for (const who of ['requester', 'viewer'] as const) {
    const { status, json } = await own.ask('GET', '/stats?days=1', { who })
    expect([status, json.code]).toEqual([403, 'forbidden'])
  }
  const alone = await own.ask('GET', '/stats?queue=storage')
  expect([alone.status, alone.json.errors[0].parameter]).toEqual([400, 'queue'])
  const unknown = await own.ask('GET', '/stats?days=1&queue=nothing')
  expect([unknown.status, unknown.json.errors[0].parameter]).toEqual([400, 'queue'])
})

test('hits are marked in the words of the texts, and the best come first', async () => {
  const own = await openV1()
  const [inText] = [await own.desk.create({ title: 'other', description: 'about a pump' })]
  const inTitle = await own.desk.create({ title: 'Pump broken' })
  await own.desk.comment(inText, 'the pump again')
  const { json } = await own.ask('GET', '/tickets?q=pump+&sort=relevance&snippets=true')
  expect(json.tickets.map((ticket: { number: number }) => ticket.number)).toEqual([inTitle, inText])
  expect(json.tickets[0].snippets).toEqual([
    { place: 'title', comment: null, text: 'Pump broken', marks: [[0, 4]], cutBefore: false, cutAfter: false },
  ])
  expect([json.next, json.incomplete]).toEqual([null, false])
  const short = (await own.ask('GET', '/tickets?q=pump+&sort=relevance&limit=1')).json
  expect([short.tickets.length, short.next, short.incomplete]).toEqual([1, null, true])
})

test('a list that begins behind others goes on as it stood then: what moves meanwhile is on no page behind', async () => {
  const v1 = await openV1()
  const numbers: number[] = []
  for (let count = 0; count < 6; count++) numbers.push(await v1.create({ due: '2026-12-01' }))
  const page = async (query: string) => {
    const { json } = await v1.ask('GET', `/tickets?sort=due-asc&limit=2${query}`)
    return { next: json.next, numbers: json.tickets.map(({ number }: { readonly number: number }) => number) }
  }
  const first = await page('&offset=1')
  expect(first.numbers).toEqual(numbers.slice(1, 3))
  await v1.done('PATCH', `/tickets/${numbers[1]}`, { due: '2026-12-09' })
  await v1.done('PATCH', `/tickets/${numbers[4]}`, { due: '2026-12-09' })
  const second = await page(`&cursor=${first.next}`)
  expect(second.numbers).toEqual([numbers[3], numbers[5]])
  expect(await page(`&cursor=${second.next}`)).toEqual({ numbers: [], next: null })
  expect((await page('&offset=4')).numbers).toEqual([numbers[1], numbers[4]])
})

test('an offset is said once: not beside a cursor, and not where the best come on one page', async () => {
  const v1 = await openV1()
  for (let count = 0; count < 3; count++) await v1.create({ title: 'a pump' })
  const { json: first } = await v1.ask('GET', '/tickets?limit=1&offset=1')
  for (const [query, detail] of [
    [`limit=1&cursor=${first.next}&offset=2`, /^The cursor says where the page begins/u],
    [`limit=1&cursor=${first.next}&offset=0`, /^The cursor says where the page begins/u],
    ['q=pump+&sort=relevance&offset=1', /^By relevance the best are one page/u],
    ['q=pump+sort:relevance&offset=1', /^By relevance the best are one page/u],
  ] as const) {
    const { status, json } = await v1.ask('GET', `/tickets?${query}`)
    expect([query, status, json.code, json.errors]).toEqual([
      query,
      400,
      'invalid_query',
      [{ parameter: 'offset', detail: expect.stringMatching(detail) }],
    ])
  }
  expect((await v1.ask('GET', '/tickets?q=pump+&sort=relevance&offset=0')).json.tickets).toHaveLength(3)
})

test('behind the last there is an empty page with the total, which words have exactly there', async () => {
  const v1 = await openV1()
  for (let count = 0; count < 3; count++) await v1.create({ title: 'a pump' })
  for (const q of ['', 'pump ', '"a pump"', 'is:open -pump ']) {
    const { json } = await v1.ask('GET', `/tickets?${new URLSearchParams({ q, offset: '1000000' }).toString()}`)
    const total = q.startsWith('is:open') ? 0 : 3
    expect([q, json]).toEqual([q, { tickets: [], total, totalIsExact: true, incomplete: false, next: null }])
  }
})

test('the lists that the document of the API asks for are answered', async () => {
  const v1 = await openV1()
  const text = readFileSync(join(repositoryRoot, 'docs/API.md'), 'utf8')
  const examples = [...text.matchAll(/`GET \/v1(\/tickets\?[^`]+)`/gu)].map(([, path = '']) => path)
  expect(examples.filter((path) => path.includes('offset='))).toHaveLength(1)
  for (const path of examples) expect([path, (await v1.ask('GET', path)).status]).toEqual([path, 200])
})

test.each([
  ['q=labl:x', 'q', /'labl:' at character 1/u],
  ['q=label:nothing', 'q', /'nothing' at character 7/u],
  ['q=is:open+OR+is:done', 'q', /'OR' at character 9/u],
  ['sort=size', 'sort', /'size' of the order/u],
  ['sort=due&q=sort:due', 'q', /'sort:' at character 1/u],
  ['tz=Mars/Olympus', 'tz', /Mars\/Olympus/u],
])('%s is refused with its place and cure', async (query, parameter, detail) => {
  const v1 = await openV1()
  for (const path of ['/tickets', ...(parameter === 'sort' || query.includes('sort') ? [] : ['/stats'])]) {
    const { status, json } = await v1.ask('GET', `${path}?${query}`)
    expect([status, json.code, json.errors]).toEqual([
      400,
      parameter === 'q' ? 'invalid_search' : 'invalid_query',
      [expect.objectContaining({ parameter, detail: expect.stringMatching(detail) })],
    ])
  }
})

test('a search that is not understood is called so, and counts have no order', async () => {
  const v1 = await openV1()
  for (const [path, detail] of [
    ['/tickets?q=labl:x', /'labl:' at character 1/u],
    ['/events?q=labl:x', /'labl:' at character 1/u],
    ['/stats?q=is:open+sort:due', /^'sort:' at character 9 of the search: counts have no order\. Leave it out\.$/u],
  ] as const) {
    const { status, json } = await v1.ask('GET', path)
    expect([path, status, json]).toEqual([
      path,
      400,
      expect.objectContaining({
        title: 'The search was not understood',
        code: 'invalid_search',
        detail: expect.stringMatching(detail),
        errors: [{ parameter: 'q', detail: json.detail, position: expect.any(Number), length: 5 }],
      }),
    ])
  }
})

test('the longest search of the widest characters fits into a URL; a longer URL is refused as a problem', async () => {
  const v1 = await openV1()
  const number = await v1.create({ title: '資料庫' })
  for (const [letter, found] of [
    ['庫', []],
    ['\u{20000}', []],
  ] as const) {
    const q = `"${letter.repeat(queryCharactersMax - 2)}"`
    const { status, json } = await v1.ask('GET', `/tickets?q=${encodeURIComponent(q)}`)
    expect([letter, status, json.tickets]).toEqual([letter, 200, found])
  }
  const longest = `-label:bug ${'-is:done '.repeat(60)}`
  expect((await v1.ask('GET', `/tickets?q=${encodeURIComponent(longest)}`)).json.tickets).toHaveLength(1)
  for (const characters of [33_000, 50_000]) {
    const { status, headers, json } = await v1.ask('GET', `/tickets?q=${'x'.repeat(characters)}`)
    expect([status, headers['content-type'], json.code]).toEqual([
      431,
      expect.stringContaining('application/problem+json'),
      'headers_too_large',
    ])
  }
  expect((await v1.read(`/tickets/${number}`)).title).toBe('資料庫')
})

test('an index that is too high may be mistaken, or of a desk that was brought back', async () => {
  const v1 = await openV1()
  for (const [path, headers] of [
    ['/tickets', { 'Desk-Index': '99999' }],
    ['/events?since=99999', { Accept: 'application/json' }],
  ] as const) {
    const { status, json } = await v1.ask('GET', path, { headers })
    expect([path, status, json.detail]).toEqual([
      path,
      410,
      expect.stringMatching(/Either the number is mistaken, or the desk was brought back from a backup/u),
    ])
  }
})

test('what was answered is found by the next request, and a renamed or merged label still finds', async () => {
  const own = await openV1()
  const number = await own.desk.create({ title: 'fresh words', labels: ['bug'] })
  const numbers = async (q: string): Promise<unknown> => {
    const { json } = await own.ask('GET', `/tickets?${new URLSearchParams({ q }).toString()}`)
    return json.tickets?.map((ticket: { number: number }) => ticket.number) ?? json.code
  }
  expect(await numbers('fresh label:bug')).toEqual([number])
  await own.desk.change(number, { title: 'other words' })
  expect([await numbers('fresh '), await numbers('other ')]).toEqual([[], [number]])
  await own.desk.run('label.change', { name: 'bug', change: { name: 'defect' } }, { actor: 1, door: 'api' })
  expect([await numbers('label:bug'), await numbers('label:defect')]).toEqual(['invalid_search', [number]])
  await own.desk.create({ labels: ['disk', 'defect'] })
  await own.desk.run('label.merge', { name: 'defect', into: 'disk' }, { actor: 1, door: 'api' })
  expect(await numbers('label:disk')).toEqual([number + 1, number])
  const { json } = await own.ask('GET', '/stats')
  expect(json.labels).toEqual([{ label: 'disk', count: 2 }])
})
