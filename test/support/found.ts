/** What a finder finds, and what there is to find: the texts of each ticket as they are kept, looked at one by one. */
import { expect, onTestFinished } from 'vitest'
import type { Condition, TextPlace, TextTest } from '#src/search/condition.js'
import { look } from '#src/search/index/checks.js'
import type { Sizes } from '#src/search/index/bits.js'
import type { FewBounds } from '#src/search/index/few.js'
import type { Finder } from '#src/search/index/finder.js'
import { holds } from '#src/search/text.js'
import { openDatabase } from '#src/sqlite/database.js'
import type { TicketDesk } from './ticket-desk.js'

/** As long as an answer takes. */
export const forEver = { until: Infinity, isCancelled: () => false }

/** Nothing is few: the full-text tables are asked. And everything is: each ticket is looked at. */
export const byTables = fewBounds(0)
export const byLooks = fewBounds(Infinity)

/** The same for all who ask. */
export function fewBounds(tickets: number, comments = tickets): FewBounds {
  const few = { tickets, comments }
  return { ofStaff: few, ofOthers: few }
}

/** The texts of one ticket, by where they stand. */
export type Texts = Readonly<Record<TextPlace, readonly string[]>>

/** The texts of a ticket; `comments` are all of them. */
export function textsOf(desk: TicketDesk, number: number): Texts {
  const texts = (sql: string): string[] => desk.rows(sql).map(({ text }) => String(text ?? ''))
  const comments = `SELECT text FROM comments WHERE ticket = ${number} AND deleted_time IS NULL`
  return {
    title: texts(`SELECT title AS text FROM tickets WHERE number = ${number}`),
    description: texts(`SELECT text FROM descriptions WHERE ticket = ${number}`),
    comments: texts(comments),
    publicComments: texts(`${comments} AND internal = 0`),
  }
}

/** The texts of all tickets, the newest ticket first. */
export function allTexts(desk: TicketDesk): ReadonlyMap<number, Texts> {
  return new Map(
    desk.rows('SELECT number FROM tickets ORDER BY number DESC').map((row) => {
      const number = Number(row['number'])
      return [number, textsOf(desk, number)]
    }),
  )
}

/** The tickets that hold a text, in the order of these, as staff or somebody else sees them. */
export function numbersHolding(all: ReadonlyMap<number, Texts>, test: TextTest, isStaff: boolean): number[] {
  const seen = (place: TextPlace): TextPlace => (place === 'comments' && !isStaff ? 'publicComments' : place)
  return [...all]
    .filter(([, texts]) => test.places.some((place) => texts[seen(place)].some((text) => holds(text, test))))
    .map(([number]) => number)
}

/** The tickets that a search finds, the newest first, on one page. */
export function numbersFound(finder: Finder, condition: Condition, isStaff: boolean): number[] {
  const order = { by: 'number', isDescending: true } as const
  const page = finder.answer((questions) => questions.page(condition, order, 100_000), { ...forEver, isStaff })
  expect(page).toMatchObject({ goesOn: false, isIncomplete: false })
  return page.places.map(({ number }) => number)
}

/** Looks at the index of a closed desk's file as `check` does, each time with other damage: which tickets are told of. */
export function lookingAt(desk: TicketDesk, sizes: Sizes): (damage: string) => readonly string[] | undefined {
  const database = openDatabase(desk.address.slice('sqlite:'.length))
  onTestFinished(() => database.close())
  return (damage) => {
    database.exec('BEGIN')
    database.exec(damage)
    const [found] = look(database, sizes)
    database.exec('ROLLBACK')
    return found?.names
  }
}
