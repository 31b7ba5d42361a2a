/** What the page does before it can show anything, and again where that failed. */
import { signal } from '@preact/signals'
import { startCounts } from './counts.js'
import { learnWho, me } from './identity.js'
import { startLive } from './live.js'
import { readNames } from './names.js'

/** Why the desk can't be shown; undefined where it can, or where that is not known yet. */
export const startProblem = signal<unknown>(undefined)

export async function begin(): Promise<void> {
  startProblem.value = undefined
  try {
    await learnWho()
    if (me.peek() === null) return
    startLive()
    await readNames()
    startCounts()
  } catch (error) {
    startProblem.value = error
  }
}
