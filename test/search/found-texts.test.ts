/** What is found by texts is what a look at each text says, and a bound that is met passes no ticket over. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Condition, TextPlace, TextTest } from '#src/search/condition.js'
import { Finder } from '#src/search/index/finder.js'
import type { Place } from '#src/search/index/page.js'
import { CommandError } from '#src/store/errors.js'
import { allTexts, byLooks, byTables, forEver, numbersFound, numbersHolding } from '../support/found.js'
import { someText } from '../support/some-text.js'
import { openTicketDesk, type TicketDesk } from '../support/ticket-desk.js'
import { askers } from '../support/names.js'

const sizes = { chunkBits: 5, partBits: 5 }
const entry = new URL('../support/small-index-writer.mjs', import.meta.url)

const line = someText.map((text) => text.toWellFormed().replaceAll(/[\p{Cc}]/gu, ' '))

interface Written {
  readonly title: string
  readonly description: string
  readonly comments: readonly { readonly text: string; readonly internal: boolean; readonly fate: Fate }[]
}
/** What becomes of a comment once it is there. */
type Fate = 'stays' | 'edited' | 'deleted'

const written: fc.Arbitrary<Written> = fc.record({
  title: line.map((text) => `t${text}`),
  description: line,
  comments: fc.array(
    fc.record({
      text: line,
      internal: fc.boolean(),
      fate: fc.constantFrom<Fate>('stays', 'stays', 'edited', 'deleted'),
    }),
    { maxLength: 4 },
  ),
})

const places = fc.uniqueArray(fc.constantFrom<TextPlace>('title', 'description', 'comments', 'publicComments'), {
  minLength: 1,
})
/** A part of one of the texts that were just written, or another text. */
const asked = fc.record({
  of: fc.nat(100),
  from: fc.nat(10),
  length: fc.integer({ min: 1, max: 8 }),
  other: fc.option(line, { freq: 4 }),
  kind: fc.constantFrom('word' as const, 'prefix' as const, 'phrase' as const),
  places,
  isStaff: fc.boolean(),
})

test('texts are found as by a look at each, by staff and by others', { timeout: 120_000 }, async () => {
  const desk = await openTicketDesk({ closed: true, entry })
  const finders = [byTables, byLooks].map((few) => new Finder(desk.store.reader, sizes, few))
  await fc.assert(
    fc.asyncProperty(
      fc.array(written, { minLength: 1, maxLength: 4 }),
      fc.array(asked, { minLength: 10, maxLength: 20 }),
      async (tickets, questions) => {
        for (const ticket of tickets) await write(desk, ticket)
        const texts = tickets.flatMap(({ title, description, comments }) => [
          title,
          description,
          ...comments.map(({ text }) => text),
        ])
        const all = allTexts(desk)
        for (const { of, from, length, other, kind, places, isStaff } of questions) {
          const part = (texts[of % texts.length] ?? '').slice(from, from + length).toWellFormed()
          const sought: TextTest = { written: other ?? part, kind, places }
          const expected = numbersHolding(all, sought, isStaff)
          const others = [...all.keys()].filter((number) => !expected.includes(number))
          for (const finder of finders) {
            expect([sought, isStaff, numbersFound(finder, { text: sought }, isStaff)]).toEqual([
              sought,
              isStaff,
              expected,
            ])
            expect([sought, isStaff, numbersFound(finder, { not: { text: sought } }, isStaff)]).toEqual([
              sought,
              isStaff,
              others,
            ])
          }
        }
      },
    ),
    { numRuns: Number(process.env['FOUND_TEXT_RUNS'] ?? 30), endOnFailure: true },
  )
})

/** Writes what the desk takes of a ticket. */
async function write(desk: TicketDesk, { title, description, comments }: Written): Promise<void> {
  const number = await desk.create({ title, description })
  for (const { text, internal, fate } of comments) {
    try {
      const comment = await desk.comment(number, fate === 'edited' ? `before ${text}` : text, askers.agent, internal)
      if (fate === 'edited') await desk.run('comment.edit', { number, comment, text })
      if (fate === 'deleted') await desk.run('comment.delete', { number, comment })
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
    }
  }
}

/** Forty tickets; `C++` stands in every third, always beside C. */
async function deskOfForty(): Promise<{ desk: TicketDesk; finder: Finder; expected: number[] }> {
  const desk = await openTicketDesk({ entry })
  const expected: number[] = []
  for (let count = 1; count <= 40; count++) {
    const number = await desk.create({ title: `ticket of C${count % 3 === 0 ? '++' : ''}` })
    if (count % 3 === 0) expected.push(number)
  }
  return { desk, finder: new Finder(desk.store.reader, sizes, byTables), expected }
}

const cPlusPlus: Condition = { text: { written: 'C++', kind: 'phrase', places: ['title', 'publicComments'] } }
const late = { isStaff: false, until: 0, isCancelled: () => false }

test.each([
  [cPlusPlus, true],
  [cPlusPlus, false],
  [{ all: [{ terms: ['live='] }, { not: cPlusPlus }] }, true],
] as const)('pages that time ends pass no ticket over: %j, descending %j', async (condition, isDescending) => {
  const { desk, finder, expected } = await deskOfForty()
  const all = desk.rows('SELECT number FROM tickets ORDER BY number').map((row) => Number(row['number']))
  const wanted = 'text' in condition ? expected : all.filter((number) => !expected.includes(number))
  const found: number[] = []
  let [after, pages, wasIncomplete] = [undefined as Place | undefined, 0, false]
  for (let goesOn = true; goesOn; pages++) {
    const page = finder.answer((it) => it.page(condition, { by: 'number', isDescending }, 50, after), late)
    found.push(...page.places.map(({ number }) => number))
    wasIncomplete ||= page.isIncomplete
    after = page.endedAt ?? page.places.at(-1)
    goesOn = page.goesOn
  }
  expect(found).toEqual(isDescending ? wanted.toReversed() : wanted)
  expect({ wasIncomplete, isMany: pages > 3 }).toEqual({ wasIncomplete: true, isMany: true })
})

