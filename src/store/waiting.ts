/**
 * Callers that wait for the writer. How many there are, and what the texts of their commands take, is bounded; each is told what
 * came of it exactly once, at the latest when its time is up. What comes later is told to nobody.
 */
import { monotonicMs } from './clock.js'
import { CommandError, StoreError, type StoreErrorCode } from './errors.js'
import { CommandTally } from './figures.js'
import type { AnswerMessage } from './messages.js'

/** Commands that may wait at once; more are refused as `overloaded`. */
const COMMANDS_MAX = 20_000

/** Characters, or bytes of large ones, of commands' texts that may wait at once: bounds the memory of a burst. */
const CHARACTERS_MAX = 128 * 1024 * 1024

const NO_STRONG_READ = 'The newest state could not be learnt in time. Try again, or read without asking for it.'

/** What a command returned, and the newest index after it. */
export interface Outcome<Result> {
  readonly result: Result
  readonly index: number
}

/** A command that waits for its answer. */
interface Waiting {
  readonly deadline: number
  readonly characters: number
  resolve(outcome: Outcome<unknown>): void
  reject(error: Error): void
}

/** Commands that wait for their answers, by their numbers; each waits as long as those before it, so the oldest is the first. */
export class WaitingCommands {
  /** How commands ended. */
  readonly ends = new CommandTally()
  readonly #deadlineMs: number
  readonly #waiting = new Map<number, Waiting>()
  #characters = 0

  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs
  }

  get size(): number {
    return this.#waiting.size
  }

  /** For how long the oldest has waited, in milliseconds. */
  get oldestMs(): number {
    const [oldest] = this.#waiting.values()
    return oldest === undefined ? 0 : Math.max(0, monotonicMs() - oldest.deadline + this.#deadlineMs)
  }

  hasRoomFor(characters: number): boolean {
    return this.#waiting.size < COMMANDS_MAX && this.#characters + characters <= CHARACTERS_MAX
  }

  /** Waits for a command's answer until `deadline`. */
  wait(id: number, deadline: number, characters: number): Promise<Outcome<unknown>> {
    this.#characters += characters
    return new Promise((resolve, reject) => this.#waiting.set(id, { deadline, characters, resolve, reject }))
  }

  /** Refuses a command before the writer has heard of it. */
  refuse(code: StoreErrorCode): Promise<never> {
    this.ends.count(code)
    return Promise.reject(new StoreError(code))
  }

  settle(answer: AnswerMessage): void {
    const waiting = this.#waiting.get(answer.id)
    if (waiting === undefined) return
    this.#forget(answer.id, waiting)
    this.ends.count(answer.type === 'failed' ? answer.code : answer.type)
    if (answer.type === 'done') waiting.resolve({ result: answer.result, index: answer.index })
    else if (answer.type === 'failed') waiting.reject(new StoreError(answer.code, answer.message))
    else waiting.reject(new CommandError(answer.code, answer.message, answer.details, answer.index))
  }

  /** Tells callers whose time is up; `takeBack` says whether the writer has not heard of a command, and never will. */
  sweep(takeBack: (id: number) => boolean): void {
    const now = monotonicMs()
    for (const [id, waiting] of this.#waiting) {
      if (waiting.deadline > now) return
      this.#forget(id, waiting)
      const code = takeBack(id) ? 'overloaded' : 'unknown-outcome'
      this.ends.count(code)
      waiting.reject(new StoreError(code))
    }
  }

  /** Nobody will answer any more. */
  giveUp(): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new StoreError('unknown-outcome'))
    this.ends.count('unknown-outcome', this.#waiting.size)
    this.#waiting.clear()
    this.#characters = 0
  }

  #forget(id: number, waiting: Waiting): void {
    this.#waiting.delete(id)
    this.#characters -= waiting.characters
  }
}

/** Strong reads that wait until the replica has all that was accepted before them. */
export class WaitingReads {
  readonly #waiting = new Map<number, { deadline: number; resolve(): void; reject(error: Error): void }>()

  wait(id: number, deadline: number): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { deadline, resolve, reject }))
  }

  /** Why it failed is for the log and /readyz: it may name addresses. */
  settle(id: number, failure: string | undefined): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (failure === undefined) waiting?.resolve()
    else waiting?.reject(new StoreError('unavailable', NO_STRONG_READ))
  }

  /** Tells those whose time is up. */
  sweep(): void {
    const now = monotonicMs()
    for (const [id, { deadline }] of this.#waiting) {
      if (deadline > now) return
      this.settle(id, NO_STRONG_READ)
    }
  }

  /** Nobody will answer any more. */
  giveUp(): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new StoreError('unavailable'))
    this.#waiting.clear()
  }

  /** Where the writer has ended there is nobody to ask. */
  refuse(): Promise<never> {
    return Promise.reject(new StoreError('unavailable', NO_STRONG_READ))
  }
}
