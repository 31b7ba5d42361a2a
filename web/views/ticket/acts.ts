/** What can be done with a ticket as a whole: followed, copied, put into the bin, brought back, purged. */
import { copied } from '../../parts/clipboard.js'
import { access, desk, endpoint } from '../../state/desk.js'
import { hrefOf, ticketOf } from '../../state/address.js'
import { deleteTickets } from '../../state/changes.js'
import { myHandle } from '../../state/identity.js'
import { noteDone, noteFailed, say } from '../../state/undo.js'
import { words } from '../../words/words.js'
import type { TicketState } from './ticket-state.js'

export const isWatching = ({ watchers }: TicketState): boolean =>
  watchers.value.some(({ user }) => user === myHandle.value)

/** Follows it, or no more. */
export async function toggleWatch(state: TicketState): Promise<void> {
  const mine = myHandle.peek()
  if (mine === null) {
    say(words.ticket.whoFirst, true)
    return
  }
  await setWatchers(state, isWatching(state) ? [] : [mine], isWatching(state) ? [mine] : [])
}

/** Adds and removes watchers. */
export async function setWatchers(
  state: TicketState,
  add: readonly string[],
  remove: readonly string[],
): Promise<void> {
  const before = state.watchers.peek()
  const watchers = desk().tickets.watchers(state.number)
  const since = new Date().toISOString()
  state.watchers.value = [
    ...before.filter(({ user }) => !remove.includes(user)),
    ...add.map((user) => ({ user, since, version: 0 })),
  ]
  try {
    for (const user of remove) await watchers.delete(user)
    for (const user of add) {
      const all = await watchers.create({ user })
      state.watchers.value = all
      const index = all.find((one) => one.user === user)?.version
      // One that was there already is not taken back here.
      if (index !== undefined && !before.some(({ version }) => version === index))
        noteDone(index, words.ticket.did.watchers(state.number))
    }
  } catch (error) {
    state.watchers.value = before
    noteFailed(error)
  }
}

export async function copyLink(number: number): Promise<void> {
  say((await copied(location.origin + hrefOf(ticketOf(number)))) ? words.ticket.linkCopied : words.ticket.notCopied)
}

export async function copyCurl(number: number): Promise<void> {
  const credential = access.peek() === 'closed' ? ` -H 'Authorization: Bearer '"$ETCDESK_TOKEN"` : ''
  const command = `curl '${endpoint}/v1/tickets/${number}?include=activity,comments,history,links'${credential}`
  say((await copied(command)) ? words.ticket.curlCopied : words.ticket.notCopied)
}

export async function toBin(state: TicketState): Promise<void> {
  const ticket = state.ticket.peek()
  if (ticket !== undefined) await deleteTickets([ticket])
}

export async function restore(state: TicketState): Promise<void> {
  try {
    const now = await desk().tickets.restore(state.number)
    state.replace(now)
    await state.read()
    const index = state.talk.entries.peek().findLast(({ type }) => type === 'ticket.restored')?.index
    if (index !== undefined) noteDone(index, words.ticket.restored(state.number))
  } catch (error) {
    noteFailed(error)
  }
}

/** Takes all of it away, for ever: it goes into the bin first where it is not there. Why it was not done. */
export async function purge(state: TicketState): Promise<unknown> {
  try {
    if (state.ticket.peek()?.deletedAt === null) await desk().tickets.delete(state.number)
    await desk().tickets.purge(state.number)
    say(words.ticket.purged(state.number))
    return undefined
  } catch (error) {
    return error
  }
}
