/** A ticket on the board: its number line, its title, its labels as dots and words. */
import { draggable } from '@atlaskit/pragmatic-drag-and-drop/element/adapter'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Ticket } from '../../../src/client/client.js'
import { IconButton } from '../../parts/clickable.js'
import { DueMark, LabelMark, People, PriorityMark } from '../../parts/marks.js'
import { hrefOf, ticketOf } from '../../state/address.js'
import { isStaff } from '../../state/identity.js'
import { words } from '../../words/words.js'
import type { BoardState } from './board-state.js'

/** All that decides how a card looks. */
export interface CardShape {
  readonly ticket: Ticket
  readonly isCursor: boolean
  /** Whether it is the one that Tab leads to. */
  readonly isStop: boolean
  /** What somebody else has just done to it. */
  readonly note: string | undefined
  readonly isGone: boolean
}

export function isSame(one: CardShape, other: CardShape): boolean {
  const { ticket, isCursor, isStop, note, isGone } = one
  if (ticket !== other.ticket || isCursor !== other.isCursor || isStop !== other.isStop) return false
  return note === other.note && isGone === other.isGone
}

interface CardProps extends CardShape {
  readonly state: BoardState
  readonly pickColumn: (anchor: Element, ticket: Ticket) => void
}

export function Card({ state, ticket, isCursor, isStop, note, isGone, pickColumn }: CardProps) {
  const box = useRef<HTMLLIElement>(null)
  const { number, title, priority, labels, due, assignees, category } = ticket
  const newest = useRef(ticket)
  newest.current = ticket
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return undefined
    return draggable({
      element,
      canDrag: () => isStaff.peek(),
      getInitialData: () => ({ number }),
      onDragStart: () => state.drag(newest.current),
      onDrop: () => state.drag(undefined),
    })
  }, [number])
  const marks = `${isCursor ? ' is-cursor' : ''}${note === undefined ? '' : ' is-fresh'}${isGone ? ' is-gone' : ''}`
  return (
    <li class={`card${marks}`} data-number={number} ref={box}>
      <div class="card__meta">
        <PriorityMark priority={priority} />
        <span class="num">{number}</span>
        {note !== undefined && <span class="row__note card__note">{note}</span>}
        <span class="card__end">
          <DueMark due={due} isDone={category === 'done'} />
          <People handles={assignees} />
          {isStaff.value && (
            <IconButton
              icon="more"
              label={words.board.move(number)}
              shortcut="S"
              class="btn--quiet btn--xs card__more"
              hasMenu
              onClick={({ currentTarget }) => currentTarget instanceof Element && pickColumn(currentTarget, ticket)}
            />
          )}
        </span>
      </div>
      <a
        class="card__title"
        href={hrefOf(ticketOf(number))}
        title={title ?? undefined}
        draggable={false}
        tabIndex={isStop ? 0 : -1}
        onFocus={() => (state.cursor.value = number)}
      >
        <bdi>{title}</bdi>
      </a>
      {labels.length > 0 && (
        <p class="card__tags">
          {labels.map((label) => (
            <LabelMark key={label} name={label} />
          ))}
        </p>
      )}
    </li>
  )
}
