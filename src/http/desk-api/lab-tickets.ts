/**
 * The lab's ticket API: its requests and its words to the letter, with honest statuses, and the same operations in REST
 * style (`/tickets/{id}`). Every change is one command, so no two requests can come between each other's steps.
 */
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { DeskStore } from '../../desk.js'
import { ticketIdDigits, ticketNumberForms } from '../../contract/ticket-form.js'
import { DeleteQuery, labWords, ListQuery, NoQuery, pageTicketsDefault, TicketQuery } from '../../contract/tickets.js'
import type { ChangedTicket, Consistency, NewTicket, TicketUpdate } from '../../contract/tickets.js'
import type { Asker } from '../../store/command.js'
import { CommandError } from '../../store/errors.js'
import type { ReportFault } from '../door-book.js'
import { shortened } from '../repeated.js'
import { STALE_HEADER } from '../stale.js'
import { TicketQueries } from '../../tickets/queries.js'
import { parseTicketId } from '../../tickets/ticket.js'
import { answerJson, answerMessage, answerText } from './answer.js'
import { DeskError } from './errors.js'
import { answers, bodyErrors, jsonAnswer, textAnswer, writeErrors } from './openapi.js'
import { refuse } from './refusal.js'
import { sendTicketList, type WatchRights } from './ticket-list.js'

const door = 'lab'

/** What is known of whoever comes through the lab's paths. */
export interface LabAsked {
  readonly whoAsks: (request: IncomingMessage) => Asker | undefined
  readonly addressOf: (request: IncomingMessage) => string
  readonly watchRights: WatchRights
}

/** The lab's tickets are everybody's: on a closed desk these paths are for those who may see all of them. */
const config = { demands: 'ticket.change' } as const
const readConfig = { demands: 'ticket.all', saysAge: true } as const

/** The first ticket of a desk, so that what is tried on the page of the document is there. */
const idExample = '00000000000000000001'
const staleHeader = {
  [STALE_HEADER]: {
    type: 'string',
    description: 'Only while etcd is away: the newest index known here, and seconds since the last contact.',
  },
} as const
const params = {
  type: 'object',
  properties: {
    id: {
      type: 'string',
      description: `The number of the ticket: ${ticketNumberForms}.`,
      examples: [idExample],
    },
  },
  required: ['id'],
} as const

