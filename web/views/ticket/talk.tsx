/** The conversation: what was said and what happened, as one or each by itself. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Comment, HistoryEntry } from '../../../src/client/client.js'
import { To } from '../../parts/clickable.js'
import { Problem } from '../../parts/problem.js'
import { exactly, when } from '../../parts/times.js'
import { ticketOf } from '../../state/address.js'
import { desk, sentenceOf } from '../../state/desk.js'
import { noteRefusal } from '../../state/identity.js'
import { noteDone } from '../../state/undo.js'
import { words } from '../../words/words.js'
import { Marked } from './clash.js'
import { Say } from './comment.js'
import { EntryActs } from './entry-acts.js'
import { differences } from './merge.js'
import { isOfComment } from './talk-entries.js'
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
  const list = useRef<HTMLOListElement>(null)
  const { talk, ticket } = state
  useEffect(() => {
    const id = /^#c(\d+)$/u.exec(location.hash)?.[1]
    if (id !== undefined) void showComment(state, Number(id))
  }, [])
  const entries = talk.entries.value
  const comments = talk.comments.value
  const isAll = !talk.hasEarlier.value && !talk.hasLater.value
  const items =
    part.value === 'comments'
      ? talk.inOrder.value.map((comment): Item => ({ index: comment.id, key: `c${comment.id}`, comment }))
      : entries.map((entry) => itemOf(entry, part.value === 'all' ? comments : undefined))
  const count = ticket.value?.activity?.comments ?? comments.size
  const names = {
    all: words.ticket.all,
    comments: `${words.ticket.commentsTab} ${words.common.number(count)}`,
    history: isAll ? `${words.ticket.history} ${words.common.number(entries.length)}` : words.ticket.history,
  }
  const isWanted = (entry: HistoryEntry): boolean => part.peek() !== 'comments' || isOfComment(entry)
  const more = async (side: 'earlier' | 'later'): Promise<void> => {
    const button = document.activeElement
    await talk.more(side, () => state.onBeforeChange(list.current), isWanted)
    // At the end the button goes; who was on it is still here.
    requestAnimationFrame(() => button?.isConnected === false && list.current?.focus({ preventScroll: true }))
  }
  const goTo = async (side: 'earlier' | 'later'): Promise<void> => {
    if (side === 'earlier' ? talk.hasEarlier.peek() : talk.hasLater.peek()) await talk.goTo(side)
    // What was just read is drawn first.
    requestAnimationFrame(() => {
      const entry = list.current?.querySelectorAll('li:not(.talk__gap)')
      const end = side === 'earlier' ? entry?.[0] : entry?.[entry.length - 1]
      end?.scrollIntoView({ block: side === 'earlier' ? 'center' : 'end' })
    })
  }
  const choose = (one: (typeof parts)[number]): void => {
    part.value = one
    if (one === 'comments' && comments.size === 0 && talk.hasEarlier.peek()) void more('earlier')
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
            <button key={one} type="button" aria-pressed={part.value === one} onClick={() => choose(one)}>
              {names[one]}
            </button>
          ))}
        </span>
      </h2>
      {items.length === 0 && isAll ? (
        <p class="ph">{words.ticket.noComments}</p>
      ) : (
        <ol class="talk" ref={list} tabIndex={-1}>
          {talk.hasEarlier.value && (
            <Gap
              key="earlier"
              state={state}
              more={words.ticket.showEarlier}
              end={words.ticket.toBeginning}
              // Of those behind both ends it is not known how many lie at which.
              says={talk.hasLater.value ? undefined : words.ticket.earlierComments(count - comments.size)}
              onMore={() => void more('earlier')}
              onEnd={() => void goTo('earlier')}
              onOtherEnd={talk.hasLater.value ? undefined : () => void goTo('later')}
            />
          )}
          {items.map((item) => show(item))}
          {talk.hasLater.value && (
            <Gap
              key="later"
              state={state}
              more={words.ticket.showLater}
              end={words.ticket.toNewest}
              onMore={() => void more('later')}
              onEnd={() => void goTo('later')}
            />
          )}
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

interface GapProps {
  readonly state: TicketState
  /** What the buttons are called that show some more, and that go to the end. */
  readonly more: string
  readonly end: string
  readonly says?: string | undefined
  readonly onMore: () => void
  readonly onEnd: () => void
  /** Goes to the newest, where they are shown further below. */
  readonly onOtherEnd?: (() => void) | undefined
}

/** What lies before or behind what is shown. */
function Gap({ state: { talk }, more, end, says, onMore, onEnd, onOtherEnd }: GapProps) {
  const problem = talk.problem.value
  const isReading = talk.isReading.value
  return (
    <li class="talk__gap">
      <button type="button" class="btn btn--xs" aria-disabled={isReading} onClick={onMore}>
        {more}
      </button>
      <button type="button" class="btn btn--xs btn--quiet" aria-disabled={isReading} onClick={onEnd}>
        {end}
      </button>
      {onOtherEnd !== undefined && (
        <button type="button" class="btn btn--xs btn--quiet" onClick={onOtherEnd}>
          {words.ticket.toNewest}
        </button>
      )}
      {says !== undefined && <span role="status">{says}</span>}
      {problem !== undefined && <span role="alert">{sentenceOf(problem)}</span>}
    </li>
  )
}

function Entry({ state, entry, isFresh }: { state: TicketState; entry: HistoryEntry; isFresh: boolean }) {
  const { index, time, type, changes, redacted } = entry
  const { talk } = state
  const problem = useSignal<string | undefined>(undefined)
  const isGone = type === 'comment.created' && entry.comment !== undefined && !talk.comments.value.has(entry.comment)
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
          {isGone ? words.ticket.told.wroteGone : <Told entry={entry} />}
          {/* With the last word of the sentence: it begins no line. */}
          {'\u00a0'}
          <time dateTime={time} title={exactly(time)}>
            {isFresh ? words.ticket.now : when(time)}
          </time>
          {redacted === true && <> · {words.ticket.told.erasedText}</>}
        </p>
        {text !== undefined && <Difference from={text.from} to={text.to} />}
        <Problem text={problem.value} />
      </div>
      <span class="ev__end">
        <EntryActs state={state} entry={entry} onUndo={() => void undo()} />
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
