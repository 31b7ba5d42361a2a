/** The line at the bottom: the one place that says how the desk is, what somebody did last, and what of one's own can be taken back. */
import { To } from '../../parts/clickable.js'
import { Icon } from '../../parts/icon.js'
import { clockOf } from '../../parts/times.js'
import { ticketOf } from '../../state/address.js'
import { ageSeconds } from '../../state/desk.js'
import { isNotKept } from '../../state/keep.js'
import { isOutdated, lastEvent, liveness, newestIndex, tryNow } from '../../state/live.js'
import { lastDone, said, undoLast } from '../../state/undo.js'
import { words } from '../../words/words.js'

export function Line() {
  const now = liveness.value
  const isLost = now.state === 'lost'
  const age = isLost ? undefined : ageSeconds.value
  const spoken = said.value
  return (
    <footer class={`line line--${age === undefined ? (isLost || now.state === 'ended' ? 'off' : 'live') : 'stale'}`}>
      <span class="line__state" role="status">
        <span class="beat" aria-hidden="true" />
        {age === undefined ? words.line[now.state] : words.line.stale}
      </span>
      {age !== undefined && <span>{words.line.staleSince(age)}</span>}
      {isLost ? (
        <>
          <span>{words.line.lostSince(clockOf(now.since))}</span>
          <button type="button" onClick={tryNow}>
            {words.line.tryNow}
          </button>
        </>
      ) : (
        <>
          <span class="line__index" title={words.line.index}>
            {newestIndex.value}
          </span>
          <LastChange />
        </>
      )}
      <span class="line__end">
        {isOutdated.value && (
          <>
            <span role="status">{words.line.newVersion}</span>
            <button type="button" onClick={() => location.reload()}>
              {words.line.reload}
            </button>
          </>
        )}
        {isNotKept.value && <span class="line__bad">{words.line.notKept}</span>}
        <span role="status" class={spoken?.isBad === true ? 'line__bad' : ''}>
          {spoken?.ticket === undefined ? spoken?.text : <To to={ticketOf(spoken.ticket)}>{spoken.text}</To>}
        </span>
        {lastDone.value !== undefined && (
          <button type="button" class="line__undo" onClick={() => void undoLast()}>
            <Icon name="undo" />
            {words.line.undo(lastDone.value.what)} <kbd>Z</kbd>
          </button>
        )}
      </span>
    </footer>
  )
}

const verbs: Readonly<Record<string, string>> = {
  'ticket.created': words.line.created,
  'ticket.deleted': words.line.deleted,
  'ticket.restored': words.line.restored,
  'comment.created': words.line.commented,
  'link.created': words.line.linked,
}

function LastChange() {
  const event = lastEvent.value
  if (event === undefined) return null
  const who = event.actor ?? words.line.somebody
  if (event.type === 'tickets.removed') {
    return (
      <span class="line__last">
        <b>{who}</b> {words.line.tookAll}
      </span>
    )
  }
  if (event.ticket === undefined) return null
  const status = event.changes?.['status']
  const to =
    typeof status === 'object' && 'to' in status && event.type === 'ticket.changed' ? String(status.to) : undefined
  return (
    <span class="line__last">
      <b>{who}</b> {verbs[event.type] ?? words.line.changed}{' '}
      <To to={ticketOf(event.ticket)}>{words.common.ticketNumber(event.ticket)}</To>
      {to !== undefined && ` ${words.line.moved(to)}`}
    </span>
  )
}
