/** Who may see few tickets finds in them what a look at each says, whatever was changed, and without a question to the full-text tables. */
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { textTestsOf, type Condition, type Order } from '#src/search/condition.js'
import type { Answered } from '#src/http/desk-api/v1/finding/room.js'
import { DeskRoom } from '#src/http/desk-api/v1/finding/questions.js'
import { ticketList } from '#src/http/desk-api/v1/finding/list.js'
import { ticketStats } from '#src/http/desk-api/v1/finding/stats.js'
import type { FewBounds } from '#src/search/index/few.js'
import { Finder } from '#src/search/index/finder.js'
import type { Place } from '#src/search/index/page.js'
import { judge } from '#src/search/judge.js'
import { SearchLookup } from '#src/search/lookup.js'
import { compareRelevance, relevanceOf } from '#src/search/rank.js'
import { readList } from '#src/search/search.js'
import { holds } from '#src/search/text.js'
import { labelTerm } from '#src/search/terms.js'
import { openDatabase } from '#src/sqlite/database.js'
import type { Asker } from '#src/store/command.js'
import { CommandError } from '#src/store/errors.js'
import { RecordReader } from '#src/store/records.js'
import { viewerOf } from '#src/users/viewer.js'
import { byTables, fewBounds, forEver, textsOf } from '../support/found.js'
import { askers } from '../support/names.js'
import { scannedOf, selectedOf, type Scanned } from '../support/plain-scan.js'
import { openTicketDesk, type TicketDesk } from '../support/ticket-desk.js'

const sizes = { chunkBits: 5, partBits: 5 }
const entry = new URL('../support/small-index-writer.mjs', import.meta.url)

const words = [
  'disk',
  'disks',
  'full',
  'Größe',
  'GROSSE',
  'C++',
  'node-4',
  '10.0.0.1',
  'CVE-2026-1',
  '画面',
  '面',
  'ทำงาน',
  '🚀',
]
const word = fc.constantFrom(...words)
const text = fc
  .tuple(fc.array(word, { maxLength: 4 }), fc.constantFrom(' ', ' ', '', '. ', '。'))
  .map(([parts, between]) => `t ${parts.join(between)}`)

/** What is made of tickets; they are named by their places among those of the run. */
type Step =
  | {
      readonly type: 'create'
      readonly requester: 'rita' | 'rolf' | null
      readonly internal: boolean
      readonly title: string
      readonly description: string | null
      readonly comment: string
    }
  | {
      readonly type:
        | 'title'
        | 'description'
        | 'said'
        | 'hidden'
        | 'edit'
        | 'uncomment'
        | 'label'
        | 'give'
        | 'hide'
        | 'delete'
        | 'restore'
      readonly ticket: number
      readonly text: string
    }

const description: fc.Arbitrary<string | null> = fc.option(text)
const create: fc.Arbitrary<Step> = fc.record({
  type: fc.constant('create' as const),
  requester: fc.constantFrom('rita', 'rita', 'rolf', null),
  internal: fc.constantFrom(false, false, false, true),
  title: text,
  description,
  comment: text,
})
const change: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom(
    'title',
    'description',
    'said',
    'said',
    'hidden',
    'edit',
    'uncomment',
    'label',
    'give',
    'hide',
    'delete',
    'restore',
  ),
  ticket: fc.nat(11),
  text,
})

async function take(desk: TicketDesk, numbers: number[], step: Step): Promise<unknown> {
  if (step.type === 'create') {
    const { requester, internal, title, description, comment } = step
    const number = await desk.create({ title, description, requester, internal })
    numbers.push(number)
    return desk.comment(number, comment)
  }
  const number = numbers[step.ticket % numbers.length] ?? 0
  const comment = Number(desk.rows(`SELECT max(idx) AS idx FROM comments WHERE ticket = ${number}`)[0]?.['idx'] ?? 0)
  switch (step.type) {
    case 'title':
    case 'description':
      return desk.change(number, { [step.type]: step.text })
    case 'said':
    case 'hidden':
      return desk.comment(number, step.text, askers.agent, step.type === 'hidden')
    case 'edit':
      return desk.run('comment.edit', { number, comment, text: step.text })
    case 'uncomment':
      return desk.run('comment.delete', { number, comment })
    case 'label':
      return desk.change(number, { labels: { add: ['bug'] } })
    case 'give':
      return desk.change(number, { requester: 'rita' })
    case 'hide':
      return desk.change(number, { internal: true })
    case 'delete':
    case 'restore':
      return desk.run(`ticket.${step.type}`, { number })
  }
}

