/** A moment in the life of the desk, as a request names one, and what was before it. */

/** The index up to which everything had happened, or a time. */
export type Moment = { readonly index: number } | { readonly time: number }

/** The index that a text is; undefined where it is none. */
export function indexIn(text: string): number | undefined {
  return /^\d{1,15}$/u.test(text) ? Number(text) : undefined
}

/** What took an index, and when that was. */
export interface Happened {
  readonly index: number
  readonly time: number
}

/** Whether a moment is before something happened: that counts from its own index on. */
export function isBefore(moment: Moment, { index, time }: Happened): boolean {
  return 'index' in moment ? moment.index < index : moment.time < time
}
