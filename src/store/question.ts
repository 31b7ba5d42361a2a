/** What a store's reading thread can be asked: a name, and what answers there. Both sides name the same, so that what is sent and answered agrees. */

/** How long an answer may take. */
export interface Patience {
  /** Until when, by `performance.now()`. */
  readonly until: number
  /** Whether nobody waits for it any more. */
  isCancelled(): boolean
}

export interface Question<Room, Args, Answer> {
  readonly name: string
  /** Runs in the thread, which has opened a room to answer in. Takes and gives plain data; what it throws is a fault of the program. */
  answer(room: Room, args: Args, patience: Patience): Answer
}
