/** The properties of a ticket beside its text: the value is the button. On a narrow screen a row of pills, and all of them when asked for. */
import type { ComponentChildren } from 'preact'
import type { Ticket } from '../../../src/client/client.js'
import { To } from '../../parts/clickable.js'
import { Icon } from '../../parts/icon.js'
import { DueMark, LabelMark, NobodyMark, People, PersonMark, PriorityMark, StatusMark } from '../../parts/marks.js'
import {
  pickAssignees,
  pickDue,
  pickLabels,
  pickPriority,
  pickQueue,
  pickStatus,
  toggleMe,
} from '../../parts/pickers.js'
import type { Show } from '../../state/changes.js'
import { ticketOf } from '../../state/address.js'
import { isStaff, may, myHandle } from '../../state/identity.js'
import type { Keys } from '../../state/keyboard.js'
import { words } from '../../words/words.js'
import { Fields } from './fields.js'
import { Links } from './links.js'
import { pickOwnStatus, pickRequester, pickSeenBy, pickWatchers } from './picks.js'
import { Prop } from './prop.js'
import type { TicketState } from './ticket-state.js'

type Picker = (anchor: Element, tickets: readonly Ticket[], show: Show) => void

const pickers: Readonly<Record<string, Picker>> = {
  S: pickStatus,
  P: pickPriority,
  A: pickAssignees,
  L: pickLabels,
  Q: pickQueue,
  D: pickDue,
}

/** Whether one may move it: staff, and requesters what is their own. */
const mayMove = (state: TicketState): boolean =>
  state.isMine.value ||
  (state.isWhole.value &&
    may('ticket.close') &&
    state.ticket.value?.requester === myHandle.value &&
    myHandle.value !== null)

/** The keys that change it: the menu opens where its value stands. */
export function propertyKeys(state: TicketState): Keys {
  const pick = (key: string) => (): void => {
    const ticket = state.ticket.peek()
    if (ticket === undefined) return
    const anchor = [...document.querySelectorAll(`[data-key="${key}"]`)].find((one) => one.getClientRects().length > 0)
    open(key, anchor ?? document.querySelector('.sum') ?? document.body, state, ticket)
  }
  return {
    ...Object.fromEntries(Object.keys(pickers).map((key) => [key, pick(key)])),
    I() {
      const ticket = state.ticket.peek()
      if (ticket !== undefined && state.isMine.peek()) toggleMe([ticket], state.replace)
    },
  }
}

function open(key: string, anchor: Element, state: TicketState, ticket: Ticket): void {
  if (state.isMine.peek()) pickers[key]?.(anchor, [ticket], state.replace)
  else if (key === 'S' && mayMove(state)) pickOwnStatus(anchor, state, ticket)
}

const Person = ({ handle }: { handle: string }) => (
  <span class="prop__who">
    <PersonMark handle={handle} />
    <bdi aria-hidden="true">{handle}</bdi>
  </span>
)

export function Panel({ state, isOpen, isPast = false }: { state: TicketState; isOpen: boolean; isPast?: boolean }) {
  const ticket = state.ticket.value
  if (ticket === undefined) return null
  const { status, category, priority, assignees, queue, labels, due, requester, internal, ref } = ticket
  const isMine = state.isMine.value && !isPast
  const on = (key: string) =>
    isMine || (key === 'S' && !isPast && mayMove(state))
      ? (anchor: Element) => open(key, anchor, state, ticket)
      : undefined
  const watchers = state.watchers.value
  return (
    <aside class={`panel${isOpen ? ' panel--open' : ' wide-only'}`} aria-label={words.ticket.properties}>
      <dl class="props">
        <Prop
          name={words.list.status}
          shortcut="S"
          onOpen={on('S')}
          value={
            <>
              <StatusMark name={status} category={category} />
              <bdi aria-hidden="true">{status}</bdi>
            </>
          }
        />
        <Prop
          name={words.list.priority}
          shortcut="P"
          onOpen={on('P')}
          value={
            <>
              <PriorityMark priority={priority} />
              <span aria-hidden="true">{words.common.priority[priority]}</span>
            </>
          }
        />
        <Prop
          name={words.list.assignees}
          shortcut="A"
          isWrapped
          onOpen={on('A')}
          value={
            assignees.length === 0 ? (
              <span class="prop__none">{words.common.nobody}</span>
            ) : (
              assignees.map((handle) => <Person key={handle} handle={handle} />)
            )
          }
        />
        <Prop name={words.list.queue} shortcut="Q" onOpen={on('Q')} value={<bdi>{queue}</bdi>} />
        <Prop
          name={words.list.labels}
          shortcut="L"
          isWrapped
          onOpen={on('L')}
          value={
            labels.length === 0 ? (
              <span class="prop__none">{words.common.none}</span>
            ) : (
              labels.map((label) => <LabelMark key={label} name={label} />)
            )
          }
        />
        <Prop
          name={words.list.due}
          shortcut="D"
          onOpen={on('D')}
          value={
            due === null ? (
              <span class="prop__none">{words.common.none}</span>
            ) : (
              <DueMark due={due} isDone={category === 'done'} />
            )
          }
        />
      </dl>
      <dl class="props">
        <Prop
          name={words.ticket.requesterProp}
          onOpen={isMine ? (anchor) => pickRequester(anchor, state, ticket) : undefined}
          value={
            requester === null ? <span class="prop__none">{words.common.nobody}</span> : <Person handle={requester} />
          }
        />
        {isStaff.value && !isPast && (
          <Prop
            name={words.ticket.watchers}
            onOpen={isMine ? (anchor) => pickWatchers(anchor, state) : undefined}
            value={
              watchers.length === 0 ? (
                <span class="prop__none">{words.common.nobody}</span>
              ) : (
                <>
                  {watchers.slice(0, 5).map(({ user }) => (
                    <PersonMark key={user} handle={user} />
                  ))}
                  <span class="prop__n">{watchers.length}</span>
                </>
              )
            }
          />
        )}
        {isStaff.value && (
          <Prop
            name={words.ticket.seenBy}
            onOpen={isMine ? (anchor) => pickSeenBy(anchor, state, ticket) : undefined}
            value={
              internal ? (
                <span class="say__lock">
                  <Icon name="lock" />
                  {words.ticket.team}
                </span>
              ) : (
                words.ticket.everyone
              )
            }
          />
        )}
        {ref !== null && <Prop name={words.ticket.ref} isWrapped value={<bdi class="prop__ref">{ref}</bdi>} />}
      </dl>
      <Fields state={state} ticket={ticket} isMine={isMine} />
      {!isPast && <Links state={state} isMine={isMine} />}
      {!isPast && <Foot state={state} />}
    </aside>
  )
}

