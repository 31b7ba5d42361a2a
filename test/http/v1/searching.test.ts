/** Searching through the door for what people write and paste, in the scripts of the world, and what of it each may know. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TICKETS_PATH, ticketId } from '#src/tickets/ticket.js'
import { Ends } from '../../support/ticket-desk.js'
import { openV1, type V1Desk } from '../../support/v1-desk.js'
import type { Askers } from '../../support/names.js'

interface Found {
  readonly number: number
  readonly snippets: readonly { readonly text: string; readonly marks: readonly (readonly [number, number])[] }[]
}

/** A desk for all tests of a part. */
function sharedDesk(fill: (v1: V1Desk) => Promise<void>): () => V1Desk {
  const ends = new Ends()
  let v1: V1Desk | undefined
  beforeAll(async () => {
    v1 = await openV1({ until: ends.until })
    await fill(v1)
  })
  afterAll(() => ends.end())
  return () => {
    if (v1 === undefined) throw new Error('it is not open yet')
    return v1
  }
}

const query = (parameters: Readonly<Record<string, string>>): string => new URLSearchParams(parameters).toString()

/** What a search finds, which it has to. */
async function search(v1: V1Desk, q: string, more: Readonly<Record<string, string>> = {}, who: keyof Askers = 'agent') {
  const { status, json } = await v1.ask('GET', `/tickets?${query({ q, ...more })}`, { who })
  expect([q, status, json.detail]).toEqual([q, 200, undefined])
  const { tickets, total }: { readonly tickets: readonly Found[]; readonly total: number } = json
  return { tickets, total, numbers: tickets.map(({ number }) => number) }
}

const others = ['disk full', 'Drucker', '料資庫', 'ประชุม', '한국', 'café', 'screen', 'エラー', '数据', 'ok']

describe('text of the world', () => {
  const titles = ['資料庫連線逾時錯誤', 'ログイン画面が開かない', 'ประชุมวันจันทร์', '한국어 검색은', '🚀 deploy 👨‍👩‍👧‍👦 home']
  const numbers: number[] = []
  const shared = sharedDesk(async (v1) => {
    for (const title of others) await v1.create({ title })
    for (const title of titles) numbers.push(await v1.create({ title }))
    // The same words, in a description and in a comment.
    const [, japanese, thai] = titles
    numbers.push(await v1.create({ title: 'described', description: `siehe: ${japanese}` }))
    const commented = await v1.create({ title: 'commented' })
    await v1.done('POST', `/tickets/${commented}/comments`, { text: `said: ${thai}` })
    numbers.push(commented)
  })

  test.each([
    ['逾時', [0]],
    ['連線逾時', [0]],
    ['資料庫', [0]],
    ['資料庫連線逾時錯誤', [0]],
    ['画面', [1, 5]],
    ['วันจันทร์', [2, 6]],
    ['검색', [3]],
    ['한국어', [3]],
    ['deploy', [4]],
    ['home', [4]],
    ['👨‍👩‍👧‍👦', [4]],
  ])('%s is found inside what has no spaces and behind emoji, and nowhere else, marked alone', async (word, places) => {
    const expected = places.map((place) => numbers[place] ?? 0).toReversed()
    for (const q of [word, `${word} is:open`, `"${word}"`]) {
      const { tickets, ...found } = await search(shared(), q, { snippets: 'true' })
      expect([q, found.numbers, found.total]).toEqual([q, expected, expected.length])
      for (const { snippets } of tickets) {
        const marked = snippets.flatMap(({ text, marks }) => marks.map(([from, to]) => text.slice(from, to)))
        expect(marked).toEqual([word])
      }
    }
  })
})

