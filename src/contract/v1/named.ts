/** What has a name on the desk, as `/v1` shows and takes it: statuses, queues, labels, fields, users and views. */
import Type from 'typebox'
import type { Static } from 'typebox'
import {
  choicesMax,
  fieldCharactersMax,
  fieldsMax,
  grownQueryCharactersMax,
  keyPrefixCharactersMax,
  keyPrefixesMax,
  statusesMax,
  viewColumnCharactersMax,
  viewColumnsMax,
} from '../limits.js'
import { ticketCategories } from './tickets.js'
import { Handle, Index, KeyAccess, KeyPart, orNull, SentName, strict, Time } from './words.js'

const Line = Type.String({ maxLength: fieldCharactersMax })
const version = Type.Optional(Type.Integer({ description: 'A guard: refused (412) where it has another version.' }))
const archived = Type.Boolean({ description: 'Whether it is shown and found, and not set any more.' })
const Category = Type.Enum([...ticketCategories], { description: 'Fixed when the status is made.' })
const FieldType = Type.Enum(['text', 'number', 'date', 'choice', 'yes/no'], {
  description: 'Fixed when the field is made.',
})
const Role = Type.Enum(['admin', 'agent', 'requester', 'viewer', 'service'])

const shown = { name: Type.String(), archived, version: Index }
const changed = { name: Type.Optional(SentName), archived: Type.Optional(Type.Boolean()), version }

export const Label = Type.Object(
  { ...shown, color: orNull(Type.String()), description: orNull(Type.String()) },
  {
    ...strict,
    $id: 'Label',
    description: 'A label.',
    examples: [{ name: 'disk', archived: false, version: 4, color: '#d73a4a', description: null }],
  },
)
export type Label = Static<typeof Label>

const labelMembers = {
  color: Type.Optional(orNull(Type.String({ maxLength: 20 }))),
  description: Type.Optional(orNull(Line)),
}
export const LabelToCreate = Type.Object(
  { name: SentName, ...labelMembers },
  { ...strict, $id: 'LabelToCreate', description: 'A new label.', examples: [{ name: 'network', color: '#0e8a16' }] },
)
export type LabelToCreate = Static<typeof LabelToCreate>
export const LabelChange = Type.Object(
  { ...changed, ...labelMembers },
  { ...strict, $id: 'LabelChange', description: 'What is to change.', examples: [{ color: '#1d76db' }] },
)
export type LabelChange = Static<typeof LabelChange>

export const Status = Type.Object(
  {
    ...shown,
    category: Category,
    position: Type.Integer({ description: 'Where it stands among the others.' }),
    moves: orNull(
      Type.Array(Type.String(), { description: 'The statuses that a ticket may go to from here; null for all.' }),
    ),
  },
  {
    ...strict,
    $id: 'Status',
    description: 'A status.',
    examples: [{ name: 'open', archived: false, version: 0, category: 'new', position: 1, moves: null }],
  },
)
export type Status = Static<typeof Status>

const statusMembers = {
  position: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  moves: Type.Optional(orNull(Type.Array(SentName, { maxItems: statusesMax }))),
}
export const StatusToCreate = Type.Object(
  { name: SentName, category: Category, ...statusMembers },
  {
    ...strict,
    $id: 'StatusToCreate',
    description: 'A new status.',
    examples: [{ name: 'in review', category: 'active' }],
  },
)
export type StatusToCreate = Static<typeof StatusToCreate>
export const StatusChange = Type.Object(
  { ...changed, ...statusMembers, category: Type.Optional(Category) },
  {
    ...strict,
    $id: 'StatusChange',
    description: 'What is to change.',
    examples: [{ moves: ['in-progress', 'closed'] }],
  },
)
export type StatusChange = Static<typeof StatusChange>

const QueueField = Type.Object({ name: Type.String(), required: Type.Boolean(), public: Type.Boolean() }, strict)
const SentQueueField = Type.Object(
  { name: SentName, required: Type.Optional(Type.Boolean()), public: Type.Optional(Type.Boolean()) },
  strict,
)

