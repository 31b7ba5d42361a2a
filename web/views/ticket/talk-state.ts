/**
 * What was said of a ticket and what happened to it: one stretch of its history with the comments in it, as a ticket may have tens of
 * thousands of both. It begins with the newest; earlier and later ones are read as they are asked for, what happens now comes in behind it,
 * and what lies at the other end goes when there is too much: a page holds no more of a ticket than `HELD_MAX` and `CHARACTERS_MAX` say.
 */
import { batch, computed, signal } from '@preact/signals'
import { NotFound, type Comment, type DeskEvent, type HistoryEntry, type Ticket } from '../../../src/client/client.js'
import { desk } from '../../state/desk.js'
import { charactersOf, entryOf, isOfComment } from './talk-entries.js'

/** So many entries are read at once. */
const PAGE = 100

/** So many entries are held after others were asked for. What happens now may come to more, so that nothing goes while it is read. */
export const HELD_MAX = 400
const LIVE_MAX = 600

/** Characters of texts that are held. */
const CHARACTERS_MAX = 4 * 1024 * 1024

/** So many pages of what happened meanwhile are read by themselves; the others when they are asked for. */
const PAGES_BEHIND_MAX = 9

type Comments = ReadonlyMap<number, Comment>
type Side = 'earlier' | 'later'
type Sort = 'created-asc' | 'created-desc'

/** Some of it without a gap, oldest first. */
interface Piece {
  readonly entries: readonly HistoryEntry[]
  readonly comments: readonly Comment[]
  /** There is no more in the direction in which it was read. */
  readonly isEnd: boolean
}

export class Talk {
  readonly number: number
  /** Those of the stretch. */
  readonly comments = signal<Comments>(new Map())
  readonly entries = signal<readonly HistoryEntry[]>([])
  readonly hasEarlier = signal(false)
  /** Whether the stretch ends before the newest: what happens now is not in it then. */
  readonly hasLater = signal(false)
  /** Why no more could be read. */
  readonly problem = signal<unknown>(undefined)
  readonly isReading = signal(false)
  readonly inOrder = computed(() => [...this.comments.value.values()].toSorted((one, other) => one.id - other.id))
  /** What was read, without what events alone have told. */
  #stretch: readonly HistoryEntry[] = []
  #noted: readonly HistoryEntry[] = []
  #isBegun = false

  constructor(number: number) {
    this.number = number
  }

  /** Takes the newest, as they came with the ticket. What is shown already is read anew instead, wherever it lies. */
  async begin({ comments, history }: Pick<Ticket, 'comments' | 'history'>, beforeShown: () => void): Promise<void> {
    if (this.#isBegun) {
      await this.refresh(new Set(), true, beforeShown)
      return
    }
    const entries = (history?.items ?? []).toReversed()
    // Where comments are long there may be fewer of them: the stretch is what both reach back to.
    const oldest = typeof comments?.rest === 'string' ? (comments.items.at(-1)?.id ?? 0) : 0
    const reached = entries.filter(({ index }) => index >= oldest)
    const isEnd = typeof history?.rest !== 'string' && reached.length === entries.length
    if (reached.length === 0 && !isEnd) {
      const piece = await this.#read('created-desc')
      beforeShown()
      this.#isBegun = true
      this.#replace(piece, true)
      return
    }
    this.#isBegun = true
    this.#replace({ entries: reached, comments: comments?.items ?? [], isEnd }, true)
  }

  /** Reads on at one end, until there is something that is wanted. */
  async more(
    side: Side,
    beforeShown: () => void,
    isWanted: (entry: HistoryEntry) => boolean = () => true,
  ): Promise<void> {
    await this.#reading(async () => {
      for (let isFound = false; !isFound && this.#has(side).peek();) {
        const edge = this.#edge(side)
        const piece = await (side === 'earlier'
          ? this.#read('created-desc', edge - 1)
          : this.#read('created-asc', edge + 1))
        // It was read anew from elsewhere meanwhile.
        if (edge !== this.#edge(side)) return
        beforeShown()
        this.#add(piece, side, HELD_MAX)
        isFound = piece.entries.some(isWanted)
      }
    })
  }

