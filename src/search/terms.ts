/**
 * The vocabulary of terms: what a ticket has or has not, as a short text. The set index keeps one set of tickets for each. Numbers are the
 * records' own, so no rename or merge changes a term.
 */
import type { Category } from '../catalogue/statuses.js'
import type { LinkKind } from '../tickets/links.js'

/** Every ticket of which anything is left. */
export const ALL = 'all='
/** Those that are there: the others are in the bin. */
export const LIVE = 'live='
export const INTERNAL = 'internal='

export const statusTerm = (status: number): string => `status=${status}`
export const categoryTerm = (category: Category): string => `category=${category}`
export const priorityTerm = (priority: number): string => `priority=${priority}`
export const queueTerm = (queue: number): string => `queue=${queue}`
/** Null: it has none. The same for those below. */
export const requesterTerm = (user: number | null): string => `requester=${user ?? ''}`
export const authorTerm = (user: number | null): string => `author=${user ?? ''}`
export const assigneeTerm = (user: number | null): string => `assignee=${user ?? ''}`
export const labelTerm = (label: number | null): string => `label=${label ?? ''}`
/** Who wrote a comment that is there, and who wrote one that everybody sees who sees the ticket. */
export const commenterTerm = (user: number): string => `commenter=${user}`
export const publicCommenterTerm = (user: number): string => `public-commenter=${user}`
export const watcherTerm = (user: number | null): string => `watcher=${user ?? ''}`
/** It has a link of the kind, as seen from it. */
export const linkTerm = (kind: LinkKind): string => `link=${kind}`
/** It is there, and each of its links of the kind leads into the bin. Of the bin itself no ticket has it. */
export const leadsToBinTerm = (kind: LinkKind): string => `leads-to-bin=${kind}`
/** It has a value for the field. */
export const fieldTerm = (field: number): string => `field=${field}`
/** Its value for a field of choices, or `true` or `false`. */
export const choiceTerm = (field: number, value: string): string => `choice=${field}:${value}`
export const REFERRED = 'ref='
