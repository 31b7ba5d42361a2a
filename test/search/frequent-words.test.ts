/** Words that many tickets hold are found as all others are, whatever became of the texts since their sets were made. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TextPlace, TextTest } from '#src/search/condition.js'
import { look } from '#src/search/index/checks.js'
import { Finder } from '#src/search/index/finder.js'
import { allTexts, byTables, lookingAt, numbersFound, numbersHolding } from '../support/found.js'
import { askers } from '../support/names.js'
import { openTicketDesk, type TicketDesk } from '../support/ticket-desk.js'

const sizes = { chunkBits: 7, partBits: 5 }
const entry = new URL('../support/frequent-words-writer.mjs', import.meta.url)

/** Words of which each stands in about every second ticket at the beginning; `rare` in none. */
const words = ['often', 'offen', 'usual', 'Öfter', '画'] as const
const text = fc
  .array(fc.constantFrom(...words, 'rare', 'offer', '-'), { maxLength: 5 })
  .map((parts) => `x ${parts.join(' ')}`)

/** A desk of four whole parts and one that has begun, whose sets are made. */
async function deskOfMany(): Promise<TicketDesk> {
  const desk = await openTicketDesk({ closed: true, entry })
  const operations = Array.from({ length: 140 }, (_, at) => ({
    op: 'create' as const,
    ticket: {
      title: `t ${words.filter((_, place) => (at * 7 + place * 3) % 10 < 5).join(' ')}`,
      description: at % 2 === 0 ? 'usual offen' : null,
    },
  }))
  await desk.run('ticket.batch', { operations })
  await expect.poll(() => partsOf(desk)).toEqual([0, 1, 2, 3])
  return desk
}

function partsOf(desk: TicketDesk): number[] {
  return desk.rows('SELECT part FROM often_parts ORDER BY part').map(({ part }) => Number(part))
}

type Edit =
  | { readonly type: 'title' | 'description' | 'comment' | 'internal'; readonly ticket: number; readonly text: string }
  | { readonly type: 'status' | 'delete' | 'purge' | 'create'; readonly ticket: number; readonly text: string }
  /** So many tickets that their part is made anew. */
  | { readonly type: 'part'; readonly ticket: number; readonly text: string }

const edit: fc.Arbitrary<Edit> = fc.record({
  type: fc.constantFrom<Edit['type']>(
    'title',
    'title',
    'description',
    'description',
    'comment',
    'internal',
    'status',
    'delete',
    'purge',
    'create',
    'part',
  ),
  ticket: fc.integer({ min: 1, max: 140 }),
  text,
})

async function make(desk: TicketDesk, { type, ticket: number, text }: Edit): Promise<void> {
  switch (type) {
    case 'title':
      return void (await desk.change(number, { title: text }))
    case 'description':
      return void (await desk.change(number, { description: text }))
    case 'comment':
    case 'internal':
      return void (await desk.comment(number, text, askers.agent, type === 'internal'))
    case 'status':
      return void (await desk.change(number, { status: 'closed' }))
    case 'delete':
      return void (await desk.run('ticket.delete', { number }))
    case 'purge':
      return void (await desk.run('ticket.purge', { number }, askers.admin))
    case 'create':
      return void (await desk.create({ title: text }))
    case 'part': {
      const first = Math.floor(number / 32) * 32
      for (let at = 4; at < 16; at++) await desk.change(first + at, { description: text }).catch(() => undefined)
    }
  }
}

const asked = fc.record({
  written: fc.constantFrom(...words, 'off', 'rare', 'often usual', 'öfter'),
  kind: fc.constantFrom('word' as const, 'prefix' as const, 'phrase' as const),
  places: fc.uniqueArray(fc.constantFrom<TextPlace>('title', 'description', 'comments'), { minLength: 1 }),
  isStaff: fc.boolean(),
})

