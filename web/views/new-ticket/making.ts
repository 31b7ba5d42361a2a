/**
 * A ticket while it is written and made. It outlasts the dialog where that is closed before the answer: who comes back sees what is on its
 * way; who does not is told, and stays where he is. What is on its way is not changed.
 */
import { signal } from '@preact/signals'
import { DeskError } from '../../../src/client/client.js'
import { go, route, ticketOf } from '../../state/address.js'
import { sentenceOf } from '../../state/desk.js'
import { closeDialog, newBegins } from '../../state/dialogs.js'
import { isUnsure } from '../../state/failures.js'
import { myHandle, noteRefusal } from '../../state/identity.js'
import { queues } from '../../state/names.js'
import { makeLabels } from '../../state/new-labels.js'
import { emptyDraft, faultsOf, keepDraft, keptDraft, makeTicket, type NewDraft } from '../../state/new-draft.js'
import { isEmptied, SentLongAgo, triesAt } from '../../state/sent-once.js'
import { noteDone, say } from '../../state/undo.js'
import { words } from '../../words/words.js'
import { faultsIn } from './faults.js'

const { newTicket } = words

export class Making {
  readonly draft = signal(begin())
  readonly refused = signal<ReadonlyMap<string, string>>(new Map())
  /** Whether Create was pressed: from then on what is missing is said. */
  readonly isAsked = signal(false)
  readonly isSending = signal(false)
  readonly problem = signal<string | undefined>(undefined)
  /** Whether another is to be written after it. */
  readonly hasAnother = signal(false)
  /** Whose it is. */
  readonly user = myHandle.peek()
  /** Whether the dialog is there. */
  isShown = false
  /** Of which texts nothing was left since it was sent. */
  readonly #emptied = new Set<'title' | 'description'>()

  /** Writes; not while it is sent. */
  readonly set = (change: Partial<NewDraft>): void => {
    if (this.isSending.peek()) return
    const draft = { ...this.draft.peek(), ...change }
    for (const member of ['title', 'description'] as const) if (isEmptied(draft[member])) this.#emptied.add(member)
    const tries = this.#emptied.size < 2 ? draft.tries : triesAt(draft.tries, '')
    this.#put({ ...change, tries })
  }

  #put(change: Partial<NewDraft>): void {
    this.draft.value = { ...this.draft.peek(), ...change }
    keepDraft(this.draft.peek(), this.user)
    this.problem.value = undefined
    // What was refused of a member was said of what it was.
    const left = new Map(this.refused.peek())
    for (const member of Object.keys(change)) {
      for (const name of left.keys()) if (name === member || name.startsWith(`${member}/`)) left.delete(name)
    }
    if (left.size < this.refused.peek().size) this.refused.value = left
  }

  /** Makes it. Whether it was sent: else something is wrong with it. */
  async send(onAnother: () => void): Promise<boolean> {
    if (this.isSending.peek()) return true
    this.isAsked.value = true
    if (faultsIn(this.draft.peek(), true).size > 0) return false
    this.#emptied.clear()
    this.isSending.value = true
    this.problem.value = undefined
    try {
      const [unmade] = (await makeLabels(this.draft.peek().labels)).values()
      if (unmade !== undefined) {
        this.refused.value = new Map([['labels', sentenceOf(unmade)]])
        return true
      }
      const made = await makeTicket(this.draft.peek(), (tries) => this.#put({ tries }))
      this.#done(made, onAnother)
    } catch (error) {
      this.#failed(error)
    } finally {
      this.isSending.value = false
    }
    return true
  }

  #done({ number, version, internalVersion = 0 }: Made, onAnother: () => void): void {
    noteDone(Math.max(version, internalVersion), newTicket.made(number), number)
    const { queue, status, priority, labels, assignees } = this.draft.peek()
    this.#put(emptyDraft())
    this.isAsked.value = false
    if (!this.isShown) return
    if (this.hasAnother.peek()) {
      this.#put({ queue, status, priority, labels, assignees })
      onAnother()
    } else {
      closeDialog()
      go(ticketOf(number))
    }
  }

  #failed(error: unknown): void {
    noteRefusal(error)
    if (error instanceof DeskError && error.code === 'key_reused') {
      this.problem.value = newTicket.madeBefore
    } else if (error instanceof SentLongAgo) {
      this.problem.value = newTicket.sentLongAgo
    } else {
      this.refused.value = error instanceof DeskError ? faultsOf(error.errors) : new Map()
      const isPlaced = [...this.refused.peek().keys()].some((name) => name !== '')
      const sentence = sentenceOf(error)
      this.problem.value =
        isPlaced && this.isShown
          ? undefined
          : isUnsure(error)
            ? newTicket.unsure(sentence)
            : newTicket.notSent(sentence)
    }
    if (this.problem.peek() !== undefined) say(this.problem.peek() ?? '', true)
  }
}

interface Made {
  readonly number: number
  readonly version: number
  readonly internalVersion?: number | undefined
}

let last: Making | undefined

/** What the dialog shows: what is on its way, or what is to be written. */
export function making(): Making {
  if (last?.isSending.peek() !== true || last.user !== myHandle.peek()) last = new Making()
  newBegins.value = {}
  return last
}

/** What was being written, with what this one is to begin with. */
function begin(): NewDraft {
  const draft = keptDraft()
  const begins = newBegins.peek()
  const here = route.peek()
  const named =
    here.view === 'list' || here.view === 'board' ? /(?:^|\s)queue:(?:"([^"]+)"|([^\s",]+))/u.exec(here.q) : null
  const queue = begins.queue ?? draft.queue ?? named?.[1] ?? named?.[2] ?? null
  const isThere = queues.peek().some(({ name, archived }) => name === queue && !archived)
  return { ...draft, queue: isThere ? queue : null, ...(begins.status !== undefined && { status: begins.status }) }
}
