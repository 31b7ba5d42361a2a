/** What the palette offers for what is written: places, actions, tickets, people, keys. */
import type { ComponentChildren } from 'preact'
import type { Ticket } from '../../../src/client/client.js'
import { Icon } from '../../parts/icon.js'
import { PersonMark, StatusMark } from '../../parts/marks.js'
import { ItemMark, narrow } from '../../parts/menu.js'
import { quoted } from '../../parts/terms.js'
import { go, listOf, OPEN, settingsParts, sortOf, ticketOf } from '../../state/address.js'
import { access } from '../../state/desk.js'
import { newTicket, dialog } from '../../state/dialogs.js'
import { isStaff, maySeeKeys, myHandle, signOut } from '../../state/identity.js'
import { queues, users, views } from '../../state/names.js'
import { density, theme } from '../../state/preferences.js'
import { lastDone, noteFailed, undoLast } from '../../state/undo.js'
import { words } from '../../words/words.js'
import { BIN, standing } from '../list/titles.js'

export interface Entry {
  readonly id: string
  readonly head: string
  readonly name: string
  readonly mark: ComponentChildren
  readonly end?: ComponentChildren
  readonly run: () => void
}

const PEOPLE_MAX = 6
const PLACES_MAX = 10

function places(): readonly Entry[] {
  const head = words.palette.goTo
  const to = (id: string, name: string, mark: ComponentChildren, run: () => void, end?: ComponentChildren): Entry => ({
    id,
    head,
    name,
    mark,
    end,
    run,
  })
  return [
    ...standing
      .filter(({ isMine, isForStaff }) => (!isMine || myHandle.peek() !== null) && (!isForStaff || isStaff.peek()))
      .map(({ q, name, icon }) => to(q, name, <Icon name={icon} />, () => go(listOf(q)))),
    to('board', words.frame.board, <Icon name="board" />, () =>
      go({ view: 'board', q: OPEN, sort: null, group: null }),
    ),
    to('dashboard', words.frame.dashboard, <Icon name="chart" />, () => go({ view: 'dashboard' })),
    ...(maySeeKeys.peek()
      ? [to('keys', words.frame.keyTree, <Icon name="tree" />, () => go({ view: 'keys', key: '/' }))]
      : []),
    ...(isStaff.peek() ? [to('bin', words.frame.bin, <Icon name="trash" />, () => go(listOf(BIN)))] : []),
    ...settingsParts.map((part) =>
      to(`settings ${part}`, `${words.frame.settings}: ${part}`, <Icon name="sliders" />, () =>
        go({ view: 'settings', part }),
      ),
    ),
    ...views
      .peek()
      .map(({ id, name, query, sort }) =>
        to(`view ${id}`, name, <Icon name="list" />, () => go({ ...listOf(query), sort: sortOf(sort) })),
      ),
    ...queues
      .peek()
      .map(({ name }) =>
        to(`queue ${name}`, name, <Icon name="queue" />, () => go(listOf(`is:open queue:${quoted(name)}`))),
      ),
  ]
}

function actions(): readonly Entry[] {
  const head = words.palette.act
  const last = lastDone.peek()
  const key = (text: string): ComponentChildren => <kbd>{text}</kbd>
  return [
    { id: 'new', head, name: words.frame.newTicket, mark: <Icon name="plus" />, end: key('C'), run: newTicket },
    ...(last === undefined
      ? []
      : [
          {
            id: 'undo',
            head,
            name: words.line.undo(last.what),
            mark: <Icon name="undo" />,
            end: key('Z'),
            run: () => void undoLast(),
          },
        ]),
    {
      id: 'help',
      head,
      name: words.frame.shortcuts,
      mark: <Icon name="help" />,
      end: key('?'),
      run: () => (dialog.value = 'shortcuts'),
    },
    ...(['light', 'dark', 'system'] as const)
      .filter((one) => one !== theme.peek())
      .map((one) => ({
        id: one,
        head,
        name: words.palette.theme[one],
        mark: <Icon name="sliders" />,
        run: () => (theme.value = one),
      })),
    {
      id: 'density',
      head,
      name: density.peek() === 'compact' ? words.palette.roomy : words.palette.compact,
      mark: <Icon name="sliders" />,
      run: () => (density.value = density.peek() === 'compact' ? 'normal' : 'compact'),
    },
    ...(access.peek() === 'closed'
      ? [
          {
            id: 'out',
            head,
            name: words.frame.signOut,
            mark: <Icon name="out" />,
            run: () => void signOut().catch(noteFailed),
          },
        ]
      : []),
  ]
}

function people(text: string): readonly Entry[] {
  const head = words.palette.people
  const all = users.peek().map(({ handle, name }) => ({ name: name === null ? handle : `${handle} · ${name}`, handle }))
  return narrow(all, text)
    .slice(0, PEOPLE_MAX)
    .map(({ handle, name }) => ({
      id: `person ${handle}`,
      head,
      name,
      mark: (
        <ItemMark>
          <PersonMark handle={handle} />
        </ItemMark>
      ),
      end: words.palette.assignedTo(handle),
      run: () => go(listOf(`is:open assignee:${quoted(handle)}`)),
    }))
}

/** Tickets that were found for it, as entries. */
export function ticketEntries(tickets: readonly Ticket[]): readonly Entry[] {
  return tickets.map(({ number, title, status, category, queue }) => ({
    id: `ticket ${number}`,
    head: words.palette.tickets,
    name: title ?? '',
    mark: (
      <>
        <StatusMark name={status} category={category} />
        <span class="num">{number}</span>
      </>
    ),
    end: queue,
    run: () => go(ticketOf(number)),
  }))
}

/** The text that tickets are searched by; undefined where it is none. */
export function searchTextOf(text: string): string | undefined {
  const asked = text.trim()
  if (asked.length < 2 || /^[#@/]/u.test(asked) || /^\d+$/u.test(asked)) return undefined
  return asked
}

/** All that a text could mean, but for tickets that are searched by it. */
export function entriesFor(text: string): readonly Entry[] {
  const asked = text.trim()
  const number = /^#?(\d{1,15})$/u.exec(asked)?.[1]
  if (number !== undefined && Number(number) > 0) {
    const name = words.palette.ticket(Number(number))
    const run = (): void => go(ticketOf(Number(number)))
    return [{ id: 'number', head: words.palette.tickets, name, mark: <Icon name="list" />, run }]
  }
  if (asked.startsWith('/')) {
    const run = (): void => go({ view: 'keys', key: asked })
    return [{ id: 'key', head: words.frame.keyTree, name: words.palette.key(asked), mark: <Icon name="file" />, run }]
  }
  if (asked.startsWith('@')) return people(asked.slice(1))
  const [found, done] = [narrow(places(), asked), narrow(actions(), asked)]
  if (asked === '') return [...done, ...found.slice(0, PLACES_MAX)]
  return [...found.slice(0, PLACES_MAX), ...done, ...people(asked).slice(0, 3)]
}

/** What is always offered for a text that is not understood otherwise. */
export function searchEntry(text: string): readonly Entry[] {
  const asked = searchTextOf(text)
  if (asked === undefined) return []
  const run = (): void => go(listOf(asked))
  return [
    { id: 'search', head: words.frame.search, name: words.palette.allWith(asked), mark: <Icon name="search" />, run },
  ]
}