export const Queue = Type.Object(
  {
    ...shown,
    description: orNull(Type.String()),
    defaultAssignee: orNull(Handle),
    public: Type.Boolean({ description: 'Whether requesters see it and may choose it.' }),
    fields: Type.Array(QueueField, { description: 'The fields that its tickets have, in order.' }),
  },
  {
    ...strict,
    $id: 'Queue',
    description: 'A queue.',
    examples: [
      {
        name: 'storage',
        archived: false,
        version: 9,
        description: 'Disks and backups.',
        defaultAssignee: 'ben',
        public: true,
        fields: [{ name: 'site', required: true, public: true }],
      },
    ],
  },
)
export type Queue = Static<typeof Queue>

const queueMembers = {
  description: Type.Optional(orNull(Line)),
  defaultAssignee: Type.Optional(orNull(SentName)),
  public: Type.Optional(Type.Boolean()),
  fields: Type.Optional(Type.Array(SentQueueField, { maxItems: fieldsMax })),
}
export const QueueToCreate = Type.Object(
  { name: SentName, ...queueMembers },
  { ...strict, $id: 'QueueToCreate', description: 'A new queue.', examples: [{ name: 'network', public: true }] },
)
export type QueueToCreate = Static<typeof QueueToCreate>
export const QueueChange = Type.Object(
  { ...changed, ...queueMembers },
  {
    ...strict,
    $id: 'QueueChange',
    description: 'What is to change.',
    examples: [{ description: 'Cables and switches.' }],
  },
)
export type QueueChange = Static<typeof QueueChange>

export const CustomField = Type.Object(
  {
    ...shown,
    type: FieldType,
    description: orNull(Type.String()),
    choices: orNull(Type.Array(Type.String(), { description: 'Of a choice, all that may be chosen.' })),
  },
  {
    ...strict,
    $id: 'CustomField',
    description: 'A custom field.',
    examples: [
      { name: 'site', archived: false, version: 7, type: 'choice', description: null, choices: ['fra', 'ams'] },
    ],
  },
)
export type CustomField = Static<typeof CustomField>

const fieldMembers = {
  description: Type.Optional(orNull(Line)),
  choices: Type.Optional(orNull(Type.Array(SentName, { maxItems: choicesMax }))),
}
export const CustomFieldToCreate = Type.Object(
  { name: SentName, type: FieldType, ...fieldMembers },
  { ...strict, $id: 'CustomFieldToCreate', description: 'A new field.', examples: [{ name: 'cost', type: 'number' }] },
)
export type CustomFieldToCreate = Static<typeof CustomFieldToCreate>
export const CustomFieldChange = Type.Object(
  { ...changed, ...fieldMembers, type: Type.Optional(FieldType) },
  { ...strict, $id: 'CustomFieldChange', description: 'What is to change.', examples: [{ description: 'In euros.' }] },
)
export type CustomFieldChange = Static<typeof CustomFieldChange>

const SentKeyPart = Type.Object(
  { prefix: Type.String({ maxLength: 2 * keyPrefixCharactersMax, description: 'Such as `/app`.' }), access: KeyAccess },
  strict,
)

export const User = Type.Object(
  {
    handle: Handle,
    name: orNull(Type.String()),
    email: Type.Optional(orNull(Type.String({ description: 'For admins, and of oneself.' }))),
    role: Type.Optional(Role),
    keys: Type.Optional(
      Type.Array(KeyPart, {
        description: 'For admins, and of oneself: what of the key tree a service may read and write.',
      }),
    ),
    active: Type.Boolean(),
    createdAt: Type.Optional(Time),
    version: Index,
  },
  {
    ...strict,
    $id: 'User',
    description: 'A user.',
    examples: [
      {
        handle: 'ann',
        name: 'Ann Lee',
        email: null,
        role: 'agent',
        keys: [],
        active: true,
        createdAt: '2026-11-28T10:00:00.000Z',
        version: 3,
      },
    ],
  },
)
export type User = Static<typeof User>

/** What was read may be sent back; another one is refused. */
const SentTime = Type.String({ maxLength: 40 })

