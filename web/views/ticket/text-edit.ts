/**
 * The title or the description while it is being changed. What is typed is kept at each key; a save carries the version that the writing
 * began with, so that what others saved meanwhile is never overwritten unseen: where it is this very text, both are shown. What is typed
 * while a save is on its way stays, as a change of what was saved.
 */
import { batch, computed, signal } from '@preact/signals'
import { NotCurrent, type Ticket } from '../../../src/client/client.js'
import { bytesOver } from '../../parts/text-size.js'
import { desk, sentenceOf } from '../../state/desk.js'
import { OwnDraft, type Draft } from '../../state/drafts.js'
import { isUnsure } from '../../state/failures.js'
import { myHandle, noteRefusal } from '../../state/identity.js'
import { noteDone } from '../../state/undo.js'
import { words } from '../../words/words.js'
import type { TicketState } from './ticket-state.js'
import { merged } from './merge.js'

export type TextMember = 'title' | 'description'

export interface Clash {
  readonly base: string
  readonly baseVersion: number
  readonly theirs: string
  /** The version of the ticket that has theirs. */
  readonly version: number
  /** Both in one; undefined where they touch each other. */
  readonly joined: string | undefined
}

interface Start {
  readonly text: string
  readonly version: number
}

/** How often a save is sent again because others changed something else. */
const TRIES_MAX = 5

/** As text fields have it. */
const plain = (text: string | null | undefined): string => (text ?? '').replaceAll(/\r\n?/gu, '\n')

export class TextEdit {
  readonly member: TextMember
  readonly isOpen = signal(false)
  readonly text = signal('')
  readonly isSaving = signal(false)
  readonly problem = signal<string | undefined>(undefined)
  readonly clash = signal<Clash | undefined>(undefined)
  /** Something was begun and left. */
  readonly isKept = signal(false)
  readonly #state: TicketState
  readonly #draft: OwnDraft
  readonly #start = signal<Start>({ text: '', version: 0 })
  /** Others have saved this text since the writing began. */
  readonly isOvertaken = computed(
    () =>
      this.isOpen.value &&
      this.clash.value === undefined &&
      plain(this.#state.ticket.value?.[this.member]) !== this.#start.value.text,
  )

  /** Whether it holds more than the desk takes; how long a title may be the desk says. */
  readonly isTooLong = computed(() => this.member === 'description' && bytesOver(this.text.value) > 0)

  constructor(state: TicketState, member: TextMember) {
    this.#state = state
    this.member = member
    // Whose it is does not change while it is written, though one may act as another since.
    this.#draft = new OwnDraft({ user: myHandle.peek(), ticket: state.number, form: member })
    this.isKept.value = this.#draft.isThere
  }

  /** Begins to write, or goes on with what was left. */
  open(): void {
    const ticket = this.#state.ticket.peek()
    if (ticket === undefined || this.isOpen.peek()) return
    const now = plain(ticket[this.member])
    const draft = this.#draft.read()
    batch(() => {
      this.#start.value = { text: draft?.from ?? now, version: draft?.version ?? ticket.version }
      this.text.value = draft?.text ?? now
      this.problem.value = undefined
      this.isOpen.value = true
      this.isKept.value = false
    })
  }

  input(text: string): void {
    this.text.value = text
    this.#keep()
  }

  /** Stops writing; what was written is kept. */
  leave(): void {
    if (this.isSaving.peek()) return
    batch(() => {
      this.isOpen.value = false
      this.clash.value = undefined
      this.#draft.settle(this.#toKeep())
      this.isKept.value = this.#draft.isThere
    })
  }

  /** Forgets what was written; not what is being saved. */
  discard(): void {
    if (!this.isSaving.peek()) this.#end()
  }

  #end(): void {
    this.#draft.settle(undefined)
    batch(() => {
      this.isOpen.value = false
      this.isKept.value = this.#draft.isThere
      this.clash.value = undefined
      this.problem.value = undefined
    })
  }

  /** Settles a clash by a text, knowing theirs. */
  async settle(text: string): Promise<void> {
    const clash = this.clash.peek()
    if (clash === undefined) return
    batch(() => {
      this.#start.value = { text: clash.theirs, version: clash.version }
      this.text.value = text
    })
    this.#keep()
    await this.save()
  }

  async save(): Promise<void> {
    if (this.isSaving.peek() || this.isTooLong.peek()) return
    const text = this.#toSave()
    batch(() => {
      this.isSaving.value = true
      this.problem.value = undefined
    })
    try {
      await this.#store(text)
    } catch (error) {
      noteRefusal(error)
      const { unsureSaved, notSaved } = words.ticket
      this.problem.value = (isUnsure(error) ? unsureSaved : notSaved)(sentenceOf(error))
    } finally {
      this.isSaving.value = false
    }
  }

  async #store(text: string): Promise<void> {
    let { text: base, version } = this.#start.peek()
    const { version: baseVersion } = this.#start.peek()
    for (let tries = 1; ; tries++) {
      try {
        const now = await desk().tickets.change(this.#state.number, { ...this.#changeTo(text), version })
        this.#stored(now, text, now.version > version)
        return
      } catch (error) {
        const current = error instanceof NotCurrent ? error.ticket : undefined
        if (current === undefined || tries === TRIES_MAX) throw error
        const theirs = plain(current[this.member])
        if (theirs === text) {
          this.#stored(current, text, false)
          return
        }
        if (theirs !== base) {
          const joined = merged(base, theirs, this.#toSave())
          this.clash.value = { base, baseVersion, theirs, version: current.version, joined }
          return
        }
        // Something else of it was changed: that is not ours to hold up.
        ;({ version } = current)
        base = theirs
      }
    }
  }

  #changeTo(text: string): { title: string } | { description: string | null } {
    if (this.member === 'title') return { title: text }
    return { description: text === '' ? null : text }
  }

  #stored(now: Ticket, text: string, isDone: boolean): void {
    const { activity } = this.#state.ticket.peek() ?? {}
    batch(() => {
      this.#state.replace({ ...now, ...(activity !== undefined && { activity }) })
      if (this.#toSave() === text) this.#end()
      else this.#goOn(now)
    })
    if (isDone) noteDone(now.version, words.ticket.changedText[this.member](now.number))
  }

  /** What was typed since is a change of what is stored now. */
  #goOn(now: Ticket): void {
    this.#start.value = { text: plain(now[this.member]), version: now.version }
    this.clash.value = undefined
    this.#draft.settle(this.#toKeep())
  }

  /** The text as it would be stored. */
  #toSave(): string {
    return this.member === 'title' ? this.text.peek().trim() : this.text.peek()
  }

  #keep(): void {
    this.#draft.write(this.#toKeep())
  }

  /** What differs from what the writing began with. */
  #toKeep(): Draft | undefined {
    const { text: from, version } = this.#start.peek()
    const text = this.text.peek()
    return text === from ? undefined : { text, from, version }
  }
}
