/** Menus for what only one ticket has: a requester, watchers, who sees it, the values of its fields; and what a requester may do. */
import type { CustomField, Ticket } from '../../../src/client/client.js'
import { StatusMark } from '../../parts/marks.js'
import { showMenu } from '../../parts/menu.js'
import { forNobody, statusEdit, userItems } from '../../parts/pickers.js'
import { carryOut } from '../../state/changes.js'
import { statuses } from '../../state/names.js'
import { words } from '../../words/words.js'
import { setWatchers } from './acts.js'
import type { TicketState } from './ticket-state.js'

/** Gives a field a value, or empties it by null. Whether it was done. */
export function setField(
  state: TicketState,
  ticket: Ticket,
  name: string,
  value: string | number | boolean | null,
): Promise<boolean> {
  const { [name]: _before, ...others } = ticket.fields
  const fields = value === null ? others : { ...others, [name]: value }
  return carryOut(
    [ticket],
    {
      change: { fields: { [name]: value } },
      apply: (one) => ({ ...one, fields }),
      what: words.ticket.did.field(ticket.number, name),
    },
    state.replace,
  )
}

export function pickChoice(
  anchor: Element,
  state: TicketState,
  ticket: Ticket,
  { name, choices, type }: CustomField,
): void {
  const { yes, no } = words.ticket.told
  const items =
    type === 'yes/no'
      ? [
          { value: 'true', name: yes },
          { value: 'false', name: no },
        ]
      : (choices ?? []).map((choice) => ({ value: choice, name: choice }))
  const now = ticket.fields[name]
  showMenu({
    anchor,
    label: name,
    items: [...items, { value: '', name: words.common.none }],
    chosen: [now === undefined ? '' : String(now)],
    onTake([value]) {
      if (value === undefined) return
      void setField(state, ticket, name, value === '' ? null : type === 'yes/no' ? value === 'true' : value)
    },
  })
}

export function pickRequester(anchor: Element, state: TicketState, ticket: Ticket): void {
  showMenu({
    anchor,
    label: words.ticket.requesterProp,
    items: [...userItems(), { value: '', name: words.common.nobody }],
    ...forNobody(),
    chosen: [ticket.requester ?? ''],
    onTake([value]) {
      if (value === undefined) return
      const requester = value === '' ? null : value
      const what = words.ticket.did.requester(ticket.number, requester)
      void carryOut([ticket], { change: { requester }, apply: (one) => ({ ...one, requester }), what }, state.replace)
    },
  })
}

export function pickWatchers(anchor: Element, state: TicketState): void {
  const before = state.watchers.peek().map(({ user }) => user)
  showMenu({
    anchor,
    label: words.ticket.watchers,
    items: userItems(),
    ...forNobody(),
    chosen: before,
    isMultiple: true,
    onTake: (after) =>
      void setWatchers(
        state,
        after.filter((user) => !before.includes(user)),
        before.filter((user) => !after.includes(user)),
      ),
  })
}

export function pickSeenBy(anchor: Element, state: TicketState, ticket: Ticket): void {
  showMenu({
    anchor,
    label: words.ticket.seenBy,
    items: [
      { value: 'all', name: words.ticket.everyone },
      { value: 'team', name: words.ticket.team },
    ],
    chosen: [ticket.internal ? 'team' : 'all'],
    onTake([value]) {
      const internal = value === 'team'
      if (internal === ticket.internal) return
      const what = words.ticket.did.internal(ticket.number, internal)
      void carryOut([ticket], { change: { internal }, apply: (one) => ({ ...one, internal }), what }, state.replace)
    },
  })
}

/** What a requester may do: close it, and open it again. */
export function pickOwnStatus(anchor: Element, state: TicketState, ticket: Ticket): void {
  const from = statuses.peek().find(({ name }) => name === ticket.status)
  const found = statuses.peek().filter(({ name, category, archived }) => {
    const isOwn = category === 'done' || (ticket.category === 'done' && category === 'new')
    return (
      !archived &&
      isOwn &&
      (from === undefined || from.moves === null || name === from.name || from.moves.includes(name))
    )
  })
  showMenu({
    anchor,
    label: words.list.status,
    items: found.map(({ name, category }) => ({
      value: name,
      name,
      mark: <StatusMark name={name} category={category} />,
    })),
    chosen: [ticket.status],
    onTake: ([status]) => status !== undefined && void carryOut([ticket], statusEdit([ticket], status), state.replace),
  })
}
