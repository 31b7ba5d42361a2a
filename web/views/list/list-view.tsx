/** The list: a search and its tickets, walked by keys, changed where they stand, one or many as one. */
import { useLayoutEffect, useRef } from 'preact/hooks'
import { DeskError, type Ticket } from '../../../src/client/client.js'
import { IconButton, To } from '../../parts/clickable.js'
import { Find, focusFind, type Wrong } from '../../parts/find.js'
import { Icon } from '../../parts/icon.js'
import { lazily } from '../../parts/lazily.js'
import { PriorityMark, StatusMark, People } from '../../parts/marks.js'
import { showMenu } from '../../parts/menu.js'
import { Virtual, type VirtualHandle } from '../../parts/virtual.js'
import { entry, go, groupings, OPEN, sortOf, ticketOf, type Grouping, type Route } from '../../state/address.js'
import { actingAs, sentenceOf } from '../../state/desk.js'
import { dialog, newTicket } from '../../state/dialogs.js'
import { digits } from '../../state/ticket-list.js'
import { isFirstRun } from '../../state/first-run.js'
import { isStaff } from '../../state/identity.js'
import { addKeys } from '../../state/keyboard.js'
import { words } from '../../words/words.js'
import { Acts, actKeys } from './acts.js'
import { EmptyList } from './empty-list.js'
import { titleOf } from './titles.js'
import { listStateOf, type ListState } from './list-state.js'
import type { Section } from './rows.js'
import { SaveView } from './save-view.js'
import { TicketRow } from './ticket-row.js'

type ListRoute = Extract<Route, { view: 'list' | 'board' }>

/** On a desk without tickets; loaded only there. */
const Welcome = lazily(() => import('../welcome/welcome.js').then(({ Welcome: shown }) => shown))

export function ListView({ route }: { route: ListRoute }) {
  const { q, sort, group } = route
  if (isFirstRun.value && q === OPEN) return <Welcome />
  const state = listStateOf(entry.value, { q, sort, group })
  return <List key={JSON.stringify([q, sort, group, entry.value, actingAs.value])} route={route} state={state} />
}

