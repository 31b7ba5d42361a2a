/**
 * Large events on their way to those who watch. Each is read when there is room for it, once for all who are sent it at that
 * time, and given up when the last of them has it.
 */
import type { ServerResponse } from 'node:http'
import type { Json } from '../../journal/json.js'
import type { LargeBody } from '../../store/history.js'
import { answerRoom, type Holding } from '../answer-room.js'

interface HeldEvent {
  readonly holding: Holding
  /** Undefined where it was not kept long enough. */
  readonly json: Json | undefined
}

export class LargeEvents {
  readonly #read: (body: LargeBody) => Json | undefined
  /** What is being sent or waits for room, by its index. */
  readonly #held = new Map<number, Promise<HeldEvent>>()

  constructor(read: (body: LargeBody) => Json | undefined) {
    this.#read = read
  }

  /**
   * Sends an event as a line. Resolves `false` where the client is gone before it has taken it, or is ended since the event is
   * not kept any more: it has read too slowly. Rejects where the event can't be read.
   */
  async send(response: ServerResponse, body: LargeBody): Promise<boolean> {
    const { holding, json } = await this.#hold(body)
    const sender = holding.join(response)
    try {
      if (json !== undefined) return await sender.send(json)
      response.end()
      return false
    } finally {
      sender.leave()
      if (holding.senders.size === 0) this.#held.delete(body.index)
    }
  }

  #hold(body: LargeBody): Promise<HeldEvent> {
    let held = this.#held.get(body.index)
    if (held === undefined) {
      held = this.#load(body)
      this.#held.set(body.index, held)
    }
    return held
  }

  async #load(body: LargeBody): Promise<HeldEvent> {
    const holding = await answerRoom.wait(body.bytes)
    try {
      return { holding, json: this.#read(body) }
    } catch (error) {
      this.#held.delete(body.index)
      holding.giveUp()
      throw error
    }
  }
}
