/** A ticket that can't be shown: why, and what can be done. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { DeskError, HistoryGone, type Ticket } from '../../../src/client/client.js'
import { To } from '../../parts/clickable.js'
import { when } from '../../parts/times.js'
import { listOf, OPEN, ticketOf } from '../../state/address.js'
import { desk, sentenceOf } from '../../state/desk.js'
import { isStaff } from '../../state/identity.js'
import { words } from '../../words/words.js'
import { restore } from './acts.js'
import type { TicketState } from './ticket-state.js'
import { nameOf } from './told.js'

interface Said {
  readonly title: string
  readonly text: string
}

function saidOf(number: number, problem: unknown, isPast: boolean): Said {
  const { missing } = words.ticket
  const sentence = sentenceOf(problem)
  if (!(problem instanceof DeskError)) return { title: words.common.notLoaded, text: sentence }
  if (problem instanceof HistoryGone) return { title: missing.historyGone, text: sentence }
  switch (problem.status) {
    case 403:
      return { title: missing.forbidden, text: sentence }
    case 404:
      if (isPast) return { title: missing.notThen(number), text: sentence }
      return { title: missing.title(number), text: isStaff.value ? missing.text : missing.yours }
    case 410:
      return { title: missing.purgedTitle(number), text: missing.purgedText }
    default:
      return { title: words.common.notLoaded, text: sentence }
  }
}

interface NothingProps {
  readonly number: number
  readonly problem: unknown
  readonly isPast?: boolean
  readonly onAgain: () => void
}

export function Nothing({ number, problem, isPast = false, onAgain }: NothingProps) {
  const newest = useSignal<number | undefined>(undefined)
  const status = problem instanceof DeskError ? problem.status : undefined
  const isKnown = status !== undefined && [403, 404, 410].includes(status)
  useEffect(() => {
    if (status !== 404 || isPast || !isStaff.peek()) return
    void newestNumber().then(
      (found) => (newest.value = found),
      () => undefined,
    )
  }, [status])
  const { title, text } = saidOf(number, problem, isPast)
  const { missing } = words.ticket
  return (
    <div class="nil" role="alert">
      {status !== undefined && <p class="nil__code mono">{status}</p>}
      <h1>{title}</h1>
      <p>
        {newest.value !== undefined && `${missing.newest(newest.value)} `}
        {text}
      </p>
      <div class="nil__do">
        {!isKnown && (
          <button type="button" class="btn btn--primary" onClick={onAgain}>
            {words.common.tryAgain}
          </button>
        )}
        {isPast && (
          <To to={ticketOf(number)} class="btn">
            {missing.toNow}
          </To>
        )}
        {newest.value !== undefined && (
          <To to={ticketOf(newest.value)} class="btn">
            {missing.open(newest.value)}
          </To>
        )}
        <To to={listOf(OPEN)} class="btn btn--quiet">
          {missing.list}
        </To>
      </div>
    </div>
  )
}

async function newestNumber(): Promise<number | undefined> {
  const { value } = await desk().tickets.pages({ limit: 1 }).next()
  return value?.tickets[0]?.number
}

/** One in the bin: it can be brought back, or looked at. */
export function InBin({ state, ticket, onLook }: { state: TicketState; ticket: Ticket; onLook: () => void }) {
  const entry = state.talk.entries.value.findLast(({ type }) => type === 'ticket.deleted')
  const { bin } = words.ticket
  const time = when(ticket.deletedAt ?? ticket.createdAt)
  return (
    <div class="nil">
      <h1>{bin.title(ticket.number)}</h1>
      <p>{entry === undefined ? bin.short(time) : bin.text(nameOf(entry), time)}</p>
      <p>
        <bdi>{ticket.title}</bdi>
      </p>
      <div class="nil__do">
        {isStaff.value && (
          <button type="button" class="btn btn--primary" onClick={() => void restore(state)}>
            {words.ticket.restore}
          </button>
        )}
        <button type="button" class="btn" onClick={onLook}>
          {bin.look}
        </button>
      </div>
    </div>
  )
}
