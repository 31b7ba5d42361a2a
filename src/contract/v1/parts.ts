/** What surrounds a ticket as `/v1` shows and takes it: comments, links, watchers, history. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { textBytesMax } from '../limits.js'
import { Handle, Index, orNull, SentName, strict, Time } from './words.js'

export const ticketLinkKinds = ['blocks', 'blocked-by', 'duplicates', 'duplicated-by', 'relates-to'] as const

export const Comment = Type.Object(
  {
    id: Type.Integer({ description: 'The index at which it was made.' }),
    ticket: Type.Integer(),
    text: orNull(Type.String({ description: 'Markdown; null where an admin has erased it.' })),
    internal: Type.Boolean({ description: 'Whether only admins and agents see it.' }),
    author: orNull(Handle),
    createdAt: Time,
    editedAt: orNull(Time),
    version: Index,
    redacted: Type.Optional(Type.Boolean()),
  },
  {
    ...strict,
    $id: 'Comment',
    description: 'A comment on a ticket.',
    examples: [
      {
        id: 840,
        ticket: 12,
        text: 'Cleaned `/var/log`.',
        internal: false,
        author: 'ben',
        createdAt: '2026-11-28T11:02:03.000Z',
        editedAt: null,
        version: 840,
      },
    ],
  },
)
export type Comment = Static<typeof Comment>

const SentText = Type.String({
  minLength: 1,
  maxLength: textBytesMax,
  description: `Markdown, at most ${textBytesMax} bytes of UTF-8.`,
})

export const CommentToCreate = Type.Object(
  { text: SentText, internal: Type.Optional(Type.Boolean()) },
  { ...strict, $id: 'CommentToCreate', description: 'A new comment.', examples: [{ text: 'Cleaned `/var/log`.' }] },
)
export type CommentToCreate = Static<typeof CommentToCreate>

export const CommentChange = Type.Object(
  { text: SentText, version: Type.Optional(Type.Integer()) },
  { ...strict, $id: 'CommentChange', description: "A comment's new text.", examples: [{ text: 'Cleaned `/var`.' }] },
)
export type CommentChange = Static<typeof CommentChange>

export const CommentPage = Type.Object(
  { comments: Type.Array(Type.Ref('Comment')), next: orNull(Type.String()) },
  { ...strict, $id: 'CommentPage', description: 'A page of comments, in the order that was asked for.' },
)

export const LinkKind = Type.Enum([...ticketLinkKinds])

export const Link = Type.Object(
  {
    kind: LinkKind,
    ticket: Type.Integer({ description: 'The ticket at the other end.' }),
    title: Type.String({ description: 'Its title.' }),
    status: Type.String({ description: 'Its status.' }),
    category: Type.String(),
    createdAt: Time,
    createdBy: orNull(Handle),
    version: Index,
  },
  {
    ...strict,
    $id: 'Link',
    description: 'A link, as it is seen from one of its ends.',
    examples: [
      {
        kind: 'blocked-by',
        ticket: 7,
        title: 'Order a disk',
        status: 'open',
        category: 'new',
        createdAt: '2026-11-28T11:02:03.000Z',
        createdBy: 'ben',
        version: 841,
      },
    ],
  },
)
export type Link = Static<typeof Link>

export const LinkToCreate = Type.Object(
  { kind: LinkKind, ticket: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) },
  { ...strict, $id: 'LinkToCreate', description: 'A new link.', examples: [{ kind: 'blocked-by', ticket: 7 }] },
)
export type LinkToCreate = Static<typeof LinkToCreate>

export const LinkList = Type.Object(
  { links: Type.Array(Type.Ref('Link')) },
  { ...strict, $id: 'LinkList', description: 'All links of a ticket.' },
)

export const Watcher = Type.Object(
  { user: Handle, since: Time, version: Index },
  {
    ...strict,
    $id: 'Watcher',
    description: 'A user who follows a ticket.',
    examples: [{ user: 'ann', since: '2026-11-28T11:02:03.000Z', version: 842 }],
  },
)
export type Watcher = Static<typeof Watcher>

export const WatcherToCreate = Type.Object(
  { user: SentName },
  { ...strict, $id: 'WatcherToCreate', description: 'Who is to follow a ticket.', examples: [{ user: 'ann' }] },
)
export type WatcherToCreate = Static<typeof WatcherToCreate>

export const WatcherList = Type.Object(
  { watchers: Type.Array(Type.Ref('Watcher')) },
  { ...strict, $id: 'WatcherList', description: 'All who follow a ticket.' },
)

export const HistoryEntry = Type.Object(
  {
    index: Index,
    time: Time,
    actor: orNull(Handle),
    door: orNull(
      Type.String({ description: 'api, page, cli, lab, keys or import; null where the desk did it itself.' }),
    ),
    type: Type.String({ description: 'As the event of it is called.', examples: ['ticket.changed'] }),
    changes: Type.Record(Type.String(), Type.Unknown(), {
      description: 'What changed: `{from, to}`, of sets `{added, removed}`, of fields `{from, to}` by their names.',
    }),
    comment: Type.Optional(Type.Integer()),
    link: Type.Optional(Type.Object({ kind: LinkKind, ticket: Type.Integer() }, strict)),
    user: Type.Optional(Handle),
    redacted: Type.Optional(Type.Boolean({ description: 'Whether an admin has erased a text of it.' })),
  },
  {
    ...strict,
    $id: 'HistoryEntry',
    description: "One entry of a ticket's history.",
    examples: [
      {
        index: 812,
        time: '2026-11-28T11:00:00.000Z',
        actor: 'ben',
        door: 'api',
        type: 'ticket.changed',
        changes: { status: { from: 'open', to: 'in-progress' }, labels: { added: ['disk'], removed: [] } },
      },
    ],
  },
)
export type HistoryEntry = Static<typeof HistoryEntry>

export const HistoryPage = Type.Object(
  { history: Type.Array(Type.Ref('HistoryEntry')), next: orNull(Type.String()) },
  { ...strict, $id: 'HistoryPage', description: 'A page of the history, in the order that was asked for.' },
)

const included = (kind: string, plural: string) =>
  Type.Object(
    {
      items: Type.Array(Type.Ref(kind)),
      rest: orNull(Type.String({ description: 'Where the others are: a path. Null where these are all.' })),
    },
    { ...strict, $id: `Included${kind}`, description: `The first ${plural} of a ticket that is read with them.` },
  )

/** What comes with a ticket of what surrounds it. */
export interface Included<Item> {
  readonly items: Item[]
  readonly rest: string | null
}

export const partComponents = [
  included('Comment', 'comments'),
  included('HistoryEntry', 'entries of the history'),
  included('Link', 'links'),
  Comment,
  CommentToCreate,
  CommentChange,
  CommentPage,
  Link,
  LinkToCreate,
  LinkList,
  Watcher,
  WatcherToCreate,
  WatcherList,
  HistoryEntry,
  HistoryPage,
]
