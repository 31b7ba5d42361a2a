/**
 * Commands with large texts on their way to the writer: one at a time, so that what is short goes in between and is never
 * behind more than one of them. Callers take turns, so whoever sends many keeps another one's waiting for no more than one. And how their
 * memory changes hands between the threads instead of being copied.
 */
import { callerOfAsker } from './caller.js'
import { CallerTurns } from './caller-turns.js'
import { monotonicMs } from './clock.js'
import type { CommandMessage } from './messages.js'

export class LargeCommands {
  readonly #send: (command: CommandMessage) => void
  readonly #waiting = new CallerTurns<CommandMessage>()
  /** Those whose turn came when their callers had waited long enough: they are not sent, so that whoever tells them knows that nothing was changed. */
  readonly #late = new Set<number>()
  #underWay: number | undefined

  constructor(send: (command: CommandMessage) => void) {
    this.#send = send
  }

  /** Sends the command when its caller's turn comes, and those that the caller sent before it have been answered. */
  add(command: CommandMessage): void {
    this.#waiting.add(callerOfAsker(command.asker), command)
    this.#next()
  }

  /** The writer has answered a command, perhaps one of these. */
  answered(id: number): void {
    if (this.#underWay !== id) return
    this.#underWay = undefined
    this.#next()
  }

  /** Takes back a command that was not sent yet; false where there is none. */
  takeBack(id: number): boolean {
    if (this.#late.delete(id)) return true
    for (const command of this.#waiting) {
      if (command.id !== id) continue
      this.#waiting.delete(callerOfAsker(command.asker), command)
      return true
    }
    return false
  }

  /** Sends all that wait: nothing short will come any more. */
  flush(): void {
    for (let next = this.#waiting.next(); next !== undefined; next = this.#waiting.next()) {
      this.#send({ ...next, isHeavy: true })
    }
  }

  #next(): void {
    if (this.#underWay !== undefined) return
    for (let command = this.#waiting.next(); command !== undefined; command = this.#waiting.next()) {
      if (command.deadline <= monotonicMs()) this.#late.add(command.id)
      else {
        this.#underWay = command.id
        this.#send({ ...command, isHeavy: true })
        return
      }
    }
  }
}

/** The memory of the large texts in the fields of some plain data, and in lists there: whoever sends the data gives it away. */
export function memoryOf(data: unknown): ArrayBuffer[] {
  const memory = new Set<ArrayBuffer>()
  if (typeof data !== 'object' || data === null) return []
  for (const value of Object.values(data)) {
    if (typeof value !== 'object' || value === null) continue
    for (const part of Array.isArray(value) ? value : [value]) {
      if (part instanceof Uint8Array && part.buffer instanceof ArrayBuffer) memory.add(part.buffer)
    }
  }
  return [...memory]
}

/**
 * Characters, and bytes of large ones, of all texts in a command's arguments: a batch and an import have theirs in lists of
 * objects. Costs a look at each value, less than to hand the command to another thread.
 */
export function textLength(args: unknown): number {
  if (typeof args !== 'object' || args === null) return 0
  let length = 0
  for (const value of Object.values(args)) {
    if (typeof value === 'string' || value instanceof Uint8Array) length += value.length
    else if (typeof value === 'object') length += textLength(value)
  }
  return length
}
