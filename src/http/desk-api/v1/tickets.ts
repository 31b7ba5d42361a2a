/** `/v1/tickets`: tickets whole, one by one and in pages. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { pageDefault, pageMax } from '../../../contract/limits.js'
import type { TicketChange, TicketToCreate } from '../../../contract/v1/tickets.js'
import { faultsOf } from '../../../names/refusal.js'
import { CommandError } from '../../../store/errors.js'
import { pastOf, type Moment } from '../../../tickets/past.js'
import type { TicketState } from '../../../tickets/reading.js'
import { demandChanging } from '../../../tickets/rights.js'
import { DeskError } from '../errors.js'
import {
  bodyProblems,
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
import { readCursor, writeCursor } from './cursor.js'
import type { Desk, Look } from './desk.js'
import { guardOf, sendTagged } from './guards.js'
import { onceOf } from './once.js'
import { numberIn, numberParams, subject, type Subject } from './subject.js'
import { toChange } from './change-body.js'
import { activityJson, ticketJson } from './ticket-json.js'
import { parseTime } from './time.js'

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
    cursor: { type: 'string', maxLength: 200, description: 'The `next` of the page before.' },
    consistency,
  },
  additionalProperties: false,
} as const

const oneQuery = {
  type: 'object',
  properties: {
    include: { type: 'string', enum: ['activity'], description: '`activity`: what is going on around it.' },
    at: { type: 'string', maxLength: 40, description: 'An index or a time (RFC 3339): the ticket as it was then.' },
    consistency,
  },
  additionalProperties: false,
} as const

interface One {
  Params: { number: string }
  Querystring: { include?: 'activity'; at?: string }
}

interface List {
  Querystring: { limit?: number; cursor?: string }
}

/** Totals are counted as far as this. */
const COUNTED_MAX = 2000

const tags = ['tickets']
const errors = 'problem' as const
const ticketAnswer = shows('The ticket.', 'Ticket')

/** Adds the routes. */
export function addTickets(app: FastifyInstance, desk: Desk): void {
  app.get<List>(
    '/tickets',
    {
      config: { errors, saysAge: true, subject: subject('catalogue.read') },
      schema: {
        operationId: 'v1ListTickets',
        summary: 'List tickets',
        description:
          'By number. Follow `next` until it is null: each ticket that is there throughout comes exactly once.',
        tags,
        querystring: listQuery,
        response: v1Answers(
          reads('A page.', 'TicketPage', { Link: { type: 'string', description: 'The next page.' } }),
          [...readProblems, 'forbidden', 'invalid_cursor'],
        ),
      },
    },
    (request, reply) => desk.look(request, reply, (look) => sendPage(look, request, reply, request.query)),
  )

  app.post<{ Body: TicketToCreate }>(
    '/tickets',
    {
      config: { errors, subject: subject('ticket.create') },
      schema: {
        operationId: 'v1CreateTicket',
        summary: 'Create a ticket',
        description: 'Only `title` is required. With an `Idempotency-Key` it may be sent again: it is made once.',
        tags,
        body: { $ref: 'TicketToCreate#' },
        response: v1Answers({ 201: shows('The new ticket.', 'Ticket', { ...locationHeader, ...replayHeader }) }, [
          ...bodyProblems,
          ...onceProblems,
          ...writeProblems,
          'field_required',
          'ref_taken',
        ]),
      },
    },
    async (request, reply) => {
      const args = { ticket: request.body, once: onceOf(request) }
      const { result } = await desk.store.run('ticket.create', args, desk.asker(request))
      const { number } = result.result
      reply.code(201).header('Location', `/v1/tickets/${number}`)
      if (result.isReplayed) reply.header('Idempotency-Replayed', 'true')
      return desk.look(request, reply, (look) => sendTicketAsOf(desk, look, request, reply, number, result.index))
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
        response: v1Answers(reads('The ticket.', 'Ticket'), [...readProblems, 'not_found', 'purged', 'too_long_ago']),
      },
    },
    (request, reply) =>
      desk.look(request, reply, (look) => {
        const { at, include } = request.query
        const today = look.demandTicket(numberIn(request))
        const state = at === undefined ? today : pastState(desk, look, today, momentOf(at))
        sendState(look, request, reply, state, include === 'activity')
      }),
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
      const today = desk.look(request, reply, (look) => ticketJson(look, look.demandTicket(number)))
      const { internalVersion } = body
      const change = toChange(body, today, isMergePatch)
      const run = () => {
        const args = { number, change, version: guardOf(request, body.version), internalVersion }
        return desk.store.run('ticket.change', args, desk.asker(request))
      }
      await guarded(desk, request, reply, run)
      return desk.look(request, reply, (look) => sendTicketNow(look, request, reply, number))
    },
  )
}

