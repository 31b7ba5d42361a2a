/** The ticket as it was at an index or a time: read, not changed, with a way back to now. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Ticket } from '../../../src/client/client.js'
import { To } from '../../parts/clickable.js'
import { Icon } from '../../parts/icon.js'
import { Markdown } from '../../parts/markdown.js'
import { exactly } from '../../parts/times.js'
import { ticketOf } from '../../state/address.js'
import { desk } from '../../state/desk.js'
import { noteRefusal } from '../../state/identity.js'
import { words } from '../../words/words.js'
import { TicketBar } from './bar.js'
import { Nothing } from './nothing.js'
import { Panel } from './panel.js'
import { By, Skeleton } from './skeleton.js'
import { TicketState } from './ticket-state.js'

/** The index or time that an address names. */
export function momentOf(at: string): number | string {
  return /^\d{1,15}$/u.test(at) ? Number(at) : at
}

export function Past({ number, at }: { number: number; at: string }) {
  const state = useSignal(new TicketState(number))
  const found = useSignal<Ticket | undefined>(undefined)
  const problem = useSignal<unknown>(undefined)
  const read = async (signal?: AbortSignal): Promise<void> => {
    problem.value = undefined
    try {
      const past = await desk().tickets.get(number, {
        at: momentOf(at),
        include: 'activity',
        ...(signal !== undefined && { signal }),
      })
      state.value.ticket.value = past
      found.value = past
    } catch (error) {
      if (signal?.aborted === true) return
      noteRefusal(error)
      problem.value = error
    }
  }
  useEffect(() => {
    const stop = new AbortController()
    void read(stop.signal)
    return () => stop.abort()
  }, [number, at])
  const ticket = found.value
  return (
    <>
      <TicketBar state={state.value} isPast />
      <div class="strip" role="status">
        <Icon name="clock" />
        <p>
          <b>{/^\d+$/u.test(at) ? words.ticket.at.index(at) : words.ticket.at.text(exactly(at))}</b>{' '}
          {words.ticket.at.detail}
        </p>
        <span class="strip__end">
          <To to={ticketOf(number)} class="btn btn--xs">
            {words.ticket.at.back}
          </To>
        </span>
      </div>
      {problem.value !== undefined ? (
        <Nothing number={number} problem={problem.value} isPast onAgain={() => void read()} />
      ) : ticket === undefined ? (
        <Skeleton ticket={undefined} />
      ) : (
        <div class="scroll" tabIndex={-1}>
          <div class="ticket">
            <div class="ticket__main">
              <h1 class="ticket__title">
                <bdi>{ticket.title ?? words.ticket.erased}</bdi>
              </h1>
              <By ticket={ticket} />
              {ticket.description === null || ticket.description === '' ? (
                <p class="ph">{words.ticket.noDescription}</p>
              ) : (
                <section class="ticket__desc" aria-label={words.ticket.description}>
                  <Markdown text={ticket.description} />
                </section>
              )}
            </div>
            <Panel state={state.value} isOpen isPast />
          </div>
        </div>
      )}
    </>
  )
}
