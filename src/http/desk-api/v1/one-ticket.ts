/** A ticket as it is sent: today, as it was, and with what surrounds it. */
import type { PartSort } from '../../../contract/limits.js'
import { indexIn, type Moment } from '../../../names/moment.js'
import { DeskRefusal } from '../../../names/refusal.js'
import { ownPastOf, pastOf, type PastState } from '../../../tickets/past.js'
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

/** Whether a ticket stands as a command left it at an index. What only staff sees has a version of its own. */
function isAsOf({ record, deletedTime }: TicketState, index: number): boolean {
  return record.updatedIndex <= index && (record.internalVersion ?? 0) <= index && deletedTime === null
}

/**
 * The ticket as the command that made it left it, whatever has happened to it since: whoever sends the request again gets the same. Where that is
 * more than there is time to go through it says where the ticket is.
 */
export function ticketAsMade(look: Look, number: number, index: number): TicketText {
  const today = look.demandTicket(number)
  return textOf(look, isAsOf(today, index) ? today : madeState(look, today, index))
}

function madeState(look: Look, today: TicketState, index: number): TicketState {
  const { number } = today.record
  try {
    const made = ownPastOf(look, today, index)
    if (made === undefined) throw new DeskError('not_found')
    return made
  } catch (error) {
    const isLate = error instanceof DeskRefusal && error.code === 'overloaded' && look.patience?.isCancelled() === false
    if (!isLate) throw error
    const detail = `The request was carried out before: it made ticket ${number}. Too much happened to that since to tell how it was then. Read it as it is at /v1/tickets/${number}.`
    throw new DeskError('too_long_ago', detail)
  }
}

function pastState(look: Look, today: TicketState, moment: Moment): PastState {
  // A time that is still to come is now by a clock that is slow; but of an index that nobody was given it can't be said how anything is.
  if ('index' in moment && moment.index > look.index)
    throw new DeskError('history_gone', `The newest index is ${look.index}. Leave 'at' out for what there is now.`)
  const past = pastOf(look, today, moment)
  // Not made yet, deleted or hidden then: to whom it was not there these are one.
  if (past === undefined) throw new DeskError('not_found', 'There was no such ticket then. Ask for a later moment.')
  return past
}

/** An index, or a time. */
function momentOf(text: string): Moment {
  const index = indexIn(text)
  if (index !== undefined) return { index }
  const time = parseTime(text)
  if (time !== undefined) return { time }
  const detail = "The query parameter 'at' is neither an index nor a time such as 2026-11-28T10:00:00Z."
  throw new DeskError('invalid_query', detail, [{ parameter: 'at', detail }])
}
