/** The index of a node that got its records as a listing, as one does that joins the others. */
import { expect, test } from 'vitest'
import type { Condition } from '#src/search/condition.js'
import { SIZES } from '#src/search/index/bits.js'
import { look } from '#src/search/index/checks.js'
import { Finder } from '#src/search/index/finder.js'
import { labelTerm } from '#src/search/terms.js'
import { TimedDesk } from '../support/timed-desk.js'

const NOW = Date.parse('2026-03-01T12:00:00Z')

function word(written: string): Condition {
  return { text: { written, kind: 'word', places: ['title', 'description', 'comments'] } }
}

test('a ticket that came with it is found by what it is after a change, and no more by what it was', async () => {
  const from = await TimedDesk.open(NOW)
  const number = await from.create({ title: 'first words', description: 'older text', labels: ['bug'] })
  const joined = await TimedDesk.open(NOW)
  const { replica } = joined
  replica.begin()
  replica.reset(from.replica.head)
  replica.applyChanges(from.records())
  replica.commit()
  while (replica.hasWork) replica.work()
  const finder = new Finder(replica.database)
  const numbers = (condition: Condition): number[] =>
    finder
      .answer((it) => it.page(condition, { by: 'number', isDescending: false }, 10), {
        isStaff: true,
        until: Infinity,
        isCancelled: () => false,
      })
      .places.map((place) => place.number)
  const labelled: Condition = { terms: [labelTerm(1)] }
  expect([labelled, word('first'), word('older')].map(numbers)).toEqual([[number], [number], [number]])
  const change = { title: 'second words', description: 'newer text', labels: [] }
  await joined.run('ticket.change', { number, change })
  expect([labelled, word('first'), word('older')].map(numbers)).toEqual([[], [], []])
  expect([word('second'), word('newer')].map(numbers)).toEqual([[number], [number]])
  expect(look(replica.database, SIZES)).toEqual([expect.objectContaining({ names: [] })])
  for (const desk of [from, joined]) desk.replica.close()
})
