/** Which texts of a ticket can be erased, and what names each to the desk. */
import type { HistoryEntry, Redaction } from '../../../src/client/client.js'
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

/** The texts that what is told of in an entry gave. */
export function erasablesOf({ type, index, changes, comment, redacted }: HistoryEntry): readonly Erasable[] {
  if (comment !== undefined) return redacted === true ? [] : [ofComment(comment)]
  if (type === 'ticket.created') {
    return [
      { what: erase.description, redaction: { index, field: 'description' } },
      { what: erase.title, redaction: { index, field: 'title' } },
    ]
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

function gaveText(change: unknown): boolean {
  return typeof change === 'object' && change !== null && typeof Reflect.get(change, 'to') === 'string'
}
