/** How many open tickets there are, as the side bar shows them: of each queue, of one's own, of nobody, overdue. Now and then, never in the way. */
import { computed, signal } from '@preact/signals'
import { desk } from './desk.js'
import { myHandle } from './identity.js'
import { listen } from './live.js'
import { Paced } from './paced.js'
import { timeZone } from './ticket-list.js'

export interface Counts {
  readonly open: number
  /** Of each user; null is nobody. */
  readonly assignees: ReadonlyMap<string | null, number>
  readonly queues: ReadonlyMap<string, number>
  readonly overdue: number
}

export const counts = signal<Counts | undefined>(undefined)

/** Those of whoever one is just now: on an open desk one acts as one and then as another. */
export const myCount = computed(() => counts.value?.assignees.get(myHandle.value))

/** What counts all tickets costs the desk more than what shows some. */
const counting = new Paced(read, { leastMs: 4000, times: 200 })

async function read(signal: AbortSignal): Promise<void> {
  try {
    // What is overdue is so by one's own day.
    const [stats, overdue] = await Promise.all([
      desk().tickets.stats({ q: 'is:open', signal }),
      desk().tickets.pages({ q: 'is:overdue', limit: 1, tz: timeZone(), signal }).next(),
    ])
    if (signal.aborted) return
    counts.value = {
      open: stats.total,
      assignees: new Map(stats.assignees.map(({ assignee, count }) => [assignee, count])),
      queues: new Map(stats.queues.map(({ queue, count }) => [queue, count])),
      overdue: overdue.value?.total ?? 0,
    }
  } catch {
    // They stand as they were; whatever else is asked for says what is the matter.
  }
}

let isKept = false

/** Begins to keep them, or reads them for whoever has signed in. */
export function startCounts(): void {
  counting.soon()
  if (!isKept) listen({ events: counting.soon, reset: counting.soon })
  isKept = true
}
