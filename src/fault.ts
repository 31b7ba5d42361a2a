/** What was thrown may be anything: as a sentence, and as an error. */

/** What an error says of itself. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The error itself, or one that says what was thrown in its place. */
export function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
