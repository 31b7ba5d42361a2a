/** What a ticket is: its number, how the number is written, and what its title may be. */

import { ticketIdDigits, ticketNumberPattern, ticketsPath, titleCharactersMax } from '../contract/ticket-form.js'
import { countCharacters, type Text } from '../journal/text.js'

/** Where the tickets are in the key tree. */
export const TICKETS_PATH = ticketsPath

/** The highest number: the last whole number that JSON carries safely. */
export const TICKET_NUMBER_MAX = Number.MAX_SAFE_INTEGER

/** A ticket made under a number of the caller's choice lies at most so far above the counter: nobody can use the numbers up. */
export const TICKET_NUMBER_AHEAD_MAX = 1_000_000

/** In SQL: the id of the ticket in the column `number`. */
export const TICKET_ID_IN_SQL = `printf('%0${ticketIdDigits}d', number)`

/** In SQL: that the ticket in the column `number` has its key. */
export const HAS_KEY = `EXISTS (SELECT 1 FROM keys WHERE parent = '${TICKETS_PATH}' AND keys.name = ${TICKET_ID_IN_SQL})`

const TICKET_NUMBER = new RegExp(ticketNumberPattern, 'u')

/** The id of a ticket: 12 gives `00000000000000000012`. */
export function ticketId(number: number): string {
  return String(number).padStart(ticketIdDigits, '0')
}

/** The number that an id in full, 20 digits, names; undefined where it names none: then it is no ticket but an ordinary key. */
export function ticketNumber(id: string): number | undefined {
  if (id.length !== ticketIdDigits) return undefined
  let number = 0
  for (let at = 0; at < ticketIdDigits; at++) {
    const digit = id.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return undefined
    number = number * 10 + digit
  }
  return inRange(number)
}

/** The id in full of what a person wrote, with or without leading zeros; undefined where that is no ticket number. */
export function parseTicketId(text: string): string | undefined {
  const number = TICKET_NUMBER.test(text) ? inRange(Number(text)) : undefined
  return number === undefined ? undefined : ticketId(number)
}

/** Says in a sentence why a title won't do; undefined where it will. */
export function titleProblem(title: Text): string | undefined {
  if (title === '') return 'a ticket needs a title: write at least one character'
  // A string of that many UTF-16 units can't have more characters; only a longer one has to be counted.
  if (title.length <= titleCharactersMax) return undefined
  const characters = countCharacters(title)
  if (characters <= titleCharactersMax) return undefined
  return `the title has ${characters} characters: shorten it to at most ${titleCharactersMax}`
}

function inRange(number: number): number | undefined {
  return number >= 1 && number <= TICKET_NUMBER_MAX ? number : undefined
}
