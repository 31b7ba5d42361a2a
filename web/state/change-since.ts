/** What of a ticket is written otherwise now than in any of that which was sent of it: as a change, with sets by what comes and goes. */
import type { Sendable, Ticket, TicketChange, TicketToCreate } from '../../src/client/client.js'

export function changeSince(
  made: Pick<Ticket, 'assignees'>,
  sent: readonly TicketToCreate[],
  body: TicketToCreate,
): Sendable<TicketChange> {
  const differs = (member: keyof TicketToCreate): boolean =>
    sent.some((was) => JSON.stringify(was[member]) !== JSON.stringify(body[member]))
  const { title, description = null, due = null, requester = null, internal = false } = body
  const { status, priority, queue, labels, assignees } = body
  const set = (now: readonly string[] | null | undefined, lists: readonly (readonly string[])[]) => ({
    add: (now ?? []).filter((name) => !lists.every((list) => list.includes(name))),
    remove: [...new Set(lists.flat())].filter((name) => now?.includes(name) !== true),
  })
  const fields = Object.fromEntries(
    [...sent, body]
      .flatMap((each) => Object.keys(each.fields ?? {}))
      .filter((name) => sent.some((was) => was.fields?.[name] !== body.fields?.[name]))
      .map((name) => [name, body.fields?.[name] ?? null] as const),
  )
  return {
    ...(differs('title') && { title }),
    ...(differs('description') && { description }),
    ...(differs('status') && status !== undefined && { status }),
    ...(differs('priority') && priority !== undefined && { priority }),
    ...(differs('queue') && queue !== undefined && { queue }),
    ...(differs('requester') && { requester }),
    ...(differs('due') && { due }),
    ...(differs('internal') && { internal }),
    ...(differs('labels') && {
      labels: set(
        labels,
        sent.map((was) => was.labels ?? []),
      ),
    }),
    // Who was not asked for is who usually has it.
    ...(differs('assignees') && {
      assignees: set(
        assignees,
        sent.map((was) => was.assignees ?? made.assignees),
      ),
    }),
    ...(Object.keys(fields).length > 0 && { fields }),
  }
}
