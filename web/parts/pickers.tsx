/** Menus that choose what a ticket's properties are to be: the same for one ticket and for many, in the list, on the board, on a ticket. */
import type { Ticket } from '../../src/client/client.js'
import { go } from '../state/address.js'
import { closeDialog } from '../state/dialogs.js'
import { may, myHandle } from '../state/identity.js'
import { labels, queues, statuses, users } from '../state/names.js'
import { carryOut, type Edit, type Show } from '../state/changes.js'
import { makeLabels } from '../state/new-labels.js'
import { noteFailed } from '../state/undo.js'
import { words } from '../words/words.js'
import { dayOf, dueItems, dueText } from './due-menu.js'
import { Icon } from './icon.js'
import { LabelMark, PersonMark, PriorityMark, StatusMark, type Priority } from './marks.js'
import { showMenu, type MenuItem, type MenuOptions } from './menu.js'

export const priorities: readonly Priority[] = ['urgent', 'high', 'normal', 'low']

/** What a change is called: `412`, or `3 tickets`. */
const whichOf = (tickets: readonly Ticket[]): string => {
  const [only] = tickets
  return tickets.length === 1 && only !== undefined
    ? words.common.ticketNumber(only.number)
    : words.list.tickets(tickets.length)
}

/** The value that all of them have; nothing where they differ. */
function common<Value>(tickets: readonly Ticket[], of: (ticket: Ticket) => Value): readonly Value[] {
  const [first, ...rest] = tickets
  if (first === undefined) return []
  const value = of(first)
  return rest.every((ticket) => of(ticket) === value) ? [value] : []
}

/** Names that all of them have. */
function shared(tickets: readonly Ticket[], of: (ticket: Ticket) => readonly string[]): readonly string[] {
  const [first, ...rest] = tickets
  return first === undefined ? [] : of(first).filter((name) => rest.every((ticket) => of(ticket).includes(name)))
}

export function statusEdit(tickets: readonly Ticket[], status: string): Edit {
  const category = statuses.peek().find(({ name }) => name === status)?.category
  return {
    change: { status },
    apply: (ticket) => ({ ...ticket, status, category: category ?? ticket.category }),
    what: words.list.did.status(whichOf(tickets), status),
  }
}

export function priorityEdit(tickets: readonly Ticket[], priority: Priority): Edit {
  return {
    change: { priority },
    apply: (ticket) => ({ ...ticket, priority }),
    what: words.list.did.priority(whichOf(tickets), words.common.priority[priority]),
  }
}

export function queueEdit(tickets: readonly Ticket[], queue: string): Edit {
  return {
    change: { queue },
    apply: (ticket) => ({ ...ticket, queue }),
    what: words.list.did.queue(whichOf(tickets), queue),
  }
}

export function dueEdit(tickets: readonly Ticket[], due: string | null): Edit {
  return { change: { due }, apply: (ticket) => ({ ...ticket, due }), what: words.list.did.due(whichOf(tickets), due) }
}

/** Adds and removes names, so that what others add meanwhile stays. */
export function setEdit(
  tickets: readonly Ticket[],
  member: 'labels' | 'assignees',
  before: readonly string[],
  after: readonly string[],
): Edit {
  const add = after.filter((name) => !before.includes(name))
  const remove = before.filter((name) => !after.includes(name))
  return {
    change: { [member]: { add, remove } },
    apply: (ticket) => ({
      ...ticket,
      [member]: [...ticket[member].filter((name) => !remove.includes(name) && !add.includes(name)), ...add],
    }),
    what: words.list.did[member](whichOf(tickets), add, remove),
  }
}

/** The statuses that all of them may go to. */
export const statusItems = (tickets: readonly Ticket[]): readonly MenuItem[] => {
  const froms = tickets.map(({ status }) => statuses.peek().find(({ name }) => name === status))
  const mayMove = (to: string): boolean =>
    froms.every((from) => from === undefined || from.moves === null || from.name === to || from.moves.includes(to))
  return statuses
    .peek()
    .filter(({ name, archived }) => !archived && mayMove(name))
    .map(({ name, category }) => ({
      value: name,
      name,
      mark: <StatusMark name={name} category={category} />,
      head: words.common.category[category],
    }))
}

export function pickStatus(anchor: Element, tickets: readonly Ticket[], show: Show): void {
  showMenu({
    anchor,
    label: words.list.status,
    items: statusItems(tickets),
    chosen: common(tickets, ({ status }) => status),
    onTake: ([status]) => status !== undefined && void carryOut(tickets, statusEdit(tickets, status), show),
  })
}

/** Priorities as items of a menu, the most urgent first. */
export function priorityItems(): readonly MenuItem[] {
  return priorities.map((value) => ({
    value,
    name: words.common.priority[value],
    mark: <PriorityMark priority={value} />,
  }))
}

