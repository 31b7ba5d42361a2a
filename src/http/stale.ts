/**
 * How old a local read may be. Where the journal is away (an etcd without a majority, a cut line), or the local copy can't keep
 * up (a full disk), reads go on from the local copy, and every answer says so in a header; where it is there, or is this machine's own file, this costs nothing.
 */
import type { DeskStore } from '../desk.js'

/** Without contact for longer than this, reads count as old, in milliseconds: longer than the pauses between two signs of life. */
const STALE_MS = 3000

/** The header's name. Its value: `index=NEWEST INDEX HERE, seconds=SINCE THE LAST CONTACT`. */
export const STALE_HEADER = 'Etcdesk-Stale'

type Aged = Pick<DeskStore, 'ageMs' | 'history'>

/** The header as name and value in turn; nothing where the journal is there. */
export function staleHeaders(store: Aged): readonly string[] {
  const { ageMs } = store
  if (ageMs <= STALE_MS) return NONE
  return [STALE_HEADER, `index=${store.history.head()}, seconds=${Math.floor(ageMs / 1000)}`]
}

/** Where a desk is closed: without news for longer than this, in milliseconds, nobody can say who may still read. */
export const OUT_OF_TOUCH_MS = 60_000

/** A sentence that says for how long the replica has not kept up; undefined where it does. */
export function lagProblem({ behindMs }: Pick<DeskStore, 'behindMs'>): string | undefined {
  if (behindMs <= STALE_MS) return undefined
  return `The local copy has lacked changes that etcd has for ${Math.floor(behindMs / 1000)} s: reads are old.`
}

/** A sentence that says for how long the journal has been away; undefined where it is there. */
export function contactProblem({ contactAgeMs }: Pick<DeskStore, 'contactAgeMs'>): string | undefined {
  if (contactAgeMs <= STALE_MS) return undefined
  const since = Number.isFinite(contactAgeMs) ? `for ${Math.floor(contactAgeMs / 1000)} s` : 'since the start'
  return `No contact with etcd ${since}: reads are answered from the local copy, writes and strong reads fail.`
}

const NONE: readonly string[] = []
