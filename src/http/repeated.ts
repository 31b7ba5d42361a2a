/** What an answer repeats of what a stranger sent: never more than so much of it. */

/** Characters that are repeated. */
const CHARACTERS_MAX = 200

/** The text, cut where it is long. */
export function shortened(text: string): string {
  // Never half of a character.
  return text.length > CHARACTERS_MAX ? `${text.slice(0, CHARACTERS_MAX).replace(/[\ud800-\udbff]$/u, '')}…` : text
}

/** The same without control characters and what is beyond ASCII, so that it can stand in a header or a command to copy. */
export function printable(text: string): string {
  return text.slice(0, CHARACTERS_MAX).replace(/[^\x20-\x7e]/gu, '?')
}