const quoted = fc.tuple(word, fc.constantFrom('', ' ', '. '), word).map((parts) => `"${parts.join('')}"`)
const said = fc.oneof(word, quoted)
const term = fc.oneof(
  { weight: 4, arbitrary: said },
  { weight: 2, arbitrary: said.map((one) => `-${one}`) },
  { weight: 2, arbitrary: fc.tuple(said, said).map(([one, other]) => `(${one} OR ${other})`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('title', 'description', 'comments'), said)
      .map(([place, one]) => `(in:${place} ${one})`),
  },
  { weight: 1, arbitrary: said.map((one) => `(label:bug OR -${one})`) },
  { weight: 1, arbitrary: fc.constantFrom('is:open', 'label:bug', '-label:bug', 'comments:>1') },
)
/** The beginning of a word that is still being written. */
const begun = fc.constantFrom('dis', 'disk', 'grö', 'node', 'CVE-2026', 'ทำง', 'C++', 'zzz')
const query = fc
  .tuple(fc.array(term, { maxLength: 3 }), said, fc.option(begun))
  .map(([terms, one, last]) => [...terms, one, last ?? ''].join(' '))
const asked = fc.record({
  q: query,
  sort: fc.constantFrom('number-desc', 'number-asc', 'updated', 'created-asc', 'priority', 'comments', 'relevance'),
  limit: fc.constantFrom(1, 3, 50),
  asker: fc.constantFrom(askers.requester, askers.requester, askers.other, askers.viewer),
})

test('searches of whoever sees few tickets find what a look at each says', { timeout: 120_000 }, async () => {
  const desk = await openTicketDesk({ closed: true, entry })
  const few = new Finder(desk.store.reader, sizes)
  const tables = new Finder(desk.store.reader, sizes, byTables)
  await fc.assert(
    fc.asyncProperty(
      fc.array(create, { minLength: 3, maxLength: 6 }),
      fc.array(fc.oneof({ weight: 3, arbitrary: change }, create), { maxLength: 10 }),
      fc.array(asked, { minLength: 10, maxLength: 20 }),
      async (begin, steps, questions) => {
        const numbers: number[] = []
        for (const step of [...begin, ...steps]) {
          try {
            await take(desk, numbers, step)
          } catch (error) {
            // What is gone can't be changed.
            if (!(error instanceof CommandError)) throw error
          }
        }
        const all = scannedOf(desk, holds)
        for (const { q, sort, limit, asker } of questions) {
          const { condition, order } = searchOf(desk, asker, q, sort)
          const selected = all.filter((ticket) => judge(condition, ticket))
          const { by, isDescending } = order
          const expected =
            by === 'relevance' ? best(desk, condition, selected) : selectedOf(selected, condition, { by, isDescending })
          const numbers = expected.map(({ number }) => number)
          for (const finder of [few, tables]) {
            expect([q, sort, asker, numbersOf(finder, condition, order, limit)]).toEqual([q, sort, asker, numbers])
            const facets = finder.answer((it) => it.facets(condition, { prefixes: ['label='] }), seen)
            expect([q, asker, facets]).toMatchObject([q, asker, { total: selected.length, isExact: true }])
          }
          const total = few.answer((it) => it.total(condition), seen)
          expect([q, asker, total]).toEqual([q, asker, { total: selected.length, isExact: true }])
        }
      },
    ),
    { numRuns: Number(process.env['FEW_RUNS'] ?? 20), endOnFailure: true },
  )
})

/** As whoever is not of the staff is answered. */
const seen = { ...forEver, isStaff: false }

/** What a search asks, as whoever asks may ask it. */
function searchOf(desk: TicketDesk, asker: Asker, q: string, sort: string): { condition: Condition; order: Order } {
  const records = new RecordReader(desk.store.reader)
  const lookup = new SearchLookup(desk.store.reader, records, viewerOf(records, asker))
  return readList(q, { lookup, now: Date.now(), sort })
}

/** All that is found, page by page; the best on one. */
function numbersOf(finder: Finder, condition: Condition, { by, isDescending }: Order, limit: number): number[] {
  if (by === 'relevance') return [...finder.answer((it) => it.ranked(condition, 200), seen).numbers]
  const numbers: number[] = []
  let after: Place | undefined
  for (let goesOn = true; goesOn;) {
    const page = finder.answer((it) => it.page(condition, { by, isDescending }, limit, after), seen)
    expect(page.isIncomplete).toBe(false)
    numbers.push(...page.places.map(({ number }) => number))
    after = page.places.at(-1)
    goesOn = page.goesOn
  }
  return numbers
}

