/** What can be done with an entry of a history: erase a text of it, undo it. Beside it as icons; on a narrow screen a menu, that leaves it the width. */
import type { HistoryEntry } from '../../../src/client/client.js'
import { IconButton } from '../../parts/clickable.js'
import { Icon } from '../../parts/icon.js'
import { showMenu } from '../../parts/menu.js'
import { words } from '../../words/words.js'
import { erasablesOf, type Erasable } from './erasable.js'
import { askToErase, mayErase } from './erase.js'
import type { TicketState } from './ticket-state.js'

/** What an admin of the desk can take back, by its type. */
const undoable = new Set([
  'ticket.changed',
  'link.created',
  'link.deleted',
  'comment.changed',
  'comment.deleted',
  'comment.restored',
  'watcher.created',
  'watcher.deleted',
])

interface EntryActsProps {
  readonly state: TicketState
  readonly entry: HistoryEntry
  readonly onUndo: () => void
}

export function EntryActs({ state, entry, onUndo }: EntryActsProps) {
  const { index } = entry
  const mayUndo = state.isMine.value && undoable.has(entry.type) && entry.redacted !== true
  const erasables = mayErase() ? erasablesIn(state, entry) : []
  if (!mayUndo && erasables.length === 0) return null
  const choose = (anchor: Element): void =>
    showMenu({
      anchor,
      label: words.ticket.entryActions(index),
      items: [
        ...(mayUndo ? [{ value: '', name: words.ticket.undoEntry, mark: <Icon name="undo" /> }] : []),
        ...erasables.map(({ what }) => ({
          value: what,
          name: words.ticket.erase.ask(what),
          mark: <Icon name="cut" />,
        })),
      ],
      onTake([taken]) {
        if (taken === '') onUndo()
        else state.erasing.value = erasables.find(({ what }) => what === taken)
      },
    })
  return (
    <>
      <IconButton
        icon="more"
        label={words.ticket.entryActions(index)}
        class="btn--quiet btn--xs ev__more-acts narrow-only"
        hasMenu
        onClick={({ currentTarget }) => currentTarget instanceof Element && choose(currentTarget)}
      />
      {erasables.length > 0 && (
        <IconButton
          icon="cut"
          label={words.ticket.erase.of(index)}
          class="btn--quiet btn--xs ev__undo wide-only"
          hasMenu={erasables.length > 1}
          onClick={({ currentTarget }) =>
            currentTarget instanceof Element && askToErase(state, currentTarget, erasables)
          }
        />
      )}
      {mayUndo && (
        <IconButton
          icon="undo"
          label={words.ticket.undoOf(index)}
          class="btn--quiet btn--xs ev__undo wide-only"
          onClick={onUndo}
        />
      )}
    </>
  )
}

function erasablesIn({ talk, ticket }: TicketState, entry: HistoryEntry): readonly Erasable[] {
  const now = talk.hasLater.value ? undefined : ticket.value
  return erasablesOf(entry, { entries: talk.entries.value, now, comments: talk.comments.value })
}
