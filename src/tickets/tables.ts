/**
 * What is kept of tickets beside their keys. A ticket's key says whether it is there, and its title; everything else is here, under
 * its number, and stays when the key goes.
 */
import {
  addColumns,
  integer,
  integerOrNull,
  largeTextOrNull,
  partOf,
  tableOf,
  text,
  type Part,
  type RowOf,
} from '../store/fields.js'
import { encodeText, type SqlValue } from '../sqlite/database.js'
import { USUAL_PRIORITY } from './members.js'
import { USUAL_STATUS } from '../catalogue/statuses.js'
import { USUAL_QUEUE } from '../catalogue/queues.js'
import { ticketId, ticketNumber } from './ticket.js'

/** Those that came with format 3. Each says what a ticket of before has. */
const laterFields = {
  /** The user; null for nobody. */
  createdBy: integerOrNull('created_by', { or: null }),
  createdDoor: text('created_door', { or: '' }),
  status: integer('status', { or: USUAL_STATUS }),
  priority: integer('priority', { or: USUAL_PRIORITY }),
  queue: integer('queue', { or: USUAL_QUEUE }),
  requester: integerOrNull('requester', { or: null }),
  /** Users and labels as their numbers, in the order in which they were added. */
  assignees: text('assignees', { or: '' }),
  labels: text('labels', { or: '' }),
  /** Days since 1970. */
  due: integerOrNull('due', { or: null }),
  /** JSON by the fields' numbers. */
  fields: text('fields', { or: '' }),
  /** 1 where requesters and viewers know nothing of it. */
  internal: integer('internal', { or: 0 }),
  /** Index at which a field last changed that only staff sees. */
  internalVersion: integerOrNull('internal_version', { or: null }),
  /** Empty for none. */
  ref: text('ref', { or: '' }),
  closedTime: integerOrNull('closed_time', { or: null }),
  /** Index at which it last came to be there: null for its creation. */
  placedIndex: integerOrNull('placed', { or: null }),
  /** When it was deleted by itself; null also where it went with all others. */
  deletedIndex: integerOrNull('deleted', { or: null }),
  deletedTime: integerOrNull('deleted_time', { or: null }),
  /** The last change of anything about it: null where that is the last change of itself. */
  activityIndex: integerOrNull('activity', { or: null }),
  activityTime: integerOrNull('activity_time', { or: null }),
  /** The last one that whoever sees no more than the public may know of: null where it is the same. */
  publicIndex: integerOrNull('public_activity', { or: null }),
  publicTime: integerOrNull('public_activity_time', { or: null }),
  comments: integer('comments', { or: 0 }),
  publicComments: integer('public_comments', { or: 0 }),
  watchers: integer('watchers', { or: 0 }),
  links: integer('links', { or: 0 }),
}

const ticketFields = {
  number: integer('number'),
  title: text('title'),
  /** Milliseconds since 1970. */
  createdTime: integer('created_time'),
  createdIndex: integer('created_index'),
  /** When its own members last changed: its version. */
  updatedTime: integer('updated_time'),
  updatedIndex: integer('updated_index'),
  ...laterFields,
}

/** What is kept of a ticket under its number, for ever: a ticket whose key is gone is in the bin, its record stays. */
export type TicketRecord = RowOf<typeof ticketFields>

/** Record ids are ticket ids. */
export const ticketTable = tableOf({
  name: 'tickets',
  fields: ticketFields,
  keyColumns: ['number'],
  indexes: 'CREATE INDEX IF NOT EXISTS tickets_by_creation ON tickets (created_index);',
  firstSchema: `CREATE TABLE tickets (number INTEGER PRIMARY KEY, title TEXT NOT NULL, created_time INTEGER NOT NULL,
    created_index INTEGER NOT NULL, updated_time INTEGER NOT NULL, updated_index INTEGER NOT NULL);`,
  steps: [addColumns(3, 'tickets', laterFields, 'CREATE INDEX tickets_by_creation ON tickets (created_index)')],
  key: (id) => [ticketNumber(id) ?? null],
  idOf: ({ number }) => ticketId(number),
})

/** A part of a ticket's record: whoever asks for many, or often, reads no more than that. */
export function ticketPart<Member extends keyof TicketRecord>(...members: Member[]): Part<Pick<TicketRecord, Member>> {
  return partOf(ticketFields, members)
}

/** How the tables lie whose records belong to one ticket: their ids are the ticket's, a slash, and more. */
const byTicket = {
  since: 3,
  below: (id: string) => ({ where: 'ticket = ?', parameters: [ticketNumber(id) ?? null] }),
}

/** The number before the slash of an id, and what stands behind. */
function ticketKey(id: string): [SqlValue, ...string[]] {
  const [ticket = '', ...others] = id.split('/')
  return [ticketNumber(ticket) ?? null, ...others]
}

const descriptionFields = {
  ticket: integer('ticket'),
  /** 1 where an admin has erased it: it is empty then. */
  redacted: integer('redacted'),
  text: largeTextOrNull('text'),
}
/** Record ids are ticket ids. A ticket without a description has none. */
export const descriptionTable = tableOf({
  name: 'descriptions',
  since: 3,
  fields: descriptionFields,
  keyColumns: ['ticket'],
  key: (id) => [ticketNumber(id) ?? null],
  idOf: ({ ticket }) => ticketId(ticket),
})

