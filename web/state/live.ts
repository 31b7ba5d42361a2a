/**
 * How this page hears of what happens: through the worker that all tabs share, or by itself where there is none. It keeps whether the desk
 * is heard at present, the newest index, and the last change by somebody; whoever shows something asks to be told of events.
 */
import { signal } from '@preact/signals'
import type { DeskEvent } from '../../src/client/client.js'
import { base, desk, endpoint } from './desk.js'
import { Follower, type FeedNote, type FeedOrder } from './feed.js'
import { learnWho, me } from './identity.js'
import { noteNameEvent, readNames } from './names.js'
import { scriptUrl } from './trusted.js'
import workerFile from './feed-worker.ts?sharedworker&url'

export type Liveness =
  | { readonly state: 'starting' | 'live' | 'ended' }
  | { readonly state: 'lost'; readonly since: number; readonly nextTry: number }

export const liveness = signal<Liveness>({ state: 'starting' })
/** The newest index that this page knows of. */
export const newestIndex = signal(0)
/** Whether the desk has another page by now than this one: it was replaced meanwhile. */
export const isOutdated = signal(false)
/** The last change, to be named on the line. */
export const lastEvent = signal<DeskEvent | undefined>(undefined)

export interface LiveListener {
  /** What happened, in order, each event once. */
  events(events: readonly DeskEvent[]): void
  /** What was known is void: read it anew. */
  reset(): void
}

const listeners = new Set<LiveListener>()

/** Tells a listener from now on. Returns what ends it. */
export function listen(listener: LiveListener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

let order: ((type: FeedOrder['type']) => void) | undefined

function take(note: FeedNote): void {
  switch (note.type) {
    case 'events': {
      newestIndex.value = Math.max(newestIndex.peek(), note.index)
      desk().see(note.index)
      lastEvent.value = note.events.at(-1) ?? lastEvent.peek()
      for (const event of note.events) noteNameEvent(event)
      for (const listener of listeners) listener.events(note.events)
      return
    }
    case 'live': {
      newestIndex.value = note.isAnew ? note.index : Math.max(newestIndex.peek(), note.index)
      if (liveness.peek().state === 'lost') void lookForNewPage()
      liveness.value = { state: 'live' }
      if (!note.isAnew) return
      void readNames()
      for (const listener of listeners) listener.reset()
      return
    }
    case 'lost':
      liveness.value = { state: 'lost', since: note.since, nextTry: note.nextTry }
      return
    case 'refused':
      liveness.value = { state: 'ended' }
      // Whether one has to sign in, or may not follow, is what the desk says when it is asked who one is.
      if (note.status === 401) me.value = null
      else void learnWho().catch(() => undefined)
      return
    default:
      note satisfies never
  }
}

/** Whoever comes back may have been replaced: the document names the files of today. */
async function lookForNewPage(): Promise<void> {
  const file = import.meta.url.split('/').at(-1) ?? ''
  try {
    const answer = await fetch(base, { cache: 'no-store' })
    if (answer.ok && !import.meta.env.DEV) isOutdated.value = !(await answer.text()).includes(file)
  } catch {
    // It is away again.
  }
}

/** How often it is asked whether what is read is old, in milliseconds: nothing tells it by itself. */
const AGE_MS = 15_000

/** Asks a little while somebody looks; the answer's head says how old it is. */
function watchAge(): void {
  setInterval(() => {
    if (document.visibilityState === 'visible' && me.peek())
      void desk()
        .settings()
        .catch(() => undefined)
  }, AGE_MS)
}

/** Begins to follow, or goes on after it was refused. */
export function startLive(): void {
  if (order === undefined) watchAge()
  order ??= openWorker() ?? openAlone()
  order('start')
}

/** Tries a lost connection again at once. */
export function tryNow(): void {
  order?.('try')
}

function openWorker(): ((type: FeedOrder['type']) => void) | undefined {
  if (typeof SharedWorker === 'undefined') return undefined
  try {
    const { port } = new SharedWorker(scriptUrl(new URL(workerFile, import.meta.url)), {
      type: 'module',
      name: endpoint,
    })
    port.addEventListener('message', ({ data }: MessageEvent<FeedNote>) => take(data))
    port.start()
    addEventListener('pagehide', ({ persisted }) => {
      if (!persisted) port.postMessage('bye')
    })
    return (type) => port.postMessage({ type, endpoint } satisfies FeedOrder)
  } catch {
    return undefined
  }
}

function openAlone(): (type: FeedOrder['type']) => void {
  const follower = new Follower(endpoint, take)
  return (type) => (type === 'try' ? follower.tryNow() : follower.start())
}
