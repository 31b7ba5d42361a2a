/** How a route runs a change that is guarded, and what it tells of one that has nothing to show. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { faultsOf } from '../../../names/refusal.js'
import { CommandError } from '../../../store/errors.js'
import { DeskError } from '../errors.js'
import type { Desk, Look } from './desk.js'
import { numberIn } from './subject.js'
import { ticketJson } from './ticket-json.js'

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
    throw new DeskError(error.code, error.message, faults, await desk.lookAtLarge(request, reply, show ?? ticket))
  }
}