/** Tickets ordered by what of their texts everybody may see who sees them. */
function best(desk: TicketDesk, condition: Condition, tickets: readonly Scanned[]): Scanned[] {
  const tests = textTestsOf(condition)
  const ranks = new Map(
    tickets.map(({ number }) => {
      const { title, description, publicComments } = textsOf(desk, number)
      const comments = publicComments.map((text, id) => ({ id, text }))
      const texts = { title: title[0] ?? '', description: description[0] ?? null, comments }
      return [number, relevanceOf(texts, tests)]
    }),
  )
  const rankOf = ({ number }: Scanned) =>
    ranks.get(number) ?? relevanceOf({ title: '', description: null, comments: [] }, tests)
  return tickets.toSorted((one, other) => compareRelevance(rankOf(one), rankOf(other)) || other.number - one.number)
}

const searches = [
  'disk ',
  'dis',
  '"a disk"',
  '-disk',
  'disk full ',
  '"full of"',

  '(full OR -disk)',
  'in:comments ful',
]

test('the full-text tables are asked nothing for whoever sees few tickets', async () => {
  const desk = await openTicketDesk({ closed: true, entry })
  for (let count = 0; count < 100; count++) {
    const number = await desk.create({ title: 'a disk', requester: count % 10 === 0 ? 'rita' : 'rolf' })
    if (count % 20 === 0) await desk.comment(number, 'full of it')
  }
  await desk.store.close()
  const database = openDatabase(desk.address.slice('sqlite:'.length))
  onTestFinished(() => database.close())
  const now = Date.now()
  const answers = (asker: Asker, q: string): Answered[] => {
    // A room remembers nothing of what another one was told.
    const room = new DeskRoom(database, sizes)
    const asked = { asker, q, tz: undefined, now }
    const listed = [undefined, 'due', 'priority', 'relevance'].map((sort) =>
      ticketList.answer(
        room,
        { ...asked, sort, limit: 5, cursor: undefined, offset: undefined, snippets: true },
        forEver,
      ),
    )
    return [...listed, ticketStats.answer(room, { ...asked, days: undefined, queue: undefined }, forEver)]
  }
  const before = searches.map((q) => answers(askers.requester, q))
  // Only by what is left out nothing can be ordered.
  expect(before.flat().filter(({ type }) => type === 'refused')).toHaveLength(1)

  for (const table of ['tickets', 'comments', 'internal_comments']) database.exec(`DROP TABLE find_${table}`)
  expect(searches.map((q) => answers(askers.requester, q))).toEqual(before)
  // An agent sees more than few.
  expect(() => answers(askers.agent, 'disk ')).toThrow('no such table')
})

test('more than few are asked of the tables; only what sets leave counts, and what one may see of it', async () => {
  const desk = await openTicketDesk({ closed: true, entry })
  for (let count = 0; count < 6; count++) {
    const number = await desk.create({ title: 'a disk', labels: count < 4 ? ['bug'] : [] })
    for (let said = 0; said < count; said++) await desk.comment(number, 'of it', askers.agent, said % 2 === 0)
  }
  await desk.store.close()
  const database = openDatabase(desk.address.slice('sqlite:'.length))
  onTestFinished(() => database.close())
  database.exec('DROP TABLE find_tickets')
  const disk: Condition = { text: { written: 'disk', kind: 'word', places: ['title'] } }
  const labelled: Condition = { all: [{ terms: [labelTerm(1)] }, disk] }
  const total = (few: FewBounds, isStaff: boolean, condition: Condition) =>
    new Finder(database, sizes, few).answer((it) => it.total(condition), { ...forEver, isStaff })
  // Four have the label, with six comments, of which everybody sees two.
  for (const [isStaff, comments] of [
    [true, 6],
    [false, 2],
  ] as const) {
    expect(total(fewBounds(4, comments), isStaff, labelled)).toEqual({ total: 4, isExact: true })
    expect(() => total(fewBounds(4, 100), isStaff, disk)).toThrow('no such table')
    expect(() => total(fewBounds(3, 100), isStaff, labelled)).toThrow('no such table')
    expect(() => total(fewBounds(4, comments - 1), isStaff, labelled)).toThrow('no such table')
  }
})
