/**
 * What may be seen, decided here and nowhere else: for commands, for queries (as a condition in SQL) and for events. What one may
 * not see is not there.
 */
import type { SqlValue } from '../sqlite/database.js'
import type { Viewer } from './viewer.js'

/** What is asked of a ticket to say who may see it. */
export interface Sighted {
  readonly requester: number | null
  /** 1 where the ticket is hidden from all but admins and agents. */
  readonly internal: number
}

/** Whether a viewer may know of a ticket. */
export function maySee(viewer: Viewer, { requester, internal }: Sighted): boolean {
  if (viewer.isStaff) return true
  if (internal === 1) return false
  if (viewer.role === 'viewer') return true
  return viewer.role === 'requester' && viewer.user !== null && requester === viewer.user
}

/**
 * Whether a viewer who may see a ticket now may be told how it stood, and what happened to it, when it stood so. What was internal then
 * stays hidden. To whom it belonged hides nothing: the history goes with the ticket, as its comments do.
 */
export function maySeeThen(viewer: Viewer, { internal }: Pick<Sighted, 'internal'>): boolean {
  return viewer.isStaff || internal !== 1
}

/** `maySee` as a condition on the table `tickets`. */
export function sightCondition(viewer: Viewer): { readonly sql: string; readonly parameters: readonly SqlValue[] } {
  if (viewer.isStaff) return { sql: 'TRUE', parameters: [] }
  if (viewer.role === 'viewer') return { sql: 'tickets.internal = 0', parameters: [] }
  if (viewer.role === 'requester' && viewer.user !== null) {
    return { sql: 'tickets.internal = 0 AND tickets.requester = ?', parameters: [viewer.user] }
  }
  return { sql: 'FALSE', parameters: [] }
}
