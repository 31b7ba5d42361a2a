/** What the entries of a ticket's history can be: of the ticket itself, of a comment, a link or a watcher of it. */

export const changeKinds = [
  'changed',
  'deleted',
  'restored',
  'comment.changed',
  'comment.deleted',
  'comment.restored',
  'link.added',
  'link.removed',
  'watcher.added',
  'watcher.removed',
  'redacted',
] as const

export type ChangeKind = (typeof changeKinds)[number]

/** Those of the ticket's own members. */
const ownKinds: readonly string[] = ['changed', 'deleted', 'restored'] satisfies readonly ChangeKind[]

/** The same in SQL. */
export const OWN_KINDS = ownKinds.map((kind) => `'${kind}'`).join(', ')

/** Those that may say what members of the record held before: to erase what stands moves the ticket's version too. */
const recordKinds: readonly string[] = [...ownKinds, 'redacted' satisfies ChangeKind]

/** The same in SQL. */
export const RECORD_KINDS = recordKinds.map((kind) => `'${kind}'`).join(', ')

/** In SQL: that an entry is about a comment that all may see. Each is looked up by its id: as a set they would be gathered anew for each entry. */
export const IS_OF_PUBLIC_COMMENT = `EXISTS (SELECT 1 FROM comments
  WHERE comments.ticket = changes.ticket AND comments.idx = changes.comment AND comments.internal = 0)`

export function isOfTicket(kind: string): boolean {
  return ownKinds.includes(kind)
}

export function isOfRecord(kind: string): boolean {
  return recordKinds.includes(kind)
}