function List({ route, state }: { route: ListRoute; state: ListState }) {
  const { rows, cursor, picked } = state
  const virtual = useRef<VirtualHandle>(null)
  const moveTo = (row: number): void => {
    state.putCursor(row)
    virtual.current?.reveal(row)
    focusRow(row)
  }
  /** Once it is drawn, and not with a later frame: by then the next key may have opened something that has the focus. */
  const focusRow = (row: number): void =>
    queueMicrotask(() => {
      const link = document.querySelector<HTMLElement>(`.row[aria-posinset="${row + 1}"] .row__title`)
      link?.focus({ preventScroll: true })
    })
  const show = (ticket: Ticket): void => state.replace(ticket)
  // What happens from the frame on that shows it is heard.
  useLayoutEffect(() => state.show(), [state])
  // Rows come and go above the cursor: it is not lost out of sight, and the focus stays with it.
  useLayoutEffect(
    () =>
      state.onFollow((from) => {
        const hadFocus = isOnRow(document.activeElement)
        const wasInSight = virtual.current?.isInSight(from) === true
        requestAnimationFrame(() => {
          if (wasInSight) virtual.current?.reveal(cursor.peek())
          if (!hadFocus) return
          requestAnimationFrame(() => {
            const { activeElement } = document
            if (activeElement === document.body || isOnRow(activeElement)) focusRow(cursor.peek())
          })
        })
      }),
    [state],
  )
  useLayoutEffect(
    () =>
      addKeys({
        J: () => moveTo(state.step(cursor.peek(), 1)),
        K: () => moveTo(state.step(cursor.peek(), -1)),
        ArrowDown: () => moveTo(state.step(cursor.peek(), 1)),
        ArrowUp: () => moveTo(state.step(cursor.peek(), -1)),
        Home: () => moveTo(state.step(-1, 1)),
        End: () => moveTo(state.step(rows.count.peek(), -1)),
        PageDown: () => moveTo(state.step(Math.min(cursor.peek() + 15, rows.count.peek() - 1) - 1, 1)),
        PageUp: () => moveTo(state.step(Math.max(cursor.peek() - 15, 0) - 1, 1)),
        Enter: () => {
          const ticket = state.ticketAt(cursor.peek())
          if (ticket !== undefined) go(ticketOf(ticket.number))
        },
        X: () => {
          const ticket = state.ticketAt(cursor.peek())
          if (ticket !== undefined) state.pick(ticket.number, false)
        },
        'Shift+J': () => extend(1),
        'Shift+K': () => extend(-1),
        'Shift+ArrowDown': () => extend(1),
        'Shift+ArrowUp': () => extend(-1),
        Escape: () => state.pickNone(),
        '/': focusFind,
        '.': () => showFresh(),
        ...actKeys(state, show),
      }),
    [state],
  )
  const extend = (by: number): void => {
    const here = state.ticketAt(cursor.peek())
    if (here !== undefined && !picked.peek().has(here.number)) state.pick(here.number, false)
    const next = state.step(cursor.peek(), by)
    const ticket = state.ticketAt(next)
    if (next !== cursor.peek() && ticket !== undefined && !picked.peek().has(ticket.number))
      state.pick(ticket.number, false)
    moveTo(next)
  }
  const showFresh = (): void => {
    rows.refresh()
    virtual.current?.moveTo(0)
    state.putCursorFirst()
  }
  // A group's head can not be chosen: the cursor is at its first ticket.
  useLayoutEffect(() => {
    if (rows.at(cursor.peek())?.kind === 'head') state.putCursor(state.step(cursor.peek(), 1))
  }, [rows.count.value])
  // Back to the row that one came from.
  useLayoutEffect(() => {
    if (state.position > 0) virtual.current?.moveTo(state.position)
    if (state.position > 0 || cursor.peek() > 0) focusRow(cursor.peek())
    return () => {
      state.position = virtual.current?.position() ?? 0
    }
  }, [])
  const search = (text: string): void => go({ ...route, q: text === '' ? ' ' : text })
  const problem = rows.problem.value
  const total = rows.total.value
  const { revision, fresh } = rows
  void revision.value
  const picking = picked.value
  return (
    <>
      <ListBar route={route} total={total} isExact={rows.isExact} />
      <div class="findrow">
        <Find text={route.q.trim()} wrong={wrongOf(problem)} onSearch={search} />
      </div>
      {problem !== undefined && wrongOf(problem) === undefined ? (
        <div class="blank" role="alert">
          <h2>{words.common.notLoaded}</h2>
          <p>{sentenceOf(problem)}</p>
          <p>
            <button type="button" class="btn" onClick={() => rows.refresh()}>
              {words.common.tryAgain}
            </button>
          </p>
        </div>
      ) : total === 0 ? (
        <EmptyList q={route.q} />
      ) : (
        <div
          class={`listwrap${picking.size > 0 ? ' is-picking' : ''}`}
          style={{ '--w-num': `${Math.max(2.125, digits.value * 0.5625)}rem` }}
        >
          {fresh.value > 0 && (
            <button type="button" class="hint" onClick={showFresh}>
              {words.list.newAbove(fresh.value)} <kbd class="wide-only">.</kbd>
            </button>
          )}
          <Virtual
            count={rows.count.value}
            label={titleOf(route.q)}
            handle={virtual}
            onRange={(from, to) => rows.want(from, to)}
            row={(index, top, isLean) => {
              const row = rows.at(index)
              if (row === undefined) return null
              if (row.kind === 'head')
                return <GroupHead key={`head ${row.section.name}`} section={row.section} route={route} top={top} />
              const ticket = row.section.list.at(row.at)
              // One that has moved may stand in two places until both are read anew.
              const isThere = ticket !== undefined && row.section.list.rowOf(ticket.number) === row.at
              return (
                <TicketRow
                  key={isThere ? `${row.section.name ?? ''} ${ticket.number}` : `row ${index}`}
                  ticket={ticket}
                  top={top}
                  isLean={isLean}
                  place={index}
                  count={rows.count.value}
                  isCursor={cursor.value === index}
                  isPicked={ticket !== undefined && picking.has(ticket.number)}
                  note={ticket === undefined ? undefined : state.notes.value.get(ticket.number)}
                  onPick={state.pick}
                  onFocus={state.putCursor}
                />
              )
            }}
          />
          {picking.size > 0 && isStaff.value && <Acts state={state} show={show} />}
        </div>
      )}
    </>
  )
}

