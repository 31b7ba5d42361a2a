/** The history of a ticket, page by page. */
import type { FastifyInstance } from 'fastify'
import { pageDefault } from '../../../contract/limits.js'
import type { HistoryEntry as HistoryEntryJson } from '../../../contract/v1/parts.js'
import { historyOf, type HistoryEntry } from '../../../tickets/history.js'
import { isLinkKind } from '../../../tickets/links.js'
import type { TicketState } from '../../../tickets/reading.js'
import { may } from '../../../users/viewer.js'
import { readProblems, reads, v1Answers } from './answers.js'
import { changesJson } from './changes-json.js'
import type { Desk, Look } from './desk.js'
import { sendTagged } from './guards.js'
import { orderedQuery, placeOf, type OrderedQuery } from './ordered.js'
import { numberIn, numberParams, ticketSubject, type ByNumber } from './subject.js'
import { timeText } from './ticket-json.js'

const errors = 'problem' as const
const tags = ['tickets']
const ofTicket = ['not_found', 'purged'] as const

/** Adds the history of a ticket. */
export function addHistory(app: FastifyInstance, desk: Desk): void {
  app.get<ByNumber & OrderedQuery>(
    '/tickets/:number/history',
    {
      config: { errors, saysAge: true, subject: ticketSubject() },
      schema: {
        operationId: 'v1ListHistory',
        summary: 'List what happened to a ticket',
        description:
          'Oldest first, or newest first (`sort`). A page with long texts or large custom fields holds fewer entries than asked for, perhaps none: follow `next`.',
        tags,
        params: numberParams,
        querystring: orderedQuery,
        response: v1Answers(reads('A page.', 'HistoryPage'), [
          ...readProblems,
          ...ofTicket,
          'invalid_cursor',
          'too_long_ago',
        ]),
      },
    },
    (request, reply) =>
      desk.look(request, reply, (look) => {
        const today = look.demandTicket(numberIn(request))
        sendTagged(request, reply, undefined, historyJson(desk, look, today, request.query))
      }),
  )
}

/** A page of a ticket's history. */
export function historyJson(
  { reading, store: { reader } }: Desk,
  look: Look,
  today: TicketState,
  query: OrderedQuery['Querystring'],
): { readonly history: HistoryEntryJson[]; readonly next: string | null } {
  const place = placeOf(`history of ${today.record.number}`, query)
  const source = { reading, reader, viewer: look.viewer }
  const { entries, next } = historyOf(source, today, place.behind, query.limit ?? pageDefault, place.isNewestFirst)
  const history = entries.map((entry) => entryJson(look, entry))
  return { history, next: next === null ? null : place.next(next) }
}

function entryJson(look: Look, entry: HistoryEntry): HistoryEntryJson {
  const { index, time, actor, door, type, text, isRedacted, comment, link, user } = entry
  const changes = changesJson(look, entry)
  if (text !== undefined) changes[comment === null ? 'description' : 'text'] = { from: text[0], to: text[1] }
  return {
    index,
    time: timeText(time),
    actor: look.directory.handle(actor),
    door: door === '' || door === 'none' ? null : door,
    type,
    changes,
    ...(comment !== null && { comment }),
    ...(link !== undefined && { link: { kind: isLinkKind(link.kind) ? link.kind : 'relates-to', ticket: link.other } }),
    ...(user !== undefined && may(look.viewer, 'ticket.change') && { user: look.directory.handle(user) ?? '' }),
    ...(isRedacted && { redacted: true }),
  }
}
