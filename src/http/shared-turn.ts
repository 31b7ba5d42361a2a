/**
 * Long work on answers and requests, done in pieces of less than a millisecond: in each turn of the event loop as many as there
 * is time for, of all who have some to do, and between two turns everything else that was asked for.
 */
import { nextTurn } from './stream.js'

/** How long all of it together may take in one turn, in milliseconds. */
const TURN_MS = 5

/** The first piece of this turn: when it was begun (performance's clock); undefined before that. */
const turn: { began: number | undefined } = { began: undefined }

/** Waits until this turn has time for one more piece. */
export async function ownTurn(): Promise<void> {
  while (turn.began !== undefined && performance.now() - turn.began > TURN_MS) await nextTurn()
  if (turn.began !== undefined) return
  turn.began = performance.now()
  setImmediate(() => (turn.began = undefined))
}