const schemas = {
  list: {
    operationId: 'listTickets',
    summary: 'List tickets',
    description:
      'Without a query: the numbers of all tickets, as of one moment. With `limit` or `after`: one page, and a `Link` header with `rel="next"` where there are more.',
    tags: ['lab'],
    querystring: ListQuery,
    response: answers(
      {
        200: jsonAnswer(
          'The numbers, in order; or, for the whole list, words where there are no tickets.',
          ['TicketList', 'Message'],
          {
            tickets: { tickets: ['00000000000000000010'] },
            neverATicket: { msg: labWords.noDirectory },
            allDeleted: { msg: labWords.noTickets },
          },
          { Link: { type: 'string', description: 'The next page, where there is one.' }, ...staleHeader },
        ),
      },
      ['invalid_query', 'forbidden', 'overloaded', 'unavailable', 'out_of_touch'],
    ),
  },
  create: {
    operationId: 'createTicket',
    summary: 'Create a ticket',
    tags: ['lab'],
    querystring: NoQuery,
    body: { $ref: 'NewTicket#' },
    response: answers(
      {
        201: textAnswer('The number of the new ticket.', '00000000000000000010', {
          Location: { type: 'string', description: 'The path of the new ticket.' },
        }),
      },
      ['invalid_query', ...bodyErrors, 'invalid_title', ...writeErrors],
    ),
  },
  update: {
    operationId: 'updateTicket',
    summary: 'Change the title of a ticket named in the body',
    tags: ['lab'],
    querystring: NoQuery,
    body: { $ref: 'TicketUpdate#' },
    response: answers(
      { 200: textAnswer('The new title.', 'PUT it there!') },
      ['invalid_query', ...bodyErrors, 'invalid_title', 'ticket_not_found', ...writeErrors],
      { ticket_not_found: labWords.cannotUpdate(idExample) },
    ),
  },
  remove: {
    operationId: 'deleteTickets',
    summary: 'Delete one ticket, or all',
    description:
      'With `ticket_id`: that ticket. With `dir=true&recursive=true`: every ticket, also when there are none.',
    tags: ['lab'],
    querystring: DeleteQuery,
    response: answers(
      {
        200: {
          description: 'Done.',
          content: {
            ...textAnswer('', labWords.deleted(idExample)).content,
            ...jsonAnswer('', ['Message'], { all: { msg: labWords.removedAll } }).content,
          },
        },
      },
      ['missing_ticket_id', 'invalid_query', 'ticket_not_found', ...writeErrors],
    ),
  },
  removeAll: {
    operationId: 'removeAllTickets',
    summary: 'Delete every ticket',
    description: 'Succeeds also when there are none.',
    tags: ['lab'],
    querystring: NoQuery,
    response: answers({ 200: jsonAnswer('Done.', ['Message'], { all: { msg: labWords.removedAll } }) }, [
      'invalid_query',
      ...writeErrors,
    ]),
  },
  getOne: {
    operationId: 'getTicket',
    summary: 'Get the title of a ticket',
    tags: ['lab'],
    params,
    querystring: TicketQuery,
    response: answers({ 200: textAnswer('The title.', 'PUT it there!', staleHeader) }, [
      'invalid_url',
      'invalid_query',
      'ticket_not_found',
      'unavailable',
      'out_of_touch',
    ]),
  },
  updateOne: {
    operationId: 'updateTicketById',
    summary: 'Change the title of a ticket',
    tags: ['lab'],
    params,
    querystring: NoQuery,
    body: { $ref: 'ChangedTicket#' },
    response: answers(
      { 200: textAnswer('The new title.', 'PUT it there!') },
      ['invalid_url', 'invalid_query', ...bodyErrors, 'invalid_title', 'ticket_not_found', ...writeErrors],
      { ticket_not_found: labWords.cannotUpdate(idExample) },
    ),
  },
  removeOne: {
    operationId: 'deleteTicketById',
    summary: 'Delete a ticket',
    tags: ['lab'],
    params,
    querystring: NoQuery,
    response: answers({ 200: textAnswer('Done.', labWords.deleted(idExample)) }, [
      'invalid_url',
      'invalid_query',
      'ticket_not_found',
      ...writeErrors,
    ]),
  },
}

interface ById {
  Params: { id: string }
}

