/**
 * Makes whole revisions of what a watch sends. etcd's messages hold whole revisions, many of them when a watch catches up;
 * a message that is too large comes in fragments, which may end in the middle of a revision. So the newest revision of a
 * fragment is held back until the next fragment, or the message's end, shows that it is complete; what a cut connection
 * leaves of it is thrown away and asked for again. Nothing here trusts the revision in a message's header: while a watch
 * catches up it is the store's newest one, far ahead of the events.
 */
import { Event_EventType, type Event, type KeyValue } from './generated/rpc.js'

/** A change of one key. Of a deletion `kv` has the key and, as `modRevision`, the revision of the deletion. */
export interface RevisionEvent {
  readonly type: 'put' | 'delete'
  readonly kv: KeyValue
}

/** All that one revision changed below the prefix. The order of the events says nothing. */
export interface Revision {
  readonly revision: bigint
  readonly events: readonly RevisionEvent[]
}

/** What etcd never sends: revisions out of order, or events of no key. */
export class WatchDisorder extends Error {
  override readonly name = 'WatchDisorder'
}

export class RevisionAssembler {
  #complete: bigint
  #begun: { readonly revision: bigint; readonly events: RevisionEvent[] } | undefined

  /** `complete` is the newest revision that is already known: what is not newer is left out. */
  constructor(complete: bigint) {
    this.#complete = complete
  }

  /** The newest revision that was given out. */
  get complete(): bigint {
    return this.#complete
  }

  /** Takes a message, or a fragment of one that goes on (`more`); returns the revisions that are complete now, in order. */
  add(events: readonly Event[], more: boolean): Revision[] {
    const whole: Revision[] = []
    for (const { type, kv } of events) {
      if (kv === undefined) throw new WatchDisorder('etcd sent an event without a key')
      if (kv.modRevision <= this.#complete) continue
      if (this.#begun === undefined || kv.modRevision > this.#begun.revision) {
        this.#finish(whole)
        this.#begun = { revision: kv.modRevision, events: [] }
      } else if (kv.modRevision < this.#begun.revision) {
        throw new WatchDisorder(`etcd sent revision ${kv.modRevision} after ${this.#begun.revision}`)
      }
      this.#begun.events.push({ type: type === Event_EventType.DELETE ? 'delete' : 'put', kv })
    }
    if (!more) this.#finish(whole)
    return whole
  }

  #finish(whole: Revision[]): void {
    if (this.#begun === undefined) return
    whole.push(this.#begun)
    this.#complete = this.#begun.revision
    this.#begun = undefined
  }
}
