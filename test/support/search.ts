/** A desk on which searches are read, and what they come to. */
import { expect } from 'vitest'
import { dayNumber } from '#src/catalogue/day.js'
import { COLUMN_MAX, type Column, type Condition } from '#src/search/condition.js'
import { SearchLookup } from '#src/search/lookup.js'
import { readList, type Search } from '#src/search/search.js'
import { Zone } from '#src/search/zone.js'
import { RecordReader } from '#src/store/records.js'
import type { Role } from '#src/users/role.js'
import { numberOf, openPeopledDesk, type PeopledDesk, type Person } from './events.js'

const now = Date.parse('2026-11-30T23:30:00Z')
export const today = dayNumber('2026-11-30')

/** A field of each type, beside those of every such desk. */
const fields = (
  [
    ['root cause', 'text', ''],
    ['cores', 'number', ''],
    ['since', 'date', ''],
    ['kind', 'choice', '["Disk","Fan"]'],
    ['paid', 'yes/no', ''],
  ] as const
).flatMap(([name, type, choices], place) => [
  `INSERT INTO fields (number, name, archived, merged_into, gone, version, type, description, choices)
   VALUES (${place + 3}, '${name}', 0, NULL, NULL, 1, '${type}', '', '${choices}')`,
  `INSERT INTO names (kind, folded, number) VALUES ('field', '${name}', ${place + 3})`,
])

/** `site` and `kind` are public in the queue `storage`; `kind` is in `secret` too, for staff alone. Two labels went into `disk`. */
const sql = [
  ...fields,
  `UPDATE queues SET fields = '[{"field":1,"public":true},{"field":2},{"field":6,"public":true}]' WHERE name = 'storage'`,
  `UPDATE queues SET fields = '[{"field":6},{"field":2,"public":true}]' WHERE name = 'secret'`,
  "INSERT INTO labels (number, name, archived, merged_into, gone, version, color, description) VALUES (4, 'was disk', 0, 1, NULL, 1, '', ''), (5, 'older', 0, 4, NULL, 1, '', ''), (6, 'lane:x', 0, NULL, NULL, 1, '', ''), (7, 'none', 0, NULL, NULL, 1, '', '')",
  "INSERT INTO names (kind, folded, number) VALUES ('label', 'lane:x', 6), ('label', 'none', 7)",
]

/** The desk of the test that runs. */
let desk: PeopledDesk

/** Opens it: ann's ticket 1 and rob's 2, and 3, which is hidden from ann; 1 and 3 block 2. */
export async function openSearched(): Promise<void> {
  desk = await openPeopledDesk({ sql })
  const { store, as } = desk
  const create = (ticket: object) => store.run('ticket.create', { ticket: { title: 'one', ...ticket } }, as('ben'))
  await create({ requester: 'ann', ref: 'alert:7' })
  await create({ requester: 'rob' })
  await create({ requester: 'ann', internal: true })
  await store.run('link.add', { number: 1, kind: 'blocks', other: 2 }, as('ben'))
  await store.run('link.add', { number: 3, kind: 'blocks', other: 2 }, as('ben'))
  await store.run('link.add', { number: 1, kind: 'relates-to', other: 3 }, as('ben'))
}

/** What a search is read as, as who may what; as an admin where nothing is said. */
export function search(q: string, who: Person | null = 'ada', role: Role = 'admin', zone = Zone.utc): Search {
  const isStaff = role === 'admin' || role === 'agent'
  const viewer = { user: who === null ? null : numberOf(who), role, isStaff }
  const lookup = new SearchLookup(desk.store.reader, new RecordReader(desk.store.reader), viewer)
  return readList(q, { lookup, now, zone })
}

/** What is asked beside that the ticket is there. */
export function asked(q: string, ...more: [who?: Person | null, role?: Role, zone?: Zone]): Condition {
  const { condition } = search(q, ...more)
  const [live, ...others] = 'all' in condition ? condition.all : [condition]
  expect(live).toEqual({ terms: ['live='] })
  return others.length === 1 && others[0] !== undefined ? others[0] : { all: others }
}

export const terms = (...of: string[]): Condition => ({ terms: of })
export const not = (condition: Condition): Condition => ({ not: condition })
export const column = (column: Column, from: number, to = COLUMN_MAX): Condition => ({ column, from, to })
export const seconds = (time: string) => Date.parse(time) / 1000
