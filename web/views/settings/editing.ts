/**
 * What is typed about a thing that has a name, until it is stored: kept while one looks at other things, guarded by the version that it
 * began from, and joined with what others made of the thing meanwhile. Nothing typed is lost but by closing it.
 */
import { signal, type ReadonlySignal, type Signal } from '@preact/signals'
import { DeskError, NotCurrent } from '../../../src/client/client.js'
import { sentenceOf } from '../../state/desk.js'
import { noteRefusal } from '../../state/identity.js'
import { readNames } from '../../state/names.js'
import { noteFailed, say } from '../../state/undo.js'
import { words } from '../../words/words.js'

export interface Versioned {
  readonly version: number
}

/** How one kind of thing is read and changed. */
export interface Kind<Thing extends Versioned, Draft extends object> {
  /** As the events of the desk call it, such as `label`. */
  readonly name: string
  readonly things: ReadonlySignal<readonly Thing[]>
  readonly keyOf: (thing: Thing) => string
  /** What can be typed about it; of none: what a new one begins with. */
  readonly draftOf: (thing: Thing | undefined) => Draft
  readonly get: (key: string) => Promise<Thing>
  readonly create: (draft: Draft) => Promise<Thing>
  readonly change: (key: string, change: Partial<Draft>, version: number) => Promise<Thing>
  readonly archive?: (key: string, archived: boolean, version: number) => Promise<Thing>
  readonly delete?: (key: string, version: number) => Promise<void>
  readonly merge?: (key: string, into: string, version: number) => Promise<Thing>
  /** What it may be merged into. */
  readonly mayMerge?: (thing: Thing, into: Thing) => boolean
}

/** A draft's members that differ from what they were. */
export function onlyChanged<Draft extends object>(draft: Draft, was: Draft): Partial<Draft> {
  const change: Partial<Draft> = { ...draft }
  for (const member in change) {
    if (JSON.stringify(draft[member]) === JSON.stringify(was[member])) delete change[member]
  }
  return change
}

/** A member that others changed too. */
export interface Difference {
  readonly member: string
  readonly theirs: unknown
  /** What is typed here, where that is another thing than it was; undefined where nobody typed anything. */
  readonly mine: unknown
}

export class Editor<Thing extends Versioned, Draft extends object> {
  readonly draft: Signal<Draft>
  /** Why it was not stored. */
  readonly problem = signal<unknown>(undefined)
  /** What others made of it while it was typed. */
  readonly theirs = signal<Thing | undefined>(undefined)
  readonly isSending = signal(false)
  readonly #kind: Kind<Thing, Draft>
  #base: Thing | undefined

  constructor(kind: Kind<Thing, Draft>, base: Thing | undefined) {
    this.#kind = kind
    this.#base = base
    this.draft = signal(kind.draftOf(base))
  }

  get isNew(): boolean {
    return this.#base === undefined
  }

  set(change: Partial<Draft>): void {
    this.draft.value = { ...this.draft.peek(), ...change }
  }

