/** Entries of a ticket's history as the page knows them before they are read, and how much they hold. */
import type { Comment, DeskEvent, HistoryEntry } from '../../../src/client/client.js'

/** Whether an entry is the making of a comment. */
export const isOfComment = ({ type }: HistoryEntry): boolean => type === 'comment.created'

/** What the history will say of a comment that was just stored, or of what an event tells. */
export function entryOf(what: Comment | DeskEvent): HistoryEntry {
  if (!('type' in what)) {
    const { id, createdAt: time, author: actor } = what
    return { index: id, time, actor, door: 'page', type: 'comment.created', changes: {}, comment: id }
  }
  const { index, time, actor, door, type, changes, comment, link, user } = what
  return {
    index,
    time,
    actor,
    door,
    type,
    changes: changes ?? {},
    ...(comment !== undefined && { comment }),
    ...(link !== undefined && isLink(link) && { link }),
    ...(typeof user === 'string' && { user }),
  }
}

const kinds = ['blocks', 'blocked-by', 'duplicates', 'duplicated-by', 'relates-to']

function isLink(link: { readonly kind: string; readonly ticket: number }): link is NonNullable<HistoryEntry['link']> {
  return kinds.includes(link.kind)
}

/** How many characters of texts an entry holds, with those of its comment. */
export function charactersOf(entry: HistoryEntry, comments: ReadonlyMap<number, Comment>): number {
  const text = entry.changes['description'] ?? entry.changes['text']
  const held = typeof text === 'object' && text !== null ? Object.values(text) : []
  const comment = isOfComment(entry) ? comments.get(entry.index)?.text : undefined
  return [...held, comment].reduce<number>((sum, one) => sum + (typeof one === 'string' ? one.length : 0), 0)
}
