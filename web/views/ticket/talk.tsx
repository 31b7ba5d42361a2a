/** The conversation: what was said and what happened, as one or each by itself. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Comment, HistoryEntry } from '../../../src/client/client.js'
import { To } from '../../parts/clickable.js'
import { Problem } from '../../parts/problem.js'
import { Icon } from '../../parts/icon.js'
import { exactly, when } from '../../parts/times.js'
import { ticketOf } from '../../state/address.js'
import { desk, sentenceOf } from '../../state/desk.js'
import { noteRefusal } from '../../state/identity.js'
import { noteDone } from '../../state/undo.js'
import { words } from '../../words/words.js'
import { Marked } from './clash.js'
import { Say } from './comment.js'
import { differences } from './merge.js'
import type { TicketState } from './ticket-state.js'
import { fromTo, nameOf, Told, ToldIcon } from './told.js'

const parts = ['all', 'comments', 'history'] as const

interface Item {
  readonly index: number
  readonly key: string
  readonly comment?: Comment
  readonly entry?: HistoryEntry
}

export function TalkView({ state }: { state: TicketState }) {
  const part = useSignal<(typeof parts)[number]>('all')
  const { talk, ticket } = state
  useEffect(() => {
    const id = /^#c(\d+)$/u.exec(location.hash)?.[1]
    if (id !== undefined) void showComment(state, Number(id))
  }, [])
  const entries = talk.entries.value
  const comments = talk.comments.value
  const gap = talk.gapAfter.value
  const items =
    part.value === 'comments'
      ? talk.inOrder.value.map((comment): Item => ({ index: comment.id, key: `c${comment.id}`, comment }))
      : entries.map((entry) => itemOf(entry, part.value === 'all' ? comments : undefined))
  const before = gap === undefined ? items : items.filter(({ index }) => index <= gap)
  const after = gap === undefined ? [] : items.filter(({ index }) => index > gap)
  const names = {
    all: words.ticket.all,
    comments: `${words.ticket.commentsTab} ${words.common.number(ticket.value?.activity?.comments ?? comments.size)}`,
    history:
      gap === undefined ? `${words.ticket.history} ${words.common.number(entries.length)}` : words.ticket.history,
  }
  const show = ({ key, index, comment, entry }: Item) => {
    const isFresh = state.fresh.value.has(index)
    if (comment !== undefined) return <Say key={key} state={state} comment={comment} isFresh={isFresh} />
    return entry === undefined ? null : <Entry key={key} state={state} entry={entry} isFresh={isFresh} />
  }
  return (
    <>
      <h2 class="talk__head">
        {words.ticket.conversation}
        <span class="seg" role="group" aria-label={words.ticket.conversation}>
          {parts.map((one) => (
            <button key={one} type="button" aria-pressed={part.value === one} onClick={() => (part.value = one)}>
              {names[one]}
            </button>
          ))}
        </span>
      </h2>
      {items.length === 0 && gap === undefined ? (
        <p class="ph">{words.ticket.noComments}</p>
      ) : (
        <ol class="talk">
          {before.map((item) => show(item))}
          {gap !== undefined && <Gap key="gap" state={state} isBetween={after.length > 0} />}
          {after.map((item) => show(item))}
        </ol>
      )}
    </>
  )
}

function itemOf(entry: HistoryEntry, comments: ReadonlyMap<number, Comment> | undefined): Item {
  const { index, type } = entry
  const comment = type === 'comment.created' && entry.comment !== undefined ? comments?.get(entry.comment) : undefined
  return {
    index,
    key: comment === undefined ? `${type} ${index}` : `c${index}`,
    ...(comment === undefined ? { entry } : { comment }),
  }
}

async function showComment({ talk }: TicketState, id: number): Promise<void> {
  await talk.reach(id)
  requestAnimationFrame(() => document.getElementById(`c${id}`)?.scrollIntoView({ block: 'center' }))
}

function Gap({ state: { talk }, isBetween }: { state: TicketState; isBetween: boolean }) {
  const problem = talk.problem.value
  return (
    <li class="talk__gap">
      {isBetween && <span>{words.ticket.between('')}</span>}
      <button type="button" class="btn btn--xs" aria-disabled={talk.isReading.value} onClick={() => void talk.more()}>
        {words.ticket.showMore}
      </button>
      <button
        type="button"
        class="btn btn--xs btn--quiet"
        aria-disabled={talk.isReading.value}
        onClick={() => void talk.reach()}
      >
        {words.ticket.showAll}
      </button>
      {problem !== undefined && <span role="alert">{sentenceOf(problem)}</span>}
    </li>
  )
}

/** What an admin of the desk can take back, by its type. */
const undoable = new Set([
  'ticket.changed',
  'link.created',
  'link.deleted',
  'comment.changed',
  'comment.deleted',
  'comment.restored',
  'watcher.created',
  'watcher.deleted',
])

function Entry({ state, entry, isFresh }: { state: TicketState; entry: HistoryEntry; isFresh: boolean }) {
  const { index, time, type, changes, redacted } = entry
  const problem = useSignal<string | undefined>(undefined)
  const isGone =
    type === 'comment.created' && entry.comment !== undefined && !state.talk.comments.value.has(entry.comment)
  const text = fromTo(changes['description'] ?? changes['text'])
  const undo = async (): Promise<void> => {
    problem.value = undefined
    try {
      const done = await desk().undo(index)
      if (done.index !== null) noteDone(done.index, words.ticket.undone(index))
    } catch (error) {
      noteRefusal(error)
      problem.value = sentenceOf(error)
    }
  }
  return (
    <li class={`ev${isFresh ? ' is-fresh' : ''}`}>
      <span class="ev__i">
        <ToldIcon entry={entry} />
      </span>
      <div class="ev__text">
        <p>
          <b>
            <bdi>{nameOf(entry)}</bdi>
          </b>{' '}
          {isGone ? words.ticket.told.wroteGone : <Told entry={entry} />}{' '}
          <time dateTime={time} title={exactly(time)}>
            {isFresh ? words.ticket.now : when(time)}
          </time>
          {redacted === true && <> · {words.ticket.told.erasedText}</>}
        </p>
        {text !== undefined && <Difference from={text.from} to={text.to} />}
        <Problem text={problem.value} />
      </div>
      <span class="ev__end">
        {state.isMine.value && undoable.has(type) && redacted !== true && (
          <button
            type="button"
            class="btn btn--icon btn--quiet btn--xs ev__undo"
            aria-label={words.ticket.undoOf(index)}
            title={words.ticket.undoOf(index)}
            onClick={() => void undo()}
          >
            <Icon name="undo" />
          </button>
        )}
        <To to={ticketOf(state.number, String(index))} class="idx" title={words.ticket.asItWas(index)}>
          {index}
        </To>
      </span>
    </li>
  )
}

/** What a text was and became, when asked for. */
function Difference({ from, to }: { from: unknown; to: unknown }) {
  const isOpen = useSignal(false)
  const [before, after] = [from, to].map((text) => (typeof text === 'string' ? text : ''))
  return (
    <details class="ev__more" onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}>
      <summary>{words.ticket.whatChanged}</summary>
      {isOpen.value && <Marked pieces={differences(before ?? '', after ?? '')} />}
    </details>
  )
}