function Foot({ state }: { state: TicketState }) {
  const entries = state.talk.entries.value
  const [first, last] = [entries[0], entries.at(-1)]
  if (first === undefined || last === undefined) return null
  const key = `/tickets/${String(state.number).padStart(20, '0')}`
  const isAll = !state.talk.hasEarlier.value && !state.talk.hasLater.value
  const newest = isAll ? last.index : (state.ticket.value?.activity?.index ?? last.index)
  const isKeyShown = isStaff.value
  return (
    <p class="panel__foot">
      {isAll ? (
        <>
          {words.ticket.changes(entries.length)}, {words.ticket.fromTo}{' '}
          <To to={ticketOf(state.number, String(first.index))} class="idx" title={words.ticket.asItWas(first.index)}>
            {first.index}
          </To>{' '}
          {words.ticket.toIndex}{' '}
        </>
      ) : (
        <>{words.ticket.lastChangeAt} </>
      )}
      <To to={ticketOf(state.number, String(newest))} class="idx" title={words.ticket.asItWas(newest)}>
        {newest}
      </To>
      {isKeyShown && (
        <>
          <br />
          <To to={{ view: 'keys', key }} class="link">
            {key}
          </To>
        </>
      )}
    </p>
  )
}

/** The same on a narrow screen: what matters most, and a button for all. */
export function Pills({ state, isOpen, onToggle }: { state: TicketState; isOpen: boolean; onToggle: () => void }) {
  const ticket = state.ticket.value
  if (ticket === undefined) return null
  const { status, category, priority, assignees, due } = ticket
  const pill = (key: string, name: string, value: ComponentChildren) => {
    const isOpenable = state.isMine.value || (key === 'S' && mayMove(state))
    if (!isOpenable) return <span class="sum__b">{value}</span>
    return (
      <button
        type="button"
        class="sum__b"
        aria-haspopup="listbox"
        data-key={key}
        onClick={({ currentTarget }) => open(key, currentTarget, state, ticket)}
      >
        <span class="sr">{name}: </span>
        {value}
      </button>
    )
  }
  return (
    <div class="sum narrow-only" role="group" aria-label={words.ticket.properties}>
      {pill(
        'S',
        words.list.status,
        <>
          <StatusMark name={status} category={category} />
          <bdi aria-hidden="true">{status}</bdi>
        </>,
      )}
      {pill(
        'P',
        words.list.priority,
        <>
          <PriorityMark priority={priority} />
          <span aria-hidden="true">{words.common.priority[priority]}</span>
        </>,
      )}
      {pill('A', words.list.assignees, assignees.length === 0 ? <NobodyMark /> : <People handles={assignees} />)}
      {due !== null && pill('D', words.list.due, <DueMark due={due} isDone={category === 'done'} />)}
      <button type="button" class="sum__b sum__all" aria-expanded={isOpen} onClick={onToggle}>
        {words.ticket.allProperties} <Icon name={isOpen ? 'up' : 'down'} isSmall />
      </button>
    </div>
  )
}
