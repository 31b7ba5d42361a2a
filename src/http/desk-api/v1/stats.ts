/** `/v1/stats`: how many tickets a search finds, and of which kinds. */
import type { FastifyInstance } from 'fastify'
import { findProblems, readProblems, reads, v1Answers } from './answers.js'
import type { Desk } from './desk.js'
import { askedBy, find, searchQuery, type SearchQuery } from './finding/find.js'
import { ticketStats } from './finding/stats.js'
import { sendTaggedText } from './guards.js'
import { strongQuery } from './parts.js'

const querystring = {
  type: 'object',
  properties: { ...searchQuery, ...strongQuery.properties },
  additionalProperties: false,
} as const

/** Adds the route. */
export function addStats(app: FastifyInstance, desk: Desk): void {
  app.get<{ Querystring: SearchQuery }>(
    '/stats',
    {
      config: { errors: 'problem', saysAge: true },
      schema: {
        operationId: 'v1GetStats',
        summary: 'Count tickets',
        description: 'How many a search finds, by status, priority, queue, assignee, label and age.',
        tags: ['tickets'],
        querystring,
        response: v1Answers(reads('The counts.', 'Stats'), [...readProblems, ...findProblems]),
      },
    },
    async (request, reply) => {
      const { body } = await find(desk, request, reply, ticketStats, askedBy(desk, request, request.query))
      sendTaggedText(request, reply, undefined, body)
    },
  )
}
