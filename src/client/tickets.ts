/** Tickets: whole, one by one and in lists. What surrounds them is in ticket-parts.ts. */
import type { PartSort, sortWords } from '../contract/limits.js'
import type { Stats } from '../contract/v1/stats.js'
import type { Redaction, Ticket, TicketChange, TicketToCreate } from '../contract/v1/tickets.js'
import { withMembers, type Caller } from './caller.js'
import type { CallOptions, GuardOptions, ReadOptions, Sendable } from './call-options.js'
import { onceOf, type OnceOptions } from './once.js'
import { itemsOf, pagesFrom, type PageEnd, type WalkOptions } from './pages.js'
import {
  createComments,
  createHistory,
  createLinks,
  createWatchers,
  type CommentsClient,
  type HistoryClient,
  type LinksClient,
  type WatchersClient,
} from './ticket-parts.js'

/** What of a ticket is read beside its own members. */
export type TicketInclude = 'activity' | 'comments' | 'history' | 'links'

type SortWord = (typeof sortWords)[number]

/** What lists are ordered by, descending where neither direction is said. */
export type TicketSort = SortWord | `${SortWord}-asc` | `${SortWord}-desc`

export interface GetTicketOptions extends ReadOptions {
  /** What surrounds it: of comments, history and links the first 50, and a path to the `rest`. */
  readonly include?: TicketInclude | readonly TicketInclude[]
  /** In which order included comments and history come: the oldest first where it is not given. */
  readonly sort?: PartSort
  /** As it was then, with nothing but its `activity`: an index, or a time (a Date, or RFC 3339). */
  readonly at?: number | Date | string
}

export interface ListTicketsOptions extends ReadOptions, WalkOptions {
  /** A search in the desk's words, such as `is:open label:disk`; all where it is not given. */
  readonly q?: string
  /** The time zone of its days, such as `Europe/Berlin`; UTC where it is not given. */
  readonly tz?: string
  /** How many are passed over: to begin at any place of the order. Not with a `cursor`, and not by relevance. */
  readonly offset?: number
  /** By what they are ordered, such as `updated-desc`; the newest first where it is not given. */
  readonly sort?: TicketSort
  /** Whether each ticket has pieces of its texts with what was found. */
  readonly snippets?: boolean
}

export interface StatsOptions extends ReadOptions {
  /** A search in the desk's words; all tickets where it is not given. */
  readonly q?: string
  readonly tz?: string
  /** The ledger of so many days, today with them, 1 to 400: what was opened, closed, reopened, deleted and restored. Staff only. */
  readonly days?: number
  /** Of the ledger: one queue alone. */
  readonly queue?: string
}

export interface TicketPage extends PageEnd {
  readonly tickets: readonly Ticket[]
  /** How many there are in all pages. */
  readonly total: number
  readonly totalIsExact: boolean
  /** The page holds less than was looked for: go on with `next`. */
  readonly incomplete: boolean
}

export interface TicketsClient {
  /** Only `title` is required. Done once, however often it has to be sent. */
  create(ticket: Sendable<TicketToCreate>, options?: OnceOptions): Promise<Ticket>
  get(number: number, options?: GetTicketOptions): Promise<Ticket>
  /**
   * Changes what is named and leaves the rest. With `version` only if that is the ticket's version, else `NotCurrent`. Sent once: after
   * a `ConnectionError` it may have been made or not.
   */
  change(number: number, change: Sendable<TicketChange>, options?: CallOptions): Promise<Ticket>
  /** Into the bin. Sent once. */
  delete(number: number, options?: GuardOptions): Promise<void>
  /** Back from the bin. */
  restore(number: number, options?: OnceOptions & GuardOptions): Promise<Ticket>
  /** Takes all of a ticket away that is in the bin, for ever. */
  purge(number: number, options?: OnceOptions): Promise<void>
  /**
   * Erases a text for good: what a change, or the creation, gave a `field` at an `index`, or all that a `comment` said. What stands now
   * is changed first (`Conflict`, `still_standing`). Events that told of it are forgotten.
   */
  redact(number: number, what: Redaction, options?: OnceOptions): Promise<void>
  /** All tickets that are found, page by page as they are asked for. */
  list(options?: ListTicketsOptions): AsyncGenerator<Ticket, void>
  /** The same as pages, with totals. */
  pages(options?: ListTicketsOptions): AsyncGenerator<TicketPage, void>
  /** How many a search finds, by status, priority, queue, assignee, label and age. */
  stats(options?: StatsOptions): Promise<Stats>
  comments(number: number): CommentsClient
  links(number: number): LinksClient
  watchers(number: number): WatchersClient
  history(number: number): HistoryClient
}

const isTicket = withMembers<Ticket>('number', 'title', 'version')
const isStats = withMembers<Stats>('total', 'statuses')
const isPage = withMembers<TicketPage>('tickets', 'next')

export function createTickets(caller: Caller): TicketsClient {
  const pages = ({ cursor, offset, q, tz, sort, snippets, limit, consistency, signal }: ListTicketsOptions = {}) =>
    pagesFrom(cursor, (next) => {
      // The pages behind the first go on from that one.
      const from = next === cursor ? { cursor, offset } : { cursor: next }
      const query = { q, tz, sort, snippets, limit, ...from, consistency }
      return caller.call({ method: 'GET', path: '/v1/tickets', query, signal }, isPage)
    })
  return {
    create: (ticket, { signal, ...options } = {}) =>
      caller.call({ method: 'POST', path: '/v1/tickets', body: ticket, once: onceOf(options), signal }, isTicket),
    get(number, { include, sort, at, consistency, signal } = {}) {
      const query = {
        include: typeof include === 'string' ? include : include?.join(','),
        sort,
        at: at instanceof Date ? at.toISOString() : at,
        consistency,
      }
      return caller.call({ method: 'GET', path: ticketPath(number), query, signal }, isTicket)
    },
    change: (number, change, { signal } = {}) =>
      caller.call({ method: 'PATCH', path: ticketPath(number), body: change, signal }, isTicket),
    async delete(number, { version, signal } = {}) {
      await caller.send({ method: 'DELETE', path: ticketPath(number), version, signal })
    },
    restore: (number, { version, signal, ...options } = {}) =>
      caller.call(
        { method: 'POST', path: `${ticketPath(number)}/restore`, once: onceOf(options), version, signal },
        isTicket,
      ),
    async purge(number, { signal, ...options } = {}) {
      await caller.send({
        method: 'POST',
        path: `${ticketPath(number)}/purge`,
        once: onceOf(options),
        signal,
      })
    },
    async redact(number, what, { signal, ...options } = {}) {
      const request = { method: 'POST', path: `${ticketPath(number)}/redact`, body: what } as const
      await caller.send({ ...request, once: onceOf(options), signal })
    },
    list: (options) => itemsOf(pages(options), (page) => page.tickets),
    pages,
    stats: ({ q, tz, days, queue, consistency, signal } = {}) =>
      caller.call({ method: 'GET', path: '/v1/stats', query: { q, tz, days, queue, consistency }, signal }, isStats),
    comments: (number) => createComments(caller, ticketPath(number)),
    links: (number) => createLinks(caller, ticketPath(number)),
    watchers: (number) => createWatchers(caller, ticketPath(number)),
    history: (number) => createHistory(caller, ticketPath(number)),
  }
}

function ticketPath(number: number): string {
  return `/v1/tickets/${number}`
}
