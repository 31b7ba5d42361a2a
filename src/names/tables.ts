/** Which number stands for which name, and the counters that give numbers. */
import { integer, tableOf, text } from '../store/fields.js'

/** What has names: each kind has names of its own. */
export type NameKind = 'status' | 'queue' | 'label' | 'field' | 'user'

/** Record ids are the kind, a slash, and the folded name. */
export const nameTable = tableOf({
  name: 'names',
  since: 3,
  fields: { kind: text('kind'), folded: text('folded'), number: integer('number') },
  keyColumns: ['kind', 'folded'],
  key: (id) => [id.slice(0, id.indexOf('/')), id.slice(id.indexOf('/') + 1)],
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
