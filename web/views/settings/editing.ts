/**
 * What is typed about a thing that has a name, until it is stored: kept in the browser while one looks at other things or is away, guarded
 * by the version that it began from, and joined with what others made of the thing meanwhile. What is typed while it is being stored is a
 * change of what is stored then. Nothing typed is lost but by closing it.
 */
import { signal, type ReadonlySignal, type Signal } from '@preact/signals'
import { DeskError, NotCurrent } from '../../../src/client/client.js'
import { sentenceOf } from '../../state/desk.js'
import { KeptForms } from '../../state/form-drafts.js'
import { noteRefusal } from '../../state/identity.js'
import { isNumber, isText, nullOr, objectOf, type Is } from '../../state/shapes.js'
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
  /** Whether what was kept is such a draft. */
  readonly isDraft: Is<Draft>
  readonly get: (key: string) => Promise<Thing>
  readonly create: (draft: Draft) => Promise<Thing>
  readonly change: (key: string, change: Partial<Draft>, version: number) => Promise<Thing>
  readonly archive?: (key: string, archived: boolean, version: number) => Promise<Thing>
  readonly delete?: (key: string, version: number) => Promise<void>
  readonly merge?: (key: string, into: string, version: number) => Promise<Thing>
  /** The pane that opens below one that was just made, where there is something to do next. */
  readonly next?: (thing: Thing) => string | undefined
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

/** What the typing began from. */
interface Base<Draft> {
  readonly key: string
  readonly version: number
  readonly was: Draft
}

/** What is kept of a form. */
interface Kept<Draft> {
  readonly base: Base<Draft> | null
  readonly draft: Draft
}

export class Editor<Thing extends Versioned, Draft extends object> {
  readonly draft: Signal<Draft>
  /** Why it was not stored. */
  readonly problem = signal<unknown>(undefined)
  /** What others made of it while it was typed. */
  readonly theirs = signal<Thing | undefined>(undefined)
  readonly isSending = signal(false)
  readonly #kind: Kind<Thing, Draft>
  readonly #keep: (form: Kept<Draft> | undefined) => void
  #base: Base<Draft> | null

  /** `keep` is handed what is typed, each time that it differs from what it began from. */
  constructor(kind: Kind<Thing, Draft>, { base, draft }: Kept<Draft>, keep: (form: Kept<Draft> | undefined) => void) {
    this.#kind = kind
    this.#keep = keep
    this.#base = base
    this.draft = signal(draft)
  }

  get isNew(): boolean {
    return this.#base === null
  }

  /** What is kept of it; undefined where nothing is typed that it did not begin from. */
  get kept(): Kept<Draft> | undefined {
    const base = this.#base
    const draft = this.draft.peek()
    const was = base?.was ?? this.#kind.draftOf(undefined)
    return Object.keys(onlyChanged(draft, was)).length === 0 ? undefined : { base, draft }
  }

  set(change: Partial<Draft>): void {
    this.#put({ ...this.draft.peek(), ...change })
  }

  #put(draft: Draft): void {
    this.draft.value = draft
    this.#keep(this.kept)
  }

  /** What others changed, member by member. */
  get differences(): readonly Difference[] {
    const theirs = this.theirs.value
    if (theirs === undefined || this.#base === null) return []
    const { was } = this.#base
    const mine = onlyChanged(this.draft.value, was)
    const changed = onlyChanged(this.#kind.draftOf(theirs), was)
    return Object.entries(changed).map(([member, value]) => {
      const typed = Object.entries(mine).find(([name]) => name === member)
      return { member, theirs: value, mine: typed?.[1] }
    })
  }

  /**
   * Stores it, and goes on from what is stored. The thing as it is then; undefined where it was not stored, and `problem` or `theirs` says
   * why.
   */
  async save(): Promise<Thing | undefined> {
    if (this.isSending.peek()) return undefined
    this.isSending.value = true
    this.problem.value = undefined
    const sent = this.draft.peek()
    try {
      const thing = await this.#send(sent)
      this.#goOnFrom(thing, onlyChanged(this.draft.peek(), sent))
      return thing
    } catch (error) {
      noteRefusal(error)
      if (error instanceof NotCurrent && this.#base !== null) await this.#look(this.#base)
      else this.problem.value = error
      return undefined
    } finally {
      this.isSending.value = false
    }
  }

  /** Goes on from what others made of it, with what was typed here on top. */
  rebase(): void {
    const theirs = this.theirs.peek()
    if (theirs === undefined || this.#base === null) return
    this.#goOnFrom(theirs, onlyChanged(this.draft.peek(), this.#base.was))
  }

  /** Gives up what was typed for what others made of it. */
  takeTheirs(): void {
    const theirs = this.theirs.peek()
    if (theirs !== undefined) this.#goOnFrom(theirs, {})
  }

  #goOnFrom(thing: Thing, typed: Partial<Draft>): void {
    this.#base = baseOf(this.#kind, thing)
    this.#put({ ...this.#base.was, ...typed })
    this.theirs.value = undefined
  }

  async #send(draft: Draft): Promise<Thing> {
    const base = this.#base
    const kind = this.#kind
    if (base === null) return kind.create(draft)
    const change = onlyChanged(draft, base.was)
    if (Object.keys(change).length === 0) return kind.get(base.key)
    return kind.change(base.key, change, base.version)
  }

  async #look({ key }: Base<Draft>): Promise<void> {
    try {
      this.theirs.value = await this.#kind.get(key)
    } catch (error) {
      this.problem.value = error
    }
  }
}

