/**
 * Sees to requests that wait although the leader to which a member passed them is gone. Such a request is lost, yet the
 * member answers only after seven seconds. So while one waits longer than usual its member is asked which term it is in, once
 * for all that wait there; and when another leader has been there for a moment, which is when a request that was not lost
 * would have been answered, the wait is over. What became of the request is unknown then.
 */
import { Metadata } from '@grpc/grpc-js'
import { setTimeout as delay } from 'node:timers/promises'
import type { Connection } from './connection.js'
import { MaintenanceService } from './generated/rpc.js'

/** How long a request may wait before anybody asks. */
const SLOW_MS = 300

/** How often it is asked. */
const ASK_MS = 150

/** How long the member may take to answer that. */
const ANSWER_MS = 500

interface Waiting {
  readonly since: number
  readonly term: bigint
  readonly abort: AbortController
}

export class LeaderWatch {
  readonly #waiting = new Map<Connection, Set<Waiting>>()
  #term = 0n

  /** Notes the term of an answer. */
  noteTerm(term: bigint): void {
    if (term > this.#term) this.#term = term
  }

  /** Does `work` over a connection; its signal is aborted when the leader of its beginning is gone. */
  async during<T>(connection: Connection, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const entry: Waiting = { since: performance.now(), term: this.#term, abort: new AbortController() }
    const others = this.#waiting.get(connection)
    if (others !== undefined) others.add(entry)
    else {
      const all = new Set([entry])
      this.#waiting.set(connection, all)
      void this.#ask(connection, all)
    }
    try {
      return await work(entry.abort.signal)
    } finally {
      this.#waiting.get(connection)?.delete(entry)
    }
  }

  /** Asks again and again while anybody waits. */
  async #ask(connection: Connection, all: Set<Waiting>): Promise<void> {
    for (let before = 0n; ;) {
      await delay(ASK_MS, undefined, { ref: false })
      if (all.size === 0) break
      const now = performance.now()
      const slow = [...all].filter(({ since }) => now - since > SLOW_MS)
      const term = slow.length === 0 ? 0n : await termOf(connection)
      // Told twice by a member that has a leader: what was still to be answered in the new term has been.
      if (term !== 0n && term === before) {
        for (const { term: begun, abort } of slow) if (begun < term) abort.abort()
        this.noteTerm(term)
      }
      before = term
    }
    this.#waiting.delete(connection)
  }
}

/** The term that a member is in; 0 where it has no leader or does not say. */
async function termOf(connection: Connection): Promise<bigint> {
  const end = await connection.call(MaintenanceService.status, {}, new Metadata(), ANSWER_MS)
  return end.type === 'answer' && end.response.leader !== 0n ? end.response.raftTerm : 0n
}
