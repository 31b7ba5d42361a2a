/**
 * What goes through a ticket's history where that is long: a page of it, and the ticket as it was, as it was made, or with its history. One that has changed
 * much, in fields that whoever asks may not even see, takes more to read than the main thread has time for.
 */
import type { Question } from '../../../../store/question.js'
import { historyJson } from '../history-json.js'
import { askedTicket, ticketAsMade, type OneQuery } from '../one-ticket.js'
import type { OrderedQuery } from '../ordered.js'
import type { Answered, DeskRoom, SearchAsked } from './room.js'

export interface PastAsked<Query> extends Pick<SearchAsked, 'asker'> {
  readonly number: number
  readonly query: Query
}

export interface MadeAsked extends Pick<SearchAsked, 'asker'> {
  readonly number: number
  /** At which the command that made it ended. */
  readonly index: number
}

export const historyPage: Question<DeskRoom, PastAsked<OrderedQuery['Querystring']>, Answered> = {
  name: 'history',
  answer: (room, { asker, number, query }, patience) =>
    room.read(asker, patience, (look) => ({
      body: JSON.stringify(historyJson(look, look.demandTicket(number), query)),
    })),
}

export const ticketWithPast: Question<DeskRoom, PastAsked<OneQuery>, Answered> = {
  name: 'ticket with its past',
  answer: (room, { asker, number, query }, patience) =>
    room.read(asker, patience, (look) => askedTicket(look, number, query)),
}

export const madeTicket: Question<DeskRoom, MadeAsked, Answered> = {
  name: 'ticket as it was made',
  answer: (room, { asker, number, index }, patience) =>
    room.read(asker, patience, (look) => ticketAsMade(look, number, index)),
}
