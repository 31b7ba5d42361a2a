/** `/v1/stats`: how many tickets a search finds, and of which kinds. */
import type { FastifyInstance } from 'fastify'
import { ledgerDaysMax, nameUnitsMax } from '../../../contract/limits.js'
import { findProblems, readProblems, reads, v1Answers } from './answers.js'
import type { Desk } from './desk.js'
import { askedBy, find, searchQuery, type SearchQuery } from './finding/find.js'
import { ticketStats } from './finding/stats.js'
import { sendTaggedText } from './guards.js'
import { strongQuery } from './parts.js'

interface StatsQuery extends SearchQuery {
  readonly days?: number
  readonly queue?: string
}

const querystring = {
  type: 'object',
  properties: {
    ...searchQuery,
    days: {
      type: 'integer',
      minimum: 1,
      maximum: ledgerDaysMax,
      description: 'The ledger of so many days, today with them: for admins and agents.',
    },
    queue: {
      type: 'string',
      minLength: 1,
      maxLength: nameUnitsMax,
      description: 'Of the ledger: one queue alone.',
    },
    ...strongQuery.properties,
  },
  additionalProperties: false,
} as const

/** Adds the route. */
export function addStats(app: FastifyInstance, desk: Desk): void {
  app.get<{ Querystring: StatsQuery }>(
    '/stats',
    {
      config: { errors: 'problem', saysAge: true },
      schema: {
        operationId: 'v1GetStats',
        summary: 'Count tickets',
        description:
          'How many a search finds, by status, priority, queue, assignee, label and age; and, with `days`, what was opened, closed, reopened, deleted and restored on each day.',
        tags: ['tickets'],
        querystring,
        response: v1Answers(reads('The counts.', 'Stats'), [...readProblems, ...findProblems]),
      },
    },
    async (request, reply) => {
      const { days, queue } = request.query
      const asked = { ...askedBy(desk, request, request.query), days, queue }
      const { body } = await find(desk, request, reply, ticketStats, asked)
      sendTaggedText(request, reply, undefined, body)
    },
  )
}
