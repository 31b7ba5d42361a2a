/**
 * The key tree as far as it has been looked at: directories that were opened, read once and then kept true by what happens. It can be
 * held still: what happens meanwhile waits, and is shown when it is let go.
 */
import { computed, signal } from '@preact/signals'
import { KeysError, keysErrorCodes } from '../../src/client/client.js'
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
    this.#reading.get(key)?.abort()
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

  /** Reads all that is open anew. */
  async readAnew(): Promise<void> {
    this.#held = []
    this.waiting.value = 0
    this.#last = 0
    const open = [...this.#opened.keys()]
    // The root says where to go on from, so it is read first: what happens meanwhile comes twice rather than never.
    await this.#read(ROOT)
    await Promise.all(open.filter((key) => key !== ROOT).map((key) => this.#read(key)))
    for (const tell of this.onAnew) tell()
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
    if (held.length > HELD_MAX) void this.readAnew()
    else for (const event of held) this.#apply(event)
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
    let waitMs = 500
    let past = 0
    while (!stop.aborted) {
      try {
        if (this.#last === 0) await this.#begin()
        let count = 0
        this.isLive.value = true
        for await (const event of watchFrom(this.#last + 1, stop)) {
          this.#last = event.index
          newestIndex.value = Math.max(newestIndex.peek(), event.index)
          this.#take(event)
          count++
          waitMs = 500
        }
        past = count === 1 ? past + 1 : 0
        if (past > CATCH_UP_MAX) {
          past = 0
          await this.readAnew()
        }
        if (count === 0) await after(waitMs, stop)
      } catch (error) {
        if (stop.aborted) break
        if (error instanceof KeysError && error.errorCode === keysErrorCodes.indexCleared) {
          await this.readAnew().catch(() => undefined)
          continue
        }
        this.isLive.value = false
        if (error instanceof KeysError && error.errorCode === keysErrorCodes.unauthorized) {
          void learnWho().catch(() => undefined)
          break
        }
        await after(waitMs, stop)
        waitMs = Math.min(15_000, waitMs * 2)
      }
    }
    if (this.#stop.signal === stop) this.#isRunning = false
  }

  /** The root, unless it was read: its index is where to listen from. */
  async #begin(): Promise<void> {
    const root = this.#opened.get(ROOT)
    if (root?.state !== 'read') await this.#read(ROOT)
    const now = this.#opened.get(ROOT)
    if (now?.state === 'failed') throw now.problem
    if (now?.state === 'read') this.#last = now.index
    this.since.value = this.#last
  }

  async #read(key: string): Promise<void> {
    this.#reading.get(key)?.abort()
    const stop = new AbortController()
    this.#reading.set(key, stop)
    if (this.#opened.get(key)?.state !== 'read') this.#opened.set(key, { state: 'reading' })
    this.#show()
    try {
      const { children, index, node } = await readKey(key, stop.signal)
      if (!node.isDir && key !== ROOT) this.#opened.delete(key)
      else if (!this.#putRead(key, children, index)) return await this.#read(key)
      if (key === ROOT && this.#last === 0) this.#last = index
    } catch (error) {
      if (stop.signal.aborted) return
      if (error instanceof KeysError && error.errorCode === keysErrorCodes.keyNotFound && key !== ROOT)
        this.#opened.delete(key)
      else if (error instanceof TooMuch || this.#opened.get(key)?.state !== 'read') {
        this.#opened.set(key, { state: 'failed', problem: error })
      }
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
      for (const other of this.#opened.keys()) if (isWithin(other, key)) this.#opened.delete(other)
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

function after(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    stop.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
