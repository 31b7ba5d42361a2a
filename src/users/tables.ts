/** Users, and what the desk is set to. */
import { addColumns, integer, integerOrNull, tableOf, text, type RowOf } from '../store/fields.js'

/** Those that came with format 4. */
const laterFields = {
  /** The parts of the key tree that a service was given, as `key-parts.ts` writes them; empty for none. */
  keys: text('keys', { or: '' }),
}

const userFields = {
  number: integer('number'),
  handle: text('handle'),
  name: text('name'),
  email: text('email'),
  role: text('role'),
  /** 1, or 0 for who may do nothing any more. */
  active: integer('active'),
  createdTime: integer('created_time'),
  /** Index at which it was last changed. */
  version: integer('version'),
  ...laterFields,
}

/** What is kept of a user, for ever: history keeps the name. */
export type UserRecord = RowOf<typeof userFields>

/** Record ids are the users' numbers. */
export const userTable = tableOf({
  name: 'users',
  since: 3,
  isRemembered: true,
  fields: userFields,
  keyColumns: ['number'],
  firstSchema: `CREATE TABLE users (number INTEGER PRIMARY KEY, handle TEXT NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL,
    role TEXT NOT NULL, active INTEGER NOT NULL, created_time INTEGER NOT NULL, version INTEGER NOT NULL);`,
  steps: [addColumns(4, 'users', laterFields)],
  key: (id) => [Number(id)],
  idOf: ({ number }) => String(number),
})

/** What the desk is set to, by the setting's name. */
export const settingTable = tableOf({
  name: 'settings',
  since: 3,
  isRemembered: true,
  fields: { name: text('name'), value: text('value'), version: integer('version'), by: integerOrNull('by_user') },
  keyColumns: ['name'],
  key: (id) => [id],
  idOf: ({ name }) => name,
})

const auditFields = {
  /** The index at which it happened. */
  index: integer('idx'),
  time: integer('time'),
  kind: text('kind'),
  actor: integerOrNull('actor'),
  door: text('door'),
  /** Whence it came; empty where that is not known. */
  address: text('address'),
  /** What it was about, as JSON in numbers. */
  about: text('about'),
}
export type AuditRecord = RowOf<typeof auditFields>

/** What was done with rights. Record ids are indexes. */
export const auditTable = tableOf({
  name: 'audit',
  since: 4,
  fields: auditFields,
  keyColumns: ['idx'],
  indexes: `CREATE INDEX IF NOT EXISTS audit_by_time ON audit (time);
CREATE INDEX IF NOT EXISTS audit_by_kind ON audit (kind, idx);`,
  key: (id) => [Number(id)],
  idOf: ({ index }) => String(index),
})
