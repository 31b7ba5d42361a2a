/** What a desk's tickets are at one moment, as a model in memory keeps it, and what an undo has to do to them. */
import { plainText } from '#src/journal/text.js'
import { activityOf, publicActivityOf } from '#src/tickets/keeping.js'
import { fieldValuesOf, numbersOf } from '#src/tickets/members.js'
import type { TicketState } from '#src/tickets/reading.js'
import type { TicketDesk } from './ticket-desk.js'

/** A ticket with all around it. */
export interface Seen {
  readonly state: TicketState
  /** Texts by ids; those that were deleted are not there. */
  readonly comments: Readonly<Record<string, string>>
  readonly links: readonly string[]
  readonly watchers: readonly string[]
}

export type Tickets = ReadonlyMap<number, Seen>

/** All tickets with numbers above `base` as they are now, those in the bin too. */
export function ticketsOf(desk: TicketDesk, base = 0): Tickets {
  return desk.store.reader.snapshot(() => {
    const numbers = desk
      .rows(`SELECT number FROM tickets WHERE number > ${base} ORDER BY number`)
      .map(({ number }) => Number(number))
    return new Map(numbers.map((number) => [number, seen(desk, number)]))
  })
}

function seen(desk: TicketDesk, number: number): Seen {
  const of = (sql: string) => desk.rows(`${sql} WHERE ticket = ${number}`)
  const comments = of('SELECT idx, text, deleted_time FROM comments').filter((row) => row['deleted_time'] === null)
  return {
    state: comparable(desk.ticket(number)),
    comments: Object.fromEntries(comments.map(({ idx, text }) => [String(idx), plainText(String(text))])),
    links: of('SELECT kind, other FROM links').map(({ kind, other }) => `${String(kind)} ${String(other)}`),
    watchers: of('SELECT user FROM watchers').map(({ user }) => String(user)),
  }
}

/** A state with its activity said in one way: a record may leave out what is the same. */
export function comparable({ record, description, isRedacted, deletedTime }: TicketState): TicketState {
  const [activity, open] = [activityOf(record), publicActivityOf(record)]
  const said = {
    activityIndex: activity.index,
    activityTime: activity.time,
    publicIndex: open.index,
    publicTime: open.time,
  }
  return { record: { ...record, ...said }, description, isRedacted, deletedTime }
}

/** Everything about a ticket that an undo takes back, as a set of facts: each is there or not. */
export function factsOf(ticket: Seen | undefined): ReadonlySet<string> {
  if (ticket === undefined) return new Set(['in the bin'])
  const { record, description, deletedTime } = ticket.state
  const { title, status, priority, queue, requester, due, internal, ref } = record
  const facts = [
    ...Object.entries({ title, status, priority, queue, requester, due, internal, ref, description }).map(
      ([member, value]) => `${member} is ${JSON.stringify(value)}`,
    ),
    ...Object.entries(fieldValuesOf(record.fields)).map(([field, value]) => `field ${field} is ${String(value)}`),
    ...numbersOf(record.labels).map((label) => `label ${label}`),
    ...numbersOf(record.assignees).map((user) => `assignee ${user}`),
    ...Object.entries(ticket.comments).map(([id, text]) => `comment ${id} says ${text}`),
    ...ticket.links.map((link) => `link ${link}`),
    ...ticket.watchers.map((user) => `watcher ${user}`),
    ...(deletedTime === null ? [] : ['in the bin']),
  ]
  return new Set(facts)
}

/** What came and went between two states of a ticket. */
export function difference(before: Seen | undefined, after: Seen | undefined) {
  const [was, is] = [factsOf(before), factsOf(after)]
  return {
    came: [...is].filter((fact) => !was.has(fact)),
    went: [...was].filter((fact) => !is.has(fact)),
  }
}
