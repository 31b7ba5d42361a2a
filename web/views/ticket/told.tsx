/** The history in words: one sentence for whatever can happen to a ticket. */
import { Fragment, type ComponentChildren } from 'preact'
import type { HistoryEntry } from '../../../src/client/client.js'
import { Icon, type IconName } from '../../parts/icon.js'
import { DueMark, LabelMark, PriorityMark, StatusMark } from '../../parts/marks.js'
import { To } from '../../parts/clickable.js'
import { ticketOf } from '../../state/address.js'
import { words } from '../../words/words.js'

const { told } = words.ticket

/** Who did it. */
export function nameOf({ actor, door }: Pick<HistoryEntry, 'actor' | 'door'>): string {
  return actor ?? (door === null ? words.ticket.theDesk : words.line.somebody)
}

interface FromTo {
  readonly from: unknown
  readonly to: unknown
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** What a member was and is. */
export function fromTo(change: unknown): FromTo | undefined {
  return isObject(change) && 'from' in change && 'to' in change ? change : undefined
}

const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []

/** What a set has now and has no more. */
function setChange(
  change: unknown,
): { readonly added: readonly string[]; readonly removed: readonly string[] } | undefined {
  if (!isObject(change) || !('added' in change) || !('removed' in change)) return undefined
  return { added: strings(change.added), removed: strings(change.removed) }
}

function valueText(value: unknown): string {
  if (typeof value === 'boolean') return value ? told.yes : told.no
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

const isNothing = (value: unknown): boolean => value === null || value === undefined || value === ''

const Name = ({ children }: { children: string }) => (
  <b>
    <bdi>{children}</bdi>
  </b>
)

const Value = ({ value }: { value: unknown }) => <bdi class="told__v">{valueText(value)}</bdi>

const Was = ({ value }: { value: unknown }) => (
  <s>
    <bdi>{valueText(value)}</bdi>
  </s>
)

/** From the old value to the new one, as far as they are told. */
function Change({ change }: { change: FromTo }) {
  const { from, to } = change
  return (
    <>
      {!isNothing(from) && (
        <>
          <Was value={from} /> →{' '}
        </>
      )}
      <Value value={to} />
    </>
  )
}

function priorityName(value: unknown): string {
  const all: Readonly<Record<string, string>> = words.common.priority
  return all[String(value)] ?? String(value)
}

type Teller = (change: unknown, entry: HistoryEntry) => ComponentChildren

const people = (handles: readonly string[]): ComponentChildren =>
  handles.map((handle, at) => (
    <Fragment key={handle}>
      {at > 0 && ', '}
      <Name>{handle}</Name>
    </Fragment>
  ))

const tellers: Readonly<Record<string, Teller>> = {
  title(change) {
    const both = fromTo(change)
    return both === undefined ? (
      told.renamed
    ) : (
      <>
        {told.renamed} <Change change={both} />
      </>
    )
  },
  status(change) {
    const both = fromTo(change)
    if (both === undefined) return told.changed('status')
    return (
      <>
        {told.moved} <bdi>{valueText(both.from)}</bdi> {told.to}{' '}
        <span class="told__one">
          <StatusMark name={valueText(both.to)} /> <Value value={both.to} />
        </span>
      </>
    )
  },
  priority(change) {
    const both = fromTo(change)
    if (both === undefined) return told.changed('priority')
    const to = both.to
    return (
      <>
        {told.priority} <s>{priorityName(both.from)}</s> →{' '}
        <span class="told__one">
          {(to === 'urgent' || to === 'high') && <PriorityMark priority={to} />}{' '}
          <span class="told__v">{priorityName(to)}</span>
        </span>
      </>
    )
  },
  queue(change) {
    const both = fromTo(change)
    return (
      <>
        {told.queue} {both !== undefined && <Change change={both} />}
      </>
    )
  },
  requester(change) {
    const both = fromTo(change)
    if (both === undefined || isNothing(both.to)) return told.noRequester
    return (
      <>
        {told.requester} <Name>{valueText(both.to)}</Name>
      </>
    )
  },
  assignees(change, { actor }) {
    const set = setChange(change)
    if (set === undefined) return told.changed('assignees')
    const parts: ComponentChildren[] = []
    const others = set.added.filter((handle) => handle !== actor)
    if (set.added.length > others.length) parts.push(told.took)
    if (others.length > 0)
      parts.push(
        <>
          {told.assigned} {people(others)}
        </>,
      )
    const gone = set.removed.filter((handle) => handle !== actor)
    if (set.removed.length > gone.length) parts.push(told.left)
    if (gone.length > 0)
      parts.push(
        <>
          {told.unassigned}: {people(gone)}
        </>,
      )
    return <Parts parts={parts} />
  },
  labels(change) {
    const set = setChange(change)
    if (set === undefined) return told.changed('labels')
    const marks = (names: readonly string[]) =>
      names.map((name, at) => (
        <Fragment key={name}>
          {at > 0 && ' '}
          <LabelMark name={name} />
        </Fragment>
      ))
    const parts: ComponentChildren[] = []
    if (set.added.length > 0)
      parts.push(
        <>
          {told.added} {marks(set.added)}
        </>,
      )
    if (set.removed.length > 0)
      parts.push(
        <>
          {told.removed} {marks(set.removed)}
        </>,
      )
    return <Parts parts={parts} />
  },
  due(change) {
    const both = fromTo(change)
    if (both === undefined || isNothing(both.to)) return told.noDue
    return (
      <>
        {told.due} <DueMark due={valueText(both.to)} isDone />
      </>
    )
  },
  description: (change) =>
    isNothing(fromTo(change)?.to) && fromTo(change) !== undefined ? told.noDescription : told.description,
  fields(change) {
    if (!isObject(change)) return told.changed('fields')
    const parts = Object.entries(change).map(([name, value]: [string, unknown]) => {
      const both = fromTo(value)
      if (both === undefined || isNothing(both.to))
        return (
          <>
            {told.emptied} <bdi>{name}</bdi>
          </>
        )
      return (
        <>
          {told.set} <bdi>{name}</bdi> <Change change={both} />
        </>
      )
    })
    return <Parts parts={parts} />
  },
  internal: (change) => (fromTo(change)?.to === true ? told.madeInternal : told.madePublic),
  ref(change) {
    const both = fromTo(change)
    return both === undefined || isNothing(both.to) ? (
      told.noRef
    ) : (
      <>
        {told.ref} <Value value={both.to} />
      </>
    )
  },
}

function Parts({ parts }: { parts: readonly ComponentChildren[] }) {
  return (
    <>
      {parts.map((part, at) => (
        <span key={at}>
          {at > 0 && ', '}
          {part}
        </span>
      ))}
    </>
  )
}

/** What was done, as the end of a sentence that begins with who did it. */
export function Told({ entry }: { entry: HistoryEntry }) {
  const { type, changes, link, user, actor } = entry
  switch (type) {
    case 'ticket.created':
      return told.opened
    case 'ticket.changed': {
      const parts = Object.entries(changes).map(
        ([member, change]) => tellers[member]?.(change, entry) ?? told.changed(member),
      )
      return parts.length === 0 ? told.nothing : <Parts parts={parts} />
    }
    case 'ticket.deleted':
    case 'tickets.removed':
      return told.deleted
    case 'ticket.restored':
      return told.restored
    case 'ticket.purged':
      return told.purged
    case 'ticket.redacted':
      return told.redacted
    case 'comment.created':
      return told.wrote
    case 'comment.changed':
      return told.edited
    case 'comment.deleted':
      return told.deletedComment
    case 'comment.restored':
      return told.restoredComment
    case 'link.created':
    case 'link.deleted': {
      if (link === undefined) return told.nothing
      const to = (
        <To to={ticketOf(link.ticket)} class="ref">
          #{link.ticket}
        </To>
      )
      if (type === 'link.created')
        return (
          <>
            {told.linked[link.kind]} {to}
          </>
        )
      return (
        <>
          {told.unlinked} {to} ({words.ticket.kinds[link.kind]})
        </>
      )
    }
    case 'watcher.created':
    case 'watcher.deleted': {
      const isAdded = type === 'watcher.created'
      if (user === undefined || user === actor) return isAdded ? told.watches : told.unwatches
      return isAdded ? (
        <>
          {told.added} <Name>{user}</Name> {told.addedWatcher}
        </>
      ) : (
        <>
          {told.removed} <Name>{user}</Name> {told.removedWatcher}
        </>
      )
    }
    default:
      return told.other(type)
  }
}

const icons: Readonly<Record<string, IconName>> = {
  'ticket.created': 'plus',
  'ticket.deleted': 'trash',
  'tickets.removed': 'trash',
  'ticket.restored': 'undo',
  'ticket.redacted': 'cut',
  'comment.created': 'comment',
  'comment.changed': 'pencil',
  'comment.deleted': 'trash',
  'comment.restored': 'undo',
  'link.created': 'link',
  'link.deleted': 'link',
  'watcher.created': 'eye',
  'watcher.deleted': 'eye',
}

export function ToldIcon({ entry: { type, changes } }: { entry: HistoryEntry }) {
  const isText = type === 'ticket.changed' && ('description' in changes || 'title' in changes)
  return <Icon name={icons[type] ?? (isText ? 'pencil' : 'sliders')} />
}
