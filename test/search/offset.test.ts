/** Pages behind any number of tickets: those of all tickets put in order, from that place on, whatever they are found by. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DeskRoom } from '#src/http/desk-api/v1/finding/questions.js'
import { ticketList } from '#src/http/desk-api/v1/finding/list.js'
import type { Column, Condition } from '#src/search/condition.js'
import { Finder } from '#src/search/index/finder.js'
import type { Place, WalkOrder } from '#src/search/index/page.js'
import { columns } from '#src/search/index/tables.js'
import * as terms from '#src/search/terms.js'
import type { ImportedTicket } from '#src/tickets/import.js'
import { forEver } from '../support/found.js'
import { askers } from '../support/names.js'
import { scannedOf, selectedOf } from '../support/plain-scan.js'
import { openTicketDesk, type TicketDesk } from '../support/ticket-desk.js'

const sizes = { chunkBits: 7, partBits: 5 }
const entry = new URL('../support/parted-index-writer.mjs', import.meta.url)
const COUNT = 300
const SECOND = 1000
const day = (count: number): string => new Date(count * 86_400 * SECOND).toISOString().slice(0, 10)

/** Times that lie in one range of a column, and in many; all of what is due alike, or nothing. */
const ticket = fc.record({
  created: fc.oneof(fc.nat(40), fc.nat(1_500_000_000)),
  due: fc.oneof(fc.constant(null), fc.integer({ min: 20_000, max: 20_003 }), fc.nat(40_000)),
  priority: fc.constantFrom('low' as const, 'normal' as const, 'urgent' as const),
  labels: fc.subarray(['bug', 'disk']),
  comments: fc.nat(2),
  closed: fc.boolean(),
  title: fc.constantFrom('one', 'two', 'one two'),
})

/** Tickets from elsewhere, with times of all kinds. */
async function filled(desk: TicketDesk): Promise<void> {
  const rows = fc
    .sample(ticket, { numRuns: COUNT, seed: 7 })
    .map(({ created, due, closed, comments, ...members }, place): ImportedTicket => ({
      ticket: {
        ...members,
        ref: `R${place}`,
        due: due === null ? null : day(due),
        status: closed ? 'closed' : 'open',
      },
      createdTime: created * SECOND,
      comments: Array.from({ length: comments }, (_, at) => ({
        text: 'said',
        internal: at === 0,
        time: (created + place + at) * SECOND,
        author: 'abe',
      })),
    }))
  for (let from = 0; from < COUNT; from += 100) {
    await desk.run('ticket.import', { tickets: rows.slice(from, from + 100) }, askers.admin)
  }
}

const word = (written: string): Condition => ({ text: { written, kind: 'word', places: ['title'] } })
const phrase = (written: string): Condition => ({ text: { written, kind: 'phrase', places: ['title', 'comments'] } })

const condition = fc.constantFrom<Condition>(
  { terms: [terms.LIVE] },
  { terms: [terms.ALL] },
  { terms: [terms.labelTerm(1)] },
  { not: { terms: [terms.labelTerm(2)] } },
  { all: [{ terms: [terms.labelTerm(1)] }, { terms: [terms.priorityTerm(3)] }] },
  { column: 'due', from: 0, to: 20_002 },
  { number: [100, 101] },
  word('one'),
  phrase('one two'),
  { all: [phrase('two'), { terms: [terms.labelTerm(1)] }] },
  { any: [] },
)

const question = fc.record({
  condition,
  order: fc.record({
    by: fc.constantFrom<WalkOrder['by']>('number', 'priority', ...columns),
    isDescending: fc.boolean(),
  }),
  limit: fc.constantFrom(1, 5, 200),
  offset: fc.oneof(fc.nat(20), fc.nat(COUNT + 20)),
})

/** A change of one ticket, by its place among all. */
const change = fc.record({
  place: fc.nat(COUNT - 1),
  due: fc.constantFrom(null, '2024-10-04', '2024-10-05'),
  closed: fc.boolean(),
})

