/** What goes between the main thread and the reading thread. */

/** What the thread is started with. */
export interface ReadingThreadData {
  readonly replicaPath: string
  /** Ids of questions whose askers have gone, at their place: see `isCancelled`. */
  readonly cancelled: SharedArrayBuffer
}

export interface QuestionMessage {
  readonly id: number
  readonly name: string
  readonly args: unknown
  /** How long the answer may take, in milliseconds. */
  readonly ms: number
}

export type AnswerOfThread =
  | { readonly id: number; readonly type: 'done'; readonly result: unknown }
  | { readonly id: number; readonly type: 'cancelled' }
  | { readonly id: number; readonly type: 'fault'; readonly message: string }

/** How many ids are told apart: more than there may be waiting. */
export const CANCELLED_PLACES = 1024

/** Notes that nobody waits for an answer any more. Its place is not needed by another one: there are more places than questions. */
export function cancel(places: Int32Array, id: number): void {
  Atomics.store(places, id % CANCELLED_PLACES, id)
}

export function isCancelled(places: Int32Array, id: number): boolean {
  return Atomics.load(places, id % CANCELLED_PLACES) === id
}
