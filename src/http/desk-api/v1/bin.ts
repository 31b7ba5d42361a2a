/** How tickets go and come back: the bin, restoring, purging, and erasing single texts. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ticketLinksMax } from '../../../contract/limits.js'
import type { Redaction } from '../../../contract/v1/tickets.js'
import { CommandError, StoreError } from '../../../store/errors.js'
import { bodyProblems, guardProblems, onceProblems, shows, tellsDone, v1Answers, writeProblems } from './answers.js'
import type { Desk } from './desk.js'
import { guarded } from './guarded.js'
import { guardOf } from './guards.js'
import { ONCE_HEADER, onceOf } from './once.js'
import { numberIn, numberParams, subject, ticketSubject, type ByNumber, type Subject } from './subject.js'
import { sendTicketAfter } from './tickets.js'

const tags = ['tickets']
const errors = 'problem' as const

/** What a purge is told that was broken off after some of its parts: that nothing was changed is true of the first part alone. */
function inPart(error: unknown): unknown {
  const gone = 'Some links of the ticket are gone.'
  if (error instanceof StoreError) {
    const said = `${gone} Of the rest: ${error.message} Send the request again: it goes on from there.`
    return new StoreError('unknown-outcome', said)
  }
  // Such as one that was brought back meanwhile.
  if (error instanceof CommandError)
    return new CommandError(error.code, `${gone} ${error.message}`, error.details, error.index)
  return error
}

const ticketAnswer = shows('The ticket.', 'Ticket')

/** Who sends a purge again is told what it came to, and not that the ticket is gone by now: which of the two it is the command knows. */
const purgeSubject: Subject = (look, request) => {
  const isAgain = request.headers[ONCE_HEADER.toLowerCase()] !== undefined
  if (isAgain && look.reading.missing(look.viewer, numberIn(request)) === 'purged')
    subject('ticket.purge')(look, request)
  else ticketSubject('ticket.purge')(look, request)
}

/** Purges a ticket, in as many commits as it takes. Whether it was purged under the same key before. */
async function purge(desk: Desk, request: FastifyRequest): Promise<boolean> {
  const args = { number: numberIn(request), version: guardOf(request), once: onceOf(request) }
  let most = ticketLinksMax
  for (let parts = 0; ;) {
    try {
      const { result } = await desk.store.run('ticket.purge', { ...args, most }, desk.asker(request))
      if (result.isOver) return result.isReplayed
      parts += 1
    } catch (error) {
      const isTooMuch = error instanceof CommandError && error.code === 'too_large' && most > 1
      if (!isTooMuch) throw parts === 0 ? error : inPart(error)
      most = Math.ceil(most / 2)
    }
  }
}

/** Adds the routes. */
export function addBin(app: FastifyInstance, desk: Desk): void {
  app.delete<ByNumber>(
    '/tickets/:number',
    {
      config: { errors, subject: ticketSubject('ticket.change') },
      schema: {
        operationId: 'v1DeleteTicket',
        summary: 'Put a ticket into the bin',
        tags,
        params: numberParams,
        response: v1Answers({ 204: tellsDone('It is in the bin.') }, [
          ...guardProblems,
          ...writeProblems,
          'not_found',
          'purged',
          'in_bin',
        ]),
      },
    },
    async (request, reply) => {
      const number = numberIn(request)
      const run = () => desk.store.run('ticket.delete', { number, version: guardOf(request) }, desk.asker(request))
      await guarded(desk, request, reply, run)
      desk.sayIndex(reply)
      return reply.code(204).send()
    },
  )

  app.post<ByNumber>(
    '/tickets/:number/restore',
    {
      config: { errors, subject: ticketSubject('ticket.change') },
      schema: {
        operationId: 'v1RestoreTicket',
        summary: 'Bring a ticket back from the bin',
        description: 'One that is there already stays as it is.',
        tags,
        params: numberParams,
        response: v1Answers({ 200: ticketAnswer }, [
          ...guardProblems,
          ...onceProblems,
          ...writeProblems,
          'not_found',
          'purged',
          'ref_taken',
        ]),
      },
    },
    async (request, reply) => {
      const number = numberIn(request)
      const run = () => {
        const args = { number, version: guardOf(request), once: onceOf(request) }
        return desk.store.run('ticket.restore', args, desk.asker(request))
      }
      const { result } = await guarded(desk, request, reply, run)
      if (result.isReplayed) reply.header('Idempotency-Replayed', 'true')
      return sendTicketAfter(desk, request, reply, number)
    },
  )

  app.post<ByNumber>(
    '/tickets/:number/purge',
    {
      config: { errors, subject: purgeSubject },
      schema: {
        operationId: 'v1PurgeTicket',
        summary: 'Take all of a ticket away, for ever',
        description:
          'The ticket has to be in the bin. Its number is never given again. Where the tickets that it is linked with are too large to lose their links at once, these go in several commits, and the ticket with the last: sent again after it was broken off, it goes on.',
        tags,
        params: numberParams,
        response: v1Answers({ 204: tellsDone('Nothing of it is left.') }, [
          ...guardProblems,
          ...onceProblems,
          ...writeProblems,
          'not_found',
          'purged',
          'still_there',
        ]),
      },
    },
    async (request, reply) => {
      const isReplayed = await guarded(desk, request, reply, () => purge(desk, request))
      if (isReplayed) reply.header('Idempotency-Replayed', 'true')
      desk.sayIndex(reply)
      return reply.code(204).send()
    },
  )

  app.post<ByNumber & { Body: Redaction }>(
    '/tickets/:number/redact',
    {
      config: { errors, subject: ticketSubject('ticket.redact') },
      schema: {
        operationId: 'v1Redact',
        summary: 'Erase a text for good',
        description:
          'What a change, or the creation, gave to a member, or all of a comment: it goes from the ticket, its history, `at=` and search, and events that told of it are forgotten with all before them (410). Where the member held the very same text at other times it goes there too, up to 300 times at once and among the last 3,000 changes; from other members and comments it does not. That it was done stays. A title or a field that stands now is changed first (409).',
        tags,
        params: numberParams,
        body: { $ref: 'Redaction#' },
        response: v1Answers({ 204: tellsDone('It is erased.') }, [
          ...bodyProblems,
          ...onceProblems,
          ...writeProblems,
          'not_found',
          'purged',
          'still_standing',
          'too_long_ago',
        ]),
      },
    },
    async (request, reply) => {
      const args = { number: numberIn(request), what: request.body, once: onceOf(request) }
      const { result } = await desk.store.run('ticket.redact', args, desk.asker(request))
      if (result.isReplayed) reply.header('Idempotency-Replayed', 'true')
      desk.sayIndex(reply)
      return reply.code(204).send()
    },
  )
}