test('a page behind any number of tickets is what all of them in order have there, beside changes', async () => {
  const desk = await openTicketDesk({ entry })
  await filled(desk)
  const finder = new Finder(desk.store.reader, sizes)
  const all = desk.rows('SELECT number FROM tickets').map((row) => Number(row['number']))
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { maxLength: 20 }),
      fc.array(question, { minLength: 20, maxLength: 40 }),
      async (changes, questions) => {
        for (const { place, due, closed } of changes) {
          await desk.change(all[place] ?? 0, { due, status: closed ? 'closed' : 'open' })
        }
        const scanned = scannedOf(desk)
        for (const one of questions) {
          const { condition, order, limit, offset } = one
          const numbers = selectedOf(scanned, condition, order).map(({ number }) => number)
          const { places, ...told } = finder.answer((it) => it.page(condition, order, limit, undefined, offset), staff)
          expect([one, { ...told, numbers: places.map(({ number }) => number) }]).toEqual([
            one,
            {
              numbers: numbers.slice(offset, offset + limit),
              passed: Math.min(offset, numbers.length),
              goesOn: numbers.length > offset + limit,
              isIncomplete: false,
            },
          ])
        }
      },
    ),
    { numRuns: Number(process.env['OFFSET_RUNS'] ?? 12), endOnFailure: true },
  )
}, 120_000)

const staff = { ...forEver, isStaff: true }

/** So late that each answer looks at no more than its first window. */
const late = { until: 0, isCancelled: () => false }

test.each(['number', 'number-asc', 'priority', 'priority-asc'])(
  'where looking ends before the page, the next ones go on passing over: by %s it begins where it should',
  async (sort) => {
    const desk = await openTicketDesk({ entry })
    await filled(desk)
    const room = new DeskRoom(desk.store.reader, sizes)
    const order: WalkOrder = {
      by: sort.startsWith('number') ? 'number' : 'priority',
      isDescending: !sort.endsWith('-asc'),
    }
    const expected = selectedOf(scannedOf(desk), phrase('one two'), order).map(({ number }) => number)
    const offset = Math.floor(expected.length / 2)
    const asked = { asker: askers.agent, q: 'in:title "one two"', sort, tz: undefined, now: 0, limit: 7 }
    const found: number[] = []
    let [cursor, empty] = [undefined as string | undefined, 0]
    do {
      const from = cursor === undefined ? { cursor, offset } : { cursor, offset: undefined }
      const answered = ticketList.answer(room, { ...asked, ...from, snippets: false }, late)
      if (answered.type !== 'body') throw new Error(answered.detail)
      const { tickets, incomplete, total } = JSON.parse(answered.body)
      if (tickets.length === 0 && incomplete) empty += 1
      expect(total).toBeLessThanOrEqual(expected.length)
      found.push(...tickets.map(({ number }: { readonly number: number }) => number))
      cursor = answered.next
    } while (cursor !== undefined)
    expect(found).toEqual(expected.slice(offset))
    expect(empty).toBeGreaterThan(3)
  },
)

test('by a column an answer that time ends says that it is not all', async () => {
  const desk = await openTicketDesk({ entry })
  await filled(desk)
  const finder = new Finder(desk.store.reader, sizes)
  const order = { by: 'created', isDescending: true } as const satisfies { by: Column; isDescending: boolean }
  const at = (offset: number) =>
    finder.answer((it) => it.page(phrase('one two'), order, 5, undefined, offset), { ...late, isStaff: true })
  expect(at(1)).toMatchObject({ isIncomplete: true })
  expect(at(200)).toMatchObject({ places: [], goesOn: false, isIncomplete: true })
  const found = finder.answer((it) => it.page(phrase('one two'), order, 200), staff)
  expect(found).toMatchObject({ passed: 0, isIncomplete: false })
  const places: readonly Place[] = found.places
  expect(finder.answer((it) => it.page(phrase('one two'), order, 200, undefined, 3), staff).places).toEqual(
    places.slice(3),
  )
})
