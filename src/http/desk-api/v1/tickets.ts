/** `/v1/tickets`: tickets whole, one by one and in pages. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { offsetMax, pageDefault, pageMax, sortWords } from '../../../contract/limits.js'
import { ticketIncludes, type TicketChange, type TicketToCreate } from '../../../contract/v1/tickets.js'
import type { Done } from '../../../names/once.js'
import { isLongHistory } from '../../../tickets/history.js'
import { demandChanging } from '../../../tickets/rights.js'
import { DeskError } from '../errors.js'
import {
  bodyProblems,
  findProblems,
  guardProblems,
  locationHeader,
  onceProblems,
  readProblems,
  reads,
  replayHeader,
  shows,
  v1Answers,
  writeProblems,
} from './answers.js'
import type { Desk, Look } from './desk.js'
import { guarded } from './guarded.js'
import { askedBy, find, searchQuery, type SearchQuery } from './finding/find.js'
import { ticketList } from './finding/list.js'
import { madeTicket, ticketWithPast } from './finding/past.js'
import { guardOf, sendTaggedText } from './guards.js'
import { onceOf } from './once.js'
import { askedTicket, looksBack, textOf, ticketAsMade, type OneQuery } from './one-ticket.js'
import { partSort } from './ordered.js'
import { numberIn, numberParams, subject, type Subject } from './subject.js'
import { saysReadOnly, toChange } from './change-body.js'
import { ticketJson } from './ticket-json.js'

const consistency = {
  type: 'string',
  enum: ['local', 'strong'],
  description: '`strong`: the newest state, of all nodes. `local`: what this node has.',
} as const

const listQuery = {
  type: 'object',
  properties: {
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: pageMax,
      description: `How many at most; ${pageDefault} where nothing is said.`,
    },
    ...searchQuery,
    sort: {
      type: 'string',
      maxLength: 100,
      description: `By what they are ordered, of ${sortWords.join(', ')}, each also with \`-asc\` or \`-desc\` behind it: descending where neither is said; by number where nothing is. The same may stand in \`q\` as \`sort:\`.`,
      examples: ['updated-desc'],
    },
    cursor: {
      type: 'string',
      maxLength: 200,
      description: 'The `next` of the page before, with the same `q`, `sort` and `tz`.',
    },
    offset: {
      type: 'integer',
      minimum: 0,
      maximum: offsetMax,
      description:
        'How many come before the page: 0 for the first. Instead of a `cursor`, to go to any place of the order at once; `next` goes on from there. Behind the last it is an empty page with the `total`. Not by relevance.',
      examples: [500_000],
    },
    snippets: {
      type: 'string',
      enum: ['true', 'false'],
      description: 'Whether each ticket has pieces of its texts with what was found, marked.',
    },
    consistency,
  },
  additionalProperties: false,
} as const

const oneQuery = {
  type: 'object',
  properties: {
    include: {
      type: 'string',
      maxLength: 100,
      description: `What surrounds it, separated by commas: of ${ticketIncludes.map((word) => `\`${word}\``).join(', ')}. Of comments, history and links the first ${pageDefault}, and where the rest is. With \`at\` there is only \`activity\`.`,
      examples: ['activity,comments'],
    },
    sort: { ...partSort, description: `Of included comments and history. ${partSort.description}` },
    at: { type: 'string', maxLength: 40, description: 'An index or a time (RFC 3339): the ticket as it was then.' },
    consistency,
  },
  additionalProperties: false,
} as const

interface One {
  Params: { number: string }
  Querystring: OneQuery
}

interface List {
  Querystring: SearchQuery & {
    limit?: number
    cursor?: string
    offset?: number
    sort?: string
    snippets?: 'true' | 'false'
  }
}

const tags = ['tickets']
const errors = 'problem' as const
const ticketAnswer = shows('The ticket.', 'Ticket')

/** Adds the routes. */
export function addTickets(app: FastifyInstance, desk: Desk): void {
  app.get<List>(
    '/tickets',
    {
      config: { errors, saysAge: true },
      schema: {
        operationId: 'v1ListTickets',
        summary: 'Find tickets',
        description:
          'Those that a search finds; all, the newest first, where nothing is said. Follow `next` until it is null: by number or by creation each ticket that is there throughout comes exactly once; by any other order none comes twice: what moved in it meanwhile is left out of the pages that follow, and told by the events since the first one.',
        tags,
        querystring: listQuery,
        response: v1Answers(
          reads('A page.', 'TicketPage', { Link: { type: 'string', description: 'The next page.' } }),
          [...readProblems, ...findProblems, 'invalid_cursor'],
        ),
      },
    },
    (request, reply) => sendPage(desk, request, reply),
  )

  app.post<{ Body: TicketToCreate }>(
    '/tickets',
    {
      config: { errors, subject: subject('ticket.create') },
      schema: {
        operationId: 'v1CreateTicket',
        summary: 'Create a ticket',
        description:
          'Only `title` is required. With an `Idempotency-Key` it may be sent again: it is made once, and told as it was made. Where more happened to it since than there is time to go through, that is refused (`too_long_ago`), and `detail` says which ticket it is.',
        tags,
        body: { $ref: 'TicketToCreate#' },
        response: v1Answers({ 201: shows('The new ticket.', 'Ticket', { ...locationHeader, ...replayHeader }) }, [
          ...bodyProblems,
          ...onceProblems,
          ...writeProblems,
          'not_found',
          'purged',
          'field_required',
          'ref_taken',
          'too_long_ago',
        ]),
      },
    },
    async (request, reply) => {
      const args = { ticket: request.body, once: onceOf(request) }
      const { result } = await desk.store.run('ticket.create', args, desk.asker(request))
      const { number } = result.result
      // Whoever may know of it no more is not told that it was made.
      const { version, body } = await madeText(desk, request, reply, number, result)
      reply.code(201).header('Location', `/v1/tickets/${number}`)
      if (result.isReplayed) reply.header('Idempotency-Replayed', 'true')
      sendTaggedText(request, reply, version, body)
    },
  )

  app.get<One>(
    '/tickets/:number',
    {
      config: { errors, saysAge: true, subject: readSubject },
      schema: {
        operationId: 'v1GetTicket',
        summary: 'Get a ticket',
        tags,
        params: numberParams,
        querystring: oneQuery,
        response: v1Answers(reads('The ticket.', 'Ticket'), [
          ...readProblems,
          'not_found',
          'purged',
          'too_long_ago',
          'overloaded',
        ]),
      },
    },
    async (request, reply) => {
      const [number, { query }] = [numberIn(request), request]
      if (looksBack(query) && isLongHistory(desk.store.reader, number)) {
        const asked = { asker: desk.asker(request), number, query }
        const { version, body } = await find(desk, request, reply, ticketWithPast, asked)
        return sendTaggedText(request, reply, version, body)
      }
      const { version, body } = await desk.lookInTurn(request, reply, (look) => askedTicket(look, number, query))
      return sendTaggedText(request, reply, version, body)
    },
  )

  app.patch<One & { Body: TicketChange }>(
    '/tickets/:number',
    {
      config: { errors, subject: changeSubject },
      schema: {
        operationId: 'v1ChangeTicket',
        summary: 'Change a ticket',
        description:
          'One request is one change, all or nothing. `application/merge-patch+json` is RFC 7396 to the letter; `application/json` takes the same, and sets by their elements.',
        tags,
        params: numberParams,
        body: { $ref: 'TicketChange#' },
        response: v1Answers({ 200: ticketAnswer }, [
          ...bodyProblems,
          ...guardProblems,
          ...writeProblems,
          'not_found',
          'purged',
          'in_bin',
          'forbidden_move',
          'field_required',
          'read_only',
          'ref_taken',
        ]),
      },
    },
    async (request, reply) => {
      const number = numberIn(request)
      const { body } = request
      const isMergePatch = /^application\/merge-patch\+json/iu.test(request.headers['content-type'] ?? '')
      // Only what was read before it was changed can be compared, and few send it back.
      const today = saysReadOnly(body)
        ? await desk.lookInTurn(request, reply, (look) => ticketJson(look, look.demandTicket(number)))
        : undefined
      const { internalVersion } = body
      const change = toChange(body, today, isMergePatch)
      const run = () => {
        const args = { number, change, version: guardOf(request, body.version), internalVersion }
        return desk.store.run('ticket.change', args, desk.asker(request))
      }
      await guarded(desk, request, reply, run)
      return sendTicketAfter(desk, request, reply, number)
    },
  )
}

