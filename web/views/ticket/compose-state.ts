/** A comment while it is written. It is there once, as it was written last, however often it was sent. */
import { batch, signal } from '@preact/signals'
import { DeskError, type Comment } from '../../../src/client/client.js'
import { bytesOver } from '../../parts/text-size.js'
import { desk, sentenceOf } from '../../state/desk.js'
import { OwnDraft, type Draft } from '../../state/drafts.js'
import { isUnsure } from '../../state/failures.js'
import { isStaff, myHandle, noteRefusal } from '../../state/identity.js'
import { SentLongAgo, sendOnce, triesAt, type Tries } from '../../state/sent-once.js'
import { noteDone } from '../../state/undo.js'
import { words } from '../../words/words.js'
import type { TicketState } from './ticket-state.js'

/** What is sent: a comment, and the status that the ticket gets with it. */
interface Said {
  readonly text: string
  readonly internal: boolean
  readonly status?: string
}

/** What was stored: a comment, as far as it was read. */
interface Stored {
  readonly id: number
  readonly comment?: Comment
}

export class ComposeState {
  readonly text = signal('')
  readonly isInternal = signal(false)
  readonly isSending = signal(false)
  readonly problem = signal<string | undefined>(undefined)
  readonly #state: TicketState
  readonly #draft: OwnDraft
  #tries: Tries | null = null

  constructor(state: TicketState) {
    this.#state = state
    this.#draft = new OwnDraft({ user: myHandle.peek(), ticket: state.number, form: 'comment' })
    const draft = this.#draft.read()
    if (draft === undefined) return
    const { text, isInternal = false, tries = null } = draft
    this.text.value = text
    this.isInternal.value = isInternal && isStaff.peek()
    this.#tries = tries
  }

  input(text: string): void {
    this.text.value = text
    this.#tries = triesAt(this.#tries, text)
    this.#keep()
  }

  setInternal(is: boolean): void {
    this.isInternal.value = is
    this.#keep()
  }

  /** Sends it; with a status, both as one. Whether it is stored. */
  async send(status?: string): Promise<boolean> {
    const text = this.text.peek()
    const internal = this.isInternal.peek()
    if (this.isSending.peek() || text.trim() === '' || bytesOver(text) > 0) return false
    batch(() => {
      this.isSending.value = true
      this.problem.value = undefined
    })
    try {
      const stored = await this.#store({ text, internal, ...(status !== undefined && { status }) })
      const comment = stored.comment ?? (await this.#read(stored.id))
      if (comment !== undefined) await this.#state.talk.put(comment)
      noteDone(stored.id, words.ticket.commented(this.#state.number))
      // What was typed meanwhile stays.
      const now = this.text.peek()
      this.text.value = now === text ? '' : now.startsWith(text) ? now.slice(text.length).trimStart() : now
      this.#draft.settle(this.#toKeep())
      return true
    } catch (error) {
      noteRefusal(error)
      this.problem.value = problemOf(error)
      return false
    } finally {
      this.isSending.value = false
    }
  }

  /** Reads what was stored. Where that can't be, it is stored all the same, and told as it happened. */
  async #read(id: number): Promise<Comment | undefined> {
    try {
      return await desk().tickets.comments(this.#state.number).get(id)
    } catch (error) {
      noteRefusal(error)
      return undefined
    }
  }

  #store(said: Said): Promise<Stored> {
    const { number } = this.#state
    return sendOnce({
      body: said,
      tries: this.#tries,
      keep: (tries) => {
        this.#tries = tries
        this.#draft.settle(this.#toKeep())
      },
      send: (each, key) => sendComment(number, each, key),
      amend: (made, was, since) => amend(number, made, was, said, since.length > 0),
      parse: saidIn,
    })
  }

  #keep(): void {
    this.#draft.write(this.#toKeep())
  }

  #toKeep(): Draft | undefined {
    const text = this.text.peek()
    const isInternal = this.isInternal.peek()
    const tries = this.#tries === null ? {} : { tries: this.#tries }
    return text === '' && !isInternal ? undefined : { text, isInternal, ...tries }
  }
}

/** What is said of a send that was not answered, or was refused. */
function problemOf(error: unknown): string {
  if (error instanceof SentLongAgo) return words.ticket.sentLongAgo
  const sentence = sentenceOf(error)
  return isUnsure(error) ? words.ticket.unsureSent(sentence) : words.ticket.notSent(sentence)
}

async function sendComment(number: number, { text, internal, status }: Said, idempotencyKey: string): Promise<Stored> {
  if (status === undefined) {
    return storedAs(await desk().tickets.comments(number).create({ text, internal }, { idempotencyKey }))
  }
  const operations = [
    { op: 'comment', number, comment: { text, internal } },
    { op: 'change', number, change: { status } },
  ] as const
  const { results } = await desk().batch(operations, { idempotencyKey })
  const index = results[0]?.index
  if (typeof index !== 'number') throw new Error('The desk did not say which comment it stored.')
  return { id: index }
}

const storedAs = (comment: Comment): Stored => ({ id: comment.id, comment })

/**
 * Makes of a comment that an earlier send stored what is written now. Who reads one is settled when it is made; all else may be another
 * by now where it `isAmended`.
 */
async function amend(
  number: number,
  made: Stored,
  was: Said,
  { text, internal, status }: Said,
  isAmended: boolean,
): Promise<Stored | undefined> {
  const comments = desk().tickets.comments(number)
  try {
    if (was.internal !== internal) {
      await comments.delete(made.id)
      return undefined
    }
    const now = was.text === text && !isAmended ? made : storedAs(await comments.change(made.id, { text }))
    if (status !== undefined && (status !== was.status || isAmended)) await desk().tickets.change(number, { status })
    return now
  } catch (error) {
    // Somebody has taken it back since, or an earlier try of this has.
    if (error instanceof DeskError && error.status === 404) return undefined
    throw error
  }
}

function saidIn(value: unknown): Said | undefined {
  if (typeof value !== 'object' || value === null || !('text' in value) || !('internal' in value)) return undefined
  const { text, internal } = value
  if (typeof text !== 'string' || typeof internal !== 'boolean') return undefined
  const status = 'status' in value && typeof value.status === 'string' ? { status: value.status } : {}
  return { text, internal, ...status }
}
