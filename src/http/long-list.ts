/**
 * Sending a list that is too long to be held. It is read at the machine's speed, piece by piece, with others served in
 * between, and not at its client's: the state that it is read from stays open only so long. As long as the client takes what
 * it is sent, that goes straight to it; what one takes more slowly waits for it in a spool.
 *
 * A list that can't be sent whole is broken off in a way that no client takes for its end.
 */
import type { Writable } from 'node:stream'
import { SpoolFullError, type Spool } from '../store/spools.js'
import { inReadingTurn } from './reading-turns.js'
import { breakOff, drained } from './stream.js'

/**
 * How long a client may keep the reading waiting, in milliseconds, before the rest is spooled: at once, and in all as long as
 * the reading itself takes and that. So its state is open twice as long as for the quickest client and a moment, at most.
 */
const PATIENCE_MS = 250

/** Characters that are read at once at most, but for those of the last piece. */
const PART_CHARACTERS = 512 * 1024

/** Bytes that may wait to be written to a spool. */
const UNWRITTEN_BYTES_MAX = 4 * 1024 * 1024

export interface LongListOptions {
  /** Makes a place for what the client does not take. Rejects with a SpoolFullError where there is no room. */
  readonly openSpool: () => Promise<Spool>
  /** Called once when the last piece has been read, or no more will be. */
  readonly onRead: () => void
  readonly patienceMs?: number
  /** How long the client may take nothing, in milliseconds; a minute if not given. */
  readonly stalledAfterMs?: number
}

/**
 * Sends pieces, which are read as they are asked for, and ends the answer. Resolves when the client has taken them, or when
 * it is cut off: where it takes nothing for `stalledAfterMs`, or there is no room for what it does not take.
 */
export async function sendLongList(
  response: Writable,
  pieces: Iterable<string>,
  { openSpool, onRead, patienceMs = PATIENCE_MS, stalledAfterMs }: LongListOptions,
): Promise<void> {
  const reading = new Reading(pieces)
  let feed: Feed | undefined
  try {
    let patience = patienceMs
    let isSlow = false
    let readSince = performance.now()
    while (!response.destroyed) {
      // What the system takes at once of the part before is taken by then.
      const part = await inReadingTurn((until) => {
        if (response.destroyed) return undefined
        return isSlow || !response.writableNeedDrain ? reading.next(until) : 'wait'
      })
      if (part === undefined) break
      if (part === 'wait') {
        const waitedSince = performance.now()
        patience = Math.min(patienceMs, patience + waitedSince - readSince)
        isSlow = !(await drainedWithin(response, patience))
        readSince = performance.now()
        patience -= readSince - waitedSince
      } else if (isSlow) {
        feed ??= new Feed(response, await openSpool(), stalledAfterMs)
        await feed.add(part.text)
      } else response.write(part.text)
    }
    onRead()
    await feed?.end()
    if (response.writableNeedDrain) await drained(response, stalledAfterMs)
    if (!response.destroyed) response.end()
  } catch (error) {
    breakOff(response)
    if (!(error instanceof SpoolFullError)) throw error
  } finally {
    onRead()
    feed?.close()
  }
}

/** Reads pieces, as many at once as there is time for. */
class Reading {
  readonly #pieces: Iterator<string>

  constructor(pieces: Iterable<string>) {
    this.#pieces = pieces[Symbol.iterator]()
  }

  /** One piece at least, and more until the time is over (performance's clock); undefined where there are no more. */
  next(until: number): { readonly text: string } | undefined {
    let text = ''
    for (;;) {
      const piece = this.#pieces.next()
      if (piece.done === true) return text === '' ? undefined : { text }
      text += piece.value
      if (text.length >= PART_CHARACTERS || performance.now() >= until) return { text }
    }
  }
}

/** Resolves `true` when the client has taken what was written or is gone, `false` when the time is over. */
function drainedWithin(response: Writable, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isOver: boolean): void => {
      clearTimeout(timer)
      response.off('drain', onDrain).off('close', onDrain)
      resolve(isOver)
    }
    const onDrain = (): void => settle(true)
    const timer = setTimeout(() => settle(false), milliseconds)
    response.once('drain', onDrain).once('close', onDrain)
    if (response.destroyed) settle(true)
  })
}

/** Feeds a client from a spool, at its own pace, while more is added. */
class Feed {
  readonly #response: Writable
  readonly #spool: Spool
  readonly #stalledAfterMs: number | undefined
  readonly #fed: Promise<void>
  #unwritten: Buffer[] = []
  #unwrittenBytes = 0
  #writing: Promise<void> | undefined
  #isComplete = false
  #wake = (): void => {}

  constructor(response: Writable, spool: Spool, stalledAfterMs: number | undefined) {
    this.#response = response
    this.#spool = spool
    this.#stalledAfterMs = stalledAfterMs
    this.#fed = this.#run()
    // It is looked at in `end`; who adds sees that the client is gone.
    this.#fed.catch(() => breakOff(response))
  }

  /** Adds to the spool; resolves when there is room for more. */
  async add(text: string): Promise<void> {
    const bytes = Buffer.from(text)
    this.#unwritten.push(bytes)
    this.#unwrittenBytes += bytes.length
    if (this.#writing === undefined) {
      this.#writing = this.#write()
      // It is looked at when it has to be waited for.
      this.#writing.catch(() => {})
    }
    if (this.#unwrittenBytes >= UNWRITTEN_BYTES_MAX) await this.#writing
  }

  /** Writes what waits to be written, as one: where others have their writes synced, each write may wait for that. */
  async #write(): Promise<void> {
    while (this.#unwritten.length > 0) {
      const bytes = Buffer.concat(this.#unwritten.splice(0))
      this.#unwrittenBytes = 0
      await this.#spool.append(bytes)
      this.#wake()
    }
    this.#writing = undefined
  }

  /** Resolves when the client has taken everything, or is gone. */
  async end(): Promise<void> {
    await this.#writing
    this.#isComplete = true
    this.#wake()
    await this.#fed
  }

  close(): void {
    this.#spool.close()
    this.#wake()
  }

  async #run(): Promise<void> {
    const response = this.#response
    while (!response.destroyed) {
      if (response.writableNeedDrain && !(await drained(response, this.#stalledAfterMs))) return
      // Before the look into the spool: what is added after it is seen by the next.
      const isComplete = this.#isComplete
      const more = new Promise<void>((resolve) => (this.#wake = resolve))
      const bytes = await this.#spool.read()
      if (bytes !== undefined) response.write(bytes)
      else if (isComplete) return
      else await more
    }
  }
}