const userMembers = {
  name: Type.Optional(orNull(Line)),
  email: Type.Optional(orNull(Line)),
  role: Type.Optional(Role),
  active: Type.Optional(Type.Boolean()),
  keys: Type.Optional(
    orNull(
      Type.Array(SentKeyPart, {
        maxItems: keyPrefixesMax,
        description:
          'Of services alone: the parts of the key tree that it may read and write. Nothing at and below `/tickets`.',
      }),
    ),
  ),
}
export const UserToCreate = Type.Object(
  { handle: SentName, ...userMembers },
  {
    ...strict,
    $id: 'UserToCreate',
    description: 'A new user: an agent, where nothing is said.',
    examples: [{ handle: 'eva', role: 'agent' }],
  },
)
export type UserToCreate = Static<typeof UserToCreate>
export const UserChange = Type.Object(
  { handle: Type.Optional(SentName), ...userMembers, version, createdAt: Type.Optional(SentTime) },
  { ...strict, $id: 'UserChange', description: 'What is to change.', examples: [{ active: false }] },
)
export type UserChange = Static<typeof UserChange>

export const View = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    owner: orNull(Handle),
    query: Type.String({
      description:
        'A search, in the words of docs/SEARCH.md and the names of today: what was renamed or merged is shown as it is called now.',
    }),
    columns: Type.Array(Type.String()),
    sort: orNull(Type.String()),
    version: Index,
  },
  {
    ...strict,
    $id: 'View',
    description: 'A saved search.',
    examples: [
      {
        id: 1,
        name: 'mine',
        owner: 'ann',
        query: 'is:open assignee:@me',
        columns: ['number', 'title'],
        sort: null,
        version: 12,
      },
    ],
  },
)
export type View = Static<typeof View>

const viewMembers = {
  query: Type.Optional(
    Type.String({
      // Room for one that has grown by renames, and is sent back as it is shown.
      maxLength: grownQueryCharactersMax,
      description: `A search of at most ${fieldCharactersMax} characters, or the one that is shown. One that is not understood is refused, as is an order.`,
    }),
  ),
  columns: Type.Optional(
    orNull(Type.Array(Type.String({ maxLength: viewColumnCharactersMax }), { maxItems: viewColumnsMax })),
  ),
  sort: Type.Optional(orNull(Type.String({ maxLength: 50 }))),
  owner: Type.Optional(orNull(SentName)),
}
export const ViewToCreate = Type.Object(
  { name: SentName, ...viewMembers },
  {
    ...strict,
    $id: 'ViewToCreate',
    description: "A new view: one's own, or with `owner: null` everybody's.",
    examples: [{ name: 'all that is open', owner: null, query: 'is:open' }],
  },
)
export type ViewToCreate = Static<typeof ViewToCreate>
export const ViewChange = Type.Object(
  { name: Type.Optional(SentName), ...viewMembers, version, id: Type.Optional(Type.Integer()) },
  { ...strict, $id: 'ViewChange', description: 'What is to change.', examples: [{ query: 'is:open label:disk' }] },
)
export type ViewChange = Static<typeof ViewChange>

export const MergeInto = Type.Object(
  { into: SentName, version },
  { ...strict, $id: 'MergeInto', description: 'What it becomes a part of.', examples: [{ into: 'disk' }] },
)
export type MergeInto = Static<typeof MergeInto>

const listOf = ($id: string, member: string, item: string) =>
  Type.Object({ [member]: Type.Array(Type.Ref(item)) }, { ...strict, $id, description: 'All that one may see.' })

export const namedComponents = [
  Label,
  LabelToCreate,
  LabelChange,
  listOf('LabelList', 'labels', 'Label'),
  Status,
  StatusToCreate,
  StatusChange,
  listOf('StatusList', 'statuses', 'Status'),
  Queue,
  QueueToCreate,
  QueueChange,
  listOf('QueueList', 'queues', 'Queue'),
  CustomField,
  CustomFieldToCreate,
  CustomFieldChange,
  listOf('CustomFieldList', 'fields', 'CustomField'),
  User,
  UserToCreate,
  UserChange,
  listOf('UserList', 'users', 'User'),
  View,
  ViewToCreate,
  ViewChange,
  listOf('ViewList', 'views', 'View'),
  MergeInto,
]
