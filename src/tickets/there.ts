/**
 * Whether a ticket is there, in SQL: its own record says so, and the last removal of all. Its key says the same (`checks.ts` holds one against
 * the other), but lies in a tree of its own, where finding it costs as much as reading the record. What is derived goes by the keys: it is
 * made in their order, and holds also where an older node took keys away and kept nothing of it.
 */
import { IS_UNPLACED } from './older.js'
import { HAS_KEY } from './ticket.js'

/** The index at which a ticket last came to be there, as far as it is known. */
export const PLACED = 'coalesce(placed, created_index)'

/** That all tickets went after this one came to be there. No later removal went less far than an earlier one. */
export const WENT_WITH_ALL =
  `EXISTS (SELECT 1 FROM (SELECT idx, last FROM removals ORDER BY idx DESC LIMIT 1) AS newest ` +
  `WHERE newest.idx > ${PLACED} AND number <= newest.last)`

/** That a ticket is there and not in the bin. */
export const IS_THERE = `CASE WHEN deleted IS NOT NULL THEN 0 WHEN ${IS_UNPLACED} THEN ${HAS_KEY} ELSE NOT ${WENT_WITH_ALL} END`
