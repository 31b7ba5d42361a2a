/** What stands of a ticket before all of it was read: only what is unknown is grey. */
import type { Ticket } from '../../../src/client/client.js'
import { Icon } from '../../parts/icon.js'
import { ago, exactly, when } from '../../parts/times.js'
import { words } from '../../words/words.js'

/** Who opened it and when, and what became of it since. */
export function By({ ticket }: { ticket: Ticket }) {
  const { createdBy, createdAt, activity, internal } = ticket
  return (
    <p class="ticket__by">
      {internal && (
        <span class="say__lock" title={words.ticket.internalTicket}>
          <Icon name="lock" />
          {words.ticket.internal}{' '}
        </span>
      )}
      <bdi title={exactly(createdAt)}>{words.ticket.opened(createdBy ?? words.line.somebody, when(createdAt))}</bdi>
      {activity !== undefined && (
        <>
          {' '}
          <span aria-hidden="true">·</span> {words.ticket.comments(activity.comments)} <span aria-hidden="true">·</span>{' '}
          <span title={exactly(activity.updatedAt)}>{words.ticket.lastChange(ago(activity.updatedAt))}</span>
        </>
      )}
    </p>
  )
}

const lines = (widths: readonly number[], more = '') => (
  <div class={`skp${more}`}>
    {widths.map((width, at) => (
      <span key={at} class="sk" style={{ width: `${width}%` }} />
    ))}
  </div>
)

export function Skeleton({ ticket }: { ticket: Ticket | undefined }) {
  return (
    <div class="scroll" aria-busy="true">
      <div class="ticket">
        <div class="ticket__main">
          <h1 class="ticket__title">
            {ticket === undefined ? <span class="sk late" style={{ width: '60%' }} /> : <bdi>{ticket.title}</bdi>}
          </h1>
          {ticket !== undefined && <p class="ticket__by">{words.ticket.fromList}</p>}
          <div class="late">
            {lines([92, 97, 88, 54])}
            {lines([40, 34, 52], ' skp--2')}
          </div>
        </div>
      </div>
    </div>
  )
}
