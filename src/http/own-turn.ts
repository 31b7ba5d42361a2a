/**
 * Long work on requests and answers, done in pieces of less than a millisecond. Whose turn it is to do one: each of all who have
 * some to do in order, then the first again, so that a shorter one is through sooner. Together they take a part of each turn of
 * the event loop.
 */

/** How long all of them together work in one turn of the event loop, in milliseconds. */
const TURN_MS = 5

const waiting: (() => void)[] = []
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
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    next()
    // What was called goes on first: it has done its piece, and perhaps asked for the next, when this does.
    await Promise.resolve()
    if (performance.now() - began > TURN_MS) break
  }
  if (waiting.length > 0) setImmediate(() => void go())
  else isGoing = false
}
