/** What can be done with the tickets that are selected: the same keys as for one. */
import { useRef } from 'preact/hooks'
import type { Ticket } from '../../../src/client/client.js'
import {
  pickAssignees,
  pickDue,
  pickLabels,
  pickPriority,
  pickQueue,
  pickStatus,
  toggleMe,
} from '../../parts/pickers.js'
import { deleteTickets, type Show } from '../../state/changes.js'
import { isStaff } from '../../state/identity.js'
import type { Keys } from '../../state/keyboard.js'
import { words } from '../../words/words.js'
import type { ListState } from './list-state.js'

type Picker = (anchor: Element, tickets: readonly Ticket[], show: Show) => void

const acts: readonly (readonly [key: string, name: string, pick: Picker])[] = [
  ['S', words.list.status, pickStatus],
  ['P', words.list.priority, pickPriority],
  ['A', words.list.assignees, pickAssignees],
  ['L', words.list.labels, pickLabels],
  ['Q', words.list.queue, pickQueue],
  ['D', words.list.due, pickDue],
]

/** What a list or a board says of what is to be changed. */
type Chosen = Pick<ListState, 'subjects'> & Partial<Pick<ListState, 'unpick'>>

/** Puts what is selected into the bin, or else the ticket at the cursor: what is there is selected no longer. */
async function deleteChosen(state: Chosen): Promise<void> {
  const tickets = state.subjects()
  if (await deleteTickets(tickets)) state.unpick?.(tickets)
}

/** The keys that change what is selected, or else the ticket at the cursor. */
export function actKeys(state: Chosen, show: Show): Keys {
  const on = (pick: Picker) => (): void => {
    const tickets = state.subjects()
    if (!isStaff.peek() || tickets.length === 0) return
    const place =
      document.querySelector('.acts') ?? document.querySelector(':is(.row, .card).is-cursor a') ?? document.body
    pick(place, tickets, show)
  }
  return {
    ...Object.fromEntries(acts.map(([key, , pick]) => [key, on(pick)])),
    I: () => isStaff.peek() && toggleMe(state.subjects(), show),
    Delete: () => isStaff.peek() && void deleteChosen(state),
  }
}

export function Acts({ state, show }: { state: ListState; show: Show }) {
  const bar = useRef<HTMLDivElement>(null)
  const count = state.picked.value.size
  return (
    <div class="acts" role="toolbar" aria-label={words.list.changeSelected(count)} ref={bar}>
      <span class="acts__n">{words.list.selected(count)}</span>
      {acts.map(([key, name, pick]) => (
        <button
          key={key}
          type="button"
          class="btn btn--quiet"
          aria-haspopup="listbox"
          onClick={({ currentTarget }) => pick(currentTarget, state.subjects(), show)}
        >
          {name} <kbd>{key}</kbd>
        </button>
      ))}
      <button type="button" class="btn btn--quiet" onClick={() => void deleteChosen(state)}>
        {words.common.delete}
      </button>
      <button type="button" class="btn btn--quiet" onClick={() => state.pickNone()}>
        {words.list.clear} <kbd>Esc</kbd>
      </button>
    </div>
  )
}
