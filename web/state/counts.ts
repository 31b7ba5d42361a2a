/** How many open tickets there are, as the side bar shows them: of each queue, of one's own, of nobody. Now and then, never in the way. */
import { computed, signal } from '@preact/signals'
import { desk } from './desk.js'
import { myHandle } from './identity.js'
import { listen } from './live.js'

export interface Counts {
  readonly open: number
  /** Of each user; null is nobody. */
  readonly assignees: ReadonlyMap<string | null, number>
  readonly queues: ReadonlyMap<string, number>
}

export const counts = signal<Counts | undefined>(undefined)

/** Those of whoever one is just now: on an open desk one acts as one and then as another. */
export const myCount = computed(() => counts.value?.assignees.get(myHandle.value))

/** So often at most; and where the answer takes long, so many times that: what counts all tickets costs the desk more than what shows some. */
const EVERY_MS = 4_000
const EVERY_TIMES = 200

let timer: ReturnType<typeof setTimeout> | undefined
let nextAt = 0

async function read(): Promise<void> {
  const begun = performance.now()
  nextAt = begun + EVERY_MS
  try {
    const stats = await desk().tickets.stats({ q: 'is:open' })
    counts.value = {
      open: stats.total,
      assignees: new Map(stats.assignees.map(({ assignee, count }) => [assignee, count])),
      queues: new Map(stats.queues.map(({ queue, count }) => [queue, count])),
    }
  } catch {
    // They stand as they were; whatever else is asked for says what is the matter.
  }
  const now = performance.now()
  nextAt = now + Math.max(EVERY_MS, EVERY_TIMES * (now - begun))
}

/** Reads them soon, once for many calls, and while somebody looks. */
function readSoon(): void {
  if (timer !== undefined) return
  timer = setTimeout(
    () => {
      timer = undefined
      if (document.visibilityState === 'visible') void read()
      else document.addEventListener('visibilitychange', readSoon, { once: true })
    },
    Math.max(300, nextAt - performance.now()),
  )
}

let isKept = false

/** Begins to keep them, or reads them for whoever has signed in. */
export function startCounts(): void {
  readSoon()
  if (!isKept) listen({ events: readSoon, reset: readSoon })
  isKept = true
}
