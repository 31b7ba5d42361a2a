/**
 * A ticket that arrived though nobody heard of it, made into what is written now. Others may have worked on it since: only what is written
 * otherwise is changed, and of its texts only what nobody else has changed. What has no place in it is said beside it.
 */
import { DeskError, NotCurrent, type Ticket, type TicketToCreate } from '../../src/client/client.js'
import { changeSince } from './change-since.js'
import { desk } from './desk.js'
import { isStaff } from './identity.js'

/** How often it is sent again because others changed something else. */
const TRIES_MAX = 5

const texts = ['title', 'description'] as const

/** Whether what is refused says that there is no such ticket any more. */
export function isGone(refusal: unknown): boolean {
  return refusal instanceof DeskError && ['in_bin', 'purged', 'not_found'].includes(refusal.code ?? '')
}

/** Makes it that. `sent` is all that it may be by now, as what it was made with first. */
export async function amendTicket(
  made: Ticket,
  sent: readonly [TicketToCreate, ...TicketToCreate[]],
  body: TicketToCreate,
): Promise<Ticket> {
  if (isStaff.peek()) return change(made, sent, body)
  // Requesters change no ticket.
  const [was] = sent
  await sayBeside(made, body, (text) => body[text] !== was[text])
  return made
}

async function change(made: Ticket, sent: readonly TicketToCreate[], body: TicketToCreate): Promise<Ticket> {
  const ours = [made, ...sent, body]
  const all = changeSince(made, sent, body)
  const theirs = new Set<string>()
  let now = made
  for (let tries = 1; ; tries++) {
    const left = Object.entries(all).filter(([member]) => !theirs.has(member))
    const isGuarded = left.some(([member]) => texts.some((text) => text === member))
    const guard = isGuarded ? { version: now.version } : {}
    try {
      if (left.length > 0) now = await desk().tickets.change(made.number, { ...Object.fromEntries(left), ...guard })
      break
    } catch (error) {
      const current = error instanceof NotCurrent ? error.ticket : undefined
      if (current === undefined || tries === TRIES_MAX) throw error
      now = current
      for (const text of texts) if (ours.every((each) => (each[text] ?? '') !== (current[text] ?? ''))) theirs.add(text)
    }
  }
  await sayBeside(made, body, (text) => theirs.has(text) && text in all)
  return now
}

/** Says in a comment what was written of some of its texts. */
async function sayBeside(
  { number }: Ticket,
  body: TicketToCreate,
  isToSay: (text: (typeof texts)[number]) => boolean,
): Promise<void> {
  const said = texts.filter((text) => isToSay(text)).flatMap((text) => body[text] ?? [])
  if (said.length > 0)
    await desk()
      .tickets.comments(number)
      .create({ text: said.join('\n\n') })
}