test('pages by priority that time ends pass no ticket over either', async () => {
  const { finder, expected } = await deskOfForty()
  const found: number[] = []
  let after: Place | undefined
  for (let goesOn = true; goesOn;) {
    const page = finder.answer((it) => it.page(cPlusPlus, { by: 'priority', isDescending: true }, 4, after), late)
    found.push(...page.places.map(({ number }) => number))
    after = page.endedAt ?? page.places.at(-1)
    goesOn = page.goesOn
  }
  expect(found).toEqual(expected.toReversed())
})

test('a window that is given up half-way counts for nothing', async () => {
  const { finder, expected } = await deskOfForty()
  const found: number[] = []
  let after: Place | undefined
  for (let goesOn = true; goesOn;) {
    let asked = 0
    // Time is up in the middle of a later window.
    const patience = { isStaff: false, until: Infinity, isCancelled: () => asked++ > 30 }
    const page = finder.answer((it) => it.page(cPlusPlus, { by: 'number', isDescending: true }, 50, after), patience)
    found.push(...page.places.map(({ number }) => number))
    expect(page.goesOn).toBe(page.isIncomplete)
    after = page.endedAt
    goesOn = page.goesOn
  }
  expect(found).toEqual(expected.toReversed())
})

test('orders, totals and facets that time ends say so', async () => {
  const { finder, expected } = await deskOfForty()
  const byColumn = finder.answer((it) => it.page(cPlusPlus, { by: 'created', isDescending: true }, 50), late)
  expect(byColumn.isIncomplete).toBe(true)
  const total = finder.answer((it) => it.total(cPlusPlus), late)
  expect(total.isExact).toBe(false)
  expect(total.total).toBeLessThan(expected.length)
  expect(finder.answer((it) => it.facets(cPlusPlus, { prefixes: ['status='] }), late).isExact).toBe(false)
  expect(finder.answer((it) => it.total(cPlusPlus), { ...forEver, isStaff: false })).toEqual({
    total: expected.length,
    isExact: true,
  })
})

test('words that stand nowhere end a search before any ticket is looked at', async () => {
  const { finder } = await deskOfForty()
  const asked: TextTest = { written: 'C++ nowhere', kind: 'phrase', places: ['title', 'description', 'comments'] }
  let looks = 0
  const counting = { isStaff: true, until: Infinity, isCancelled: () => looks++ < 0 }
  const condition: Condition = { all: [{ not: { field: 1, value: { text: 'fra' } } }, { text: asked }] }
  const page = finder.answer((it) => it.page(condition, { by: 'number', isDescending: true }, 50), counting)
  expect(page).toMatchObject({ places: [], goesOn: false, isIncomplete: false })
  expect(looks).toBeLessThan(30)
})

test('of many comments only those are looked at that the tables find', async () => {
  const desk = await openTicketDesk({ entry })
  const number = await desk.create()
  const operations = Array.from({ length: 300 }, (_, place) => ({
    op: 'comment' as const,
    number,
    comment: { text: place === 20 ? 'of C++' : 'of nothing' },
  }))
  await desk.run('ticket.batch', { operations })
  const finder = new Finder(desk.store.reader, sizes, byTables)
  let looks = 0
  const counting = { isStaff: true, until: Infinity, isCancelled: () => looks++ < 0 }
  const asked: Condition = { text: { written: 'C++', kind: 'phrase', places: ['comments'] } }
  expect(finder.answer((it) => it.total(asked), counting)).toEqual({ total: 1, isExact: true })
  expect(looks).toBeLessThan(50)
})

test('of few that another word leaves the comments are read, where the word stands in those of many', async () => {
  const desk = await openTicketDesk({ closed: true, entry })
  for (let batch = 0; batch < 5; batch++) {
    const tickets = Array.from({ length: 32 }, (_, at) => ({ title: at % 16 === batch ? 'rare' : 'other' }))
    await desk.run('ticket.batch', { operations: tickets.map((ticket) => ({ op: 'create' as const, ticket })) })
    const numbers = desk
      .rows('SELECT number FROM tickets ORDER BY number DESC LIMIT 32')
      .map((row) => Number(row['number']))
    for (const [at, number] of numbers.entries()) {
      if (at % 5 !== 0) await desk.comment(number, at % 7 === 0 ? 'nothing' : 'often', askers.agent, at % 3 === 0)
    }
    const [first = 0] = numbers
    // What is hidden and what is gone: one more of each in some chunks.
    const comment = await desk.comment(first, 'often')
    if (batch % 2 === 0) await desk.run('comment.delete', { number: first, comment })
  }
  const finder = new Finder(desk.store.reader, sizes, byTables)
  const all = allTexts(desk)
  const places: readonly TextPlace[] = ['title', 'description', 'comments']
  for (const isStaff of [true, false]) {
    const [rare, often] = ['rare', 'often'].map((written): TextTest => ({ written, kind: 'word', places }))
    if (rare === undefined || often === undefined) throw new Error('unreachable: there are two')
    const both = numbersHolding(all, rare, isStaff).filter((number) =>
      numbersHolding(all, often, isStaff).includes(number),
    )
    expect(both.length).toBeGreaterThan(3)
    expect([isStaff, numbersFound(finder, { all: [{ text: rare }, { text: often }] }, isStaff)]).toEqual([
      isStaff,
      both,
    ])
  }
})