describe('the same letters in two encodings', () => {
  const words = ['Zürich', 'Điện thoại', '한국 지사']
  const made = new Map<string, number[]>()
  const shared = sharedDesk(async (v1) => {
    for (const title of others) await v1.create({ title })
    for (const word of words) {
      const both = [
        await v1.create({ title: word.normalize('NFC') }),
        await v1.create({ title: word.normalize('NFD') }),
      ]
      made.set(word, both.toReversed())
    }
  })

  test.each(words)('%s is found by either, and comes back as it was sent', async (word) => {
    for (const form of ['NFC', 'NFD'] as const) {
      for (const q of [word.normalize(form), `"${word.normalize(form)}"`, word.normalize(form).toLowerCase()]) {
        expect([q, (await search(shared(), `${q} `)).numbers]).toEqual([q, made.get(word)])
      }
    }
    const [later = 0, first = 0] = made.get(word) ?? []
    const titles = await Promise.all(
      [first, later].map(async (number) => (await shared().read(`/tickets/${number}`)).title),
    )
    expect(titles).toEqual([word.normalize('NFC'), word.normalize('NFD')])
  })

  test('marks may be left out', async () => {
    expect((await search(shared(), 'zurich ')).numbers).toEqual(made.get('Zürich'))
    expect((await search(shared(), 'dien thoai ')).numbers).toEqual(made.get('Điện thoại'))
  })
})

describe('what people paste', () => {
  const pasted = [
    '*',
    '"',
    'AND',
    'NOT',
    'NEAR(a b',
    "don't",
    'C++',
    'a-b',
    '^x',
    '()',
    '\\',
    '%',
    'foo:bar',
    '21:33:ff:cc:e4:9d',
  ]
  const more = [
    'http://x/y',
    "'; --",
    '🚀',
    'a\0b',
    'x'.repeat(10_000),
    '{"a":1}',
    '<b>',
    '1 OR 1=1',
    'title:*',
    '\u202e',
    '(',
    ')',
    '-',
    '""',
  ]
  let mac = 0
  const shared = sharedDesk(async (v1) => {
    mac = await v1.create({ title: 'no link', description: 'of 21:33:ff:cc:e4:9d, in rack 4' })
    await v1.create({ title: "don't use C++ a-b" })
  })

  test.each([...pasted, ...more])('%j is found or not understood, and never a fault', async (q) => {
    const v1 = shared()
    for (const path of ['/tickets', '/stats', '/events']) {
      const { status, json } = await v1.ask('GET', `${path}?${query({ q })}`, {
        headers: path === '/events' ? { Accept: 'application/json' } : {},
      })
      expect([path, [200, 400].includes(status)]).toEqual([path, true])
      if (status === 400) expect(json.errors).toMatchObject([{ parameter: 'q', detail: expect.any(String) }])
    }
    expect(v1.faults).toEqual([])
  })

  test('a colon behind what is no word of a search is told with its place and the cure, which finds', async () => {
    const { status, json } = await shared().ask('GET', `/tickets?${query({ q: 'rack 21:33:ff:cc:e4:9d' })}`)
    expect([status, json.detail]).toEqual([400, expect.stringMatching(/'21:33:ff:cc:e4:9d' at character 6 .* quotes/u)])
    expect((await search(shared(), 'rack "21:33:ff:cc:e4:9d"')).numbers).toEqual([mac])
    expect((await search(shared(), '"21:33:ff:cc:e4:9"')).numbers).toEqual([])
  })
})

test('every list and count refuses a parameter that it does not know', async () => {
  const v1 = await openV1()
  const number = await v1.create()
  const { json: document } = await v1.askAt('GET', '/openapi.json')
  const lists = Object.entries<Record<string, unknown>>(document.paths).filter(
    ([path, { get }]) => path.startsWith('/v1/') && get !== undefined,
  )
  expect(lists.length).toBeGreaterThan(20)
  for (const [path] of lists) {
    const { status, json } = await v1.askAt('GET', `${path.replace('{number}', String(number))}?zzz=1`, {
      who: 'admin',
    })
    // Where the path names what is not there, that is told first.
    if (status === 404 && /\{\w+\}/u.test(path.replace('{number}', ''))) continue
    expect([path, status, json.errors]).toEqual([path, 400, [{ parameter: 'zzz', detail: expect.any(String) }]])
  }
})