export function pickPriority(anchor: Element, tickets: readonly Ticket[], show: Show): void {
  showMenu({
    anchor,
    label: words.list.priority,
    items: priorityItems(),
    chosen: common(tickets, ({ priority }) => priority),
    onTake([value]) {
      const priority = priorities.find((one) => one === value)
      if (priority !== undefined) void carryOut(tickets, priorityEdit(tickets, priority), show)
    },
  })
}

export function pickQueue(anchor: Element, tickets: readonly Ticket[], show: Show): void {
  showMenu({
    anchor,
    label: words.list.queue,
    items: queues
      .peek()
      .filter(({ archived }) => !archived)
      .map(({ name }) => ({ value: name, name })),
    chosen: common(tickets, ({ queue }) => queue),
    onTake: ([queue]) => queue !== undefined && void carryOut(tickets, queueEdit(tickets, queue), show),
  })
}

/** Users as items of a menu, oneself first. */
export function userItems(): readonly MenuItem[] {
  const mine = myHandle.peek()
  return users
    .peek()
    .filter(({ active }) => active)
    .map(({ handle, name }) => ({
      value: handle,
      name: name === null ? handle : `${handle} · ${name}`,
      mark: <PersonMark handle={handle} />,
    }))
    .toSorted((a, b) => Number(b.value === mine) - Number(a.value === mine))
}

/** What a menu of people says where it finds nobody: where people are made, or who makes them. */
export const forNobody = (): Pick<MenuOptions, 'none' | 'more'> => ({
  none: words.list.nobodyFound,
  ...(may('user.change') && {
    more: {
      value: 'people',
      name: words.list.makePeople,
      mark: <Icon name="users" />,
      do() {
        closeDialog()
        go({ view: 'settings', part: 'users' })
      },
    },
  }),
})

/** A label as an item of a menu. */
export const labelItem = (name: string): MenuItem => ({ value: name, name, mark: <LabelMark name={name} /> })

/** What a menu of labels says where it finds none: the one that is typed can be made. */
export const forNoLabel = (): Pick<MenuOptions, 'none' | 'makeNew' | 'newItem' | 'reserved'> => {
  const all = labels.peek()
  const reserved = all
    .filter(({ archived }) => archived)
    .map(({ name }) => [name, words.list.archivedLabel(name)] as const)
  return {
    reserved,
    ...(may('label.change') && {
      ...(all.length === 0 && { none: words.list.noLabels }),
      makeNew: words.list.makeLabel,
      newItem: labelItem,
    }),
  }
}

export function pickAssignees(anchor: Element, tickets: readonly Ticket[], show: Show): void {
  const before = shared(tickets, ({ assignees }) => assignees)
  showMenu({
    anchor,
    label: words.list.assignees,
    items: userItems(),
    ...forNobody(),
    chosen: before,
    isMultiple: true,
    onTake: (after) => void carryOut(tickets, setEdit(tickets, 'assignees', before, after), show),
  })
}

export function pickLabels(anchor: Element, tickets: readonly Ticket[], show: Show): void {
  const before = shared(tickets, (ticket) => ticket.labels)
  showMenu({
    anchor,
    label: words.list.labels,
    items: labels
      .peek()
      .filter(({ archived, name }) => !archived || before.includes(name))
      .map(({ name }) => labelItem(name)),
    ...forNoLabel(),
    chosen: before,
    isMultiple: true,
    onTake: (after) => void putLabels(tickets, before, after, show),
  })
}

async function putLabels(
  tickets: readonly Ticket[],
  before: readonly string[],
  chosen: readonly string[],
  show: Show,
): Promise<void> {
  const failed = await makeLabels(chosen)
  for (const error of failed.values()) noteFailed(error)
  const after = chosen.filter((name) => !failed.has(name))
  // What could not be made was said, and may have been all.
  if (after.length === before.length && after.every((name) => before.includes(name))) return
  await carryOut(tickets, setEdit(tickets, 'labels', before, after), show)
}

/** Assigns oneself, or no longer where all of them have one. */
export function toggleMe(tickets: readonly Ticket[], show: Show): void {
  const mine = myHandle.peek()
  if (mine === null) return
  const isMine = tickets.every(({ assignees }) => assignees.includes(mine))
  void carryOut(tickets, setEdit(tickets, 'assignees', isMine ? [mine] : [], isMine ? [] : [mine]), show)
}

/** Days that are near, and any other that is written as people write it. */
export function pickDue(anchor: Element, tickets: readonly Ticket[], show: Show): void {
  const { near, none } = dueItems()
  const take = (due: string | null): void => void carryOut(tickets, dueEdit(tickets, due), show)
  showMenu({
    anchor,
    label: words.list.dueMenu,
    items: [...near, none],
    chosen: common(tickets, ({ due }) => due ?? ''),
    makeNew(text) {
      const day = dayOf(text)
      return day === undefined ? undefined : words.list.dueOther(dueText(day))
    },
    onTake([due]) {
      const day = due === undefined ? undefined : dayOf(due)
      if (due === '') take(null)
      else if (day !== undefined) take(day)
    },
  })
}
