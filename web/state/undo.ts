/**
 * What one did here, to be taken back: the indexes of one's own changes, the newest last, of this visit alone (but for the first minute's);
 * and the answers to one's own actions, which are announced.
 */
import { computed, signal } from '@preact/signals'
import { Unauthorized } from '../../src/client/client.js'
import { desk, sentenceOf } from './desk.js'
import { mayPass } from './failures.js'
import { words } from '../words/words.js'
import { noteRefusal } from './identity.js'

export interface Done {
  /** The index that it was done at. */
  readonly index: number
  /** What it was, such as `closed 399`. */
  readonly what: string
}

const done = signal<readonly Done[]>([])
const undone = signal<readonly Done[]>([])

/** What can be taken back next. */
export const lastDone = computed(() => done.value.at(-1))

/** The index of what one did, took back or did again last; 0 before the first. */
export const ownIndex = signal(0)

/** The answer to one's last action, for the line and for screen readers. */
export const said = signal<Said | undefined>(undefined)

interface Said {
  readonly text: string
  readonly isBad: boolean
  /** The ticket that it is about, where one may want to go there. */
  readonly ticket?: number | undefined
}

/** For so long what went wrong is not covered by what went well, in milliseconds. */
const BAD_MS = 8000

let badUntil = 0

export function say(text: string, isBad = false, ticket?: number): void {
  const now = performance.now()
  if (isBad) badUntil = now + BAD_MS
  else if (now < badUntil) return
  said.value = { text, isBad, ticket }
}

/** Notes what one did; with a ticket that is to be gone to from what is said. */
export function noteDone(index: number, what: string, ticket?: number): void {
  done.value = [...done.peek().slice(-49), { index, what }]
  undone.value = []
  ownIndex.value = index
  say(what, false, ticket)
}

/** Notes what one did before the page was loaded anew, where nothing was done since: it can be taken back, too. */
export function recall(index: number, what: string): void {
  if (done.peek().length === 0) done.value = [{ index, what }]
}

/** Says what went wrong with what one did. */
export function noteFailed(error: unknown): void {
  noteRefusal(error)
  say(sentenceOf(error), true)
}

/** Takes back the last. What stands in the way is said, and that there is none. */
export async function undoLast(): Promise<void> {
  const last = done.peek().at(-1)
  if (last === undefined) return say(words.line.nothingDone)
  done.value = done.peek().slice(0, -1)
  try {
    const { index } = await desk().undo(last.index)
    if (index !== null) {
      undone.value = [...undone.peek(), { index, what: last.what }]
      ownIndex.value = index
    }
    say(words.line.takenBack(last.what))
  } catch (error) {
    if (isForLater(error)) done.value = inOrder([...done.peek(), last])
    noteFailed(error)
  }
}

/** Does again what was taken back last. */
export async function redoLast(): Promise<void> {
  const last = undone.peek().at(-1)
  if (last === undefined) return say(words.line.nothingTakenBack)
  undone.value = undone.peek().slice(0, -1)
  try {
    const { index } = await desk().undo(last.index)
    if (index !== null) {
      done.value = [...done.peek(), { index, what: last.what }]
      ownIndex.value = index
    }
    say(words.line.doneAgain(last.what))
  } catch (error) {
    if (isForLater(error)) undone.value = [...undone.peek(), last]
    noteFailed(error)
  }
}

/** Nothing stands in the way: the desk is away, or one has to sign in. It is what is taken back the next time. */
function isForLater(error: unknown): boolean {
  return mayPass(error) || error instanceof Unauthorized
}

function inOrder(all: readonly Done[]): readonly Done[] {
  return all.toSorted((one, other) => one.index - other.index)
}
