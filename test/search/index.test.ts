/** What the index answers after any changes is what a look at every single ticket says. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Column, Condition, TextPlace } from '#src/search/condition.js'
import { look } from '#src/search/index/checks.js'
import { Finder } from '#src/search/index/finder.js'
import { columns, FACTOR } from '#src/search/index/tables.js'
import type { Place, WalkOrder } from '#src/search/index/page.js'
import * as terms from '#src/search/terms.js'
import { CommandError } from '#src/store/errors.js'
import { linkKinds } from '#src/tickets/links.js'
import { byLooks, byTables, forEver, lookingAt } from '../support/found.js'
import { scannedOf, selectedOf, type Scanned } from '../support/plain-scan.js'
import { openTicketDesk } from '../support/ticket-desk.js'
import { begin, steps, take } from '../support/ticket-steps.js'

const sizes = { chunkBits: 5, partBits: 5 }
const entry = new URL('../support/small-index-writer.mjs', import.meta.url)

test('what the index does not hold as the records say it is told by the number of the ticket', async () => {
  const desk = await openTicketDesk({ entry })
  for (let count = 0; count < 40; count++) await desk.create({ title: 'one two', labels: ['bug'] })
  await desk.comment(7, 'three')
  await desk.store.close()
  const differing = lookingAt(desk, sizes)
  expect(differing('SELECT 1')).toEqual([])
  const chunk = '(SELECT place FROM find_chunks WHERE chunk = 0) * 32'
  expect(
    differing(
      `INSERT INTO find_tickets (find_tickets, rowid, title, description) VALUES ('delete', ${chunk} + 9, 'one two', '')`,
    ),
  ).toEqual(['9'])
  expect(
    differing(
      `INSERT INTO find_comments (find_comments, rowid, text) VALUES ('delete', (${chunk} + 7) * 1048576, 'three')`,
    ),
  ).toEqual(['7'])
  expect(differing("UPDATE tickets SET title = 'one two three' WHERE number = 12")).toEqual(['12'])
  expect(differing('UPDATE tickets SET priority = 3 WHERE number IN (3, 30)')).toEqual(['3', '30'])
  expect(differing('UPDATE tickets SET due = 20000 WHERE number = 5')).toEqual(['5'])
  expect(differing("DELETE FROM keys WHERE name = printf('%020d', 4)")).toEqual(['4'])
  // The comment has made ticket 7 pending: what sets hold of it does not count.
  const set = `(SELECT place FROM find_chunks WHERE chunk = 0) * ${FACTOR} + (SELECT id FROM find_terms WHERE term = 'label=1')`
  const others = Array.from({ length: 31 }, (_, at) => String(at + 1)).filter((number) => number !== '7')
  expect(differing(`DELETE FROM find_sets WHERE id = ${set}`)).toEqual(others)
  // What is still being made is not wrong.
  expect(differing('UPDATE find_state SET built = 3')).toBeUndefined()
})

test('whoever asked before finds what was brought in since, also of what was pending then', async () => {
  const desk = await openTicketDesk({ entry })
  const numbers = (finder: Finder, condition: Condition): number[] =>
    finder
      .answer((it) => it.page(condition, { by: 'number', isDescending: false }, 100), {
        isStaff: true,
        until: Infinity,
        isCancelled: () => false,
      })
      .places.map(({ number }) => number)
  const live: Condition = { terms: [terms.LIVE] }
  const labelled: Condition = { terms: [terms.labelTerm(1)] }
  const finder = new Finder(desk.store.reader, sizes)
  const [first, second] = [await desk.create({ labels: ['bug'] }), await desk.create()]
  expect([numbers(finder, labelled), numbers(finder, live)]).toEqual([[first], [first, second]])
  await desk.change(first, { labels: [] })
  await desk.run('ticket.delete', { number: second })
  // So many that all before them is brought into the sets.
  for (let count = 0; count < 40; count++) await desk.create()
  expect(desk.rows('SELECT 1 FROM find_state WHERE merged < 4')).toEqual([])
  for (const asker of [finder, new Finder(desk.store.reader, sizes)]) {
    expect(numbers(asker, labelled)).toEqual([])
    expect(numbers(asker, live)).toEqual([first, ...Array.from({ length: 40 }, (_, at) => at + 3)])
  }
})

test.for([
  ['little by little', entry],
  ['at once', new URL('../support/small-index-quick-writer.mjs', import.meta.url)],
] as const)(
  'with what is pending brought in %s, pages, totals and facets are those of all tickets looked at one by one',
  { timeout: 120_000 },
  async ([, entry]) => {
    const desk = await openTicketDesk({ closed: true, entry })
    const finders = [byTables, byLooks].map((few) => new Finder(desk.store.reader, sizes, few))
    await fc.assert(
      fc.asyncProperty(steps, fc.array(question, { minLength: 5, maxLength: 10 }), async (plan, questions) => {
        const base = Number(desk.rows("SELECT value FROM counters WHERE name = 'tickets'")[0]?.['value'] ?? 0)
        await begin(desk)
        const began = { base, index: desk.index }
        for (const step of plan) {
          try {
            await take(desk, began, step)
          } catch (error) {
            if (!(error instanceof CommandError)) throw error
          }
        }
        const all = scannedOf(desk)
        for (const one of questions) for (const finder of finders) expectAnswer(finder, all, one)
        expect(look(desk.store.reader, sizes)).toEqual([expect.objectContaining({ names: [] })])
      }),
      { numRuns: Number(process.env['INDEX_RUNS'] ?? 20), endOnFailure: true },
    )
  },
)

const forEverOfStaff = { ...forEver, isStaff: true }

interface Question {
  readonly condition: Condition
  readonly order: WalkOrder
  readonly limit: number
  /** How many are passed over. */
  readonly offset: number
}

