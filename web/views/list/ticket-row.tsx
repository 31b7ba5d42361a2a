/** One ticket in a list: priority, number, status, title, labels, due, comments, people, time, always in this order. */
import type { Ticket } from '../../../src/client/client.js'
import { Icon } from '../../parts/icon.js'
import { DueMark, LabelMark, People, PriorityMark, StatusMark } from '../../parts/marks.js'
import { ago, exactly } from '../../parts/times.js'
import { hrefOf, ticketOf } from '../../state/address.js'
import { words } from '../../words/words.js'

const LABELS_MAX = 3

interface TicketRowProps {
  readonly ticket: Ticket | undefined
  readonly top: number
  /** It is scrolled by so fast that its title is enough for now. */
  readonly isLean: boolean
  /** Its place in the whole list, and how long that is. */
  readonly place: number
  readonly count: number
  readonly isCursor: boolean
  readonly isPicked: boolean
  /** What somebody else has just done to it. */
  readonly note: string | undefined
  readonly onPick: (number: number, isRange: boolean) => void
  readonly onFocus: (place: number) => void
}

export function TicketRow({
  ticket,
  top,
  isLean,
  place,
  count,
  isCursor,
  isPicked,
  note,
  onPick,
  onFocus,
}: TicketRowProps) {
  const style = { top: `${top}px` }
  if (ticket === undefined) {
    return (
      <div class="row" style={style} role="listitem" aria-busy="true" aria-posinset={place + 1} aria-setsize={count}>
        <span class="row__pick" />
        <span />
        <span />
        <span />
        <span class="row__title">
          <span class="sk" />
        </span>
      </div>
    )
  }
  const { number, title, status, category, priority } = ticket
  const state = `${isCursor ? ' is-cursor' : ''}${isPicked ? ' is-picked' : ''}${note === undefined ? '' : ' is-fresh'}`
  return (
    <div
      class={`row${state}`}
      style={style}
      role="listitem"
      aria-posinset={place + 1}
      aria-setsize={count}
      data-number={number}
      data-done={category === 'done' ? '' : undefined}
    >
      {isLean ? (
        <span class="row__pick" />
      ) : (
        <label class="row__pick">
          <input
            type="checkbox"
            class="check"
            aria-label={words.list.select(number)}
            checked={isPicked}
            onClick={(event) => onPick(number, event.shiftKey)}
          />
        </label>
      )}
      {isLean ? <span class="prio" /> : <PriorityMark priority={priority} />}
      <span class="num">{number}</span>
      {isLean ? <span class="stat" /> : <StatusMark name={status} category={category} />}
      <a
        class="row__title"
        href={hrefOf(ticketOf(number))}
        title={title ?? undefined}
        tabIndex={isCursor ? 0 : -1}
        onFocus={() => onFocus(place)}
      >
        <bdi>{title}</bdi>
      </a>
      {!isLean && <Marks ticket={ticket} note={note} />}
    </div>
  )
}

/** What stands behind the title. */
function Marks({ ticket, note }: { readonly ticket: Ticket; readonly note: string | undefined }) {
  const { category, labels, due, assignees, queue, requester, activity } = ticket
  const comments = activity?.comments ?? 0
  const time = activity?.updatedAt ?? ticket.createdAt
  return (
    <>
      <span class="row__tags">
        {note !== undefined && <span class="row__note">{note}</span>}
        {labels.slice(0, LABELS_MAX).map((label) => (
          <LabelMark key={label} name={label} />
        ))}
        {labels.length > LABELS_MAX && <span class="num">+{labels.length - LABELS_MAX}</span>}
      </span>
      <span class="row__wide">{queue}</span>
      <span class="row__wide">{requester}</span>
      <span class="row__due">
        <DueMark due={due} isDone={category === 'done'} />
      </span>
      <span class="row__com">
        {comments > 0 && (
          <span class="com" title={words.list.comments(comments)}>
            <Icon name="comment" />
            {comments}
          </span>
        )}
      </span>
      <span class="row__who">
        <People handles={assignees} />
      </span>
      <time class="row__time" dateTime={time} title={exactly(time)}>
        {ago(time)}
      </time>
    </>
  )
}
