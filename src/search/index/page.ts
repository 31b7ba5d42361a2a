/** Places in an order, and pages of them. */
import type { Column } from '../condition.js'

/** Sorted by these, whoever asks; `updated` and `comments` may be those that everybody sees. */
export type WalkOrder = { readonly by: 'number' | 'priority' | Column; readonly isDescending: boolean }

/** A place in an order: where two have the same value the number decides, in the same direction. */
export interface Place {
  /** As columns keep it; 0 where the order has no value. */
  readonly value: number
  readonly number: number
}

/** Where a page begins: behind a place, and behind so many more. */
export interface Beginning {
  readonly after?: Place | undefined
  readonly skip?: number
}

export interface Page {
  readonly places: readonly Place[]
  /** How many were passed over, of as many as had to be: fewer where there are no more, or where the page ended before. */
  readonly passed: number
  /** Whether more may come behind the last place. */
  readonly goesOn: boolean
  /** Whether a bound of work kept something from being looked at that belongs here or behind. */
  readonly isIncomplete: boolean
  /**
   * Where a bound of work ended the page: the place from which on the next one begins. By number and by priority all was looked at up to
   * there; by a column it is no more than the last place, and what would have come before it may be missing.
   */
  readonly endedAt?: Place | undefined
}
