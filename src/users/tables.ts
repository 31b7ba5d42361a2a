/** Users, and what the desk is set to. */
import { integer, integerOrNull, tableOf, text, type RowOf } from '../store/fields.js'

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
