/**
 * Finds the event that a watch of the past is answered with. The rules are those of etcd's `EventHistory.scan`, oddities
 * included: hidden keys count, and a removed directory matches every watched path that begins with its name as bare text
 * (`/foo` removed answers a watch of `/foobar`).
 *
 * Promises: what lies a short way back is found at once. A longer way is gone in slices, one in each turn of the event loop
 * however many search, and those who search the same stretch share it: a thousand clients that come back cost one pass. Passes go
 * from the past to the present, one after another, so that whoever searches is at its end after two, whoever else comes meanwhile.
 */
import { decodeText, type Database, type Statement } from '../sqlite/database.js'
import { KEPT_BODY, toKeptBody, type KeptBody } from '../store/history.js'
import { PathTree, type PathNode } from './path-tree.js'
import type { WatchedEvent } from './watch-tree.js'
import { isRemoval, isVisible } from './watched-types.js'

/** One who searches. Exactly one of its functions is called, once, unless it is cancelled before. */
export interface Search {
  readonly path: string
  readonly recursive: boolean
  /** The first index to look at. */
  readonly first: number
  /** The last one. */
  readonly last: number
  /** Whether it may be told of an event; undefined where it may of all. */
  readonly maySee?: ((event: WatchedEvent) => boolean) | undefined
  found(body: KeptBody): void
  nothing(): void
  /** Events of the stretch were trimmed before they were looked at; `oldest` is the oldest that is left. */
  gone(oldest: number): void
}

/** What is read of an event to judge it. */
interface Glimpse {
  readonly index: number
  readonly type: string
  readonly key: string
}

/** Events looked at in one turn of the event loop. */
const SLICE = 2000
/** Events that are looked at at once, for one who searches no more than these. */
const SHORT = 50

export class HistorySearch {
  readonly #reader: Database
  readonly #oldest: () => number
  readonly #slice: Statement
  readonly #body: Statement
  /** Who still searches, and the index to look at next. */
  readonly #searches = new Map<Search, number>()
  #turn: NodeJS.Immediate | undefined
  /** Where the next slice of the pass begins. */
  #ahead = 0

  /** `oldest` answers the oldest index kept. */
  constructor(reader: Database, oldest: () => number) {
    this.#reader = reader
    this.#oldest = oldest
    this.#slice = reader.prepare('SELECT idx, type, key FROM events WHERE idx BETWEEN ? AND ? ORDER BY idx')
    this.#body = reader.prepare(`SELECT ${KEPT_BODY} FROM events WHERE idx = ?`)
  }

  /** Begins to search: a short stretch now, a longer one turn by turn. */
  begin(search: Search): void {
    this.#searches.set(search, search.first)
    if (search.last - search.first < SHORT) this.#look([search], search.first, search.last)
    else this.#continue()
  }

  cancel(search: Search): void {
    this.#searches.delete(search)
  }