  /** What others changed, member by member. */
  get differences(): readonly Difference[] {
    const theirs = this.theirs.value
    if (theirs === undefined || this.#base === undefined) return []
    const was = this.#kind.draftOf(this.#base)
    const mine = onlyChanged(this.draft.value, was)
    const changed = onlyChanged(this.#kind.draftOf(theirs), was)
    return Object.entries(changed).map(([member, value]) => {
      const typed = Object.entries(mine).find(([name]) => name === member)
      return { member, theirs: value, mine: typed?.[1] }
    })
  }

  /** Stores it. The thing as it is then; undefined where it was not stored, and `problem` or `theirs` says why. */
  async save(): Promise<Thing | undefined> {
    if (this.isSending.peek()) return undefined
    this.isSending.value = true
    this.problem.value = undefined
    try {
      return await this.#send()
    } catch (error) {
      noteRefusal(error)
      if (error instanceof NotCurrent && this.#base !== undefined) await this.#look(this.#base)
      else this.problem.value = error
      return undefined
    } finally {
      this.isSending.value = false
    }
  }

  /** Goes on from what others made of it, with what was typed here on top. */
  rebase(): void {
    const theirs = this.theirs.peek()
    if (theirs === undefined || this.#base === undefined) return
    const mine = onlyChanged(this.draft.peek(), this.#kind.draftOf(this.#base))
    this.#base = theirs
    this.draft.value = { ...this.#kind.draftOf(theirs), ...mine }
    this.theirs.value = undefined
  }

  /** Gives up what was typed for what others made of it. */
  takeTheirs(): void {
    const theirs = this.theirs.peek()
    if (theirs === undefined) return
    this.#base = theirs
    this.draft.value = this.#kind.draftOf(theirs)
    this.theirs.value = undefined
  }

  async #send(): Promise<Thing> {
    const draft = this.draft.peek()
    const base = this.#base
    const kind = this.#kind
    if (base === undefined) return kind.create(draft)
    const change = onlyChanged(draft, kind.draftOf(base))
    if (Object.keys(change).length === 0) return base
    return kind.change(kind.keyOf(base), change, base.version)
  }

  async #look(base: Thing): Promise<void> {
    try {
      this.theirs.value = await this.#kind.get(this.#kind.keyOf(base))
    } catch (error) {
      this.problem.value = error
    }
  }
}

/** What stands open below a row. */
export type Pane<Thing extends Versioned, Draft extends object> =
  | { readonly what: 'edit'; readonly editor: Editor<Thing, Draft> }
  | { readonly what: 'delete' | 'merge' }
  | { readonly what: string }

/** The pane of a new thing. */
export const NEW = ''

/** Things of one kind, and what is open of them, for as long as the page is open. */
export class Room<Thing extends Versioned, Draft extends object> {
  readonly kind: Kind<Thing, Draft>
  readonly panes = signal<ReadonlyMap<string, Pane<Thing, Draft>>>(new Map())

  constructor(kind: Kind<Thing, Draft>) {
    this.kind = kind
  }

  /** Begins to change a thing, or to make one; what is being typed already stays. */
  edit(thing: Thing | undefined): void {
    const key = thing === undefined ? NEW : this.kind.keyOf(thing)
    const open = this.panes.peek().get(key)
    if (open !== undefined && 'editor' in open) return
    this.open(key, { what: 'edit', editor: new Editor(this.kind, thing) })
  }

  open(key: string, pane: Pane<Thing, Draft>): void {
    this.panes.value = new Map(this.panes.peek()).set(key, pane)
  }

  close(key: string): void {
    const panes = new Map(this.panes.peek())
    panes.delete(key)
    this.panes.value = panes
  }

  /** Stores what is typed, and closes it where that is done. */
  async save(key: string, editor: Editor<Thing, Draft>): Promise<void> {
    const { isNew } = editor
    const thing = await editor.save()
    if (thing === undefined) return
    const name = this.kind.keyOf(thing)
    say(isNew ? words.settings.created(name) : words.settings.saved(name))
    await readNames([this.kind.name])
    this.close(key)
  }

  /** Does something at once, says what was done, or why it was not. */
  async act(what: string, act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act()
      say(what)
      return true
    } catch (error) {
      noteFailed(error)
      return false
    } finally {
      await readNames([this.kind.name])
    }
  }
}

/** The fault of a member, where the desk named one. */
export function faultOf(problem: unknown, member: string): string | undefined {
  if (!(problem instanceof DeskError)) return undefined
  return problem.errors.find((fault) => 'pointer' in fault && fault.pointer.split('/')[1] === member)?.detail
}

/** What is wrong beside the members that are shown. */
export function otherFault(problem: unknown, members: readonly string[]): string | undefined {
  if (problem === undefined) return undefined
  if (problem instanceof DeskError && members.some((member) => faultOf(problem, member) !== undefined)) return undefined
  return sentenceOf(problem)
}
