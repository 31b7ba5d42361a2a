/**
 * The HTTP side of a watch: headers at once, then events as lines, as long as the client takes them. As in etcd a client that
 * has more than 100 events still to take is ended, and one whose watch can not go on is cut off; so memory is bounded whatever
 * happens to the tree. A large event waits in the file until it is sent, and is in memory once for all who are sent it.
 */
import type { WatchHub, Watcher } from '../../keytree/watch.js'
import type { KeptBody, LargeBody } from '../../store/history.js'
import type { KeyAdmission } from './admission.js'
import { type Exchange, keyHeaders, sendKeyError } from './answer.js'
import type { KeyParameters } from './parameters.js'
import type { ConnectionRoom } from '../connection-room.js'
import { breakOff, drained } from '../stream.js'
import { untilClientLeaves } from '../waits.js'
import type { LargeEvents } from './large-events.js'

/** Events that may wait for a slow client. */
const WAITING_EVENTS_MAX = 100

/** What Node may hold for a client before it counts as slow: room for the burst of one group commit. */
const SENT_AHEAD_BYTES_MAX = 256 * 1024

/** What metrics call a watch: how long it lasts says nothing of how quick the door is. */
const WATCH_ROUTE = '/v2/keys?wait=true'

/** What all watches of a door share. */
export interface Watching {
  readonly hub: WatchHub
  readonly room: ConnectionRoom
  readonly largeEvents: LargeEvents
  readonly clusterId: string
  readonly admission: KeyAdmission
}

/** Answers a request with a watch, which is cut off as its rights end. */
export function answerWatch(
  exchange: Exchange,
  { hub, room, largeEvents, clusterId, admission }: Watching,
  path: string,
  parameters: KeyParameters,
): void {
  const { recursive, stream, waitIndex } = parameters
  exchange.visit.route = WATCH_ROUTE
  exchange.visit.isWatch = true
  // Its client left while it was looked at, and nothing would say so any more.
  if (exchange.response.destroyed) return
  room.waits(exchange.response, admission.callerOf(exchange.entry, exchange.request))
  const watcher = new WatchAnswer(exchange, largeEvents, clusterId, waitIndex)
  const stop = hub.watch({ path, recursive, stream, waitIndex, reach: exchange.entry.rights.read }, watcher)
  const letGo = admission.hold(exchange.entry, () => {
    stop()
    watcher.broken()
  })
  const { socket } = exchange.request
  const stay = untilClientLeaves(socket, () => {
    if (socket.destroyed) stop()
    else watcher.left()
  })
  exchange.response.once('close', () => {
    stop()
    stay()
    letGo()
  })
}

/** Lines from this length on are encoded once for all who are sent them. */
const SHARED_LINE_CHARACTERS = 16 * 1024

/** The line that was encoded last in this turn of the event loop. */
let shared: { readonly body: string; readonly line: Buffer } | undefined

/** An event as it is sent: a long one in the same bytes for every client, so that a thousand watches of it do not hold it a thousand times. */
function lineOf(body: string): string | Buffer {
  if (body.length < SHARED_LINE_CHARACTERS) return `${body}\n`
  if (shared?.body !== body) {
    if (shared === undefined) setImmediate(() => (shared = undefined))
    shared = { body, line: Buffer.from(`${body}\n`) }
  }
  return shared.line
}

class WatchAnswer implements Watcher {
  readonly #exchange: Exchange
  readonly #largeEvents: LargeEvents
  readonly #clusterId: string
  readonly #waitIndex: number
  #waiting: KeptBody[] = []
  #isBlocked = false
  #isEnded = false
  #hasLeft = false

  constructor(exchange: Exchange, largeEvents: LargeEvents, clusterId: string, waitIndex: number) {
    this.#exchange = exchange
    this.#largeEvents = largeEvents
    this.#clusterId = clusterId
    this.#waitIndex = waitIndex
  }

  started(index: number): void {
    const { response } = this.#exchange
    response.writeHead(200, keyHeaders(this.#exchange, this.#clusterId, index))
    response.flushHeaders()
    // What was found in the history comes in this same turn, and is still delivered.
    if (this.#hasLeft) setImmediate(() => this.ended())
  }

  refused(oldest: number, index: number): void {
    const cause = `the requested history has been cleared [${oldest}/${this.#waitIndex}]`
    sendKeyError(this.#exchange, this.#clusterId, 401, cause, index)
  }

  event(body: KeptBody): void {
    if (this.#isEnded) return
    if (!this.#isBlocked) this.#write(body)
    else if (this.#waiting.length < WAITING_EVENTS_MAX) this.#waiting.push(body)
    else this.ended()
  }

  /** Nobody waits for a further event. */
  left(): void {
    this.#hasLeft = true
    if (this.#exchange.response.headersSent) this.ended()
  }

  ended(): void {
    this.#isEnded = true
    if (!this.#isBlocked) this.#exchange.response.end()
  }

  /** A client that gets a whole answer with nothing in it takes that for one; from an error it turns to another server. */
  broken(): void {
    this.#isEnded = true
    breakOff(this.#exchange.response)
  }

  #write(body: KeptBody): void {
    const { response } = this.#exchange
    if (typeof body !== 'string') {
      this.#isBlocked = true
      void this.#sendLarge(body)
      return
    }
    response.write(lineOf(body))
    if (!response.writableNeedDrain || response.writableLength < SENT_AHEAD_BYTES_MAX) return
    this.#isBlocked = true
    void this.#resumeWhenDrained()
  }

  async #sendLarge(body: LargeBody): Promise<void> {
    const { response } = this.#exchange
    try {
      if (await this.#largeEvents.send(response, body)) this.#resume()
    } catch {
      // The file can't be read: whoever reads next tells of it.
      breakOff(response)
    }
  }

  async #resumeWhenDrained(): Promise<void> {
    if (await drained(this.#exchange.response)) this.#resume()
  }

  #resume(): void {
    this.#isBlocked = false
    const waiting = this.#waiting
    this.#waiting = []
    for (const body of waiting) {
      if (this.#isBlocked) this.#waiting.push(body)
      else this.#write(body)
    }
    if (this.#isEnded && !this.#isBlocked) this.#exchange.response.end()
  }
}
