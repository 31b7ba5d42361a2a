/**
 * How a ticket's number and title are written, said once: for the rules that keep it so, the doors that check it, the documents
 * that promise it and the people who are asked for it. Plain values without a library, since every program and thread loads them.
 */

/** Where tickets lie in the key tree. */
export const ticketsPath = '/tickets'

/** Digits of a ticket's id: its number with leading zeros, so that ids sort like numbers. */
export const ticketIdDigits = 20

/** An id in full. Patterns are regular expressions, as JSON Schema writes them. */
export const ticketIdPattern = `^[0-9]{${ticketIdDigits}}$`

/** A number as people write it: with all of its leading zeros, some or none. */
export const ticketNumberPattern = `^[0-9]{1,${ticketIdDigits}}$`

/** What a number may be sent as, for whoever reads a description. */
export const ticketNumberForms = `${ticketIdDigits} digits, or the plain number`

/** The longest title, in Unicode characters; the shortest has one. */
export const titleCharactersMax = 256

/** The length of a title, for whoever reads a sentence. */
export const titleLength = `1 to ${titleCharactersMax} characters`
