/**
 * What surrounds a ticket, read from either end: in which order a list of it comes, and at which index it begins. The order is that of the
 * indexes at which things were made here, so an imported comment stands where it was imported, whatever time it was given.
 */
import { partSorts, type PartSort } from '../../../contract/limits.js'
import { DeskError } from '../errors.js'
import { readCursor, writeCursor } from './cursor.js'
import { pageQuery } from './parts.js'

export const partSort = {
  type: 'string',
  enum: [...partSorts],
  description:
    'By when they were made here: `created-asc`, the oldest first, where nothing is said; `created-desc` or `created`, the newest first.',
} as const

export const orderedQuery = {
  ...pageQuery,
  properties: {
    ...pageQuery.properties,
    cursor: { ...pageQuery.properties.cursor, description: 'The `next` of the page before, with the same `sort`.' },
    sort: partSort,
    from: {
      type: 'integer',
      minimum: 0,
      description:
        'The index to begin at, instead of a `cursor`: what has it, or else what comes next in this order. `next` goes on from there.',
      examples: [840],
    },
  },
} as const

export interface OrderedQuery {
  Querystring: { limit?: number; cursor?: string; sort?: PartSort; from?: number }
}

/** Where a page begins, and how the cursor of the next is written. */
export interface OrderedPlace {
  readonly isNewestFirst: boolean
  /** The index that it begins behind, in its order. */
  readonly behind: number
  readonly next: (last: number) => string
}

/** The place that is asked for in a list. Throws `invalid_cursor`, and `invalid_query` where it is said twice. */
export function placeOf(name: string, { cursor, sort, from }: OrderedQuery['Querystring']): OrderedPlace {
  if (cursor !== undefined && from !== undefined) {
    const detail = "The cursor says where the page begins, and so does 'from'. Send one of them."
    throw new DeskError('invalid_query', detail, [{ parameter: 'from', detail }])
  }
  const isNewestFirst = sort === 'created' || sort === 'created-desc'
  const list = isNewestFirst ? `${name}, newest first` : name
  const next = (last: number): string => writeCursor(list, last)
  if (cursor !== undefined) return { isNewestFirst, behind: readCursor(list, cursor), next }
  if (isNewestFirst) return { isNewestFirst, behind: Math.min(from ?? Infinity, Number.MAX_SAFE_INTEGER - 1) + 1, next }
  return { isNewestFirst, behind: (from ?? 1) - 1, next }
}
