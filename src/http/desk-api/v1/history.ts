/** The history of a ticket, page by page. */
import type { FastifyInstance } from 'fastify'
import { isLongHistory } from '../../../tickets/history.js'
import { readProblems, reads, v1Answers } from './answers.js'
import type { Desk } from './desk.js'
import { find } from './finding/find.js'
import { historyPage } from './finding/past.js'
import { sendTagged, sendTaggedText } from './guards.js'
import { historyJson } from './history-json.js'
import { orderedQuery, type OrderedQuery } from './ordered.js'
import { numberIn, numberParams, ticketSubject, type ByNumber } from './subject.js'

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
          'overloaded',
          'too_long_ago',
        ]),
      },
    },
    async (request, reply) => {
      const number = numberIn(request)
      if (isLongHistory(desk.store.reader, number)) {
        const asked = { asker: desk.asker(request), number, query: request.query }
        const { body } = await find(desk, request, reply, historyPage, asked)
        return sendTaggedText(request, reply, undefined, body)
      }
      return desk.lookInTurn(request, reply, (look) => {
        sendTagged(request, reply, undefined, historyJson(look, look.demandTicket(number), request.query))
      })
    },
  )
}
