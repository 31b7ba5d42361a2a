/**
 * Erasing a text for ever, by an admin: what a change gave to the title, the description or a field, or all that a comment ever said. It is
 * asked about before, with what it does; nothing takes it back.
 */
import { useSignal } from '@preact/signals'
import type { HistoryEntry, Redaction } from '../../../src/client/client.js'
import { Dialog } from '../../parts/dialog.js'
import { Icon } from '../../parts/icon.js'
import { showMenu } from '../../parts/menu.js'
import { Problem } from '../../parts/problem.js'
import { desk, sentenceOf } from '../../state/desk.js'
import { may, noteRefusal } from '../../state/identity.js'
import { say } from '../../state/undo.js'
import { words } from '../../words/words.js'
import type { TicketState } from './ticket-state.js'

/** A text that can be erased. */
export interface Erasable {
  /** Of what it is: a sentence's object, such as "the description". */
  readonly what: string
  /** What names it to the desk; where that has to be looked for first, what finds it. */
  readonly redaction: Redaction | (() => Promise<Redaction | undefined>)
}

const { erase } = words.ticket

export const mayErase = (): boolean => may('ticket.redact')

export const ofComment = (comment: number): Erasable => ({ what: erase.comment, redaction: { comment } })

/** The description that stands: the newest change that gave one, or the creation. */
export const ofDescription = (number: number): Erasable => ({
  what: erase.description,
  redaction: async () => {
    for await (const { index, type, changes } of desk().tickets.history(number).list({ sort: 'created', limit: 200 })) {
      if ('description' in changes || type === 'ticket.created') return { index, field: 'description' }
    }
    return undefined
  },
})

/** The texts that what is told of in an entry gave. */
export function erasablesOf({ type, index, changes, comment, redacted }: HistoryEntry): readonly Erasable[] {
  if (comment !== undefined) return redacted === true ? [] : [ofComment(comment)]
  if (type === 'ticket.created') {
    return [
      { what: erase.description, redaction: { index, field: 'description' } },
      { what: erase.title, redaction: { index, field: 'title' } },
    ]
  }
  if (type !== 'ticket.changed') return []
  const fields = Object.entries(changes['fields'] ?? {}).filter(([, change]) => gaveText(change))
  return [
    ...(gaveText(changes['description'])
      ? [{ what: erase.description, redaction: { index, field: 'description' } }]
      : []),
    ...(gaveText(changes['title']) ? [{ what: erase.title, redaction: { index, field: 'title' } }] : []),
    ...fields.map(([name]) => ({ what: erase.field(name), redaction: { index, field: `fields.${name}` } })),
  ]
}

function gaveText(change: unknown): boolean {
  return typeof change === 'object' && change !== null && typeof Reflect.get(change, 'to') === 'string'
}

/** Asks about one, or which of several. */
export function askToErase(state: TicketState, anchor: Element, erasables: readonly Erasable[]): void {
  const [first] = erasables
  if (erasables.length === 1) {
    state.erasing.value = first
    return
  }
  showMenu({
    anchor,
    label: erase.which,
    items: erasables.map(({ what }) => ({ value: what, name: erase.ask(what) })),
    onTake: ([taken]) => (state.erasing.value = erasables.find(({ what }) => what === taken)),
  })
}

/** Asks before what can not be taken back. */
export function Erase({ state, erasable }: { state: TicketState; erasable: Erasable }) {
  const { what, redaction } = erasable
  const problem = useSignal<string | undefined>(undefined)
  const isErasing = useSignal(false)
  const close = (): void => void (state.erasing.value = undefined)
  const carryOn = async (): Promise<void> => {
    if (isErasing.peek()) return
    isErasing.value = true
    problem.value = undefined
    try {
      const named = typeof redaction === 'function' ? await redaction() : redaction
      if (named !== undefined) await desk().tickets.redact(state.number, named)
      close()
      say(erase.done(what, state.number))
    } catch (error) {
      noteRefusal(error)
      problem.value = sentenceOf(error)
    } finally {
      isErasing.value = false
    }
  }
  return (
    <Dialog label={erase.ask(what)} onClose={close}>
      <div class="dialog__body">
        <h2>{erase.ask(what)}</h2>
        <p>{erase.does}</p>
        <p>{erase.stays}</p>
        <Problem text={problem.value} />
      </div>
      <footer class="dialog__foot">
        <button type="button" class="btn" onClick={close}>
          {words.common.cancel}
        </button>
        <button type="button" class="btn btn--danger" aria-disabled={isErasing.value} onClick={() => void carryOn()}>
          <Icon name="cut" />
          {erase.forEver}
        </button>
      </footer>
    </Dialog>
  )
}