export function ListBar({ route, total, isExact }: { route: ListRoute; total: number | undefined; isExact: boolean }) {
  const pickGroup = (anchor: Element): void =>
    showMenu({
      anchor,
      label: words.list.group,
      items: [
        { value: '', name: words.list.noGroup },
        ...groupings.map((value) => ({ value, name: words.list.groupBy[value] })),
      ],
      chosen: [route.group ?? ''],
      onTake: ([value]) => go({ ...route, group: groupings.find((one) => one === value) ?? null }),
    })
  const [by = 'number', direction = 'desc'] = (route.sort ?? 'number').split('-')
  const sorts = words.list.sorts
  const name = Object.entries(sorts).find(([word]) => word === by)?.[1] ?? by
  const pickSort = (anchor: Element): void =>
    showMenu({
      anchor,
      label: words.list.sort,
      items: [
        ...Object.entries(sorts).map(([value, sortName]) => ({ value, name: sortName })),
        { value: '-asc', name: words.list.ascending, head: '' },
      ],
      chosen: direction === 'asc' ? [by, '-asc'] : [by],
      onTake([value = by]) {
        const sort = value === '-asc' ? (direction === 'asc' ? by : `${by}-asc`) : value
        go({ ...route, sort: sort === 'number' ? null : sortOf(sort) })
      },
    })
  return (
    <header class="bar">
      <IconButton icon="menu" label={words.frame.goTo} class="narrow-only" onClick={() => (dialog.value = 'palette')} />
      <h1>{titleOf(route.q)}</h1>
      <span class="bar__n">{total === undefined ? '' : words.list.count(total, isExact)}</span>
      <div class="bar__end">
        {route.view === 'list' && (
          <button
            type="button"
            class="btn btn--quiet"
            aria-haspopup="listbox"
            onClick={({ currentTarget }) => pickGroup(currentTarget)}
          >
            <Icon name="group" />
            <span class="wide-only">{route.group === null ? words.list.group : words.list.groupBy[route.group]}</span>
            <span class="sr narrow-only">{words.list.group}</span>
          </button>
        )}
        <button
          type="button"
          class="btn btn--quiet"
          aria-haspopup="listbox"
          onClick={({ currentTarget }) => pickSort(currentTarget)}
        >
          <Icon name="sort" />
          <span class="wide-only">{name}</span>
          <span class="sr narrow-only">{words.list.sort}</span>
        </button>
        <SaveView route={route} />
        <nav class="seg wide-only" aria-label={words.list.showAs}>
          <To to={{ ...route, view: 'list' }} isHere={route.view === 'list'}>
            <Icon name="list" />
            {words.list.asList}
          </To>
          <To to={{ ...route, view: 'board' }} isHere={route.view === 'board'}>
            <Icon name="board" />
            {words.list.asBoard}
          </To>
        </nav>
        <button type="button" class="btn btn--primary wide-only" onClick={newTicket}>
          {words.frame.newTicket} <kbd>C</kbd>
        </button>
        <IconButton icon="plus" label={words.frame.newTicket} class="btn--primary narrow-only" onClick={newTicket} />
      </div>
    </header>
  )
}

const isOnRow = (element: Element | null): boolean => element?.matches('.row__title') === true

function GroupHead({ section, route, top }: { section: Section; route: ListRoute; top: number }) {
  const { name, list } = section
  const group = route.group ?? 'status'
  return (
    <div class="group" role="listitem" style={{ top: `${top}px` }}>
      <GroupMark group={group} name={name ?? null} />
      <h2>
        <bdi>{group === 'priority' ? priorityWord(name) : (name ?? words.common.nobody)}</bdi>
      </h2>
      <span class="group__n">{list.total.value === undefined ? '' : words.common.number(list.total.value)}</span>
    </div>
  )
}

function priorityWord(name: string | null | undefined): string {
  const all: Readonly<Record<string, string>> = words.common.priority
  return all[name ?? ''] ?? ''
}

function GroupMark({ group, name }: { group: Grouping; name: string | null }) {
  switch (group) {
    case 'status':
      return <StatusMark name={name ?? ''} />
    case 'priority':
      return <PriorityMark priority={name === 'urgent' || name === 'high' || name === 'low' ? name : 'normal'} />
    case 'assignee':
      return <People handles={name === null ? [] : [name]} />
    case 'queue':
      return <Icon name="queue" />
    default:
      return group satisfies never
  }
}

/** What is wrong with the search, where that is why nothing is shown. */
export function wrongOf(problem: unknown): Wrong | undefined {
  if (!(problem instanceof DeskError) || problem.code !== 'invalid_search') return undefined
  const [fault] = problem.errors
  const { position, length } = fault !== undefined && 'parameter' in fault ? fault : {}
  return {
    place: position === undefined ? undefined : { position, length: length ?? 1 },
    sentence: sentenceOf(problem),
  }
}
