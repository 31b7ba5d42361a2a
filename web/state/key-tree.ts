/**
 * The key tree as far as it has been looked at: directories that were opened, read once and then kept true by what happens. It can be
 * held still: what happens meanwhile waits, and is shown when it is let go.
 */
import { computed, signal } from '@preact/signals'
import { pause } from '../../src/client/retrying.js'
import { isKeysError } from './failures.js'
import { learnWho } from './identity.js'
import { newestIndex } from './live.js'
import { readKey, TooMuch, watchFrom, type KeyEvent } from './keys-door.js'
import { nameOf, parentOf, placeOf, ROOT, TreeRows, type Opened, type Found } from './tree-rows.js'

/** Something that happened, and when this page heard of it. */
export interface Heard extends KeyEvent {
  readonly at: number
}

/** Events that are kept to be looked at. */
const LOG_MAX = 500
/** Events that wait while it is held; what comes beyond that is read anew instead. */
const HELD_MAX = 5000
/** So many events of the past are asked for one by one before all is read anew. */
const CATCH_UP_MAX = 200
/** The first wait before the desk is asked again, and the longest, in milliseconds: each is twice as long as the one before. */
const WAIT_MS = 500
const WAIT_MS_MAX = 15_000

const removals: ReadonlySet<string> = new Set(['delete', 'expire', 'compareAndDelete'])

export const isRemoval = (action: string): boolean => removals.has(action)

/** A node that one has just heard of as a directory on the way to another. */
const onTheWay = (key: string, index: number): Found => ({
  key,
  isDir: true,
  value: undefined,
  created: index,
  modified: index,
  expires: undefined,
})

/** All directories on the way to a key, the root first. */
export function wayTo(key: string): readonly string[] {
  const parts = key.split('/').filter((part) => part !== '')
  return [ROOT, ...parts.slice(0, -1).map((_, at) => `/${parts.slice(0, at + 1).join('/')}`)]
}

