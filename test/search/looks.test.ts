/** What one answer may do with texts that are looked at: each is folded once, and no answer takes all the time that others wait for. */
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Condition, TextPlace, TextTest } from '#src/search/condition.js'
import { Finder } from '#src/search/index/finder.js'
import { byLooks, byTables, forEver } from '../support/found.js'
import { openTicketDesk, type TicketDesk } from '../support/ticket-desk.js'

const sizes = { chunkBits: 5, partBits: 5 }
const entry = new URL('../support/small-index-writer.mjs', import.meta.url)
const newest = { by: 'number', isDescending: true } as const
const everywhere: readonly TextPlace[] = ['title', 'description', 'comments']

function written(text: string, kind: TextTest['kind'] = 'word'): Condition {
  return { text: { written: text, kind, places: everywhere } }
}

/** Comments on a ticket, the oldest first. */
async function commentAll(desk: TicketDesk, number: number, texts: readonly string[]): Promise<void> {
  for (let from = 0; from < texts.length; from += 10) {
    const operations = texts
      .slice(from, from + 10)
      .map((text) => ({ op: 'comment' as const, number, comment: { text } }))
    await desk.run('ticket.batch', { operations })
  }
}

test('a text is folded once for an answer, however many words are asked and however long all texts are', async () => {
  const desk = await openTicketDesk({ entry })
  const number = await desk.create()
  const long = `e\u0323\u0302 ${'x'.repeat(64 * 1000)}`
  await commentAll(desk, number, ['one that is there', ...Array.from({ length: 70 }, () => long)])
  const finder = new Finder(desk.store.reader, sizes, byLooks)
  const normalize = vi.spyOn(String.prototype, 'normalize')
  onTestFinished(() => normalize.mockRestore())
  const absent = Array.from({ length: 16 }, (_, place) => written(`zza${place}`))
  const asked: Condition = { all: [{ any: [...absent, written('there')] }, { not: written('zzb') }] }
  const answer = finder.answer(
    (it) => [it.page(asked, newest, 10).places.map((place) => place.number), it.total(asked)],
    { ...forEver, isStaff: true },
  )
  expect(answer).toEqual([[number], { total: 1, isExact: true }])
  expect(normalize.mock.contexts.filter((text) => String(text).length > 1000)).toHaveLength(70)
})

test.each([
  ['each of few', byLooks],
  ['what the tables find', byTables],
] as const)('time ends a look at the first tickets too: %s', async (_, few) => {
  const desk = await openTicketDesk({ entry })
  const [other, long] = [await desk.create({ title: 'C++' }), await desk.create()]
  await commentAll(desk, long, ['of C++', ...Array.from({ length: 60 }, () => 'of C')])
  const finder = new Finder(desk.store.reader, sizes, few)
  const asked = written('C++', 'phrase')
  const answers = (until: number) =>
    [asked, { all: [{ not: asked }, { number: [long, long] as const }] }].map((condition) =>
      finder.answer(
        (it) => {
          const page = it.page(condition, newest, 10)
          return { found: page.places.map(({ number }) => number), isAll: !page.isIncomplete, ...it.total(condition) }
        },
        { ...forEver, isStaff: true, until },
      ),
    )
  expect(answers(Infinity)).toEqual([
    { found: [long, other], isAll: true, total: 2, isExact: true },
    { found: [], isAll: true, total: 0, isExact: true },
  ])
  // By this clock each look takes a tenth of a second.
  let now = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 100))
  onTestFinished(() => clock.mockRestore())
  const [found, notFound] = answers(1000)
  expect(found).toMatchObject({ isAll: false, isExact: false })
  // Of what was not looked at to its end nothing is said, what it does not hold neither.
  expect(found?.found).not.toContain(long)
  now = 0
  expect(notFound).toEqual({ found: [], isAll: false, total: 0, isExact: false })
  expect(clock.mock.calls.length).toBeLessThan(200)
})

test('time ends what is marked and ranked in the comments of the first ticket', async () => {
  const desk = await openTicketDesk({ entry })
  const finder = new Finder(desk.store.reader, sizes, byTables)
  const asked = written('disk')
  let now = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
  onTestFinished(() => clock.mockRestore())
  const bounds = { ...forEver, isStaff: true, until: 5000 }
  for (const [others, isSeen] of [
    [5, true],
    [150, false],
  ] as const) {
    const number = await desk.create({ title: 'x' })
    await commentAll(desk, number, ['disk', ...Array.from({ length: others }, () => 'other')])
    // By this clock each look takes a tenth of a second.
    now = 0
    clock.mockImplementation(() => (now += 100))
    const marked = finder.answer((it) => it.snippets(asked, [number]), bounds)
    now = 0
    const ranked = finder.answer((it) => it.ranked({ any: [{ number: [number, number] }, asked] }, 1), bounds)
    clock.mockImplementation(() => now)
    expect([others, marked.has(number), ranked.numbers, !ranked.isIncomplete]).toEqual([
      others,
      isSeen,
      [number],
      isSeen,
    ])
  }
})
