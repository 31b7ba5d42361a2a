/**
 * What an event of the desk says beside its body, as it is kept: in numbers, so that it means the same whatever is renamed later.
 * Never a description or a comment: events are kept in memory, sent to everyone and trimmed.
 */
import type { Asker, Transaction } from '../store/command.js'
import { counterTable } from './tables.js'

/** Who did it, and by which door; null where the desk did it itself. */
export interface Doer {
  readonly actor: number | null
  readonly door: string | null
}

export interface EventDetail extends Doer {
  /** Such as `ticket.changed`. */
  readonly type: string
  /** Milliseconds since 1970. */
  readonly time: number
}

export function doerOf({ actor, door }: Asker): Doer {
  return { actor, door: door === 'none' ? null : door }
}

/** The detail of an event that the command makes now. */
export function encodeDetail(
  { asker, time }: { readonly asker: Asker; readonly time: number },
  type: string,
  more: object,
): string {
  return JSON.stringify({ type, time, ...doerOf(asker), ...more } satisfies EventDetail)
}

/** The type of events that happen to no key: v2 watchers are not told of them. What they say is their detail. */
export const DESK_EVENT = 'desk'

/** Makes an event that happens to no key; returns its index. `about` is the record that it is about. */
export function emitDesk(transaction: Transaction, about: string, detail: string): number {
  return transaction.emit(DESK_EVENT, about, '{}', detail)
}

/** The counter that holds the index at which anything that has a name last changed: what is remembered of names goes by it. */
export const NAMES_CHANGED = 'names-changed'

/** Makes an event of something that has a name: as `emitDesk`, and whoever remembers names looks again. */
export function emitNamed(transaction: Transaction, about: string, detail: string): number {
  transaction.put(counterTable, NAMES_CHANGED, { name: NAMES_CHANGED, value: transaction.nextIndex })
  return emitDesk(transaction, about, detail)
}
