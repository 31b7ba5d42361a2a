/**
 * How many connections the process keeps, and which of them go where one more comes in. A connection stays as long as there is
 * room, as on etcd; so it is here that those who only wait are kept from shutting others out.
 *
 * Promises: a newcomer is let in, and one that is idle goes for it, or one whose client is slow, or a watch, the oldest first. It
 * is turned away only where as many requests as there may be connections have come in whole within the last five seconds and are
 * still being answered. Where it asks at once it is answered, unless more come before its request is read than there are that hold
 * no watch and are not being answered. At most three quarters hold a watch: one more ends the oldest of whoever holds the most, so nobody
 * is cut off by what another opens. Costs a tenth of a microsecond per request.
 */
import { readFileSync } from 'node:fs'
import { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { clientOf, rereadingOf } from './reread.js'
import { breakOff } from './stream.js'
import { hasSentNothing } from './tls-front.js'
import { Watches } from './watches.js'

/**
 * Files that are left to the store and the log. Counted: 35 while nothing happens (libraries, threads, the data, the log, channels
 * to etcd), and 2 for each of 32 long lists; as many again are spare.
 */
const FILES_RESERVED = 200

/** However many files there may be: a connection that waits takes 7 to 10 kB of memory. */
const CONNECTIONS_MAX = 50_000

/** The part of the connections that may hold a watch. The rest is for requests that are answered at once. */
const WATCHES_SHARE = 3 / 4

/** The part that goes at once where there are too many: finding out which takes a look at all of them. */
const RELEASED_SHARE = 1 / 100

/** For so long after it was opened or asked something a connection is in use, or a request still arriving, in milliseconds. */
const NEW_MS = 1000

/** No short request takes as long to be answered, in milliseconds. */
const SHORT_MS = 5000

/** Why connections were closed to make room, with how many: `new` were in use a second ago, `refused` are newcomers. */
export type ClosedForRoom = Readonly<Record<'idle' | 'watch' | 'slow' | 'new' | 'refused', number>>

/** What is known of a connection. */
interface Connection {
  /** When it was opened or, later, its last request came in (performance's clock). */
  since: number
}

/** Whom it costs least goes first. */
const ORDER = ['silent', 'idle', 'slow', 'new', 'watch'] as const
type Rank = (typeof ORDER)[number]

interface Candidate {
  readonly socket: Socket
  readonly rank: Rank
  /** The lower it is, the sooner the connection goes: by its rank, and in that by its age. */
  readonly place: number
}

/** More than the milliseconds that a process lives. */
const RANK_STEP = 1e12

export class ConnectionRoom {
  /** How many connections are kept at once. */
  readonly max: number
  readonly #watchesMax: number
  readonly #open = new Map<Socket, Connection>()
  readonly #watches = new Watches()
  readonly #closed = { idle: 0, watch: 0, slow: 0, new: 0, refused: 0 }

  constructor(max: number) {
    this.max = max
    this.#watchesMax = Math.max(1, Math.floor(max * WATCHES_SHARE))
  }

  get closed(): ClosedForRoom {
    return this.#closed
  }

  /** Takes in a new connection, for which others may have to go. */
  enter(socket: Socket): void {
    this.#open.set(socket, { since: performance.now() })
    socket.once('close', () => this.#open.delete(socket))
    if (this.#open.size > this.max) this.#makeRoom(socket)
  }

  /** Counts a connection no longer that is still open: another stands for it. */
  leave(socket: Socket): void {
    this.#open.delete(socket)
  }

  /** Notes that a request came in on a connection. */
  asked(socket: Duplex): void {
    const client = clientOf(socket)
    const connection = client && this.#open.get(client)
    if (connection !== undefined) connection.since = performance.now()
  }

  /** Notes an answer that stays open until something happens, for `holder`. Where there are too many, one of whoever holds the most goes. */
  waits(response: ServerResponse, holder: string): void {
    // It says no more that it has closed.
    if (response.destroyed) return
    this.#watches.add(response, holder)
    response.once('close', () => this.#watches.delete(response))
    if (this.#watches.size <= this.#watchesMax) return
    const first = this.#watches.first()
    if (first === undefined) return
    this.#watches.delete(first)
    this.#closed.watch += 1
    breakOff(first)
  }

  #makeRoom(newcomer: Socket): void {
    const now = performance.now()
    const candidates: Candidate[] = []
    for (const [socket, { since }] of this.#open) {
      const rank = socket === newcomer ? undefined : this.#rankOf(socket, now - since)
      if (rank !== undefined) candidates.push({ socket, rank, place: ORDER.indexOf(rank) * RANK_STEP + since })
    }
    // Numbers are sorted many times as quickly as objects.
    const places = Float64Array.from(candidates, ({ place }) => place).toSorted()
    const last = places[Math.min(places.length, Math.ceil(this.max * RELEASED_SHARE)) - 1]
    if (last === undefined) this.#close(newcomer, 'refused')
    else {
      const released = candidates.filter(({ place }) => place <= last)
      for (const { socket, rank } of released) this.#close(socket, rank === 'silent' ? 'idle' : rank)
    }
  }

  /** Undefined where a connection may not go. */
  #rankOf(socket: Socket, ageMs: number): Rank | undefined {
    const answer = answerOn(socket)
    if (answer !== undefined && this.#watches.has(answer)) return 'watch'
    if (answer?.req.complete === true) return ageMs < SHORT_MS ? undefined : 'slow'
    if (ageMs < NEW_MS) return 'new'
    if (answer !== undefined) return 'slow'
    return hasSentNothing(socket) ? 'silent' : 'idle'
  }

  #close(socket: Socket, why: keyof ClosedForRoom): void {
    this.#closed[why] += 1
    // Not at its `close`, which comes later: its file is given back at once.
    this.#open.delete(socket)
    const answer = answerOn(socket)
    if (answer === undefined) socket.destroy()
    else breakOff(answer)
  }
}

/** That of the process, since the limit is the process's. */
export const connectionRoom = new ConnectionRoom(readConnectionsMax())

/** The answer that a connection waits for or is being sent; undefined where it has no request, or half of its headers. */
export function answerOn(socket: Socket): ServerResponse | undefined {
  return answerHeldBy(socket) ?? answerHeldBy(rereadingOf(socket))
}

function answerHeldBy(connection: Duplex | undefined): ServerResponse | undefined {
  if (connection === undefined) return undefined
  // Node's own name for it, and the only word there is of it.
  const answer: unknown = Reflect.get(connection, '_httpMessage')
  return answer instanceof ServerResponse ? answer : undefined
}

/** What the system allows the process to open, less what the store and the log need; where that is little, half of it. */
function readConnectionsMax(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/mu.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    const files = soft === undefined ? Infinity : Number(soft)
    return Math.min(CONNECTIONS_MAX, Math.max(files - FILES_RESERVED, Math.floor(files / 2)))
  } catch {
    // Not Linux: the system's own refusal has to do.
    return CONNECTIONS_MAX
  }
}