  /** Goes to one end of it all. */
  async goTo(side: Side): Promise<void> {
    await this.#reading(async () => {
      const isLatest = side === 'later'
      this.#replace(await this.#read(isLatest ? 'created-desc' : 'created-asc'), isLatest)
    })
  }

  /** Goes to a comment. */
  async reach(comment: number): Promise<void> {
    if (this.comments.peek().has(comment)) return
    await this.#reading(async () => {
      const [before, after] = await Promise.all([
        this.#read('created-desc', comment - 1),
        this.#read('created-asc', comment),
      ])
      const entries = [...before.entries, ...after.entries]
      batch(() => {
        this.#replace({ entries, comments: [...before.comments, ...after.comments], isEnd: before.isEnd }, true)
        this.hasLater.value = !after.isEnd
      })
    })
  }

  /** Reads what has come, and what has changed of comments that are held; after a text was erased, all that is held. */
  async refresh(changed: ReadonlySet<number>, isErased: boolean, beforeShown: () => void): Promise<void> {
    const last = this.#edge('later')
    const held = [...changed].filter((id) => id >= this.#edge('earlier') && id <= last)
    const found = await Promise.all(held.map((id) => this.#commentOf(id)))
    if (isErased) await this.#readAnew(beforeShown)
    beforeShown()
    batch(() => {
      const comments = new Map(this.comments.peek())
      for (const [id, comment] of found) {
        if (comment === undefined) comments.delete(id)
        else comments.set(id, comment)
      }
      this.comments.value = comments
    })
    for (let pages = 0; !this.hasLater.peek(); pages++) {
      const edge = this.#edge('later')
      const piece = await this.#read('created-asc', edge + 1)
      if (edge !== this.#edge('later')) return
      beforeShown()
      // More than that waits until it is asked for.
      this.#add({ ...piece, isEnd: piece.isEnd || pages < PAGES_BEHIND_MAX }, 'later', LIVE_MAX)
      if (piece.isEnd) return
    }
  }

  /** Shows a comment that was just stored, at the end. */
  async put(comment: Comment): Promise<void> {
    if (this.hasLater.peek()) {
      await this.goTo('later')
      return
    }
    batch(() => {
      this.replace(comment)
      this.#note(entryOf(comment))
    })
  }

  replace(comment: Comment): void {
    this.comments.value = new Map([...this.comments.peek(), [comment.id, comment]])
  }

  drop(id: number): void {
    const comments = new Map(this.comments.peek())
    if (comments.delete(id)) this.comments.value = comments
  }

  /** Shows what an event says, until it is read. */
  note(event: DeskEvent): void {
    if (!this.hasLater.peek()) this.#note(entryOf(event))
  }

  #note(entry: HistoryEntry): void {
    if (this.entries.peek().some(({ index }) => index === entry.index)) return
    this.#noted = [...this.#noted, entry].slice(-PAGE)
    this.#show()
  }

  #has(side: Side): { value: boolean; peek: () => boolean } {
    return side === 'earlier' ? this.hasEarlier : this.hasLater
  }

  /** The first or the last index that is held. */
  #edge(side: Side): number {
    return this.#stretch.at(side === 'earlier' ? 0 : -1)?.index ?? 0
  }

  async #reading(read: () => Promise<void>): Promise<void> {
    if (this.isReading.peek()) return
    this.isReading.value = true
    this.problem.value = undefined
    try {
      await read()
    } catch (error) {
      this.problem.value = error
    } finally {
      this.isReading.value = false
    }
  }

  async #read(sort: Sort, from?: number): Promise<Piece> {
    const pages = desk()
      .tickets.history(this.number)
      .pages({ limit: PAGE, sort, ...(from !== undefined && { from: Math.max(0, from) }) })
    let found: readonly HistoryEntry[] = []
    let isEnd = true
    // Where much lies between that one may not know of, a page may be empty and yet not the last.
    for await (const { history, next } of pages) {
      found = history
      isEnd = next === null
      if (found.length > 0) break
    }
    const entries = sort === 'created-asc' ? found : found.toReversed()
    return { entries, comments: await this.#commentsOf(entries), isEnd }
  }

  /** The comments whose making is among entries. */
  async #commentsOf(entries: readonly HistoryEntry[]): Promise<readonly Comment[]> {
    const ids = entries.filter(isOfComment).map(({ index }) => index)
    const [first, last] = [ids[0], ids.at(-1)]
    const found: Comment[] = []
    if (first === undefined || last === undefined) return found
    const pages = desk().tickets.comments(this.number).pages({ limit: ids.length, from: first })
    for await (const { comments } of pages) {
      found.push(...comments.filter(({ id }) => id <= last))
      if ((comments.at(-1)?.id ?? last) >= last) break
    }
    return found
  }

  async #commentOf(id: number): Promise<[number, Comment | undefined]> {
    try {
      return [id, await desk().tickets.comments(this.number).get(id)]
    } catch (error) {
      if (error instanceof NotFound) return [id, undefined]
      throw error
    }
  }

  /** Reads all that is held once more, from its end. */
  async #readAnew(beforeShown: () => void): Promise<void> {
    const [first, last] = [this.#edge('earlier'), this.#edge('later')]
    const entries: HistoryEntry[] = []
    const comments: Comment[] = []
    for (let from = last; from >= first;) {
      const piece = await this.#read('created-desc', from)
      entries.unshift(...piece.entries.filter(({ index }) => index >= first))
      comments.push(...piece.comments.filter(({ id }) => id >= first))
      if (piece.isEnd) break
      from = (piece.entries[0]?.index ?? 0) - 1
    }
    beforeShown()
    const isOther = (index: number): boolean => index < first || index > last
    batch(() => {
      this.#stretch = [...this.#stretch, ...entries]
        .filter((entry) => isOther(entry.index) || entries.includes(entry))
        .toSorted((one, other) => one.index - other.index)
      this.comments.value = new Map([
        ...[...this.comments.peek()].filter(([id]) => isOther(id)),
        ...comments.map((comment) => [comment.id, comment] as const),
      ])
      this.#show()
    })
  }

  /** Puts a piece in the place of all that is held. `isLatest` where it was read towards the beginning. */
  #replace(piece: Piece, isLatest: boolean): void {
    batch(() => {
      this.#stretch = []
      this.#noted = []
      this.comments.value = new Map()
      this.hasEarlier.value = false
      this.hasLater.value = false
      this.#add(piece, isLatest ? 'earlier' : 'later', HELD_MAX)
    })
  }

  #add({ entries, comments, isEnd }: Piece, side: Side, most: number): void {
    batch(() => {
      this.#stretch = side === 'earlier' ? [...entries, ...this.#stretch] : [...this.#stretch, ...entries]
      this.comments.value = new Map([
        ...this.comments.peek(),
        ...comments.map((comment) => [comment.id, comment] as const),
      ])
      this.#has(side).value = !isEnd
      this.#trim(side === 'earlier' ? 'later' : 'earlier', most)
      this.#show()
    })
  }

  /** Lets go what is too much, at one end. What was read last stays, however much it is. */
  #trim(side: Side, most: number): void {
    const comments = this.comments.peek()
    let characters = 0
    let count = 0
    const fromKept = side === 'later' ? this.#stretch : this.#stretch.toReversed()
    for (const entry of fromKept) {
      characters += charactersOf(entry, comments)
      if (count === most || (characters > CHARACTERS_MAX && count >= PAGE)) break
      count++
    }
    if (count === this.#stretch.length) return
    this.#stretch = side === 'later' ? this.#stretch.slice(0, count) : this.#stretch.slice(-count)
    this.#has(side).value = true
    if (side === 'later') this.#noted = []
  }

  /** The stretch, and behind it what has been told since. */
  #show(): void {
    const [first, last] = [this.#edge('earlier'), this.#edge('later')]
    this.#noted = this.#noted.filter(({ index }) => index > last).toSorted((one, other) => one.index - other.index)
    this.entries.value = [...this.#stretch, ...this.#noted]
    const end = this.hasLater.peek() ? last : Infinity
    const isOut = (id: number): boolean => id < first || id > end
    const comments = this.comments.peek()
    if ([...comments.keys()].some(isOut)) this.comments.value = new Map([...comments].filter(([id]) => !isOut(id)))
  }
}