const user = fc.constantFrom(null, 1, 2, 3, 4, 5)
const term = fc.oneof(
  fc.constantFrom(terms.ALL, terms.LIVE, terms.INTERNAL, terms.REFERRED),
  fc.integer({ min: 1, max: 7 }).map(terms.statusTerm),
  fc.constantFrom('new' as const, 'active' as const, 'waiting' as const, 'done' as const).map(terms.categoryTerm),
  fc.integer({ min: 0, max: 3 }).map(terms.priorityTerm),
  fc.integer({ min: 1, max: 3 }).map(terms.queueTerm),
  user.map(terms.requesterTerm),
  user.map(terms.authorTerm),
  user.map(terms.assigneeTerm),
  user.map(terms.watcherTerm),
  fc.constantFrom(null, 1, 2, 3).map(terms.labelTerm),
  fc.constantFrom(1, 2, 3, 4).map(terms.commenterTerm),
  fc.constantFrom(1, 2, 3, 4).map(terms.publicCommenterTerm),
  fc.constantFrom(...linkKinds).map(terms.linkTerm),
  fc.constantFrom(...linkKinds).map(terms.leadsToBinTerm),
  fc.constantFrom(1, 2).map(terms.fieldTerm),
)
const column = fc.constantFrom<Column>(...columns)
const place = fc.constantFrom<TextPlace>('title', 'description', 'comments')

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ terms: fc.uniqueArray(term, { minLength: 1, maxLength: 3 }) }) },
  fc.record({ number: fc.tuple(fc.nat(200), fc.nat(200)) }),
  fc.record({ numbers: fc.array(fc.nat(100), { maxLength: 4 }) }),
  fc.record({
    column,
    from: fc.oneof(fc.constantFrom(0, 1, 2, 20_000), fc.constant(Math.floor(Date.now() / 1000))),
    to: fc.oneof(fc.constantFrom(0, 1, 3, 21_000), fc.constant(Math.floor(Date.now() / 1000) + 3)),
  }),
  fc.record({
    text: fc.record({
      written: fc.constantFrom('one', 'two', 'three', 'made'),
      kind: fc.constantFrom('word' as const, 'phrase' as const),
      places: fc.uniqueArray(place, { minLength: 1 }),
    }),
  }),
)

const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'condition' },
    { weight: 3, arbitrary: leaf },
    { weight: 3, arbitrary: fc.record({ all: fc.array(tie('condition'), { maxLength: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ any: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }) }) },
    { weight: 2, arbitrary: fc.record({ not: tie('condition') }) },
  ),
}))

const question: fc.Arbitrary<Question> = fc.record({
  condition,
  order: fc.record({
    by: fc.constantFrom<WalkOrder['by']>('number', 'priority', ...columns),
    isDescending: fc.boolean(),
  }),
  limit: fc.constantFrom(1, 3, 7, 50),
  offset: fc.nat(60),
})

function expectAnswer(finder: Finder, all: readonly Scanned[], { condition, order, limit, offset }: Question): void {
  const selected = selectedOf(all, condition, order)
  const bounds = forEverOfStaff
  const asked = JSON.stringify({ condition, order })
  const numbers: number[] = []
  let after: Place | undefined
  for (let pages = 0; pages <= selected.length + 1; pages++) {
    const page = finder.answer((questions) => questions.page(condition, order, limit, after), bounds)
    numbers.push(...page.places.map(({ number }) => number))
    after = page.places.at(-1)
    if (!page.goesOn) break
  }
  expect([asked, numbers]).toEqual([asked, selected.map(({ number }) => number)])
  expectAt(finder, asked, selected, { order, condition, limit, offset })
  const prefixes = ['label=', 'status=', 'assignee=', 'category=']
  const facets = finder.answer((questions) => questions.facets(condition, { prefixes }), bounds)
  const counts = new Map<string, number>()
  for (const ticket of selected) {
    for (const one of ticket.entry.terms) {
      if (prefixes.some((prefix) => one.startsWith(prefix))) counts.set(one, (counts.get(one) ?? 0) + 1)
    }
  }
  expect([asked, facets]).toEqual([asked, { total: selected.length, isExact: true, counts, inRanges: [] }])
}

/** Behind so many others the page is the same, and so is the one behind that. */
function expectAt(
  finder: Finder,
  asked: string,
  selected: readonly Scanned[],
  { condition, order, limit, offset }: Question,
): void {
  const numbers = selected.map(({ number }) => number)
  const page = (after?: Place, skip?: number) => {
    const { places, ...others } = finder.answer((it) => it.page(condition, order, limit, after, skip), forEverOfStaff)
    return { places, told: { ...others, numbers: places.map(({ number }) => number) } }
  }
  const told = (from: number, passed: number) => ({
    numbers: numbers.slice(from, from + limit),
    passed,
    goesOn: numbers.length > from + limit,
    isIncomplete: false,
  })
  const first = page(undefined, offset)
  expect([asked, offset, first.told]).toEqual([asked, offset, told(offset, Math.min(offset, numbers.length))])
  const last = first.places.at(-1)
  if (last !== undefined) expect([asked, offset, page(last).told]).toEqual([asked, offset, told(offset + limit, 0)])
}
