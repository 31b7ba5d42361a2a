/**
 * What became of each ticket, read from a replica's file alone: its states, one after another, and its comments. An entry of a history
 * keeps what was before, so the states are found backwards from what stands today.
 */
import type { Database } from '#src/sqlite/database.js'
import { entryLine } from './v1-asked.js'

/** What there is to begin with, by number: no record says so as long as nobody changes one, and in a round nobody does. */
const FIRST_STATUSES = ['open', 'in-progress', 'waiting', 'resolved', 'closed']

/** A ticket since an index, which is its version. */
export interface TicketState {
  readonly index: number
  /** Undefined for how it was made. */
  readonly change: 'changed' | 'deleted' | 'restored' | undefined
  readonly title: string
  readonly description: string
  readonly labels: readonly string[]
  readonly status: string
}

export interface TicketPast {
  /** The oldest first. */
  readonly states: readonly TicketState[]
  readonly comments: readonly { readonly index: number; readonly text: string }[]
}

/** The past of each ticket, by its number. */
export function pastsOf(database: Database): ReadonlyMap<number, TicketPast> {
  const names = new Map(
    database
      .prepare('SELECT number, name FROM labels')
      .all()
      .map(({ number, name }) => [String(number), String(name)]),
  )
  const statusOf = (number: unknown): string => FIRST_STATUSES[Number(number) - 1] ?? `the status ${String(number)}`
  const labelsIn = (numbers: unknown): string[] =>
    String(numbers)
      .split(' ')
      .flatMap((number) => names.get(number) ?? [])
  const changesOf = database.prepare(
    `SELECT idx, kind, before, text FROM changes
     WHERE ticket = ? AND kind IN ('changed', 'deleted', 'restored') ORDER BY idx DESC`,
  )
  const commentsOf = database.prepare('SELECT idx, text FROM comments WHERE ticket = ? ORDER BY idx')
  const tickets = database
    .prepare(
      `SELECT number, title, labels, status, created_index AS created, coalesce(text, '') AS description
       FROM tickets LEFT JOIN descriptions ON ticket = number`,
    )
    .all()
  return new Map(
    tickets.map(({ number, title, labels, status, created, description }) => {
      const states: TicketState[] = []
      let then = {
        title: String(title),
        labels: labelsIn(labels),
        description: String(description),
        status: statusOf(status),
      }
      for (const { idx, kind, before, text } of changesOf.all(Number(number))) {
        const change = kind === 'deleted' || kind === 'restored' ? kind : 'changed'
        states.push({ index: Number(idx), change, ...then })
        const members: { readonly title?: string; readonly labels?: string; readonly status?: number } = JSON.parse(
          String(before),
        )
        then = {
          title: members.title ?? then.title,
          labels: members.labels === undefined ? then.labels : labelsIn(members.labels),
          description: text === null || text === undefined ? then.description : String(text),
          status: members.status === undefined ? then.status : statusOf(members.status),
        }
      }
      states.push({ index: Number(created), change: undefined, ...then })
      const comments = commentsOf
        .all(Number(number))
        .map((comment) => ({ index: Number(comment['idx']), text: String(comment['text']) }))
      return [Number(number), { states: states.toReversed(), comments }]
    }),
  )
}

/** How a ticket stood at an index; undefined before it was made. */
export function stateAt({ states }: TicketPast, index: number): TicketState | undefined {
  return states.findLast((state) => state.index <= index)
}

/** What a state has that the one before had not, and the reverse. */
export function labelsBetween(
  previous: TicketState | undefined,
  { labels }: TicketState,
): { readonly added: readonly string[]; readonly removed: readonly string[] } {
  const before = previous?.labels ?? []
  return {
    added: labels.filter((name) => !before.includes(name)),
    removed: before.filter((name) => !labels.includes(name)),
  }
}

/** The history that a ticket has to show at an index, as `entryLine` writes it. */
export function historyAt({ states, comments }: TicketPast, index: number): string[] {
  const own = states.map((state, at) => {
    const previous = states[at - 1]
    const given = {
      title: previous?.title === state.title ? undefined : state.title,
      description: previous?.description === state.description ? undefined : state.description,
      ...labelsBetween(previous, state),
    }
    const type = `ticket.${state.change ?? 'created'}`
    return { index: state.index, line: entryLine(state.index, type, given) }
  })
  const said = comments.map((comment) => ({
    index: comment.index,
    line: entryLine(comment.index, 'comment.created', {}),
  }))
  return [...own, ...said]
    .filter((entry) => entry.index <= index)
    .toSorted((one, other) => one.index - other.index)
    .map(({ line }) => line)
}
