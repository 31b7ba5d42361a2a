/** What the page does before it can show anything, and again where that failed. */
import { signal } from '@preact/signals'
import { startCounts } from './counts.js'
import { isLetInAsNobody, learnWho, me } from './identity.js'
import { followAnew, startLive } from './live.js'
import { readNames } from './names.js'

/** Why the desk can't be shown; undefined where it can, or where that is not known yet. */
export const startProblem = signal<unknown>(undefined)

/** What nobody waits for is begun so long after what is shown, which is painted by then. */
const AFTER_PAINT_MS = 50

let before = me.peek()
// Whoever is let in later, or as somebody else, has signed in: in this tab or in another one.
me.subscribe((who) => {
  const was = before
  before = who
  if (who === undefined || who === null || was === undefined || was?.user === who.user) return
  followAnew()
  startCounts()
  void readNames()
})

export async function begin(): Promise<void> {
  startProblem.value = undefined
  try {
    // Names before anything is shown: it is then shown once, with its colours and people.
    const names = isLetInAsNobody() ? readNames() : undefined
    await learnWho(() => names ?? readNames())
    if (me.peek() === null) return
    setTimeout(() => {
      startLive()
      startCounts()
    }, AFTER_PAINT_MS)
  } catch (error) {
    startProblem.value = error
  }
}