  #continue(): void {
    if (this.#turn !== undefined || this.#searches.size === 0) return
    this.#turn = setImmediate(() => {
      this.#turn = undefined
      this.#lookFurther()
      this.#continue()
    })
  }

  /** Goes on with the pass to those who are next on its way, and begins another where nobody is. */
  #lookFurther(): void {
    if (this.#searches.size === 0) return
    let [furthestBehind, nextAhead] = [Infinity, Infinity]
    for (const next of this.#searches.values()) {
      furthestBehind = Math.min(furthestBehind, next)
      if (next >= this.#ahead) nextAhead = Math.min(nextAhead, next)
    }
    const first = nextAhead === Infinity ? furthestBehind : nextAhead
    const last = first + SLICE - 1
    const near = [...this.#searches].filter(([, next]) => first <= next && next <= last).map(([search]) => search)
    this.#ahead = last + 1
    this.#look(near, first, last)
  }

  /** Looks at the events from `first` to `last` for these searches. Answers are given when all reading is done. */
  #look(searches: readonly Search[], first: number, last: number): void {
    const answers = this.#reader.snapshot(() => {
      const oldest = this.#oldest()
      const round = new Round(this.#searches, this.#body)
      for (const search of searches) {
        if ((this.#searches.get(search) ?? oldest) < oldest) round.end(search, () => search.gone(oldest))
        else round.add(search)
      }
      for (const row of this.#slice.all(first, last)) {
        round.judge({ index: Number(row['idx']), type: String(row['type']), key: decodeText(String(row['key'])) })
      }
      return round.answers
    })
    for (const answer of answers) answer()
    for (const search of searches) {
      if (!this.#searches.has(search)) continue
      if (search.last > last) this.#searches.set(search, last + 1)
      else {
        this.#searches.delete(search)
        search.nothing()
      }
    }
  }
}

/** One stretch of the history, looked at for several searches. */
class Round {
  readonly answers: (() => void)[] = []
  readonly #waiting: Map<Search, number>
  readonly #body: Statement
  readonly #byPath = new PathTree<Search[]>()
  readonly #nodes = new Set<PathNode<Search[]>>()
  /** The same in the order of their paths, so that those whose text begins alike stand together; made when it is needed. */
  #sorted: PathNode<Search[]>[] | undefined
  /** The last body that was read. */
  #read: { readonly index: number; readonly body: KeptBody } | undefined

  constructor(waiting: Map<Search, number>, body: Statement) {
    this.#waiting = waiting
    this.#body = body
  }

  add(search: Search): void {
    const node = this.#byPath.at(search.path)
    node.value ??= []
    node.value.push(search)
    this.#nodes.add(node)
  }

  end(search: Search, answer: () => void): void {
    this.#waiting.delete(search)
    this.answers.push(answer)
  }

  judge(event: Glimpse): void {
    const { type, key } = event
    if (!isVisible(type)) return
    for (const { path, value = [] } of this.#byPath.along(key)) {
      // Where the event lies below a path, only the recursive ones.
      const isBelow = path.length < key.length
      for (const search of value) if (search.recursive || !isBelow) this.#find(search, event)
    }
    if (isRemoval(type)) this.#findBelowRemoved(event)
  }

  #findBelowRemoved(event: Glimpse): void {
    this.#sorted ??= [...this.#nodes].toSorted((one, other) => (one.path < other.path ? -1 : 1))
    const first = firstFrom(this.#sorted, event.key)
    if (this.#sorted[first]?.path.startsWith(event.key) !== true || !removedDirectory(this.#bodyOf(event))) return
    let end = first
    for (let node = this.#sorted[end]; node?.path.startsWith(event.key) === true; node = this.#sorted[end]) {
      for (const search of node.value ?? []) this.#find(search, event)
      end += 1
    }
    // Who was told is passed no more.
    const still = this.#sorted.slice(first, end).filter(({ value = [] }) => value.some((one) => this.#waiting.has(one)))
    if (still.length < end - first)
      this.#sorted = [...this.#sorted.slice(0, first), ...still, ...this.#sorted.slice(end)]
  }

  #find(search: Search, event: Glimpse): void {
    if (!this.#waits(search, event)) return
    const { index, key } = event
    const bodyOf = (): KeptBody => this.#bodyOf(event)
    const told = {
      index,
      key,
      get body() {
        return bodyOf()
      },
    }
    if (search.maySee?.(told) === false) return
    const body = bodyOf()
    this.end(search, () => search.found(body))
  }

  #waits(search: Search, { index }: Glimpse): boolean {
    const next = this.#waiting.get(search)
    return next !== undefined && next <= index && index <= search.last
  }

  /** However many ask for it, it is read once. */
  #bodyOf({ index }: Glimpse): KeptBody {
    if (this.#read?.index !== index) {
      this.#read = { index, body: toKeptBody(index, this.#body.get(index)?.['body']) }
    }
    return this.#read.body
  }
}

/** The place of the first path that is not before `path`. */
function firstFrom(sorted: readonly { readonly path: string }[], path: string): number {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((sorted[middle]?.path ?? '') < path) from = middle + 1
    else to = middle
  }
  return from
}

/** Whether the event removed a directory. What is large is the event of a file. */
function removedDirectory(body: KeptBody): boolean {
  if (typeof body !== 'string') return false
  const event: unknown = JSON.parse(body)
  if (typeof event !== 'object' || event === null || !('prevNode' in event)) return false
  const { prevNode } = event
  return typeof prevNode === 'object' && prevNode !== null && 'dir' in prevNode && prevNode.dir === true
}
