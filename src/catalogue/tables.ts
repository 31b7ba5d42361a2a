/**
 * What has a name on the desk: statuses, queues, labels, fields and views. Each is a record under a number that is never given
 * again, so a rename or a merge is one small record, whatever number of tickets it concerns. What is removed stays as a record too,
 * since history names it.
 */
import { integer, integerOrNull, tableOf, text, type RowOf } from '../store/fields.js'

/** What all of them have. */
const named = {
  number: integer('number'),
  name: text('name'),
  /** 1 where it is found and shown, and not set any more. */
  archived: integer('archived'),
  /** The number of what it was merged into; null while it is itself. */
  into: integerOrNull('merged_into'),
  /** Index at which it was removed; null while it is there. */
  gone: integerOrNull('gone'),
  /** Index at which it was last changed. */
  version: integer('version'),
}

export type NamedRecord = RowOf<typeof named>

/** How the tables of named things lie. */
const byNumber = {
  since: 3,
  isRemembered: true,
  keyColumns: ['number'],
  key: (id: string) => [Number(id)],
  idOf: ({ number }: { readonly number: number }) => String(number),
}

const statusFields = {
  ...named,
  category: text('category'),
  /** Where it stands among the others; the number decides between equals. */
  position: integer('position'),
  /** The numbers of the statuses that a ticket may go to from here, as JSON; empty for all. */
  moves: text('moves'),
}
export type StatusRecord = RowOf<typeof statusFields>
export const statusTable = tableOf({ ...byNumber, name: 'statuses', fields: statusFields })

const queueFields = {
  ...named,
  description: text('description'),
  /** The user to whom its new tickets go. */
  assignee: integerOrNull('assignee'),
  /** 1 where requesters see it and may choose it. */
  public: integer('is_public'),
  /** The fields it has, in order, as JSON: see `QueueField`. */
  fields: text('fields'),
}
export type QueueRecord = RowOf<typeof queueFields>
export const queueTable = tableOf({ ...byNumber, name: 'queues', fields: queueFields })

const labelFields = {
  ...named,
  /** Such as `#d73a4a`; empty for none. */
  color: text('color'),
  description: text('description'),
}
export type LabelRecord = RowOf<typeof labelFields>
export const labelTable = tableOf({ ...byNumber, name: 'labels', fields: labelFields })

const fieldFields = {
  ...named,
  /** Never changes. */
  type: text('type'),
  description: text('description'),
  /** Of a choice, what may be chosen, as JSON. */
  choices: text('choices'),
}
export type FieldRecord = RowOf<typeof fieldFields>
export const fieldTable = tableOf({ ...byNumber, name: 'fields', fields: fieldFields })

const viewFields = {
  number: integer('number'),
  name: text('name'),
  /** Whose it is; null for everybody's. */
  owner: integerOrNull('owner'),
  /** As it was typed. */
  query: text('query'),
  /** The columns it shows, as JSON. */
  columns: text('columns'),
  sort: text('sort'),
  version: integer('version'),
  /** What the query names, in its order, then the fields among the columns, as JSON: see `NameInQuery` and `FieldInColumn`. */
  names: text('names', { or: '' }),
}
export type ViewRecord = RowOf<typeof viewFields>
export const viewTable = tableOf({
  name: 'views',
  since: 3,
  fields: viewFields,
  keyColumns: ['number'],
  key: (id) => [Number(id)],
  idOf: ({ number }) => String(number),
})
