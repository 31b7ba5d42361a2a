/** A column of the board: a status, how many tickets have it, and the first of them as cards; more are read as it is scrolled. */
import { dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter'
import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Ticket, TicketSort } from '../../../src/client/client.js'
import { IconButton, To } from '../../parts/clickable.js'
import { StatusMark } from '../../parts/marks.js'
import { listOf } from '../../state/address.js'
import { newTicketIn } from '../../state/dialogs.js'
import { may } from '../../state/identity.js'
import { words } from '../../words/words.js'
import { mayMove, type BoardState, type Column } from './board-state.js'
import { Card, isSame, type CardShape } from './card.js'

interface ColumnProps {
  readonly state: BoardState
  readonly column: Column
  readonly sort: TicketSort | null
  readonly pickColumn: (anchor: Element, ticket: Ticket) => void
}

interface Drawn {
  readonly shape: CardShape
  readonly card: VNode
}

/** How far from the end more is read, in pixels. */
const AHEAD = 800

export function ColumnOf({ state, column, sort, pickColumn }: ColumnProps) {
  const { status, list } = column
  const box = useRef<HTMLElement>(null)
  const cards = useRef<HTMLOListElement>(null)
  const drawn = useRef<ReadonlyMap<number, Drawn>>(new Map())
  const isOver = useSignal(false)
  const isShut = state.isShut(column)
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return undefined
    return dropTargetForElements({
      element,
      getData: () => ({ status: status.name }),
      onDragEnter: () => {
        isOver.value = true
        state.told.value = words.board.over(status.name)
      },
      onDragLeave: () => (isOver.value = false),
      onDrop: () => (isOver.value = false),
    })
  }, [status.name])
  useEffect(() => {
    if (!isShut) list.want(0, column.limit.value)
  }, [isShut, list])
  useLayoutEffect(() => {
    if (cards.current !== null) cards.current.scrollTop = column.scrollTop
  }, [])
  const count = state.countOf(column)
  const counted = count === undefined ? '' : words.list.count(count, list.isExact.value)
  const dragged = state.dragged.value
  const isBarred = dragged !== undefined && !mayMove(dragged.status, status.name)
  const marks = `${isOver.value && !isBarred ? ' is-target' : ''}${isBarred ? ' is-barred' : ''}`
  if (isShut) {
    return (
      <section class={`col col--shut${marks}`} ref={box} aria-label={words.board.column(status.name, counted)}>
        <h2>
          <button
            type="button"
            class="col__head"
            title={words.board.openColumn(status.name)}
            onClick={() => (state.opened.value = new Set([...state.opened.peek(), status.name]))}
          >
            <StatusMark name={status.name} category={status.category} />
            <span class="col__name">
              <bdi>{status.name}</bdi>
            </span>
            <span class="group__n">{counted}</span>
          </button>
        </h2>
      </section>
    )
  }
  const shown = state.cardsOf(column)
  // A card that is as it was is the same element, so that one of a thousand costs no more than one of ten.
  const before = drawn.current
  const now = new Map<number, Drawn>()
  drawn.current = now
  const cardOf = (shape: CardShape): VNode => {
    const { number } = shape.ticket
    const last = before.get(number)
    const card =
      last !== undefined && isSame(last.shape, shape) ? (
        last.card
      ) : (
        <Card key={number} {...shape} state={state} pickColumn={pickColumn} />
      )
    now.set(number, { shape, card })
    return card
  }
  const cursor = state.cursor.value
  const isFirst = state.columns.value[0]?.status.name === status.name
  const hasCursor = cursor !== undefined && state.columnOf(cursor) !== undefined
  const rest = (list.total.value ?? 0) - column.limit.value
  return (
    <section class={`col${marks}`} ref={box} aria-label={words.board.column(status.name, counted)}>
      <h2 class="col__head">
        <StatusMark name={status.name} category={status.category} />
        <span class="col__name">
          <bdi>{status.name}</bdi>
        </span>
        <span class="group__n">{counted}</span>
        {isBarred && dragged !== undefined && <span class="col__barred">{words.board.noFrom(dragged.status)}</span>}
        {may('ticket.change') && (
          <IconButton
            icon="plus"
            label={words.board.add(status.name)}
            class="btn--quiet btn--xs"
            onClick={() => newTicketIn({ status: status.name })}
          />
        )}
      </h2>
      <ol
        class="col__cards"
        ref={cards}
        onScroll={({ currentTarget }) => {
          column.scrollTop = currentTarget.scrollTop
          if (currentTarget.scrollTop + currentTarget.clientHeight > currentTarget.scrollHeight - AHEAD)
            state.readOn(column)
        }}
      >
        {shown.map((ticket, at) =>
          ticket === undefined ? (
            <li key={`row ${at}`} class="card card--sk" aria-busy="true">
              <span class="sk" />
              <span class="sk" />
            </li>
          ) : (
            cardOf({
              ticket,
              isCursor: cursor === ticket.number,
              isStop: hasCursor ? cursor === ticket.number : isFirst && at === 0,
              note: state.notes.value.get(ticket.number),
              isGone: dragged?.number === ticket.number,
            })
          ),
        )}
        {shown.length === 0 && count === 0 && <li class="col__none">{words.board.empty}</li>}
        {rest > 0 && (
          <li class="col__more">
            <To to={listOf(column.q, sort === null ? {} : { sort })} class="link">
              {words.board.more(rest)}
            </To>
          </li>
        )}
      </ol>
    </section>
  )
}