function baseOf<Thing extends Versioned, Draft extends object>(kind: Kind<Thing, Draft>, thing: Thing): Base<Draft> {
  return { key: kind.keyOf(thing), version: thing.version, was: kind.draftOf(thing) }
}

/** What stands open below a row. */
export type Pane<Thing extends Versioned, Draft extends object> =
  | { readonly what: 'edit'; readonly editor: Editor<Thing, Draft> }
  | { readonly what: 'delete' | 'merge' }
  | { readonly what: string }

/** The pane of a new thing. */
export const NEW = ''

/** Things of one kind, and what is open of them: what was typed comes back, whenever that was. */
export class Room<Thing extends Versioned, Draft extends object> {
  readonly kind: Kind<Thing, Draft>
  readonly panes = signal<ReadonlyMap<string, Pane<Thing, Draft>>>(new Map())
  readonly #forms: KeptForms<Kept<Draft>>

  constructor(kind: Kind<Thing, Draft>) {
    this.kind = kind
    const { isDraft } = kind
    const isBase = objectOf<Base<Draft>>({ key: isText, version: isNumber, was: isDraft })
    this.#forms = new KeptForms(kind.name, objectOf<Kept<Draft>>({ base: nullOr(isBase), draft: isDraft }))
    this.#forms.follow((forms) => {
      this.panes.value = new Map([...forms].map(([key, form]) => [key, this.#paneOf(key, form)]))
    })
  }

  /** Begins to change a thing, or to make one; what is being typed already stays. */
  edit(thing: Thing | undefined): void {
    const key = thing === undefined ? NEW : this.kind.keyOf(thing)
    const open = this.panes.peek().get(key)
    if (open !== undefined && 'editor' in open) return
    const base = thing === undefined ? null : baseOf(this.kind, thing)
    this.open(key, this.#paneOf(key, { base, draft: this.kind.draftOf(thing) }))
  }

  #paneOf(key: string, form: Kept<Draft>): Pane<Thing, Draft> {
    return { what: 'edit', editor: new Editor(this.kind, form, (kept) => this.#forms.keep(key, kept)) }
  }

  open(key: string, pane: Pane<Thing, Draft>): void {
    this.panes.value = new Map(this.panes.peek()).set(key, pane)
  }

  close(key: string): void {
    const panes = new Map(this.panes.peek())
    panes.delete(key)
    this.panes.value = panes
    this.#forms.keep(key, undefined)
  }

  /** Stores what is typed, and closes it where that is all; what is to be done next with a new one stands open then. */
  async save(key: string, editor: Editor<Thing, Draft>): Promise<void> {
    const { isNew } = editor
    const thing = await editor.save()
    if (thing === undefined) return
    const name = this.kind.keyOf(thing)
    say(isNew ? words.settings.created(name) : words.settings.saved(name))
    await readNames([this.kind.name])
    const isOpen = this.panes.peek().get(key)
    if (isOpen === undefined || !('editor' in isOpen) || isOpen.editor !== editor) return
    const { kept } = editor
    if (kept !== undefined && name === key) return
    this.close(key)
    if (kept === undefined) {
      const next = isNew ? this.kind.next?.(thing) : undefined
      if (next !== undefined) this.open(name, { what: next })
      return
    }
    // Under the name that it has now.
    this.#forms.keep(name, kept)
    this.open(name, this.#paneOf(name, kept))
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
