/**
 * Long work on answers and requests, done in pieces of less than a millisecond: in each turn of the event loop as many as there
 * is time for, a piece of each who has some to do and then the first again, so that what is shorter is through sooner; and
 * between two turns everything else that was asked for.
 */

/** How long all of it together may take in one turn, in milliseconds. */
const TURN_MS = 5

let waiting: (() => void)[] = []
let isGoing = false

/** Resolves when it is the caller's turn: it does one piece, at once, and asks again for the next. */
export function ownTurn(): Promise<void> {
  if (!isGoing) {
    isGoing = true
    setImmediate(() => void go())
  }
  return new Promise((resolve) => waiting.push(resolve))
}

async function go(): Promise<void> {
  const began = performance.now()
  // Those who ask again meanwhile stand behind the others.
  while (waiting.length > 0 && performance.now() - began <= TURN_MS) {
    const round = waiting
    waiting = []
    let next = 0
    while (next < round.length && performance.now() - began <= TURN_MS) {
      round[next++]?.()
      // What was called goes on first: it has done its piece, and perhaps asked for the next, when this goes on.
      await Promise.resolve()
    }
    waiting = [...round.slice(next), ...waiting]
  }
  if (waiting.length > 0) setImmediate(() => void go())
  else isGoing = false
}
