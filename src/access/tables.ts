/** What is kept of credentials, by the hash of each secret. */
import { integer, integerOrNull, tableOf, text, type RowOf } from '../store/fields.js'

/** All that came with access; see `FORMAT_VERSION`. */
const since = 4

const tokenFields = {
  hash: text('hash'),
  /** What it is called by in paths. */
  number: integer('number'),
  user: integer('user'),
  name: text('name'),
  /** Words of `scopes`, with spaces between. */
  scopes: text('scopes'),
  createdTime: integer('created_time'),
  createdBy: integerOrNull('created_by'),
  /** Null for one that does not end by itself. */
  expiresTime: integerOrNull('expires_time'),
  /** When it was last used, to the hour. */
  usedTime: integerOrNull('used_time'),
}
export type TokenRecord = RowOf<typeof tokenFields>

/** Record ids are the hashes of the secrets. */
export const tokenTable = tableOf({
  name: 'tokens',
  since,
  fields: tokenFields,
  keyColumns: ['hash'],
  indexes: `CREATE INDEX IF NOT EXISTS tokens_by_user ON tokens (user, number);
CREATE INDEX IF NOT EXISTS tokens_by_number ON tokens (number);
CREATE INDEX IF NOT EXISTS tokens_by_expiry ON tokens (expires_time) WHERE expires_time IS NOT NULL;`,
  key: (id) => [id],
  idOf: ({ hash }) => hash,
})

const sessionFields = {
  hash: text('hash'),
  number: integer('number'),
  user: integer('user'),
  createdTime: integer('created_time'),
  /** When it was last used, to the hour. */
  usedTime: integer('used_time'),
  /** Whence it was begun. */
  address: text('address'),
  /** What the browser said that it is. */
  agent: text('agent'),
}
export type SessionRecord = RowOf<typeof sessionFields>

/** Record ids are the hashes of the secrets. */
export const sessionTable = tableOf({
  name: 'sessions',
  since,
  fields: sessionFields,
  keyColumns: ['hash'],
  indexes: `CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (user, number);
CREATE INDEX IF NOT EXISTS sessions_by_number ON sessions (number);
CREATE INDEX IF NOT EXISTS sessions_by_use ON sessions (used_time);`,
  key: (id) => [id],
  idOf: ({ hash }) => hash,
})

const passwordFields = {
  user: integer('user'),
  /** As `password.ts` makes it. */
  kept: text('kept'),
  /** Index at which it was set. */
  version: integer('version'),
}
export type PasswordRecord = RowOf<typeof passwordFields>

/** Record ids are the users' numbers. */
export const passwordTable = tableOf({
  name: 'passwords',
  since,
  fields: passwordFields,
  keyColumns: ['user'],
  key: (id) => [Number(id)],
  idOf: ({ user }) => String(user),
})

const linkFields = {
  hash: text('hash'),
  /** Whose password it sets; null for one on which the first admin is made. */
  user: integerOrNull('user'),
  expiresTime: integer('expires_time'),
  /** 1 where it was made on the machine. */
  isOfMachine: integer('is_of_machine'),
}
export type LinkRecord = RowOf<typeof linkFields>

/** Links that are good once. Record ids are the hashes of the secrets. */
export const linkTable = tableOf({
  name: 'links_once',
  since,
  fields: linkFields,
  keyColumns: ['hash'],
  indexes: `CREATE INDEX IF NOT EXISTS links_once_by_expiry ON links_once (expires_time);
CREATE INDEX IF NOT EXISTS links_once_by_user ON links_once (user);`,
  key: (id) => [id],
  idOf: ({ hash }) => hash,
})

export const accessTables = [tokenTable, sessionTable, passwordTable, linkTable] as const
