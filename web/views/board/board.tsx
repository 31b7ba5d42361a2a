/**
 * The board: the same search as the list, a column for each status. Cards are moved by dragging, by a menu or by keys; each way says the
 * same words, refuses the same moves, and can be taken back.
 */
import { monitorForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter'
import { useLayoutEffect, useMemo } from 'preact/hooks'
import type { Ticket } from '../../../src/client/client.js'
import { Find, focusFind } from '../../parts/find.js'
import { StatusMark } from '../../parts/marks.js'
import { showMenu } from '../../parts/menu.js'
import { go, ticketOf, type Route } from '../../state/address.js'
import { actingAs, sentenceOf } from '../../state/desk.js'
import { isStaff } from '../../state/identity.js'
import { addKeys } from '../../state/keyboard.js'
import { words } from '../../words/words.js'
import { actKeys } from '../list/acts.js'
import { ListBar, wrongOf } from '../list/list-view.js'
import { boardStateOf, mayMove, type BoardState, type Column } from './board-state.js'
import { ColumnOf } from './column.js'

type BoardRoute = Extract<Route, { view: 'list' | 'board' }>

export function Board({ route }: { route: BoardRoute }) {
  const { q, sort } = route
  const state = useMemo(() => boardStateOf({ q, sort }), [q, sort, actingAs.value])
  return <Cards key={JSON.stringify([q, sort, actingAs.value])} route={route} state={state} />
}

function Cards({ route, state }: { route: BoardRoute; state: BoardState }) {
  useLayoutEffect(() => {
    const hide = state.show()
    const cursor = state.cursor.peek()
    if (cursor !== undefined) focusCard(state, cursor)
    return hide
  }, [state])
  useLayoutEffect(
    () =>
      monitorForElements({
        onDragStart({ source }) {
          const ticket = ticketIn(state, source.data)
          if (ticket !== undefined) state.told.value = words.board.dragging(ticket.number, ticket.status)
        },
        onDrop({ source, location }) {
          const ticket = ticketIn(state, source.data)
          const to = location.current.dropTargets[0]?.data['status']
          state.drag(undefined)
          if (ticket === undefined) return
          if (typeof to === 'string' && to !== ticket.status) void state.move(ticket, to)
          else state.told.value = words.board.putBack(ticket.number)
        },
      }),
    [state],
  )
  const pickColumn = (anchor: Element, ticket: Ticket): void =>
    showMenu({
      anchor,
      label: words.board.moveTo,
      items: state.columns
        .peek()
        .filter(({ status }) => mayMove(ticket.status, status.name))
        .map(({ status: { name, category } }) => ({
          value: name,
          name,
          mark: <StatusMark name={name} category={category} />,
          head: words.common.category[category],
        })),
      chosen: [ticket.status],
      onTake([to]) {
        if (to !== undefined) moveTo(ticket, to)
      },
    })
  const moveTo = (ticket: Ticket, to: string): void => {
    void state.move(ticket, to)
    focusCard(state, ticket.number)
  }
  useLayoutEffect(() => addKeys({ ...actKeys(state, (ticket) => state.place(ticket)), ...boardKeys() }), [state])

  function boardKeys(): Readonly<Record<string, () => void>> {
    const walk = (along: number, across: number) => (): void => walkTo(state, along, across)
    const shift = (by: number) => (): void => {
      const [ticket] = state.subjects()
      if (ticket === undefined) return
      const columns = state.columns.peek()
      const at = columns.findIndex(({ status }) => status.name === ticket.status)
      const to = columns[at + by]?.status.name
      if (to !== undefined) moveTo(ticket, to)
      else state.told.value = by < 0 ? words.board.first(ticket.number) : words.board.last(ticket.number)
    }
    return {
      ArrowDown: walk(1, 0),
      ArrowUp: walk(-1, 0),
      ArrowRight: walk(0, 1),
      ArrowLeft: walk(0, -1),
      J: walk(1, 0),
      K: walk(-1, 0),
      Home: walk(-Infinity, 0),
      End: walk(Infinity, 0),
      'Shift+ArrowRight': shift(1),
      'Shift+ArrowLeft': shift(-1),
      S() {
        const [ticket] = state.subjects()
        const anchor = document.querySelector('.card.is-cursor a')
        if (ticket !== undefined && anchor !== null && isStaff.peek()) pickColumn(anchor, ticket)
      },
      Enter() {
        const [ticket] = state.subjects()
        if (ticket !== undefined) go(ticketOf(ticket.number))
      },
      '/': focusFind,
      '.': () => state.refresh(),
    }
  }
  const problem = state.problem.value
  const wrong = wrongOf(problem)
  const news = state.dragged.value === undefined ? state.news.value : 0
  const columns = state.columns.value
  const wide = columns.filter((column) => !state.isShut(column)).length
  return (
    <>
      <ListBar route={route} total={state.total.value} isExact />
      <div class="findrow">
        <Find text={route.q.trim()} wrong={wrong} onSearch={(text) => go({ ...route, q: text === '' ? ' ' : text })} />
      </div>
      {problem !== undefined ? (
        wrong === undefined && (
          <div class="blank" role="alert">
            <h2>{words.common.notLoaded}</h2>
            <p>{sentenceOf(problem)}</p>
            <p>
              <button type="button" class="btn" onClick={() => state.refresh()}>
                {words.common.tryAgain}
              </button>
            </p>
          </div>
        )
      ) : (
        <div class="boardwrap">
          {news > 0 && (
            <button type="button" class="hint" onClick={() => state.refresh()}>
              {words.board.news(news)} <kbd class="wide-only">.</kbd>
            </button>
          )}
          <div
            class="board"
            role="group"
            aria-label={words.board.name}
            aria-describedby="board-keys"
            style={{
              gridTemplateColumns: `repeat(${wide}, minmax(14.5rem, 22rem)) repeat(${columns.length - wide}, 2.75rem)`,
            }}
          >
            {inOrder(state, columns).map((column) => (
              <ColumnOf
                key={column.status.name}
                state={state}
                column={column}
                sort={route.sort}
                pickColumn={pickColumn}
              />
            ))}
          </div>
          <p class="sr" id="board-keys">
            {words.board.keys}
          </p>
          <p class="sr" role="status">
            {state.told.value}
          </p>
        </div>
      )}
    </>
  )
}

/** What is folded away stands at the end. */
function inOrder(state: BoardState, columns: readonly Column[]): readonly Column[] {
  return columns.toSorted((a, b) => Number(state.isShut(a)) - Number(state.isShut(b)))
}

function ticketIn(state: BoardState, data: Readonly<Record<string | symbol, unknown>>): Ticket | undefined {
  const { number } = data
  return typeof number === 'number' ? state.ticketOf(number) : undefined
}

/** Brings the cursor to a card, along its column or across to the next that has any. */
function walkTo(state: BoardState, along: number, across: number): void {
  const columns = inOrder(state, state.columns.peek()).filter((column) => !state.isShut(column))
  const cards = columns.map((column) => state.cardsOf(column).filter((ticket) => ticket !== undefined))
  const number = state.cursor.peek()
  const x = cards.findIndex((tickets) => tickets.some((ticket) => ticket.number === number))
  if (x === -1) {
    const first = cards.find((tickets) => tickets.length > 0)?.[0]
    if (first !== undefined) focusCard(state, first.number)
    return
  }
  const y = cards[x]?.findIndex((ticket) => ticket.number === number) ?? 0
  const beside = across < 0 ? cards.slice(0, x).toReversed() : cards.slice(x + 1)
  const next = across === 0 ? undefined : beside.find((tickets) => tickets.length > 0)
  const column = next ?? cards[x] ?? []
  const row = Math.min(column.length - 1, Math.max(0, y + along))
  const ticket = column[row]
  if (ticket !== undefined) focusCard(state, ticket.number)
}

/** The cursor is there at once, for the next key; the focus follows as soon as it is drawn, before that key. */
function focusCard(state: BoardState, number: number): void {
  state.cursor.value = number
  queueMicrotask(() => {
    const link = document.querySelector<HTMLElement>(`.card[data-number="${number}"] .card__title`)
    link?.focus({ preventScroll: true })
    link?.closest('.card')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  })
}
