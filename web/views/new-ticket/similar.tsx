/** Tickets that a new one may be the same as: looked for while its title is written, and never in the way. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Ticket } from '../../../src/client/client.js'
import { To } from '../../parts/clickable.js'
import { StatusMark } from '../../parts/marks.js'
import { similarIn, wordsOf } from '../../parts/similar.js'
import { quoted } from '../../parts/terms.js'
import { ticketOf } from '../../state/address.js'
import { desk } from '../../state/desk.js'
import { closeDialog } from '../../state/dialogs.js'
import { words } from '../../words/words.js'

/** How long nothing is written before it is looked for, in milliseconds. */
const PAUSE_MS = 350
const LOOKED_AT = 12
const SHOWN = 3

export function Similar({ title }: { title: string }) {
  const found = useSignal<readonly Ticket[]>([])
  const asked = wordsOf(title)
  const key = asked.join(' ')
  useEffect(() => {
    if (asked.length === 0) {
      found.value = []
      return undefined
    }
    const stop = new AbortController()
    const timer = setTimeout(() => {
      void look(asked, stop.signal).then(
        (tickets) => (found.value = tickets),
        // Nobody asked for it: that it can't be had is not worth a word.
        () => undefined,
      )
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [key])
  if (found.value.length === 0) return null
  return (
    <section class="new__similar" aria-labelledby="new-similar">
      <p id="new-similar">{words.newTicket.similar}</p>
      {found.value.map(({ number, title: text, status, category }) => (
        <div key={number} onClick={closeDialog}>
          <To to={ticketOf(number)} class="tlink">
            <StatusMark name={status} category={category} />
            <span class="num">{number}</span>
            <span class="tlink__t">
              <bdi>{text}</bdi>
            </span>
            <span class="tlink__k">{category === 'done' ? words.newTicket.done : words.newTicket.open}</span>
          </To>
        </div>
      ))}
    </section>
  )
}

async function look(asked: readonly string[], signal: AbortSignal): Promise<readonly Ticket[]> {
  const q = `(${asked.map((word) => quoted(word)).join(' OR ')}) in:title`
  const { value } = await desk().tickets.pages({ q, sort: 'relevance', limit: LOOKED_AT, signal }).next()
  return similarIn(asked, value?.tickets ?? []).slice(0, SHOWN)
}
