/**
 * Sending answers with large texts in bounded memory. An answer of 10 MiB of text can be 60 MiB of JSON: it is encoded piece by
 * piece, as fast as its client takes it and with others served in between, so what it holds meanwhile is the text itself.
 * All texts that are held for answers share one room. What can wait until there is room does; and while something waits,
 * a client that takes nothing is cut off, so that nobody can keep the room by not reading.
 */
import type { ServerResponse } from 'node:http'
import { piecesOf, type Json } from '../journal/json.js'
import { StoreError } from '../store/errors.js'
import { ownTurn } from './own-turn.js'
import { breakOff, drained } from './stream.js'

/** Bytes of large texts that are held for answers, of all doors. */
const ROOM_BYTES = 96 * 1024 * 1024

/** A text up to so many bytes goes before larger ones, in a room of its own beside theirs: it is soon sent. */
const SHORT_BYTES = 1024 * 1024
const SHORT_ROOM_BYTES = 16 * 1024 * 1024

/** How long a client may take nothing while others wait for room, in milliseconds. */
const STALLED_MS = 5000

/** How often such clients are looked for. */
const LOOK_MS = 250

const TOO_MANY = 'Too many large answers at once. Try again in a moment.'

interface Waiting {
  readonly bytes: number
  readonly until: number
  readonly resolve: (holding: Holding) => void
  readonly reject: (error: StoreError) => void
}

/** The room for large texts. */
export class AnswerRoom {
  readonly #bytesMax: number
  readonly #stalledMs: number
  readonly #holdings = new Set<Holding>()
  #held = 0
  #waiting: Waiting[] = []
  #isAdmitting = false
  #looking: NodeJS.Timeout | undefined

  constructor(bytesMax = ROOM_BYTES, stalledMs = STALLED_MS) {
    this.#bytesMax = bytesMax
    this.#stalledMs = stalledMs
  }

  /** Takes room at once, whether or not there is any: for what is in memory already. Each must be joined at once. */
  take(bytes: number): Holding {
    const holding = new Holding(bytes, () => this.#release(holding))
    this.#holdings.add(holding)
    this.#held += bytes
    this.#look()
    return holding
  }

  /** Waits for room, in the order of the calls, short texts before long ones. Rejects with a StoreError where there is none in that many milliseconds. */
  wait(bytes: number, patienceMs = Infinity): Promise<Holding> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, until: performance.now() + patienceMs, resolve, reject })
      this.#admitNext()
      this.#look()
    })
  }

  /** One in each turn: whoever has room reads its text next, which takes some milliseconds. */
  #admitNext(): void {
    if (this.#isAdmitting) return
    this.#isAdmitting = true
    setImmediate(() => {
      this.#isAdmitting = false
      const first = this.#waiting.find(isShort) ?? this.#waiting[0]
      if (first === undefined || !this.#hasRoomFor(first)) return
      this.#waiting.splice(this.#waiting.indexOf(first), 1)
      first.resolve(this.take(first.bytes))
      this.#admitNext()
    })
  }

  #hasRoomFor(next: Waiting): boolean {
    const room = this.#bytesMax + (isShort(next) ? SHORT_ROOM_BYTES : 0)
    return this.#held === 0 || this.#held + next.bytes <= room
  }

  #release(holding: Holding): void {
    if (!this.#holdings.delete(holding)) return
    this.#held -= holding.bytes
    this.#admitNext()
  }

  /** While there is not enough room: cuts off who takes nothing, and tells who has waited long enough. */
  #look(): void {
    if (this.#looking !== undefined || (this.#waiting.length === 0 && this.#held <= this.#bytesMax)) return
    this.#looking = setTimeout(() => {
      this.#looking = undefined
      const now = performance.now()
      for (const { senders } of this.#holdings) {
        for (const sender of senders) if (sender.blockedSince < now - this.#stalledMs) sender.cut()
      }
      const late = this.#waiting.filter(({ until }) => until < now)
      this.#waiting = this.#waiting.filter(({ until }) => until >= now)
      for (const { reject } of late) reject(new StoreError('overloaded', TOO_MANY))
      this.#look()
    }, LOOK_MS)
    this.#looking.unref()
  }
}

function isShort({ bytes }: Waiting): boolean {
  return bytes <= SHORT_BYTES
}

/** Texts that are held, for one or more answers; given up when the last of them is sent. */
export class Holding {
  readonly bytes: number
  readonly senders = new Set<Sender>()
  readonly #release: () => void

  constructor(bytes: number, release: () => void) {
    this.bytes = bytes
    this.#release = release
  }

  /** Gives it up where no answer joins. */
  giveUp(): void {
    this.#release()
  }

  /** Joins an answer. Its `leave` must be called. */
  join(response: ServerResponse): Sender {
    const sender = new Sender(response, () => {
      this.senders.delete(sender)
      if (this.senders.size === 0) this.#release()
    })
    this.senders.add(sender)
    return sender
  }
}

/** An answer on its way out. */
export class Sender {
  /** Since when its client has taken nothing of what was sent (performance's clock); Infinity while it takes all. */
  blockedSince = Infinity
  readonly #response: ServerResponse
  readonly #leave: () => void

  constructor(response: ServerResponse, leave: () => void) {
    this.#response = response
    this.#leave = leave
  }

  /** Sends JSON and a line end, its head being sent already. False where the client is gone before it has taken it. */
  async send(json: Json): Promise<boolean> {
    const response = this.#response
    const pieces = piecesOf(json)
    for (;;) {
      await ownTurn()
      if (response.destroyed) return false
      const piece = pieces.next()
      if (piece.done === true) break
      if (response.write(piece.value)) continue
      this.blockedSince = performance.now()
      if (!(await drained(response))) return false
      this.blockedSince = Infinity
    }
    response.write('\n')
    return true
  }

  cut(): void {
    breakOff(this.#response)
  }

  /** The answer needs its text no longer. */
  leave(): void {
    this.#leave()
  }
}

/** The room of all doors: memory is the process's. */
export const answerRoom = new AnswerRoom()