test('a ticket is overdue when its day has ended where one is', async () => {
  const v1 = await openV1()
  const dayIn = (zone: string, days = 0): string =>
    new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(Date.now() + days * 86_400_000)
  // At every moment it is one day on Kiritimati and the day before on Niue, or two.
  const [east, west] = ['Pacific/Kiritimati', 'Pacific/Niue']
  const number = await v1.create({ due: dayIn(west) })
  await v1.create({ due: dayIn(east, 2) })
  const overdue = async (tz: string) => (await search(v1, 'is:overdue', { tz })).numbers
  expect([await overdue(west), await overdue(east)]).toEqual([[], [number]])
  expect((await search(v1, 'due:@today', { tz: west })).numbers).toEqual([number])
  expect((await search(v1, 'due:<@today', { tz: east })).numbers).toEqual([number])
})

describe('a ticket that is deleted', () => {
  test('is in nothing that finds or counts from that answer on, and back in all of it when it is restored', async () => {
    const v1 = await openV1()
    const given = { requester: 'rita', queue: 'storage', labels: ['bug'], assignees: ['abe'], priority: 'high' }
    const number = await v1.create({ title: 'a quite unheardofword', description: 'otherword', ...given })
    await v1.done('POST', `/tickets/${number}/comments`, { text: 'commentedword' })
    await v1.create({ title: 'another', ...given })
    const searches = [
      '',
      'unheardofword ',
      'unheard',
      '"otherword"',
      'commentedword ',
      'label:bug',
      'queue:storage is:open',
      `number:${number}`,
    ]
    const look = (who: keyof Askers) =>
      Promise.all(
        searches.map(async (q) => {
          const { numbers, total } = await search(v1, q, {}, who)
          const { json } = await v1.ask('GET', `/stats?${query({ q })}`, { who })
          const sum = (rows: readonly { readonly count: number }[]) => rows.reduce((all, { count }) => all + count, 0)
          const counts = [json.statuses, json.priorities, json.queues, json.labels, json.ages].map((rows) => sum(rows))
          expect([q, new Set([total, json.total, numbers.length, ...counts]).size]).toEqual([q, 1])
          return { q, numbers }
        }),
      )
    for (const who of ['agent', 'requester', 'viewer'] as const) {
      const before = await look(who)
      expect(before.every(({ numbers }) => numbers.includes(number))).toBe(true)
      await v1.done('DELETE', `/tickets/${number}`)
      const left = before.map(({ q, numbers }) => ({ q, numbers: numbers.filter((one) => one !== number) }))
      expect(await look(who)).toEqual(left)
      expect((await search(v1, 'is:bin unheardofword')).numbers).toEqual([number])
      await v1.done('POST', `/tickets/${number}/restore`)
      expect(await look(who)).toEqual(before)
    }
  })
})

test('a link counts in searches while its other end is there, as the ticket shows it', async () => {
  const v1 = await openV1()
  const [one, other] = [await v1.create(), await v1.create()]
  await v1.done('PUT', `/tickets/${one}/links/blocks/${other}`)
  const look = async () => ({
    shown: (await v1.read(`/tickets/${one}?include=activity`)).activity.links,
    blocks: (await search(v1, 'blocks:*')).numbers,
    none: (await search(v1, 'no:link')).numbers,
    blocksIt: (await search(v1, `blocks:${other}`)).numbers,
  })
  const linked = { shown: 1, blocks: [one], none: [], blocksIt: [one] }
  expect(await look()).toEqual(linked)
  await v1.done('DELETE', `/tickets/${other}`)
  expect(await look()).toEqual({ shown: 0, blocks: [], none: [one], blocksIt: [] })
  expect((await search(v1, 'is:bin blocked-by:*')).numbers).toEqual([other])
  // A title that is set through the key tree moves no link.
  const key = {
    path: `${TICKETS_PATH}/${ticketId(one)}`,
    value: 'retitled',
    directory: false,
    ttl: undefined,
    refresh: false,
  }
  await v1.desk.run('keys.set', key)
  expect((await look()).none).toEqual([one])
  await v1.done('POST', `/tickets/${other}/restore`)
  expect(await look()).toEqual(linked)
  expect(await v1.desk.problems()).toEqual([])
})

