/** A ticket as it is sent: today, as it was, and with what surrounds it. */
import type { PartSort } from '../../../contract/limits.js'
import type { Moment } from '../../../names/moment.js'
import { pastOf, type PastState } from '../../../tickets/past.js'
import type { TicketState } from '../../../tickets/reading.js'
import { DeskError } from '../errors.js'
import type { Look } from './desk.js'
import { includedJson, includesOf } from './included.js'
import { ticketJson } from './ticket-json.js'
import { parseTime } from './time.js'

export interface OneQuery {
  include?: string
  sort?: PartSort
  at?: string
}

/** The version of a ticket, and its JSON. */
export interface TicketText {
  readonly version: number
  readonly body: string
}

export function textOf(look: Look, state: TicketState, more: object = {}): TicketText {
  return { version: state.record.updatedIndex, body: JSON.stringify({ ...ticketJson(look, state), ...more }) }
}

/** Whether what is asked for may take going through the ticket's history. */
export function looksBack({ include, at }: OneQuery): boolean {
  return at !== undefined || include?.includes('history') === true
}

/** A ticket as a request wants it. Throws what is refused. */
export function askedTicket(look: Look, number: number, query: OneQuery): TicketText {
  const { at } = query
  const includes = includesOf(query, at !== undefined)
  const today = look.demandTicket(number)
  const state = at === undefined ? today : pastState(look, today, momentOf(at))
  return textOf(look, state, includedJson(look, state, includes))
}

/** The ticket as a command left it, whatever has happened to it since: whoever sends the request again gets the same. */
export function stateAsOf(look: Look, today: TicketState, index: number): TicketState {
  const isSame = today.record.updatedIndex <= index && today.deletedTime === null
  return isSame ? today : pastState(look, today, { index })
}

function pastState(look: Look, today: TicketState, moment: Moment): PastState {
  const past = pastOf(look, today, moment)
  // Not made yet, deleted or hidden then: to whom it was not there these are one.
  if (past === undefined) throw new DeskError('not_found', 'There was no such ticket then. Ask for a later moment.')
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
