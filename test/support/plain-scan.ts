/** What searches find where each ticket is looked at by itself, as its records say it: the measure of what the index answers. */
import { EntryReader, type Entry } from '#src/search/index/entry.js'
import type { WalkOrder } from '#src/search/index/page.js'
import { columns } from '#src/search/index/tables.js'
import { judge, type Judged } from '#src/search/judge.js'
import type { Condition, TextTest } from '#src/search/condition.js'
import * as terms from '#src/search/terms.js'
import { textsOf } from './found.js'
import type { TicketDesk } from './ticket-desk.js'

export interface Scanned extends Judged {
  readonly entry: Entry
}

/** All tickets as their records say them. Texts hold whole words alone where nothing else is said, and no custom field is so. */
export function scannedOf(desk: TicketDesk, holds = holdsWord): Scanned[] {
  const reader = new EntryReader(desk.store.reader)
  return desk.rows('SELECT number FROM tickets').flatMap((row): Scanned[] => {
    const number = Number(row['number'])
    const found = reader.read(number)
    if (found === undefined) return []
    const has = new Set(found.isLive ? [...found.terms, terms.LIVE] : found.terms)
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
        text: (test) => test.places.some((where) => texts[where].some((text) => holds(text, test))),
      },
    ]
  })
}

function holdsWord(text: string, { written }: TextTest): boolean {
  return new RegExp(`\\b${written}\\b`, 'u').test(text)
}

/** Those of them that a condition selects, in an order. */
export function selectedOf(all: readonly Scanned[], condition: Condition, order: WalkOrder): Scanned[] {
  return all.filter((ticket) => judge(condition, ticket)).toSorted((one, other) => compare(order, one, other))
}

function compare({ by, isDescending }: WalkOrder, one: Scanned, other: Scanned): number {
  const sign = isDescending ? -1 : 1
  const byNumber = sign * (one.number - other.number)
  if (by === 'number') return byNumber
  const [a, b] = [one, other].map((ticket) => valueBy(by, ticket))
  if (a === b) return byNumber
  if (a === undefined) return 1
  if (b === undefined) return -1
  return sign * (a - b)
}

function valueBy(by: Exclude<WalkOrder['by'], 'number'>, ticket: Scanned): number | undefined {
  if (by !== 'priority') return ticket.value(by)
  return [0, 1, 2, 3].find((priority) => ticket.has(terms.priorityTerm(priority)))
}