test('what a requester finds and counts is that of a desk which has only the tickets that one may see', async () => {
  const [v1, alone] = [await openV1(), await openV1()]
  const mine = [
    { title: 'alpha pump', labels: ['bug'], assignees: ['abe'], priority: 'high', due: '2020-01-01' },
    { title: 'alpha valve', queue: 'storage', fields: { site: 'fra' }, description: 'beta' },
    { title: 'gamma', status: 'closed', labels: ['disk'] },
  ]
  /** Of each desk, which ticket is which. */
  const places: readonly Map<number, number>[] = [new Map(), new Map()]
  for (const [place, ticket] of mine.entries()) {
    for (const hidden of [{ requester: 'rolf' }, { requester: 'rita', internal: true }, { requester: null }]) {
      await v1.create({ ...ticket, ...hidden })
    }
    for (const [desk, numbers] of [v1, alone].entries()) {
      const number = await numbers.create({ ...ticket, requester: 'rita' })
      places[desk]?.set(number, place)
      await numbers.done('POST', `/tickets/${number}/comments`, { text: 'said to all' })
      if (desk === 0) await numbers.done('POST', `/tickets/${number}/comments`, { text: 'betweenus', internal: true })
    }
  }
  const searches = [
    '',
    'is:open',
    'alpha',
    'alph',
    '-alpha ',
    'beta',
    'betweenus',
    'label:bug,disk',
    'no:label',
    'is:overdue',
    'comments:1',
    'comments:2',
    'priority:high',
    'field.site:fra',
    'is:mine',
    'is:unassigned',
    'updated:@today sort:updated',
  ]
  for (const q of searches) {
    const seen = await Promise.all(
      [v1, alone].map(async (desk, at) => {
        const found = await search(desk, q, {}, 'requester')
        const behind = await search(desk, q, { offset: '1' }, 'requester')
        expect([q, behind.numbers, behind.total]).toEqual([q, found.numbers.slice(1), found.total])
        const { json } = await desk.ask('GET', `/stats?${query({ q: q.replace(/ sort:.*/u, '') })}`, {
          who: 'requester',
        })
        return { total: found.total, tickets: found.numbers.map((number) => places[at]?.get(number)), counts: json }
      }),
    )
    expect([q, seen[0]]).toEqual([q, seen[1]])
  }
  // Whoever may not see it is told of a name as of none, and of a number too; names of one length, as the length of what is wrong is told.
  for (const [q, hidden, none] of [
    ['queue:NAME', 'vault', 'nosuc'],
    ['assignee:NAME', 'rolf', 'nobo'],
    ['field.NAME:1', 'cost', 'noth'],
    ['is:NAME', 'internal', 'infernal'],
    ['NAME:abe', 'watcher', 'witcher'],
    ['number:NAME', '1', '999999'],
    ['blocks:NAME', '1', '999999'],
  ] as const) {
    const told = await Promise.all(
      [hidden, none].map(async (name) => {
        const answer = await v1.ask('GET', `/tickets?${query({ q: q.replace('NAME', name) })}`, { who: 'requester' })
        return `${answer.status} ${answer.body.replaceAll(`'${name}`, "'NAME")}`
      }),
    )
    expect([q, told[0]]).toEqual([q, told[1]])
  }
})