test('sets and tables together find what a look at each text finds', { timeout: 120_000 }, async () => {
  const desk = await deskOfMany()
  const finder = new Finder(desk.store.reader, sizes, byTables)
  await fc.assert(
    fc.asyncProperty(
      fc.array(edit, { minLength: 1, maxLength: 5 }),
      fc.array(asked, { minLength: 5, maxLength: 10 }),
      async (edits, questions) => {
        // What is gone can't be changed.
        for (const one of edits) await make(desk, one).catch(() => undefined)
        desk.store.reader.snapshot(() => {
          const all = allTexts(desk)
          for (const { written, kind, places, isStaff } of questions) {
            const test: TextTest = { written, kind, places }
            const expected = numbersHolding(all, test, isStaff)
            expect([test, isStaff, numbersFound(finder, { text: test }, isStaff)]).toEqual([test, isStaff, expected])
          }
          expect(look(desk.store.reader, sizes)).toEqual([expect.objectContaining({ names: [] })])
        })
      },
    ),
    { numRuns: Number(process.env['FREQUENT_RUNS'] ?? 40), endOnFailure: true },
  )
  // Words have come and gone, and sets were made anew; none of it was lost on the way.
  await expect.poll(() => partsOf(desk).length).toBeGreaterThanOrEqual(4)
})

test('a word that becomes frequent in a part gets a set, and one that becomes rare is found without', async () => {
  const desk = await deskOfMany()
  const finder = new Finder(desk.store.reader, sizes, byTables)
  const held = (word: string): number[] =>
    numbersFound(finder, { text: { written: word, kind: 'word', places: ['title', 'description', 'comments'] } }, true)
  const isOnList = (word: string): boolean =>
    desk.rows(
      `SELECT 1 FROM often_parts, often_words WHERE part = 1 AND word = '${word}'
       AND ' ' || words || ' ' LIKE '% ' || often_words.id || ' %'`,
    ).length > 0
  expect([isOnList('often'), isOnList('new')]).toEqual([true, false])
  for (let number = 32; number < 64; number++) await desk.change(number, { title: 'new', description: null })
  // Once more, so that the part is made anew when hardly any of them holds the other.
  for (let number = 32; number < 64; number++) await desk.change(number, { title: 'new again' })
  await desk.change(40, { title: 'often' })
  await expect.poll(() => [isOnList('often'), isOnList('new')]).toEqual([false, true])
  const part = Array.from({ length: 32 }, (_, at) => 63 - at)
  expect(held('new')).toEqual(part.filter((number) => number !== 40))
  expect(held('often').filter((number) => part.includes(number))).toEqual([40])
})

test('of a ticket whose texts change its part asks the table, and what else changes is nothing to it', async () => {
  const desk = await deskOfMany()
  const changed = (): number[] => desk.rows('SELECT number FROM often_changed').map(({ number }) => Number(number))
  await desk.change(5, { status: 'closed', labels: ['bug'] })
  await desk.comment(6, 'often')
  await desk.change(139, { title: 'often' })
  expect(changed()).toEqual([])
  await desk.change(7, { title: 'usual' })
  await desk.change(8, { description: 'usual' })
  expect(changed()).toEqual([7, 8])
})

test('a set that differs from the table is told by the number of the ticket', async () => {
  const desk = await deskOfMany()
  await desk.store.close()
  const differing = lookingAt(desk, sizes)
  expect(differing('SELECT 1')).toEqual([])
  // Only ticket 40 is told of: that its text changed since is not known.
  expect(
    differing(`
      INSERT INTO find_tickets (find_tickets, rowid, title, description)
        SELECT 'delete', (SELECT place FROM find_chunks WHERE chunk = 0) * 128 + number, title, coalesce(text, '')
        FROM tickets LEFT JOIN descriptions ON ticket = number WHERE number = 40;
      UPDATE tickets SET title = 't' WHERE number = 40;
      DELETE FROM descriptions WHERE ticket = 40;
      INSERT INTO find_tickets (rowid, title, description)
        VALUES ((SELECT place FROM find_chunks WHERE chunk = 0) * 128 + 40, 't', '')`),
  ).toEqual(['40'])
})
