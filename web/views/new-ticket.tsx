/**
 * A new ticket: a title is enough. What is written is kept as it is written; what is wrong stands at its field; and however often Create
 * is pressed, one ticket is made.
 */
import { useSignal } from '@preact/signals'
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { DeskError } from '../../src/client/client.js'
import { Dialog } from '../parts/dialog.js'
import { IconButton } from '../parts/clickable.js'
import { Icon } from '../parts/icon.js'
import { useMentions } from '../parts/mentions.js'
import { go, route, ticketOf } from '../state/address.js'
import { sentenceOf } from '../state/desk.js'
import { closeDialog, newBegins } from '../state/dialogs.js'
import { isStaff, may, noteRefusal } from '../state/identity.js'
import { isMac, modName } from '../state/keyboard.js'
import { queues } from '../state/names.js'
import {
  emptyDraft,
  faultsOf,
  keepDraft,
  keptDraft,
  makeTicket,
  titleCharactersMax,
  type NewDraft,
} from '../state/new-draft.js'
import { isUnsure } from '../state/failures.js'
import { noteDone, say } from '../state/undo.js'
import { words } from '../words/words.js'
import { DueFault, Fault, Fields } from './new-ticket/fields.js'
import { faultsIn } from './new-ticket/faults.js'
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
  const first = useMemo(begin, [])
  const draft = useSignal(first)
  const refused = useSignal<ReadonlyMap<string, string>>(new Map())
  /** Whether Create was pressed: from then on what is missing is said. */
  const isAsked = useSignal(false)
  const isSending = useSignal(false)
  const problem = useSignal<string | undefined>(undefined)
  const hasAnother = useSignal(false)
  const titleField = useRef<HTMLTextAreaElement>(null)
  const textField = useRef<HTMLTextAreaElement>(null)
  const mentions = useMentions(textField)
  const form = useRef<HTMLFormElement>(null)
  useLayoutEffect(() => titleField.current?.focus(), [])

  const set = (change: Partial<NewDraft>): void => {
    draft.value = { ...draft.peek(), ...change }
    keepDraft(draft.peek())
    problem.value = undefined
    // What was refused of a member was said of what it was.
    const left = new Map(refused.peek())
    for (const member of Object.keys(change)) {
      for (const name of left.keys()) if (name === member || name.startsWith(`${member}/`)) left.delete(name)
    }
    if (left.size < refused.peek().size) refused.value = left
  }
  const faults = new Map([...refused.value, ...faultsIn(draft.value, isAsked.value)])
  const idOf = (member: string): string | undefined =>
    faults.has(member) ? `new-bad-${member.replaceAll(/[^\w]/gu, '-')}` : undefined

  const send = async (): Promise<void> => {
    if (isSending.peek()) return
    isAsked.value = true
    if (faultsIn(draft.peek(), true).size > 0) {
      requestAnimationFrame(() =>
        form.current?.querySelector<HTMLElement>('[aria-invalid="true"], .pill.is-bad')?.focus(),
      )
      return
    }
    isSending.value = true
    problem.value = undefined
    try {
      const { number, version, internalVersion = 0 } = await makeTicket(draft.peek(), (tries) => set({ tries }))
      noteDone(Math.max(version, internalVersion), newTicket.made(number))
      const { queue, status, priority, labels, assignees } = draft.peek()
      set(emptyDraft())
      isAsked.value = false
      if (hasAnother.peek()) {
        set({ queue, status, priority, labels, assignees })
        titleField.current?.focus()
      } else {
        closeDialog()
        go(ticketOf(number))
      }
    } catch (error) {
      noteRefusal(error)
      if (error instanceof DeskError && error.code === 'key_reused') {
        problem.value = newTicket.madeBefore
      } else {
        refused.value = error instanceof DeskError ? faultsOf(error.errors) : new Map()
        const isPlaced = [...refused.peek().keys()].some((name) => name !== '')
        const sentence = sentenceOf(error)
        problem.value = isPlaced
          ? undefined
          : isUnsure(error)
            ? newTicket.unsure(sentence)
            : newTicket.notSent(sentence)
      }
      if (problem.peek() !== undefined) say(problem.peek() ?? '', true)
    } finally {
      isSending.value = false
    }
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
          <Similar title={title} />
          <div class="field">
            <textarea
              ref={textField}
              class="new__text"
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
          <Fields draft={draft.value} faults={faults} idOf={idOf} set={set} />
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

/** What was being written, with what this one is to begin with. */
function begin(): NewDraft {
  const draft = keptDraft()
  const begins = newBegins.peek()
  newBegins.value = {}
  const here = route.peek()
  const named =
    here.view === 'list' || here.view === 'board' ? /(?:^|\s)queue:(?:"([^"]+)"|([^\s",]+))/u.exec(here.q) : null
  const queue = begins.queue ?? draft.queue ?? named?.[1] ?? named?.[2] ?? null
  const isThere = queues.peek().some(({ name, archived }) => name === queue && !archived)
  return { ...draft, queue: isThere ? queue : null, ...(begins.status !== undefined && { status: begins.status }) }
}
