/**
 * What etcd's history of the head tells, as far back as etcd still has it: what became of a commit whose own record is gone, be it
 * that another node erased what was in it or that it is old; and whether two heads of one index are of the same data.
 */
import type { EtcdClient } from '../../etcd/client.js'
import { idOf, isByRewriter, REQUEST_MS, revisionOf, toHead, unavailable } from './head.js'
import type { EtcdLayout } from './layout.js'
import type { Commit, Head, Settlement } from '../journal.js'

/** What there is to find out in. */
export interface History {
  readonly client: EtcdClient
  readonly layout: EtcdLayout
}

/**
 * Whether `commit` was what came behind the head `after`, which is not the newest any more: `newest` is. A commit rewrites the head
 * that it was made on or does not happen, so the first head behind that one is its own, or it never was. Where etcd was compacted
 * up to there nobody can tell. Halves the way, so it takes a few dozen reads at most. Rejects with a JournalUnavailable.
 */
export async function settleInHistory(
  history: History,
  commit: Commit,
  after: Head,
  newest: Head,
): Promise<Settlement> {
  let last = revisionOf(after)
  const base = await headAt(history, last)
  if (base === 'compacted') return { fate: 'unknowable', head: newest }
  // Another history: what this one never had was lost with the old one.
  if (base === 'gone' || base.guard !== after.guard) return { fate: 'never', head: newest }
  let first = newest
  while (revisionOf(first) > last + 1n) {
    const middle = (last + revisionOf(first)) / 2n
    const then = await headAt(history, middle)
    if (then === 'compacted') return { fate: 'unknowable', head: newest }
    if (then === 'gone') return { fate: 'never', head: newest }
    if (then.guard === after.guard) last = middle
    else first = then
  }
  return idOf(first) === commit.id ? { fate: 'happened', head: first } : { fate: 'never', head: newest }
}

/**
 * Whether `head`, which has the index of `known` but another guard, is that one written anew, or `known` is this one: an answer that says the
 * head may come late. False where a commit wrote the later of both, or where `known` never was in this history. Whatever etcd has
 * compacted is believed of a head that says so. Rejects with a JournalUnavailable.
 */
export async function isRewritten(history: History, known: Head, head: Head): Promise<boolean> {
  // A replica that has nothing yet has nothing wrong.
  if (known.index === 0 || idOf(known) === idOf(head)) return true
  const [first, last] = revisionOf(known) < revisionOf(head) ? [known, head] : [head, known]
  if (!isByRewriter(last)) return false
  const now = await history.client.get(history.layout.head, { timeoutMs: REQUEST_MS })
  if (now.type !== 'ok') throw unavailable(now)
  // Removed since, and made anew.
  if (now.value === undefined || now.value.createRevision > revisionOf(first)) return false
  const then = await headAt(history, revisionOf(known))
  return then === 'compacted' || (then !== 'gone' && then.guard === known.guard)
}

/** The head at a revision. */
async function headAt({ client, layout }: History, revision: bigint): Promise<Head | 'gone' | 'compacted'> {
  const then = await client.range({ key: layout.head }, { revision, timeoutMs: REQUEST_MS })
  if (then.type === 'ok') return then.value.kvs[0] === undefined ? 'gone' : toHead(then.value.kvs[0]).head
  if (then.type === 'refused' && then.reason === 'compacted') return 'compacted'
  // etcd was restored from a backup, and is not yet where it was.
  if (then.type === 'refused' && then.reason === 'future') return 'gone'
  throw unavailable(then)
}
