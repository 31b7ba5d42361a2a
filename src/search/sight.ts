/** What a viewer may see, as a condition: the rules of `users/sight.ts`, in terms. It is one more AND of each search. */
import type { Viewer } from '../users/viewer.js'
import { allOf, EVERYTHING, NOTHING, not, type Condition } from './condition.js'
import { INTERNAL, requesterTerm } from './terms.js'

/** `maySee` as a condition. */
export function sightOf({ isStaff, role, user }: Viewer): Condition {
  if (isStaff) return EVERYTHING
  const open = not({ terms: [INTERNAL] })
  if (role === 'viewer') return open
  return role === 'requester' && user !== null ? allOf([open, { terms: [requesterTerm(user)] }]) : NOTHING
}
