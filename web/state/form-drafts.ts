/**
 * What is typed in forms beside those of tickets, such as those of the settings: kept in this browser for each user as drafts of tickets
 * are, so that a reload, a session that ends and a sign-out lose none of it.
 */
import { effect, untracked } from '@preact/signals'
import { draftsOf, writeDraft } from './drafts.js'
import { me, myHandle } from './identity.js'
import { parseKept } from './keep.js'
import type { Is } from './shapes.js'

export class KeptForms<Form> {
  readonly #kind: string
  readonly #is: Is<Form>
  #user: string | null | undefined

  /** Forms of one kind, each with a name; `is` says whether what was kept is one. */
  constructor(kind: string, is: Is<Form>) {
    this.#kind = kind
    this.#is = is
  }

  /** Hands over what was being written: as soon as it is known who one is, and anew where that is somebody else. */
  follow(take: (forms: ReadonlyMap<string, Form>) => void): void {
    effect(() => {
      if (!me.value || myHandle.value === this.#user) return
      this.#user = myHandle.value
      untracked(() => take(this.#all()))
    })
  }

  /** Keeps what is being written, or forgets it. */
  keep(name: string, form: Form | undefined): void {
    const place = { user: this.#user ?? null, ticket: 'form', form: `${this.#kind}/${name}` } as const
    writeDraft(place, form === undefined ? undefined : { text: JSON.stringify(form) })
  }

  #all(): ReadonlyMap<string, Form> {
    const found = new Map<string, Form>()
    for (const [form, { text }] of draftsOf({ user: this.#user ?? null, ticket: 'form' })) {
      const value = parseKept(text)
      const start = `${this.#kind}/`
      if (form.startsWith(start) && this.#is(value)) found.set(form.slice(start.length), value)
    }
    return found
  }
}