/** Adds the routes. */
export function addLabTickets(
  app: FastifyInstance,
  store: DeskStore,
  report: ReportFault,
  { whoAsks, addressOf, watchRights }: LabAsked,
): void {
  const tickets = new TicketQueries(store.reader)
  const askerOf = ({ raw }: FastifyRequest): Asker => {
    const known = whoAsks(raw)
    return known === undefined ? { actor: null, door, address: addressOf(raw) } : { ...known, door }
  }

  app.get<ById & { Querystring: TicketQuery }>(
    '/tickets/:id',
    { schema: schemas.getOne, config: readConfig },
    ({ params, query }, reply) =>
      readWith(query.consistency, reply, () => {
        const id = parseTicketId(params.id)
        const title = id === undefined ? undefined : tickets.title(id)
        if (title === undefined) refuse(reply, { code: 'ticket_not_found' })
        else answerText(reply, 200, title)
      }),
  )

  app.get<{ Querystring: ListQuery }>('/tickets', { schema: schemas.list, config: readConfig }, ({ query }, reply) =>
    readWith(query.consistency, reply, () => {
      if (query.limit !== undefined || query.after !== undefined) sendPage(reply, tickets, query)
      else sendTicketList(reply, store, report, watchRights)
    }),
  )

  app.post<{ Body: NewTicket }>('/tickets', { schema: schemas.create, config }, async (request, reply) => {
    const { result } = await store.run('lab.create', { title: wellFormed(request.body.value) }, askerOf(request))
    answerText(reply, 201, result.id, ['Location', `/tickets/${result.id}`])
  })

  app.put<{ Body: TicketUpdate }>('/tickets', { schema: schemas.update, config }, (request, reply) =>
    retitle(reply, String(request.body.ticket_id), request.body.msg),
  )

  app.put<ById & { Body: ChangedTicket }>('/tickets/:id', { schema: schemas.updateOne, config }, (request, reply) =>
    retitle(reply, request.params.id, request.body.value),
  )

  app.delete<{ Querystring: { ticket_id?: string; dir?: string; recursive?: string } }>(
    '/tickets',
    { schema: schemas.remove, config },
    (request, reply) => {
      const { ticket_id: id, dir, recursive } = request.query
      if (id !== undefined && (dir ?? recursive) !== undefined) {
        throw new DeskError('invalid_query', "Send either 'ticket_id' or 'dir=true&recursive=true', not both.")
      }
      if (id !== undefined && id !== '') return remove(reply, id)
      if (dir === 'true' && recursive === 'true') return removeAll(reply)
      if ((dir ?? recursive) === undefined) throw new DeskError('missing_ticket_id')
      throw new DeskError('invalid_query', 'To delete every ticket send dir=true&recursive=true.')
    },
  )

  app.delete<ById>('/tickets/:id', { schema: schemas.removeOne, config }, (request, reply) =>
    remove(reply, request.params.id),
  )

  app.delete('/remove_all_tickets', { schema: schemas.removeAll, config }, (_request, reply) => removeAll(reply))

  /** Answers a read from what is known here; a strong one once that is everything. */
  function readWith(consistency: Consistency | undefined, reply: FastifyReply, read: () => void): Promise<void> | void {
    if (consistency !== 'strong') return read()
    return store.strong().then(() => {
      reply.raw.removeHeader(STALE_HEADER)
      read()
    })
  }

  async function retitle(reply: FastifyReply, asked: string, newTitle: string): Promise<void> {
    const id = parseTicketId(asked)
    const title = wellFormed(newTitle)
    try {
      if (id === undefined) throw new DeskError('ticket_not_found')
      await store.run('lab.retitle', { id, title }, askerOf(reply.request))
    } catch (error) {
      if (isNotFound(error)) throw new DeskError('ticket_not_found', labWords.cannotUpdate(shortened(asked)))
      throw error
    }
    answerText(reply, 200, title)
  }

  async function remove(reply: FastifyReply, asked: string): Promise<void> {
    const id = parseTicketId(asked)
    if (id === undefined) throw new DeskError('ticket_not_found')
    await store.run('lab.delete', { id }, askerOf(reply.request))
    answerText(reply, 200, labWords.deleted(id))
  }

  async function removeAll(reply: FastifyReply): Promise<void> {
    await store.run('lab.deleteAll', {}, askerOf(reply.request))
    answerMessage(reply, 200, labWords.removedAll)
  }
}

function sendPage(reply: FastifyReply, tickets: TicketQueries, query: ListQuery): void {
  const { limit = pageTicketsDefault, after = '', consistency } = query
  const rest = consistency === undefined ? '' : `&consistency=${consistency}`
  // One more than asked for tells whether there is a next page.
  const ids = tickets.page(after === '' ? '' : after.padStart(ticketIdDigits, '0'), limit + 1)
  const page = ids.slice(0, limit)
  const last = page.at(-1)
  const next =
    ids.length > limit && last !== undefined
      ? ['Link', `</tickets?limit=${limit}&after=${last}${rest}>; rel="next"`]
      : undefined
  answerJson(reply, 200, { tickets: page }, next)
}

function isNotFound(error: unknown): boolean {
  return (
    (error instanceof CommandError && error.code === 'key_not_found') ||
    (error instanceof DeskError && error.code === 'ticket_not_found')
  )
}

/** JSON can name half a surrogate pair, which no UTF-8 can hold: it becomes U+FFFD, like any bytes that are no text. */
function wellFormed(text: string): string {
  return /\p{Surrogate}/u.test(text) ? text.replace(/\p{Surrogate}/gu, '\u{fffd}') : text
}