/** A ticket that one may not know of is not there, whatever is wrong with the query; most requests have none. */
const readSubject: Subject = (look, request) => {
  if (request.url.includes('?')) look.demandTicket(numberIn(request))
}

/** Whatever it is, who may change nothing of any ticket may not do it. */
const changeSubject: Subject = (look, request) => {
  look.demandTicket(numberIn(request))
  demandChanging(look.viewer)
}

/** Runs a guarded change; where what it changes is not what the request believes, the refusal shows it as it stands: the ticket, or `show`. */
export async function guarded<Result>(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  run: () => Promise<Result>,
  show?: (look: Look) => object,
): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof DeskError)) throw error
    if (error.code !== 'not_current' && error.code !== 'weak_tag') throw error
    // An operation of a batch says which ticket it is about.
    const number = error instanceof CommandError ? Number(error.details['number'] ?? 0) : 0
    const ticket = (look: Look) => ticketJson(look, look.demandTicket(number === 0 ? numberIn(request) : number))
    const faults = error instanceof CommandError ? faultsOf(error) : error.faults
    throw new DeskError(error.code, error.message, faults, desk.look(request, reply, show ?? ticket))
  }
}

/** Tells the index of a change that has nothing to show. */
export function sayIndex(desk: Desk, request: FastifyRequest, reply: FastifyReply): void {
  desk.look(request, reply, () => undefined)
}

export function sendTicketNow(look: Look, request: FastifyRequest, reply: FastifyReply, number: number): void {
  sendState(look, request, reply, look.demandTicket(number), false)
}

/** The ticket as a command left it, whatever has happened to it since: whoever sends the request again gets the same. */
function sendTicketAsOf(
  desk: Desk,
  look: Look,
  request: FastifyRequest,
  reply: FastifyReply,
  number: number,
  index: number,
): void {
  const today = look.demandTicket(number)
  const isSame = today.record.updatedIndex <= index && today.deletedTime === null
  sendState(look, request, reply, isSame ? today : pastState(desk, look, today, { index }), false)
}

function sendState(
  look: Look,
  request: FastifyRequest,
  reply: FastifyReply,
  state: TicketState,
  hasActivity: boolean,
): void {
  const ticket = ticketJson(look, state)
  const shown = hasActivity ? { ...ticket, activity: activityOfTicket(look, state) } : ticket
  sendTagged(request, reply, state.record.updatedIndex, shown)
}

function activityOfTicket(look: Look, { record }: TicketState): object {
  const links = look.viewer.isStaff && record.links === 0 ? 0 : look.reading.links(look.viewer, record.number).length
  return activityJson(look, record, links)
}

function pastState(desk: Desk, { viewer }: Look, today: TicketState, moment: Moment): TicketState {
  const past = pastOf(desk.reading, desk.store.reader, today, moment)
  // What lay in the bin then was there for nobody else.
  if (past !== undefined && past.deletedTime !== null && !viewer.isStaff) throw new DeskError('not_found')
  if (past === undefined) throw new DeskError('not_found', 'The ticket was not made yet then. Ask for a later moment.')
  return past
}

/** An index, or a time. */
function momentOf(text: string): Moment {
  if (/^\d{1,15}$/u.test(text)) return { index: Number(text) }
  const time = parseTime(text)
  if (time !== undefined) return { time }
  const detail = "The query parameter 'at' is neither an index nor a time such as 2026-11-28T10:00:00Z."
  throw new DeskError('invalid_query', detail, [{ parameter: 'at', detail }])
}

const LIST = 'tickets by number'

function sendPage(look: Look, request: FastifyRequest, reply: FastifyReply, query: List['Querystring']): void {
  const { limit = pageDefault, cursor } = query
  const { viewer, reading } = look
  const { records, next } = reading.page(viewer, readCursor(LIST, cursor), limit)
  const tickets = records.map((record) => {
    const state = reading.stateOf(record)
    return { ...ticketJson(look, state), activity: activityOfTicket(look, state) }
  })
  const { total, isExact } = reading.count(viewer, COUNTED_MAX)
  const following = next === undefined ? null : writeCursor(LIST, next)
  if (following !== null) reply.header('Link', `</v1/tickets?limit=${limit}&cursor=${following}>; rel="next"`)
  const page = {
    tickets,
    total,
    totalIsExact: isExact,
    incomplete: following !== null && records.length < limit,
    next: following,
  }
  sendTagged(request, reply, undefined, page)
}
