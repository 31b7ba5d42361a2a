/**
 * Turns in which long lists are read: between two of them all that others asked for is done. Lists share a turn, and it lasts
 * as long as the others' work before it took, within bounds: so a list is read in twice its own time at most, however much
 * else there is to do, and the state that it is read from is open no longer; and nobody waits more than a few milliseconds
 * for all lists together.
 */

/** How long all lists together may read in one turn, in milliseconds: but each reads one piece at least. */
const TURN_MS_MAX = 5

/** Reads on until the time is over (performance's clock), one piece at least. */
type Read = (until: number) => void

let waiting: Read[] = []
let endOfLast = 0

/** Has `read` called in a later turn of the event loop; resolves with what it returned. */
export function inReadingTurn<Result>(read: (until: number) => Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    if (waiting.length === 0) setImmediate(readAll)
    waiting.push((until) => {
      try {
        resolve(read(until))
      } catch (error) {
        reject(error)
      }
    })
  })
}

function readAll(): void {
  const reads = waiting
  waiting = []
  const begin = performance.now()
  const share = Math.min(TURN_MS_MAX, begin - endOfLast) / reads.length
  for (const read of reads) read(performance.now() + share)
  endOfLast = performance.now()
}
