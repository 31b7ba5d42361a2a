/** Which texts of a ticket can be erased, and what names each to the desk. */
import type { Comment, HistoryEntry, Redaction, Ticket } from '../../../src/client/client.js'
import { desk } from '../../state/desk.js'
import { words } from '../../words/words.js'

/** A text that can be erased. */
export interface Erasable {
  /** Of what it is: a sentence's object, such as "the description". */
  readonly what: string
  /** What names it to the desk; where that has to be looked for first, what finds it. Nothing where it stands no more. */
  readonly redaction: Redaction | (() => Promise<Redaction | undefined>)
}

const { erase } = words.ticket

export const ofComment = (comment: number): Erasable => ({ what: erase.comment, redaction: { comment } })

/** The description that stands: the newest change that gave one, or the creation. One that came since is not what was asked about. */
export const ofDescription = (number: number, isStill: () => boolean): Erasable => ({
  what: erase.description,
  redaction: async () => {
    for await (const { index, type, changes } of desk().tickets.history(number).list({ sort: 'created', limit: 200 })) {
      if ('description' in changes || type === 'ticket.created') {
        return isStill() ? { index, field: 'description' } : undefined
      }
    }
    return undefined
  },
})

/** What is known beside an entry: the entries that are held, and how the ticket stands where these reach up to now. */
export interface Beside {
  readonly entries: readonly HistoryEntry[]
  readonly now: Pick<Ticket, 'title' | 'description'> | undefined
  readonly comments: ReadonlyMap<number, Pick<Comment, 'text'>>
}

/** The texts that what is told of in an entry gave, and that were not erased. */
export function erasablesOf(entry: HistoryEntry, beside: Beside): readonly Erasable[] {
  const { type, index, changes, comment, redacted } = entry
  if (comment !== undefined) return redacted === true || isErased(comment, beside) ? [] : [ofComment(comment)]
  if (type === 'ticket.created') {
    return (['description', 'title'] as const)
      .filter((member) => stoodAfter(member, index, beside))
      .map((member) => ({ what: erase[member], redaction: { index, field: member } }))
  }
  if (type !== 'ticket.changed') return []
  const fields = Object.entries(changes['fields'] ?? {}).filter(([, change]) => gaveText(change))
  return [
    ...(gaveText(changes['description'])
      ? [{ what: erase.description, redaction: { index, field: 'description' } }]
      : []),
    ...(gaveText(changes['title']) ? [{ what: erase.title, redaction: { index, field: 'title' } }] : []),
    ...fields.map(([name]) => ({ what: erase.field(name), redaction: { index, field: `fields.${name}` } })),
  ]
}

function isErased(comment: number, { entries, comments }: Beside): boolean {
  const held = comments.get(comment)
  return held === undefined
    ? entries.some((entry) => entry.comment === comment && entry.redacted === true)
    : held.text === null
}

/** Whether the ticket was made with a text that is still there: the next change says what it found, or it stands now. */
function stoodAfter(member: 'title' | 'description', index: number, { entries, now }: Beside): boolean {
  const next = entries.find((entry) => entry.index > index && entry.comment === undefined && member in entry.changes)
  if (next !== undefined) return hasText(next.changes[member], 'from')
  return now === undefined || now[member] !== null
}

function gaveText(change: unknown): boolean {
  return hasText(change, 'to')
}

function hasText(change: unknown, side: 'from' | 'to'): boolean {
  return typeof change === 'object' && change !== null && typeof Reflect.get(change, side) === 'string'
}