export class KeyTree {
  /** Directories by their keys. */
  readonly #opened = new Map<string, Opened>()
  readonly #reading = new Map<string, AbortController>()
  readonly #opening = new Map<string, Promise<void>>()
  /** Moves whenever something is shown otherwise. */
  readonly revision = signal(0)
  readonly log = signal<readonly Heard[]>([])
  readonly isHeld = signal(false)
  readonly waiting = signal(0)
  /** Whether what happens is heard; undefined before it was tried. */
  readonly isLive = signal<boolean | undefined>(undefined)
  /** From which index on it is listened. */
  readonly since = signal(0)
  /** What may look at each event, beside the tree: the key that is shown. */
  readonly onEvent = new Set<(event: KeyEvent) => void>()
  /** Told when what was shown may be old. */
  readonly onAnew = new Set<() => void>()
  readonly rows = computed(() => {
    void this.revision.value
    return new TreeRows(this.#opened)
  })
  #held: Heard[] = []
  #last = 0
  /** Whether what is open may be old by more than what is heard: it is to be read before it is listened on. */
  #isOld = false
  #stop = new AbortController()
  #isRunning = false
  #drawing = false

  /** What is known of a key from its directory. */
  known(key: string): Found | undefined {
    const parent = this.#opened.get(parentOf(key))
    if (parent?.state !== 'read') return undefined
    const at = placeOf(parent.children, nameOf(key))
    const found = parent.children[at]
    return found !== undefined && found.key === key ? found : undefined
  }

  openedAt(key: string): Opened | undefined {
    return this.#opened.get(key)
  }

  /** Opens a directory; reads it unless that was done. */
  async open(key: string): Promise<void> {
    const now = this.#opened.get(key)
    if (now?.state === 'read') return
    if (now?.state !== 'reading') this.#opening.set(key, this.#read(key))
    await this.#opening.get(key)
  }

  fold(key: string): void {
    if (key === ROOT) return
    // What is still being read below it would open itself again.
    for (const [other, reading] of this.#reading) if (isWithin(other, key)) reading.abort()
    for (const other of this.#opened.keys()) if (isWithin(other, key)) this.#opened.delete(other)
    this.#show()
  }

  /** Opens all on the way to a key. */
  async reveal(key: string): Promise<void> {
    await Promise.all(wayTo(key).map((directory) => this.open(directory)))
  }

  /** Takes what was read elsewhere as the content of a directory. */
  take(key: string, children: readonly Found[], index: number): void {
    if (!this.#putRead(key, children, index)) this.#opening.set(key, this.#read(key))
    this.#show()
  }

  /** Listens until it is ended. */
  start(): () => void {
    const onSight = (): void => {
      // A tab that nobody looks at holds no connection: there are few of them for all tabs. Nothing is missed.
      if (document.visibilityState === 'hidden') this.#end()
      else void this.#run()
    }
    document.addEventListener('visibilitychange', onSight)
    onSight()
    return () => {
      document.removeEventListener('visibilitychange', onSight)
      this.#end()
    }
  }

  /** Holds what happens, or lets it go. */
  hold(isHeld: boolean): void {
    if (isHeld === this.isHeld.peek()) return
    this.isHeld.value = isHeld
    if (isHeld) return
    const held = this.#held
    this.#held = []
    this.waiting.value = 0
    if (held.length <= HELD_MAX) {
      for (const event of held) this.#apply(event)
      return
    }
    this.#isOld = true
    if (!this.#isRunning) return
    this.#end()
    void this.#run()
  }

  #end(): void {
    this.#stop.abort()
    this.#isRunning = false
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#stop = new AbortController()
    const { signal: stop } = this.#stop
    let waitMs = WAIT_MS
    let past = 0
    let wasCleared = false
    while (!stop.aborted) {
      try {
        if (this.#isOld) await this.#readAnew()
        if (this.#last === 0) await this.#begin()
        // What was read took a while: by now nobody may look.
        if (stop.aborted) break
        let count = 0
        this.isLive.value = true
        for await (const event of watchFrom(this.#last + 1, stop)) {
          this.#last = event.index
          newestIndex.value = Math.max(newestIndex.peek(), event.index)
          this.#take(event)
          count++
          waitMs = WAIT_MS
          wasCleared = false
        }
        past = count === 1 ? past + 1 : 0
        if (past > CATCH_UP_MAX) {
          past = 0
          this.#isOld = true
        }
        if (count === 0) await pause(waitMs, stop)
      } catch (error) {
        if (stop.aborted) break
        if (isKeysError(error, 'indexCleared')) {
          this.#isOld = true
          // Where that did not help, it is no use to do it again at once.
          if (!wasCleared) {
            wasCleared = true
            continue
          }
        }
        this.isLive.value = false
        if (isKeysError(error, 'unauthorized')) {
          void learnWho().catch(() => undefined)
          break
        }
        await pause(waitMs, stop).catch(() => undefined)
        waitMs = Math.min(WAIT_MS_MAX, waitMs * 2)
      }
    }
    if (this.#stop.signal === stop) this.#isRunning = false
  }

  /** The root, unless it was read: its index is where to listen from. */
  async #begin(): Promise<void> {
    if (this.#opened.get(ROOT)?.state !== 'read') await this.#readOrFail(ROOT)
    const now = this.#opened.get(ROOT)
    if (now?.state === 'read') this.#last = now.index
    this.since.value = this.#last
  }

  /** Reads all that is open anew. @throws where that can't be done now: it is to be done still */
  async #readAnew(): Promise<void> {
    this.#held = []
    this.waiting.value = 0
    // The root says where to go on from, so it is read first: what happens meanwhile comes twice rather than never.
    await this.#readOrFail(ROOT)
    const root = this.#opened.get(ROOT)
    if (root?.state === 'read') this.#last = root.index
    this.#isOld = false
    // Those that are open by now: one that was folded meanwhile stays so.
    const open = [...this.#opened.keys()].filter((key) => key !== ROOT)
    await Promise.all(open.map((key) => this.#readOrClose(key)))
    for (const tell of this.onAnew) tell()
  }

  /** Reads a directory anew; says that it could not be read, where what is known of it may be wrong. */
  async #readOrClose(key: string): Promise<void> {
    try {
      await this.#readOrFail(key)
    } catch (error) {
      // Where it was given up, it was folded, or is being read once more.
      if (this.#opened.get(key)?.state === 'read' && !this.#reading.has(key)) {
        this.#opened.set(key, { state: 'failed', problem: error })
        this.#show()
      }
    }
  }

  async #read(key: string): Promise<void> {
    // What is shown says why it could not be read.
    await this.#readOrFail(key).catch(() => undefined)
  }

  /** @throws what kept it from being read, or that it was given up */
  async #readOrFail(key: string): Promise<void> {
    this.#reading.get(key)?.abort()
    const stop = new AbortController()
    this.#reading.set(key, stop)
    if (this.#opened.get(key)?.state !== 'read') this.#opened.set(key, { state: 'reading' })
    this.#show()
    try {
      const { children, index, node } = await readKey(key, stop.signal)
      stop.signal.throwIfAborted()
      if (!node.isDir && key !== ROOT) this.#opened.delete(key)
      else if (!this.#putRead(key, children, index)) return await this.#readOrFail(key)
      if (key === ROOT && this.#last === 0) this.#last = index
    } catch (error) {
      if (stop.signal.aborted) throw error
      if (isKeysError(error, 'keyNotFound') && key !== ROOT) {
        this.#opened.delete(key)
        return
      }
      if (error instanceof TooMuch || this.#opened.get(key)?.state !== 'read')
        this.#opened.set(key, { state: 'failed', problem: error })
      throw error
    } finally {
      if (this.#reading.get(key) === stop) {
        this.#reading.delete(key)
        this.#opening.delete(key)
      }
      this.revision.value++
    }
  }

  #take(event: KeyEvent): void {
    const heard = { ...event, at: Date.now() }
    if (!this.isHeld.peek()) {
      this.#apply(heard)
      return
    }
    if (this.#held.length <= HELD_MAX) this.#held.push(heard)
    this.waiting.value = this.#held.length
  }

  #apply(event: Heard): void {
    const { key } = event.node
    for (const directory of wayTo(key)) this.#applyTo(directory, event)
    if (isRemoval(event.action)) {
      for (const [other, opened] of this.#opened) {
        // It may be there again, and have been read since.
        const isLater = opened.state === 'read' && opened.index >= event.index
        if (isWithin(other, key) && !isLater) this.#opened.delete(other)
      }
    }
    this.log.value = [event, ...this.log.peek().slice(0, LOG_MAX - 1)]
    for (const tell of this.onEvent) tell(event)
    this.#show()
  }

  /** Keeps a directory that was read true by what happened since. */
  #applyTo(directory: string, { node, action, index }: KeyEvent): void {
    const opened = this.#opened.get(directory)
    if (opened?.state !== 'read' || index <= opened.index) return
    const { key } = node
    const isGone = isRemoval(action)
    const child = childOf(directory, key)
    if (nameOf(child).startsWith('_')) return
    const at = placeOf(opened.children, nameOf(child))
    const isThere = opened.children[at]?.key === child
    if (child !== key) {
      if (!isThere && !isGone) this.#put(directory, opened, opened.children.toSpliced(at, 0, onTheWay(child, index)))
    } else if (isGone) {
      if (isThere) this.#put(directory, opened, opened.children.toSpliced(at, 1))
    } else {
      this.#put(directory, opened, opened.children.toSpliced(at, isThere ? 1 : 0, { ...node, value: undefined }))
    }
  }

  /**
   * Takes what was read as the content of a directory, and on top what was heard while it was read: the answer may be older. Whether all of
   * that is still known; else it has to be read once more.
   */
  #putRead(directory: string, children: readonly Found[], index: number): boolean {
    const log = this.log.peek()
    const since = log.filter((event) => event.index > index).toReversed()
    if (since.length === LOG_MAX) return false
    this.#opened.set(directory, { state: 'read', children, index })
    for (const event of since) {
      const { key } = event.node
      if (isRemoval(event.action) && directory !== ROOT && isWithin(directory, key)) this.#opened.delete(directory)
      else if (wayTo(key).includes(directory)) this.#applyTo(directory, event)
    }
    return true
  }

  #put(directory: string, opened: Extract<Opened, { state: 'read' }>, children: readonly Found[]): void {
    this.#opened.set(directory, { ...opened, children })
  }

  /** Once for all that happens before the next picture. */
  #show(): void {
    if (this.#drawing) return
    this.#drawing = true
    requestAnimationFrame(() => {
      this.#drawing = false
      this.revision.value++
    })
  }
}

/** Whether a key is another or lies below it. */
const isWithin = (key: string, other: string): boolean => key === other || key.startsWith(`${other}/`)

/** The part of the way to a key that lies in a directory. */
function childOf(directory: string, key: string): string {
  const start = directory === ROOT ? 1 : directory.length + 1
  const end = key.indexOf('/', start)
  return end === -1 ? key : key.slice(0, end)
}
