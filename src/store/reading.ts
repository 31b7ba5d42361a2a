/**
 * Questions that take more than the main thread has time for: they are asked of a thread of their own, one at a time, each with a bound
 * of time, callers in turns. What nobody waits for any more is not begun, and ends soon where it has begun. A question is answered from the newest state
 * that this node has when it begins, so whoever was answered a write finds it.
 */
import { Worker } from 'node:worker_threads'
import { CallerTurns } from './caller-turns.js'
import { StoreError } from './errors.js'
import type { ReadingHandle, StoreOptions } from './options.js'
import {
  CANCELLED_PLACES,
  cancel,
  type AnswerOfThread,
  type QuestionMessage,
  type ReadingThreadData,
} from './reading-messages.js'

/** Questions that wait at most: of more the newest of whoever asks the most is refused. */
const WAITING_MAX = 200

/** How long a question waits for its turn, and how long its answer may take, in milliseconds. */
const WAIT_MS = 4000
const ANSWER_MS = 1000

/** A thread that takes so much longer than a question may is taken for lost. */
const LOST_MS = 10_000

/** How long closing waits for the thread to end, in milliseconds. */
const CLOSE_MS = 2000

export interface ReadingOptions {
  readonly replicaPath: string
  /** Gives it a thread, which calls `serveReadingThread`. */
  readonly start: (data: ReadingThreadData) => ReadingHandle
  readonly onFault: (message: string) => void
}

interface Waiting {
  readonly caller: string
  readonly message: QuestionMessage
  readonly signal: AbortSignal | undefined
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
  readonly late: NodeJS.Timeout
  readonly onGone: () => void
}

/** The reading of a store; undefined where it is opened without one. */
export function openReading(options: StoreOptions, replicaPath: string): Reading | undefined {
  const { readingEntry, startReading, onFault } = options
  const onFaultOfThread = (message: string): void => onFault?.(message)
  if (startReading !== undefined) return new Reading({ start: startReading, replicaPath, onFault: onFaultOfThread })
  if (readingEntry === undefined) return undefined
  const start = (workerData: ReadingThreadData): ReadingHandle => new Worker(readingEntry, { workerData })
  return new Reading({ start, replicaPath, onFault: onFaultOfThread })
}

export class Reading {
  readonly #options: ReadingOptions
  readonly #cancelled = new SharedArrayBuffer(CANCELLED_PLACES * Int32Array.BYTES_PER_ELEMENT)
  readonly #places = new Int32Array(this.#cancelled)
  #worker: ReadingHandle | undefined
  readonly #waiting = new CallerTurns<Waiting>()
  #asked: Waiting | undefined
  #lost: NodeJS.Timeout | undefined
  #lastId = 0
  #isClosed = false

  constructor(options: ReadingOptions) {
    this.#options = options
    this.#start()
  }

  /**
   * Asks for a caller. Rejects with a StoreError where too many wait, or the answer does not come in time; and, once `signal` is aborted,
   * with its reason.
   */
  ask(name: string, args: unknown, signal?: AbortSignal, caller = ''): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new StoreError('closed'))
    if (this.#waiting.size >= WAITING_MAX) {
      const least = this.#waiting.newestOfMost(caller)
      if (least === undefined) return Promise.reject(new StoreError('overloaded'))
      this.#giveUp(least, new StoreError('overloaded'))
    }
    const message = { id: ++this.#lastId, name, args, ms: ANSWER_MS }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        caller,
        message,
        signal,
        resolve,
        reject,
        late: setTimeout(() => this.#giveUp(waiting, new StoreError('overloaded')), WAIT_MS),
        onGone: () => this.#giveUp(waiting, signal?.reason instanceof Error ? signal.reason : new StoreError('closed')),
      }
      waiting.late.unref()
      signal?.addEventListener('abort', waiting.onGone, { once: true })
      if (signal?.aborted === true) return waiting.onGone()
      this.#waiting.add(caller, waiting)
      this.#askNext()
    })
  }

  /** Takes no longer than `CLOSE_MS`, whatever the thread or its disk is at. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const waiting of [...this.#waiting, ...(this.#asked === undefined ? [] : [this.#asked])]) {
      this.#giveUp(waiting, new StoreError('closed'))
    }
    clearTimeout(this.#lost)
    // Ends by itself, behind what it is answering: to be ended in the middle of SQLite's work can end the process.
    const worker = this.#worker
    if (worker === undefined) return
    await new Promise<void>((resolve) => {
      // Then it is left alone: it keeps no process from its end, and only reads.
      const patience = setTimeout(() => {
        this.#options.onFault('the reading thread did not end in time')
        resolve()
      }, CLOSE_MS)
      worker.once('exit', () => {
        clearTimeout(patience)
        resolve()
      })
      worker.postMessage('close')
    })
  }

  #start(): void {
    const worker = this.#options.start({ replicaPath: this.#options.replicaPath, cancelled: this.#cancelled })
    worker.unref()
    this.#worker = worker
    worker.on('message', (answer: AnswerOfThread) => this.#receive(answer))
    worker.on('error', (error) => this.#ended(worker, error.message))
    worker.on('exit', () => this.#ended(worker, 'the reading thread has ended'))
  }

  #askNext(): void {
    if (this.#asked !== undefined) return
    const next = this.#waiting.next()
    if (next === undefined) return
    if (this.#worker === undefined) this.#start()
    this.#asked = next
    clearTimeout(next.late)
    this.#lost = setTimeout(() => void this.#worker?.terminate(), next.message.ms + LOST_MS)
    this.#lost.unref()
    this.#worker?.postMessage(next.message)
  }

  #receive(answer: AnswerOfThread): void {
    const asked = this.#asked
    if (asked?.message.id !== answer.id) return
    this.#asked = undefined
    clearTimeout(this.#lost)
    asked.signal?.removeEventListener('abort', asked.onGone)
    if (answer.type === 'done') asked.resolve(answer.result)
    else if (answer.type === 'fault') {
      this.#options.onFault(answer.message)
      asked.reject(new StoreError('internal'))
    }
    this.#askNext()
  }

  /** Nobody waits for it any more: what has begun goes on to its next look at whether somebody does. */
  #giveUp(waiting: Waiting, reason: Error): void {
    clearTimeout(waiting.late)
    waiting.signal?.removeEventListener('abort', waiting.onGone)
    this.#waiting.delete(waiting.caller, waiting)
    cancel(this.#places, waiting.message.id)
    waiting.reject(reason)
  }

  #ended(worker: ReadingHandle, message: string): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    clearTimeout(this.#lost)
    const asked = this.#asked
    this.#asked = undefined
    if (asked !== undefined) asked.reject(new StoreError('internal'))
    if (this.#isClosed) return
    this.#options.onFault(message)
    this.#askNext()
  }
}