/** A ticket as it was made, for who sends the request again too. */
function madeText(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  number: number,
  { index, isReplayed }: Done<unknown>,
): Promise<{ readonly version?: number; readonly body: string }> {
  if (!isReplayed || !isLongHistory(desk.store.reader, number))
    return desk.lookAtTicket(request, reply, number, (look) => ticketAsMade(look, number, index))
  return find(desk, request, reply, madeTicket, { asker: desk.asker(request), number, index })
}

/** A ticket that one may not know of is not there, whatever is wrong with the query; most requests have none. */
const readSubject: Subject = (look, request) => {
  if (request.url.includes('?')) look.demandKnown(numberIn(request))
}

/** Whatever it is, who may change nothing of any ticket may not do it. */
const changeSubject: Subject = (look, request) => {
  look.demandKnown(numberIn(request))
  demandChanging(look.viewer)
}

/** Sends a ticket as it is after a command. */
export async function sendTicketAfter(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  number: number,
): Promise<void> {
  const read = (look: Look) => textOf(look, look.demandTicket(number))
  const { version, body } = await desk.lookAtTicket(request, reply, number, read)
  sendTaggedText(request, reply, version, body)
}

async function sendPage(desk: Desk, request: FastifyRequest<List>, reply: FastifyReply): Promise<void> {
  const { limit = pageDefault, cursor, offset, sort, snippets } = request.query
  const asked = { ...askedBy(desk, request, request.query), sort, limit, cursor, offset, snippets: snippets === 'true' }
  if (cursor !== undefined && offset !== undefined) {
    const detail = 'The cursor says where the page begins, and so does the offset. Send one of them.'
    throw new DeskError('invalid_query', detail, [{ parameter: 'offset', detail }])
  }
  const { body, next } = await find(desk, request, reply, ticketList, asked)
  if (next !== undefined) reply.header('Link', `<${pathOfNext(request.query, limit, next)}>; rel="next"`)
  sendTaggedText(request, reply, undefined, body)
}

function pathOfNext({ q, sort, tz, snippets }: List['Querystring'], limit: number, cursor: string): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries({ q, sort, tz, snippets }))
    if (value !== undefined) parameters.set(name, value)
  parameters.set('limit', String(limit))
  parameters.set('cursor', cursor)
  return `/v1/tickets?${parameters.toString()}`
}