const commentFields = {
  ticket: integer('ticket'),
  /** The index at which it was made: its id. */
  index: integer('idx'),
  time: integer('time'),
  author: integerOrNull('author'),
  door: text('door'),
  internal: integer('internal'),
  /** Index of its last change, of itself where there was none. */
  version: integer('version'),
  editedTime: integerOrNull('edited_time'),
  deletedTime: integerOrNull('deleted_time'),
  /** 1 where an admin has erased its text. */
  redacted: integer('redacted'),
  /** When it came here, where that is not its time: it was written elsewhere. */
  importedTime: integerOrNull('imported_time'),
  text: largeTextOrNull('text'),
}
export type CommentRecord = RowOf<typeof commentFields>
export const commentTable = tableOf({
  ...byTicket,
  name: 'comments',
  fields: commentFields,
  keyColumns: ['ticket', 'idx'],
  indexes: 'CREATE INDEX IF NOT EXISTS comments_by_index ON comments (idx);',
  key: numericKey,
  idOf: ({ ticket, index }) => `${ticketId(ticket)}/${index}`,
})

const changeFields = {
  ticket: integer('ticket'),
  index: integer('idx'),
  time: integer('time'),
  actor: integerOrNull('actor'),
  door: text('door'),
  /** What was done: see `ChangeKind`. */
  kind: text('kind'),
  /** What the ticket's record held before of what changed, as JSON; see `history.ts`. */
  before: text('before'),
  /** The comment that it is about. */
  comment: integerOrNull('comment'),
  /** 1 where a text that stood here was erased. */
  redacted: integer('redacted'),
  /** The description or the comment's text before. */
  text: largeTextOrNull('text'),
}
export type ChangeRecord = RowOf<typeof changeFields>
export const changeTable = tableOf({
  ...byTicket,
  name: 'changes',
  fields: changeFields,
  keyColumns: ['ticket', 'idx'],
  indexes: 'CREATE INDEX IF NOT EXISTS changes_by_index ON changes (idx);',
  key: numericKey,
  idOf: ({ ticket, index }) => `${ticketId(ticket)}/${index}`,
})

const linkFields = {
  ticket: integer('ticket'),
  kind: text('kind'),
  other: integer('other'),
  /** Index at which it was made: its version. */
  index: integer('idx'),
  time: integer('time'),
  actor: integerOrNull('actor'),
}
export type LinkRecord = RowOf<typeof linkFields>
/** Each link is two records, one at either end. */
export const linkTable = tableOf({
  ...byTicket,
  name: 'links',
  fields: linkFields,
  keyColumns: ['ticket', 'kind', 'other'],
  key: (id) => {
    const [ticket, kind = '', other] = ticketKey(id)
    return [ticket, kind, Number(other)]
  },
  idOf: ({ ticket, kind, other }) => `${ticketId(ticket)}/${kind}/${other}`,
})

const watcherFields = {
  ticket: integer('ticket'),
  user: integer('user'),
  /** Index at which it began to watch: its version. */
  index: integer('idx'),
  time: integer('time'),
}
export const watcherTable = tableOf({
  ...byTicket,
  name: 'watchers',
  fields: watcherFields,
  keyColumns: ['ticket', 'user'],
  key: numericKey,
  idOf: ({ ticket, user }) => `${ticketId(ticket)}/${user}`,
})

/** Which ticket was last given a ref. */
export const refTable = tableOf({
  name: 'refs',
  since: 3,
  fields: { ref: text('ref'), ticket: integer('ticket') },
  keyColumns: ['ref'],
  key: (id) => [encodeText(id)],
  idOf: ({ ref }) => ref,
})

const removalFields = {
  index: integer('idx'),
  time: integer('time'),
  actor: integerOrNull('actor'),
  door: text('door'),
  /** The last number that was given then: no later ticket went. */
  last: integer('last'),
  /** Tickets of before format 3 that lay in the bin already: see `older.ts`. */
  older: text('older', { or: '' }),
}
/** Each removal of all tickets at once. Record ids are their indexes. */
export const removalTable = tableOf({
  name: 'removals',
  since: 3,
  fields: removalFields,
  keyColumns: ['idx'],
  key: (id) => [Number(id)],
  idOf: ({ index }) => String(index),
})
export type RemovalRecord = RowOf<typeof removalFields>

/** Numbers of tickets of which nothing is left, so that none is given again. Record ids are ticket ids. */
export const purgedTable = tableOf({
  name: 'purged',
  since: 3,
  fields: {
    number: integer('number'),
    index: integer('idx'),
    time: integer('time'),
    actor: integerOrNull('actor'),
  },
  keyColumns: ['number'],
  key: (id) => [ticketNumber(id) ?? null],
  idOf: ({ number }) => ticketId(number),
})

/** Which indexes belong to one batch. Record ids are the first of them. */
export const batchTable = tableOf({
  name: 'batches',
  since: 3,
  fields: { first: integer('first'), last: integer('last') },
  keyColumns: ['first'],
  key: (id) => [Number(id)],
  idOf: ({ first }) => String(first),
})

export const ticketTables = [
  ticketTable,
  descriptionTable,
  commentTable,
  changeTable,
  linkTable,
  watcherTable,
  refTable,
  removalTable,
  purgedTable,
  batchTable,
]

function numericKey(id: string): SqlValue[] {
  const [ticket, other] = ticketKey(id)
  return [ticket, Number(other)]
}
