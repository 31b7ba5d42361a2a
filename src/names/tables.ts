/** Which number stands for which name, the counters that give numbers, and what was answered to requests that may be sent again. */
import { encodeText } from '../sqlite/database.js'
import { integer, tableOf, text } from '../store/fields.js'

/** What has names: each kind has names of its own. */
export const nameKinds = ['status', 'queue', 'label', 'field', 'user'] as const

export type NameKind = (typeof nameKinds)[number]

/** Record ids are the kind, a slash, and the folded name. */
export const nameTable = tableOf({
  name: 'names',
  since: 3,
  isRemembered: true,
  fields: { kind: text('kind'), folded: text('folded'), number: integer('number') },
  keyColumns: ['kind', 'folded'],
  key: (id) => [id.slice(0, id.indexOf('/')), encodeText(id.slice(id.indexOf('/') + 1))],
  idOf: ({ kind, folded }) => `${kind}/${folded}`,
})

/** A number that only rises, such as the last ticket's. Record ids are the counters' names. */
export const counterTable = tableOf({
  name: 'counters',
  fields: { name: text('name'), value: integer('value') },
  keyColumns: ['name'],
  key: (id) => [id],
  idOf: ({ name }) => name,
})

/** What was answered to requests with an Idempotency-Key. Record ids are the user's number (0 for nobody), a slash, and the key. */
export const onceTable = tableOf({
  name: 'once',
  since: 3,
  fields: {
    user: integer('user'),
    key: text('key'),
    /** Of what was asked. */
    hash: text('hash'),
    time: integer('time'),
    index: integer('idx'),
    /** What the command returned, as JSON. */
    result: text('result'),
  },
  keyColumns: ['user', 'key'],
  indexes: 'CREATE INDEX IF NOT EXISTS once_by_time ON once (time);',
  key: (id) => [Number(id.slice(0, id.indexOf('/'))), id.slice(id.indexOf('/') + 1)],
  idOf: ({ user, key }) => `${user}/${key}`,
})
