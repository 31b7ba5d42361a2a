/** A moment in the life of the desk, as a request names one, and what was before it. */

/** The index up to which everything had happened, or a time. */
export type Moment = { readonly index: number } | { readonly time: number }

/** What took an index, and when that was. */
export interface Happened {
  readonly index: number
  readonly time: number
}

/** Whether a moment is before something happened: that counts from its own index on. */
export function isBefore(moment: Moment, { index, time }: Happened): boolean {
  return 'index' in moment ? moment.index < index : moment.time < time
}
