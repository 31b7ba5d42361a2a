/**
 * A new ticket: a title is enough. What is written is kept as it is written; what is wrong stands at its field; and however often Create
 * is pressed, one ticket is made.
 */
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { Dialog } from '../parts/dialog.js'
import { IconButton } from '../parts/clickable.js'
import { Icon } from '../parts/icon.js'
import { useMentions } from '../parts/mentions.js'
import { closeDialog } from '../state/dialogs.js'
import { isStaff, may } from '../state/identity.js'
import { isMac, modName } from '../state/keyboard.js'
import { titleCharactersMax } from '../state/new-draft.js'
import { words } from '../words/words.js'
import { DueFault, Fault, Fields } from './new-ticket/fields.js'
import { faultsIn } from './new-ticket/faults.js'
import { making } from './new-ticket/making.js'
import { Pills, QueuePill } from './new-ticket/pills.js'
import { Similar } from './new-ticket/similar.js'

const { newTicket } = words

export function NewTicket() {
  if (!may('ticket.create')) {
    return (
      <Dialog label={newTicket.name} class="new">
        <div class="dialog__head">
          <span>{newTicket.mayNot}</span>
          <IconButton icon="x" label={words.common.close} class="btn--quiet dialog__x" onClick={closeDialog} />
        </div>
        <div class="dialog__body" />
      </Dialog>
    )
  }
  return <Form />
}

function Form() {
  const state = useMemo(making, [])
  const { draft, refused, isAsked, isSending, problem, hasAnother, set } = state
  const titleField = useRef<HTMLTextAreaElement>(null)
  const textField = useRef<HTMLTextAreaElement>(null)
  const mentions = useMentions(textField)
  const form = useRef<HTMLFormElement>(null)
  useLayoutEffect(() => titleField.current?.focus(), [])
  useLayoutEffect(() => {
    state.isShown = true
    return () => {
      state.isShown = false
    }
  }, [state])
  const faults = new Map([...refused.value, ...faultsIn(draft.value, isAsked.value)])
  const idOf = (member: string): string | undefined =>
    faults.has(member) ? `new-bad-${member.replaceAll(/[^\w]/gu, '-')}` : undefined

  const send = async (): Promise<void> => {
    if (await state.send(() => titleField.current?.focus())) return
    requestAnimationFrame(() =>
      form.current?.querySelector<HTMLElement>('[aria-invalid="true"], .pill.is-bad')?.focus(),
    )
  }
  const { title, description } = draft.value
  const characters = [...title]
  const isLong = characters.length > titleCharactersMax
  const head = isLong ? characters.slice(0, titleCharactersMax).join('') : title
  return (
    <Dialog label={newTicket.name} class="new">
      <form
        ref={form}
        class="new__form"
        aria-busy={isSending.value}
        // What is on its way is not changed.
        onClickCapture={(event) => {
          if (isSending.peek() && event.target instanceof Element && event.target.closest('.pill') !== null)
            event.stopPropagation()
        }}
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(isMac ? event.metaKey : event.ctrlKey)) return
          event.preventDefault()
          event.stopPropagation()
          void send()
        }}
      >
        <div class="dialog__head">
          <QueuePill draft={draft.value} faultOf={idOf} set={set} />
          <Icon name="right" isSmall />
          <span>{newTicket.name}</span>
          <IconButton
            icon="x"
            label={words.common.close}
            shortcut="Esc"
            class="btn--quiet dialog__x"
            onClick={closeDialog}
          />
        </div>
        <div class="dialog__body">
          <Fault id={idOf('queue')} text={faults.get('queue')} />
          <div class="field">
            <div class={`new__title${isLong ? ' is-bad' : ''}`}>
              <div class="new__marks" aria-hidden="true" dir="auto">
                {head}
                {isLong && <mark>{title.slice(head.length)}</mark>}{' '}
              </div>
              <textarea
                ref={titleField}
                class="new__in"
                rows={1}
                readOnly={isSending.value}
                aria-label={newTicket.title}
                aria-required="true"
                aria-invalid={faults.has('title')}
                aria-describedby={idOf('title')}
                placeholder={newTicket.titleHint}
                dir="auto"
                value={title}
                onInput={({ currentTarget }) => set({ title: currentTarget.value.replaceAll(/[\r\n]+/gu, ' ') })}
                onKeyDown={(event) => {
                  if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return
                  event.preventDefault()
                  textField.current?.focus()
                }}
              />
            </div>
            <Fault id={idOf('title')} text={faults.get('title')} />
          </div>
          <div class="field">
            <textarea
              ref={textField}
              class="new__text"
              readOnly={isSending.value}
              aria-label={newTicket.description}
              aria-invalid={faults.has('description')}
              aria-describedby={idOf('description')}
              placeholder={newTicket.descriptionHint}
              dir="auto"
              value={description}
              {...mentions.attributes}
              onInput={({ currentTarget }) => {
                set({ description: currentTarget.value })
                mentions.look()
              }}
              onKeyDown={(event) => void mentions.takeKey(event)}
              onKeyUp={mentions.look}
              onClick={mentions.look}
              onBlur={mentions.close}
              onCompositionStart={() => mentions.compose(true)}
              onCompositionEnd={() => mentions.compose(false)}
            />
            {mentions.list}
            <Fault id={idOf('description')} text={faults.get('description')} />
          </div>
          {/* Behind the text: it comes while one writes on, and neither Tab nor the text that is written is to meet it on the way. */}
          <Similar title={title} />
          <Fields draft={draft.value} faults={faults} isHeld={isSending.value} idOf={idOf} set={set} />
          {isStaff.value && <Pills draft={draft.value} faultOf={idOf} set={set} />}
          {['status', 'priority', 'assignees', 'labels', 'requester', 'internal'].map((member) => (
            <Fault key={member} id={idOf(member)} text={faults.get(member)} />
          ))}
          <DueFault id={idOf('due')} draft={draft.value} text={faults.get('due')} set={set} />
        </div>
        <div class="dialog__foot">
          <span class="foot__say" role="alert">
            {problem.value ?? (faults.size > 0 && isAsked.value ? newTicket.toPutRight(faults.size) : '')}
          </span>
          <label class="opt foot__opt wide-only">
            <input
              type="checkbox"
              class="check"
              checked={hasAnother.value}
              onChange={({ currentTarget }) => (hasAnother.value = currentTarget.checked)}
            />
            {newTicket.another}
          </label>
          <button class="btn btn--primary" aria-disabled={isSending.value}>
            {isSending.value ? newTicket.creating : newTicket.create}{' '}
            <span class="wide-only">
              <kbd>{modName}</kbd>
              <kbd>↵</kbd>
            </span>
          </button>
        </div>
      </form>
    </Dialog>
  )
}
