/**
 * How this page hears of what happens: through the worker that all tabs share, or where there is none through one of the tabs. It keeps
 * whether the desk is heard at present, the newest index, and the last change by somebody; whoever shows something asks to be told of events.
 */
import { signal } from '@preact/signals'
import type { DeskEvent } from '../../src/client/client.js'
import { base, desk, endpoint, firstRead } from './desk.js'
import type { FeedNote, FeedOrder } from './feed.js'
import { followTogether } from './feed-tabs.js'
import { forgetEdits } from './drafts.js'
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

/** A loss that is over before this time, in milliseconds, is none to tell of: a stream ends where who asks has signed in, and begins anew. */
const LOSS_MS = 1000

/** Whether the connection is lost, told of or not yet. */
let isLost = false

let lossTimer: ReturnType<typeof setTimeout> | undefined

function setLiveness(now: Liveness): void {
  clearTimeout(lossTimer)
  const isShort = now.state === 'lost' && liveness.peek().state === 'live'
  if (isShort) lossTimer = setTimeout(() => (liveness.value = now), LOSS_MS)
  else liveness.value = now
}

let order: ((order: FeedOrder) => void) | undefined
/** Up to which index this page knows everything: by what it read first, then by what it was told. */
let known: number | undefined

function take(note: FeedNote): void {
  switch (note.type) {
    case 'events': {
      if (known !== undefined && note.after > known) return readAnew(note.index)
      // Another tab may have been told it again.
      const since = known ?? 0
      const events = note.events.filter(({ index }) => index > since)
      known = Math.max(since, note.index)
      if (events.length === 0) return
      newestIndex.value = Math.max(newestIndex.peek(), note.index)
      desk().see(note.index)
      lastEvent.value = events.at(-1)
      for (const event of events) {
        noteNameEvent(event)
        if (event.type === 'ticket.redacted' && event.ticket !== undefined) forgetEdits(event.ticket)
      }
      for (const listener of listeners) listener.events(events)
      return
    }
    case 'anew':
      return readAnew(note.index)
    case 'live':
      refusals = 0
      known ??= note.index
      newestIndex.value = Math.max(newestIndex.peek(), note.index)
      if (isLost) void lookForNewPage()
      isLost = false
      setLiveness({ state: 'live' })
      return
    case 'lost':
      isLost = true
      setLiveness({ state: 'lost', since: note.since, nextTry: note.nextTry })
      return
    case 'refused':
      isLost = false
      setLiveness({ state: 'ended' })
      // Whether one has to sign in, or may not follow, is what the desk says when it is asked who one is.
      if (note.status === 401) me.value = null
      else void goOnLater()
      return
    default:
      note satisfies never
  }
}

/** How often it was refused since it was heard. */
let refusals = 0
/** So long after a refusal it is tried again, in milliseconds: doubled each time, up to the most. */
const REFUSED_MS = 1000
const REFUSED_MS_MAX = 60_000

/** Tries again later what was refused, where the desk says that one is let in. */
async function goOnLater(): Promise<void> {
  await learnWho().catch(() => undefined)
  if (me.peek() === null) return
  const waitMs = Math.min(REFUSED_MS_MAX, REFUSED_MS * 2 ** refusals++)
  setLiveness({ state: 'lost', since: Date.now(), nextTry: Date.now() + waitMs })
  setTimeout(() => {
    if (me.peek() !== null && liveness.peek().state === 'lost') startLive()
  }, waitMs)
}

/** Something was missed: all that is shown is read again. */
function readAnew(index: number): void {
  known = index
  // Another node may be behind: what it answers is to have all that is not told any more.
  desk().see(index)
  newestIndex.value = index
  void readNames()
  for (const listener of listeners) listener.reset()
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
  if (order === undefined) {
    watchAge()
    // A machine that wakes up, or has a network again, does not wait for the next try.
    addEventListener('online', tryLost)
    document.addEventListener('visibilitychange', tryLost)
  }
  known ??= firstRead()
  order ??= openWorker() ?? openTabs()
  order({ type: 'start', endpoint, since: known })
}

/** Who asks is somebody else now, or lets itself be known: what it followed as before ends, if it has not already. */
export function followAnew(): void {
  if (order === undefined) startLive()
  else tryNow()
}

/** Tries a lost connection again at once. */
export function tryNow(): void {
  order?.({ type: 'try', endpoint, since: known })
}

function tryLost(): void {
  if (document.visibilityState === 'visible' && isLost) tryNow()
}

function openWorker(): ((order: FeedOrder) => void) | undefined {
  if (typeof SharedWorker === 'undefined') return undefined
  try {
    const worker = new SharedWorker(scriptUrl(new URL(workerFile, import.meta.url)), {
      type: 'module',
      name: feedName(),
    })
    const { port } = worker
    port.addEventListener('message', ({ data }: MessageEvent<FeedNote>) => take(data))
    port.start()
    // Its file may be gone, or be kept from the page.
    worker.addEventListener('error', () => {
      if (liveness.peek().state !== 'starting') return
      order = openTabs()
      startLive()
    })
    // A page that is put away may never come back: nothing is kept for it. What it missed it is told when it does.
    addEventListener('pagehide', () => port.postMessage('bye'))
    addEventListener('pageshow', ({ persisted }) => {
      if (persisted && me.peek()) startLive()
    })
    return (asked) => port.postMessage(asked)
  } catch {
    return undefined
  }
}

/** Tabs share a stream where they are of the same user: what one may hear, another may not. */
const feedName = (): string => `etcdesk.feed ${endpoint} ${me.peek()?.user ?? ''}`

function openTabs(): (order: FeedOrder) => void {
  return followTogether(endpoint, feedName(), take, () => known)
}
