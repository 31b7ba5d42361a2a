/** What fits the words of a search best comes first, of the newest that are found. */
import { expect, test } from 'vitest'
import type { Condition, TextPlace, TextTest } from '#src/search/condition.js'
import { Finder } from '#src/search/index/finder.js'
import { compareRelevance, relevanceOf } from '#src/search/rank.js'
import type { SearchedTexts } from '#src/search/searched.js'
import { isCode } from '#src/search/text.js'
import { askers } from '../support/names.js'
import { openTicketDesk } from '../support/ticket-desk.js'

const everywhere: readonly TextPlace[] = ['title', 'description', 'comments']
const word = (written: string, places = everywhere): TextTest => ({ written, kind: 'word', places })
const prefix = (written: string): TextTest => ({ written, kind: 'prefix', places: everywhere })
const phrase = (written: string): TextTest => ({ written, kind: 'phrase', places: everywhere })

/** Texts of a ticket: title, description, comments from the newest on. */
const texts = (title: string, description = '', ...comments: string[]): SearchedTexts => ({
  title,
  description: description === '' ? null : description,
  comments: comments.map((text, place) => ({ id: comments.length - place, text })),
})

/** That each fits better than the one behind it. */
function expectOrder(tests: readonly TextTest[], tickets: readonly SearchedTexts[]): void {
  const ranks = tickets.map((ticket) => relevanceOf(ticket, tests))
  for (const [place, rank] of ranks.entries()) {
    const before = ranks[place - 1]
    if (before !== undefined) expect([before, rank, compareRelevance(before, rank) < 0]).toEqual([before, rank, true])
  }
}

test('whole words come before beginnings, and each in title, description, comments', () => {
  expectOrder(
    [prefix('disk')],
    [
      texts('a disk'),
      texts('disks', 'a disk'),
      texts('disks', 'disks', 'disks', 'a disk'),
      texts('disks', '', 'disks'),
      texts('', 'disks'),
      texts('', '', 'disks'),
      texts('', '', 'fan'),
    ],
  )
})

test('all words count', () => {
  expectOrder(
    [word('disk'), word('full')],
    [texts('disk full'), texts('disk', 'full'), texts('disk', '', 'full'), texts('', 'disk full'), texts('', 'disk')],
  )
})

test('a word counts only where it is looked for', () => {
  const title = word('disk', ['title'])
  expect(relevanceOf(texts('', 'disk', 'disk'), [title])).toEqual(relevanceOf(texts(''), [title]))
})

test('what names one thing comes before all else, where it stands as a whole', () => {
  expectOrder(
    [prefix('CVE-2026-1234'), word('kernel')],
    [
      texts('CVE-2026-1234 kernel'),
      texts('kernel', 'cve-2026-1234'),
      texts('kernel', '', 'CVE-2026-1234'),
      texts('', '', 'CVE-2026-1234'),
      texts('CVE-2026-12345 kernel'),
    ],
  )
  expect(['10.0.0.1', '/var/log', 'node-4', 'C++'].map((each) => isCode(word(each)))).toEqual([true, true, true, true])
  expect(isCode(phrase('21:33:ff'))).toBe(true)
  expect(['disk', '連線', 'Zu\u0308rich'].map((each) => isCode(word(each)))).toEqual([false, false, false])
  expect(isCode(phrase('disk, full'))).toBe(false)
})

test('of comments no more are read than are needed, and the newest 200 at most', () => {
  let read = 0
  function* comments() {
    for (let id = 10_000; id > 0; id--) {
      read += 1
      yield { id, text: id === 9_990 ? 'a disk' : 'disks' }
    }
  }
  const ticket = (title: string) => ({ title, description: null, comments: comments() })
  relevanceOf(ticket('disk'), [prefix('disk')])
  expect(read).toBe(0)
  relevanceOf(ticket(''), [prefix('disk')])
  expect(read).toBe(11)
  relevanceOf(ticket(''), [word('fan')])
  expect(read).toBe(211)
})

test('a desk answers the best of what is found, the newest first where they are alike, with what one may see', async () => {
  const desk = await openTicketDesk()
  const finder = new Finder(desk.store.reader)
  const code = await desk.create({ title: 'one', description: 'of CVE-2026-1234' })
  const title = await desk.create({ title: 'disk CVE-2026-12345' })
  const older = await desk.create({ title: 'a', description: 'disk' })
  const newer = await desk.create({ title: 'b', description: 'disk' })
  const secret = await desk.create({ title: 'c' })
  const comment = await desk.comment(secret, 'a disk', askers.agent, true)
  await desk.create({ title: 'fan' })

  const condition = (place: TextPlace): Condition => ({
    any: ['disk', 'CVE-2026-1234'].map((written) => ({
      text: { written, kind: 'prefix', places: ['title', 'description', place] },
    })),
  })
  const bounds = (isStaff: boolean) => ({ isStaff, until: Infinity, isCancelled: () => false })
  const best = (isStaff: boolean, limit: number) =>
    finder.answer((it) => it.ranked(condition(isStaff ? 'comments' : 'publicComments'), limit), bounds(isStaff))
  expect(best(true, 200)).toEqual({
    numbers: [code, title, newer, older, secret],
    hasOlder: false,
    isIncomplete: false,
  })
  expect(best(false, 3).numbers).toEqual([code, title, newer])
  expect(best(false, 200).numbers).toEqual([code, title, newer, older])

  const all = [code, title, older, newer, secret]
  const snippets = (place: TextPlace, isStaff: boolean) =>
    finder.answer((it) => it.snippets(condition(place), all), bounds(isStaff))
  expect([...snippets('comments', true).keys()]).toEqual(all)
  expect(snippets('comments', true).get(secret)).toEqual([
    { place: 'comment', comment, text: 'a disk', marks: [[2, 6]], isCutBefore: false, isCutAfter: false },
  ])
  // Not even where somebody asks for all comments.
  for (const place of ['comments', 'publicComments'] as const) expect(snippets(place, false).has(secret)).toBe(false)
})

test('no more than 2,000 are ranked and 200 answered, and what time did not allow is told', async () => {
  const desk = await openTicketDesk()
  const tickets = Array.from({ length: 500 }, (_, place) => ({
    title: place === 0 ? 'disk' : 'other',
    description: 'disk',
  }))
  const numbers: number[] = []
  for (let batch = 0; batch < 5; batch++) {
    const operations = tickets.map((ticket) => ({ op: 'create' as const, ticket }))
    await desk.run('ticket.batch', { operations })
  }
  for (const row of desk.rows('SELECT number FROM tickets ORDER BY number')) numbers.push(Number(row['number']))
  const finder = new Finder(desk.store.reader)
  const asked: Condition = { text: { written: 'disk', kind: 'word', places: everywhere } }
  const bounds = { isStaff: true, until: Infinity, isCancelled: () => false }
  const all = finder.answer((it) => it.ranked(asked, 1000), bounds)
  const first = (batch: number): number => numbers[batch * 500] ?? 0
  expect(all).toMatchObject({ hasOlder: true, isIncomplete: false })
  expect(all.numbers).toHaveLength(200)
  expect(all.numbers.slice(0, 5)).toEqual([first(4), first(3), first(2), first(1), numbers.at(-1)])

  const late = finder.answer((it) => it.ranked(asked, 10), { ...bounds, until: 0 })
  expect(late).toMatchObject({ hasOlder: true, isIncomplete: true })
})
