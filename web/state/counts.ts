/** How many open tickets there are, as the side bar shows them: of each queue, of one's own, of nobody, overdue. Now and then, never in the way. */
import { computed, signal } from '@preact/signals'
import { desk } from './desk.js'
import { myHandle } from './identity.js'
import { listen } from './live.js'
import { Paced } from './paced.js'
import { timeZone } from './ticket-list.js'
import { ownIndex } from './undo.js'

export interface Counts {
  readonly open: number
  /** Of each user; null is nobody. */
  readonly assignees: ReadonlyMap<string | null, number>
  readonly queues: ReadonlyMap<string, number>
  readonly overdue: number
}

/** What is known of them. */
export const counts = signal<Partial<Counts>>({})

/** Those of whoever one is just now: on an open desk one acts as one and then as another. */
export const myCount = computed(() => counts.value.assignees?.get(myHandle.value))

/** What counts all tickets costs the desk more than what shows some. */
const counting = new Paced(read, { leastMs: 4000, times: 200, mostMs: 10_000 })

async function read(signal: AbortSignal): Promise<void> {
  const put = (found: Partial<Counts>): void => {
    if (!signal.aborted) counts.value = { ...counts.peek(), ...found }
  }
  const countOpen = async (): Promise<void> => {
    const { total, assignees, queues } = await desk().tickets.stats({ q: 'is:open', signal })
    put({
      open: total,
      assignees: new Map(assignees.map(({ assignee, count }) => [assignee, count])),
      queues: new Map(queues.map(({ queue, count }) => [queue, count])),
    })
  }
  const countOverdue = async (): Promise<void> => {
    // What is overdue is so by one's own day.
    const { value } = await desk().tickets.pages({ q: 'is:overdue', limit: 1, tz: timeZone(), signal }).next()
    put({ overdue: value?.total ?? 0 })
  }
  // What can't be counted stands as it was; whatever else is asked for says what is the matter.
  await Promise.allSettled([countOpen(), countOverdue()])
}

/** Counts anew whenever a day begins: by then more is overdue, though nothing has happened. */
function countEachDay(): void {
  const now = new Date()
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1)
  setTimeout(() => {
    counting.soon()
    countEachDay()
  }, midnight.getTime() - now.getTime())
}

let isKept = false

/** Begins to keep them, or reads them for whoever has signed in. */
export function startCounts(): void {
  counting.soon()
  if (isKept) return
  isKept = true
  listen({ events: counting.soon, reset: counting.soon })
  // What one did oneself one looks for.
  ownIndex.subscribe((index) => index > 0 && counting.soonForOwn())
  countEachDay()
}
