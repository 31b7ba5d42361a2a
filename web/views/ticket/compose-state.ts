/** A comment while it is written. It is sent under a key that names it, so that it is there once, however often it was sent. */
import { batch, signal } from '@preact/signals'
import { bytesOver } from '../../parts/text-size.js'
import { desk, sentenceOf } from '../../state/desk.js'
import { readDraft, writeDraft, type Draft, type DraftPlace } from '../../state/drafts.js'
import { isStaff, myHandle, noteRefusal } from '../../state/identity.js'
import { noteDone } from '../../state/undo.js'
import { words } from '../../words/words.js'
import type { TicketState } from './ticket-state.js'

export class ComposeState {
  readonly text = signal('')
  readonly isInternal = signal(false)
  readonly isSending = signal(false)
  readonly problem = signal<string | undefined>(undefined)
  readonly #state: TicketState
  readonly #place: DraftPlace
  #sent: Pick<Draft, 'sent' | 'key'> = {}

  constructor(state: TicketState) {
    this.#state = state
    this.#place = { user: myHandle.peek(), ticket: state.number, form: 'comment' }
    const draft = readDraft(this.#place)
    if (draft === undefined) return
    const { text, isInternal = false, sent, key } = draft
    this.text.value = text
    this.isInternal.value = isInternal && isStaff.peek()
    if (sent !== undefined && key !== undefined) this.#sent = { sent, key }
  }

  input(text: string): void {
    this.text.value = text
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
    const sent = JSON.stringify([text, internal, status])
    const key = this.#sent.sent === sent && this.#sent.key !== undefined ? this.#sent.key : newKey()
    this.#sent = { sent, key }
    this.#keep()
    batch(() => {
      this.isSending.value = true
      this.problem.value = undefined
    })
    try {
      await (status === undefined
        ? this.#comment(text, internal, key)
        : this.#commentAndMove(text, internal, status, key))
      // What was typed meanwhile stays.
      const now = this.text.peek()
      this.#sent = {}
      this.input(now === text ? '' : now.startsWith(text) ? now.slice(text.length).trimStart() : now)
      return true
    } catch (error) {
      noteRefusal(error)
      this.problem.value = words.ticket.notSent(sentenceOf(error))
      return false
    } finally {
      this.isSending.value = false
    }
  }

  async #comment(text: string, internal: boolean, idempotencyKey: string): Promise<void> {
    const { number, talk } = this.#state
    const comment = await desk().tickets.comments(number).create({ text, internal }, { idempotencyKey })
    await talk.put(comment)
    noteDone(comment.id, words.ticket.commented(number))
  }

  async #commentAndMove(text: string, internal: boolean, status: string, idempotencyKey: string): Promise<void> {
    const { number } = this.#state
    const operations = [
      { op: 'comment', number, comment: { text, internal } },
      { op: 'change', number, change: { status } },
    ] as const
    const { results } = await desk().batch(operations, { idempotencyKey })
    const index = results[0]?.index
    if (typeof index !== 'number') return
    const comment = await desk().tickets.comments(number).get(index)
    await this.#state.talk.put(comment)
    noteDone(index, words.ticket.commented(number))
  }

  #keep(): void {
    const text = this.text.peek()
    const isInternal = this.isInternal.peek()
    writeDraft(this.#place, text === '' && !isInternal ? undefined : { text, isInternal, ...this.#sent })
  }
}

function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
