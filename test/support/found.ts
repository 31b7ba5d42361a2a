/** What a finder finds, and what there is to find: the texts of each ticket as they are kept, looked at one by one. */
import { expect, onTestFinished } from 'vitest'
import type { Condition, TextPlace, TextTest } from '#src/search/condition.js'
import { look } from '#src/search/index/checks.js'
import type { Sizes } from '#src/search/index/bits.js'
import { EntryReader, type Entry } from '#src/search/index/entry.js'
import type { FewBounds } from '#src/search/index/few.js'
import type { Finder } from '#src/search/index/finder.js'
import { columns } from '#src/search/index/tables.js'
import type { Judged } from '#src/search/judge.js'
import { LIVE, priorityTerm } from '#src/search/terms.js'
import type { WalkOrder } from '#src/search/index/walk.js'
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

export interface JudgedTicket extends Judged {
  readonly entry: Entry
}

/** All tickets as their records say them; `holds` says whether one of some texts holds what is asked. */
export function judgedTickets(
  desk: TicketDesk,
  holds: (texts: readonly string[], test: TextTest) => boolean,
): JudgedTicket[] {
  const reader = new EntryReader(desk.store.reader)
  return desk.rows('SELECT number FROM tickets').flatMap((row): JudgedTicket[] => {
    const number = Number(row['number'])
    const found = reader.read(number)
    if (found === undefined) return []
    const has = new Set(found.isLive ? [...found.terms, LIVE] : found.terms)
    const texts = textsOf(desk, number)
    return [
      {
        number,
        entry: { ...found, terms: [...has] },
        has: (one) => has.has(one),
        value: (name) => {
          const value = found.values[columns.indexOf(name)] ?? 0
          return value === 0 ? undefined : value - 1
        },
        field: () => false,
        text: (test) => test.places.some((place) => holds(texts[place], test)),
      },
    ]
  })
}

/** Tickets in an order. */
export function inOrder(order: WalkOrder, tickets: readonly JudgedTicket[]): JudgedTicket[] {
  return tickets.toSorted((one, other) => compare(order, one, other))
}

function compare({ by, isDescending }: WalkOrder, one: JudgedTicket, other: JudgedTicket): number {
  const sign = isDescending ? -1 : 1
  const byNumber = sign * (one.number - other.number)
  if (by === 'number') return byNumber
  const [a, b] = [one, other].map((ticket) => valueBy(by, ticket))
  if (a === b) return byNumber
  if (a === undefined) return 1
  if (b === undefined) return -1
  return sign * (a - b)
}

function valueBy(by: Exclude<WalkOrder['by'], 'number'>, ticket: JudgedTicket): number | undefined {
  if (by !== 'priority') return ticket.value(by)
  return [0, 1, 2, 3].find((priority) => ticket.has(priorityTerm(priority)))
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
