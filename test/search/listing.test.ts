/** The index of a node that got its records as a listing, as one does that joins the others, and one that is made anew while nobody waits. */
import { expect, test } from 'vitest'
import type { Condition } from '#src/search/condition.js'
import { SIZES } from '#src/search/index/bits.js'
import { look } from '#src/search/index/checks.js'
import { Finder } from '#src/search/index/finder.js'
import { labelTerm } from '#src/search/terms.js'
import { askers } from '../support/names.js'
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

test('one that is made anew while nobody waits takes few transactions, and is what follows from the records', async () => {
  const desk = await TimedDesk.open(NOW)
  const { replica } = desk
  const rows = Array.from({ length: 2500 }, (_, place) => ({
    ticket: {
      title: `ticket ${place}`,
      ref: `R${place}`,
      description: place % 2 === 0 ? 'halfway there' : null,
      labels: place % 3 === 0 ? ['bug'] : [],
    },
    createdTime: NOW,
    comments: place === 6 ? [{ text: 'rare words', internal: false, time: NOW, author: 'abe' }] : [],
  }))
  for (let from = 0; from < rows.length; from += 100) {
    await desk.run('ticket.import', { tickets: rows.slice(from, from + 100) }, askers.admin)
  }
  replica.deriveAnew()
  let parts = 0
  for (; replica.hasWork; parts++) replica.work(true)
  // Each would take some hundred tickets where others wait.
  expect(parts).toBeLessThan(20)
  expect(look(replica.database, SIZES)).toEqual([expect.objectContaining({ names: [] })])
  const found = new Finder(replica.database).answer(
    (it) => [word('halfway'), word('rare'), { terms: [labelTerm(1)] }].map((condition) => it.total(condition).total),
    { isStaff: true, until: Infinity, isCancelled: () => false },
  )
  expect(found).toEqual([1250, 1, 834])
  replica.close()
})

test('one that is being made anew knows of a link to a ticket that it does not have yet, which goes and comes back meanwhile', async () => {
  const desk = await TimedDesk.open(NOW)
  const { replica } = desk
  for (let from = 0; from < 2000; from += 100) {
    const tickets = Array.from({ length: 100 }, (_, place) => ({
      ticket: { title: `ticket ${from + place}`, ref: `R${from + place}` },
      createdTime: NOW,
      comments: [],
    }))
    await desk.run('ticket.import', { tickets }, askers.admin)
  }
  for (const number of [1, 2]) await desk.run('link.add', { number, kind: 'blocks', other: 2001 - number })
  await desk.run('ticket.delete', { number: 2000 })
  replica.deriveAnew()
  replica.work()
  const built = Number(replica.database.prepare('SELECT built FROM find_state').get()?.['built'])
  expect(built).toBeGreaterThan(2)
  expect(built).toBeLessThan(1999)
  await desk.run('ticket.restore', { number: 2000 })
  await desk.run('ticket.delete', { number: 1999 })
  while (replica.hasWork) replica.work()
  expect(look(replica.database, SIZES)).toEqual([expect.objectContaining({ names: [] })])
  replica.close()
})
