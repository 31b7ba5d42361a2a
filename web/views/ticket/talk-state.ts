/**
 * What was said of a ticket and what happened to it: read from the beginning, page by page as it is asked for, and what happens now behind
 * it. Comments reach as far as the history does, so that both can be shown as one.
 */
import { batch, computed, signal } from '@preact/signals'
import { NotFound, type Comment, type DeskEvent, type HistoryEntry, type Ticket } from '../../../src/client/client.js'
import { desk } from '../../state/desk.js'

/** Entries and comments are read by so many at once, after the first 50. */
const PAGE = 200

type Comments = ReadonlyMap<number, Comment>

interface Page {
  readonly history: readonly HistoryEntry[]
  readonly next: string | null
}

const byId = (comments: readonly Comment[]): Comments => new Map(comments.map((one) => [one.id, one]))

/** Where the others begin, of a path that leads to them. */
function cursorIn(rest: string | null | undefined): string | null {
  return rest === null || rest === undefined ? null : new URL(rest, location.href).searchParams.get('cursor')
}

export class Talk {
  readonly number: number
  readonly comments = signal<Comments>(new Map())
  /** The history as far as it was read, and behind a gap, if there is one, what happened since. */
  readonly entries = signal<readonly HistoryEntry[]>([])
  /** Up to which index all is there; undefined where that is all of it. */
  readonly gapAfter = signal<number | undefined>(undefined)
  /** Why no more could be read. */
  readonly problem = signal<unknown>(undefined)
  readonly isReading = signal(false)
  readonly inOrder = computed(() => [...this.comments.value.values()].toSorted((one, other) => one.id - other.id))
  #commentsNext: string | null = null
  /** The last comment that was read in order. */
  #commentsTo = 0
  #historyNext: string | null = null
  /** The cursor by which the last page was read. */
  #lastPage: string | undefined
  /** The history by its pages, without what came since. */
  #paged: readonly HistoryEntry[] = []
  #before: readonly HistoryEntry[] = []

  constructor(number: number) {
    this.number = number
  }

  /** Takes the beginning, as it came with the ticket. */
  begin({ comments, history }: Pick<Ticket, 'comments' | 'history'>): void {
    this.#commentsNext = cursorIn(comments?.rest)
    this.#commentsTo = comments?.items.at(-1)?.id ?? 0
    this.#before = []
    this.#takeHistory({ history: history?.items ?? [], next: cursorIn(history?.rest) }, undefined)
    batch(() => {
      this.comments.value = byId(comments?.items ?? [])
      this.#show()
    })
    // A page of comments may end before that of the history does.
    void this.#catchUp().catch((error: unknown) => (this.problem.value = error))
  }

  /** Reads on by one page. */
  async more(): Promise<void> {
    if (this.#historyNext === null || this.isReading.peek()) return
    this.isReading.value = true
    this.problem.value = undefined
    try {
      await this.#readHistory(this.#historyNext)
      await this.#catchUp()
    } catch (error) {
      this.problem.value = error
    } finally {
      batch(() => {
        this.isReading.value = false
        this.#show()
      })
    }
  }

  /** Reads on to the end, or until there is a comment. */
  async reach(comment?: number): Promise<void> {
    while (this.#historyNext !== null && this.problem.peek() === undefined) {
      if (comment !== undefined && this.comments.peek().has(comment)) return
      if (this.isReading.peek()) return
      await this.more()
    }
  }

  /** Reads what has come, and what has changed of comments that are known. */
  async refresh(changed: ReadonlySet<number>, beforeShown: () => void): Promise<void> {
    const isAtEnd = this.#historyNext === null
    const found = await Promise.all([...changed].map((id) => this.#commentOf(id)))
    if (isAtEnd) {
      await this.#readHistory(this.#lastPage, this.#before)
      await this.#catchUp()
    }
    beforeShown()
    batch(() => {
      const comments = new Map(this.comments.peek())
      for (const [id, comment] of found) {
        if (comment === undefined) comments.delete(id)
        else comments.set(id, comment)
      }
      this.comments.value = comments
      this.#show()
    })
  }

  /** Shows a comment that was just stored. */
  put(comment: Comment): void {
    batch(() => {
      this.#putComments([comment])
      this.#append({
        index: comment.id,
        time: comment.createdAt,
        actor: comment.author,
        door: 'page',
        type: 'comment.created',
        changes: {},
        comment: comment.id,
      })
    })
  }

  replace(comment: Comment): void {
    this.#putComments([comment])
  }

  drop(id: number): void {
    const comments = new Map(this.comments.peek())
    if (comments.delete(id)) this.comments.value = comments
  }

  /** Shows what an event says, until the history is read again. */
  note({ index, time, actor, door, type, changes, comment, link, user }: DeskEvent): void {
    this.#append({
      index,
      time,
      actor,
      door,
      type,
      changes: changes ?? {},
      ...(comment !== undefined && { comment }),
      ...(link !== undefined && isLink(link) && { link }),
      ...(typeof user === 'string' && { user }),
    })
  }

  #append(entry: HistoryEntry): void {
    if (this.entries.peek().some(({ index }) => index === entry.index)) return
    this.entries.value = [...this.entries.peek(), entry].toSorted((one, other) => one.index - other.index)
  }

  async #commentOf(id: number): Promise<[number, Comment | undefined]> {
    try {
      return [id, await desk().tickets.comments(this.number).get(id)]
    } catch (error) {
      if (error instanceof NotFound) return [id, undefined]
      throw error
    }
  }

  #putComments(found: readonly Comment[]): void {
    this.comments.value = new Map([...this.comments.peek(), ...byId(found)])
  }

  async #readHistory(cursor: string | undefined, before: readonly HistoryEntry[] = this.#paged): Promise<void> {
    const pages = desk()
      .tickets.history(this.number)
      .pages({ limit: PAGE, ...(cursor !== undefined && { cursor }) })
    const { value } = await pages.next()
    this.#before = before
    this.#takeHistory(value, cursor)
  }

  #takeHistory(page: Page | undefined | void, cursor: string | undefined): void {
    this.#paged = [...this.#before, ...(page?.history ?? [])]
    this.#lastPage = cursor
    this.#historyNext = page?.next ?? null
  }

  /** Reads comments until they reach as far as the history. */
  async #catchUp(): Promise<void> {
    const last = this.#historyNext === null ? Infinity : (this.#paged.at(-1)?.index ?? 0)
    while (this.#commentsNext !== null && this.#commentsTo < last) {
      const { value } = await desk()
        .tickets.comments(this.number)
        .pages({ limit: PAGE, cursor: this.#commentsNext })
        .next()
      this.#commentsNext = value?.next ?? null
      this.#commentsTo = value?.comments.at(-1)?.id ?? last
      this.#putComments(value?.comments ?? [])
    }
  }

  /** The history that was read, and behind it what has come since. */
  #show(): void {
    const last = this.#paged.at(-1)?.index ?? 0
    this.gapAfter.value = this.#historyNext === null ? undefined : last
    this.entries.value = [...this.#paged, ...this.entries.peek().filter(({ index }) => index > last)]
  }
}

const kinds = ['blocks', 'blocked-by', 'duplicates', 'duplicated-by', 'relates-to']

function isLink(link: { readonly kind: string; readonly ticket: number }): link is NonNullable<HistoryEntry['link']> {
  return kinds.includes(link.kind)
}
