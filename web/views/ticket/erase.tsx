/**
 * Erasing a text for ever, by an admin: what a change gave to the title, the description or a field, or all that a comment ever said. It is
 * asked about before, with what it does; nothing takes it back.
 */
import { useSignal } from '@preact/signals'
import { Dialog } from '../../parts/dialog.js'
import { Icon } from '../../parts/icon.js'
import { showMenu } from '../../parts/menu.js'
import { Problem } from '../../parts/problem.js'
import { desk, sentenceOf } from '../../state/desk.js'
import { may, noteRefusal } from '../../state/identity.js'
import { say } from '../../state/undo.js'
import { words } from '../../words/words.js'
import type { Erasable } from './erasable.js'
import type { TicketState } from './ticket-state.js'

const { erase } = words.ticket

export const mayErase = (): boolean => may('ticket.redact')

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
      if (named === undefined) {
        problem.value = erase.changed
        return
      }
      await desk().tickets.redact(state.number, named)
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
        <p>
          {erase.does} {what === erase.comment ? erase.allOfComment : erase.oneVersion}
        </p>
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
