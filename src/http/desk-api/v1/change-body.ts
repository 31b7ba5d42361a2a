/**
 * From the body of a PATCH to the change that it asks for. Members that are the desk's to say are accepted where they are what they
 * are today, so that what was read may be sent back.
 */
import type { TicketChange } from '../../../contract/v1/tickets.js'
import type { TicketInput } from '../../../tickets/input.js'
import { DeskError } from '../errors.js'

const readOnly = ['number', 'category', 'createdAt', 'createdBy', 'closedAt', 'deletedAt', 'redacted'] as const

/** Sets by their elements are no part of RFC 7396. */
const sets = ['assignees', 'labels'] as const

/** Whether the body has members that are the desk's to say: then the ticket is asked for to compare them with. */
export function saysReadOnly(body: TicketChange): boolean {
  return readOnly.some((member) => body[member] !== undefined)
}

/**
 * The change; `today` is the ticket as it is shown, not needed where the body says nothing of what is the desk's to say. `isMergePatch` where
 * the body is declared as one.
 */
export function toChange(body: TicketChange, today: object | undefined, isMergePatch: boolean): TicketInput {
  const now: Readonly<Record<string, unknown>> = { ...today }
  const faults = readOnly.flatMap((member) => {
    const sent = body[member]
    if (sent === undefined || JSON.stringify(sent) === JSON.stringify(now[member] ?? null)) return []
    return [{ pointer: `/${member}`, detail: `'${member}' is the desk's to say. Leave it out.` }]
  })
  const [first] = faults
  if (first !== undefined) throw new DeskError('read_only', first.detail, faults)
  if (isMergePatch) {
    for (const member of sets) {
      if (body[member] === null || body[member] === undefined || Array.isArray(body[member])) continue
      const detail = `A merge patch replaces '${member}' as a whole. Send a list, or send the body as application/json.`
      throw new DeskError('invalid_body', detail, [{ pointer: `/${member}`, detail }])
    }
  }
  return writable(body)
}

/** The change of one operation of a batch, which has no members that are the desk's to say. `pointer` is where it stands. */
export function demandOwnMembers(body: TicketChange, pointer: string): TicketInput {
  const said = readOnly.find((member) => body[member] !== undefined)
  if (said !== undefined) {
    const detail = `'${said}' is the desk's to say. Leave it out.`
    throw new DeskError('read_only', detail, [{ pointer: `${pointer}/${said}`, detail }])
  }
  return writable(body)
}

function writable(body: TicketChange): TicketInput {
  const { title, description, status, priority, queue, requester, assignees, labels, due, fields, internal, ref } = body
  return { title, description, status, priority, queue, requester, assignees, labels, due, fields, internal, ref }
}
