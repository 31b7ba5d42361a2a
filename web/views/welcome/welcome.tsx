/**
 * The first minute at a desk without tickets: one is made, changed from a terminal, moved, and taken back, and the journal beside it shows
 * each change as it is stored.
 */
import { useComputed, useSignal, useSignalEffect } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { To } from '../../parts/clickable.js'
import { Copy } from '../../parts/copy.js'
import { Icon } from '../../parts/icon.js'
import { PriorityMark, StatusMark } from '../../parts/marks.js'
import { pickStatus } from '../../parts/pickers.js'
import { hrefOf, ticketOf } from '../../state/address.js'
import { access, endpoint, sentenceOf } from '../../state/desk.js'
import { endFirstRun, leaveFirstRun } from '../../state/first-run.js'
import { dialog } from '../../state/dialogs.js'
import { myHandle, noteRefusal } from '../../state/identity.js'
import { addKeys } from '../../state/keyboard.js'
import { emptyDraft, keepDraft, keptDraft, makeTicket, type NewDraft } from '../../state/new-draft.js'
import { noteDone, undoLast } from '../../state/undo.js'
import { words } from '../../words/words.js'
import {
  changedAt,
  follow,
  isSought,
  isTakenBack,
  isWriting,
  movedTo,
  movesLeft,
  show,
  ticket,
} from './first-ticket.js'
import { Journal } from './journal.js'

const { welcome } = words

export function Welcome() {
  useLayoutEffect(follow, [])
  useEffect(
    () => () => {
      // Who has been shown all and goes elsewhere comes back to the list.
      if (movesLeft.peek() === 0) endFirstRun()
      else if (ticket.peek() === undefined) leaveFirstRun()
    },
    [],
  )
  const row = useRef<HTMLDivElement>(null)
  const made = ticket.value
  const pick = (anchor: Element): void => {
    const now = ticket.peek()
    if (now !== undefined) pickStatus(anchor, [now], show)
  }
  useLayoutEffect(() => addKeys({ S: () => row.current !== null && pick(row.current) }), [])
  const step =
    made === undefined
      ? 1
      : changedAt.value === undefined
        ? 2
        : movedTo.value === undefined
          ? 3
          : isTakenBack.value
            ? 5
            : 4
  return (
    <>
      <header class="bar">
        <h1>{welcome.name}</h1>
        <div class="bar__end">
          <button type="button" class={`btn ${step === 5 ? 'btn--primary' : 'btn--quiet'}`} onClick={endFirstRun}>
            {step === 5 ? welcome.list : welcome.done}
          </button>
        </div>
      </header>
      <div class="scroll" tabIndex={0} role="region" aria-label={welcome.name}>
        <div class="first">
          <div class="first__do">
            <h2 class="first__h" aria-live="polite">
              {made === undefined
                ? welcome.start
                : movesLeft.value === 0
                  ? welcome.arrived
                  : welcome.going(movesLeft.value)}
            </h2>
            <p class="first__p">{welcome.text}</p>
            <ol class="steps">
              <Step number={1} title={welcome.first.title} isNow={step === 1} isDone={made !== undefined}>
                {made === undefined ? (
                  !isSought.value && <First />
                ) : (
                  <div class="first__made" ref={row} tabIndex={-1}>
                    <PriorityMark priority={made.priority} />
                    <span class="num">{made.number}</span>
                    <StatusMark name={made.status} category={made.category} />
                    <a class="first__title" href={hrefOf(ticketOf(made.number))}>
                      <bdi>{made.title}</bdi>
                    </a>
                    {changedAt.value !== undefined && <span class="row__note">{welcome.first.changed}</span>}
                  </div>
                )}
              </Step>
              <Step number={2} title={welcome.terminal.title} isNow={step === 2} isDone={changedAt.value !== undefined}>
                {changedAt.value !== undefined ? (
                  <p>{welcome.terminal.arrived(changedAt.value)}</p>
                ) : made === undefined ? (
                  <p>{welcome.terminal.soon}</p>
                ) : (
                  <Terminal number={made.number} />
                )}
              </Step>
              <Step number={3} title={welcome.work.title} isNow={step === 3} isDone={movedTo.value !== undefined}>
                {movedTo.value !== undefined ? (
                  <p>
                    <bdi>{welcome.work.arrived(movedTo.value)}</bdi>
                  </p>
                ) : (
                  <p>
                    {welcome.work.before}{' '}
                    <button
                      type="button"
                      class="btn btn--xs"
                      disabled={made === undefined}
                      aria-haspopup="listbox"
                      onClick={({ currentTarget }) => pick(currentTarget)}
                    >
                      {welcome.work.button} <kbd>S</kbd>
                    </button>{' '}
                    {welcome.work.after}
                  </p>
                )}
              </Step>
              <Step number={4} title={welcome.back.title} isNow={step === 4} isDone={isTakenBack.value}>
                {isTakenBack.value ? (
                  <p>{welcome.back.arrived}</p>
                ) : (
                  <p>
                    <button
                      type="button"
                      class="btn btn--xs"
                      disabled={movedTo.value === undefined}
                      onClick={() => void undoLast()}
                    >
                      <Icon name="undo" isSmall /> <kbd>Z</kbd>
                      <span class="sr">{welcome.back.title}</span>
                    </button>{' '}
                    {welcome.back.text}
                  </p>
                )}
              </Step>
            </ol>
            <footer class="first__next">
              <span>{welcome.afterwards}</span>
              <To to={{ view: 'settings', part: 'users' }} class="link">
                {welcome.people}
              </To>
              <To to={{ view: 'settings', part: 'tokens' }} class="link">
                {welcome.token}
              </To>
              <To to={{ view: 'keys', key: '/' }} class="link">
                {welcome.keys}
              </To>
            </footer>
          </div>
          <Journal />
        </div>
      </div>
    </>
  )
}

interface StepProps {
  readonly number: number
  readonly title: string
  readonly isNow: boolean
  readonly isDone: boolean
  readonly children: ComponentChildren
}

function Step({ number, title, isNow, isDone, children }: StepProps) {
  const state = isDone ? ' is-done' : isNow ? ' is-now' : ''
  return (
    <li class={`step${state}`} aria-current={isNow && !isDone ? 'step' : undefined}>
      <span class="step__n" aria-hidden="true">
        <span>{number}</span>
        <Icon name="check" />
      </span>
      <div class="step__b">
        <h3>{title}</h3>
        <div>{children}</div>
      </div>
    </li>
  )
}

/** The first title: of the ticket that is being written, which the dialog of a new one shows too. However often it is sent, one is made. */
function First() {
  const draft = useSignal<NewDraft>(emptyDraft())
  const isSending = useSignal(false)
  const problem = useSignal<string | undefined>(undefined)
  const field = useRef<HTMLInputElement>(null)
  const isEmpty = useComputed(() => draft.value.title.trim() === '')
  useLayoutEffect(() => field.current?.focus(), [])
  // It may have been written on there.
  useSignalEffect(() => void (dialog.value === undefined && (draft.value = keptDraft())))
  useSignalEffect(() => void (isWriting.value = isSending.value || !isEmpty.value))
  useEffect(() => () => void (isWriting.value = false), [])
  const write = (more: Partial<NewDraft>): void => {
    draft.value = { ...draft.peek(), ...more }
    keepDraft(draft.peek(), myHandle.peek())
  }
  const send = async (): Promise<void> => {
    if (isSending.peek()) return field.current?.focus()
    if (isEmpty.peek()) {
      problem.value = words.newTicket.noTitle
      return field.current?.focus()
    }
    isSending.value = true
    problem.value = undefined
    try {
      const made = await makeTicket(draft.peek(), (tries) => write({ tries }))
      keepDraft(emptyDraft(), myHandle.peek())
      noteDone(made.version, words.newTicket.made(made.number), made.number)
      show(made)
    } catch (error) {
      noteRefusal(error)
      problem.value = sentenceOf(error)
    } finally {
      isSending.value = false
    }
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <div class="first__in">
        <input
          ref={field}
          class="input"
          aria-label={welcome.first.field}
          aria-describedby="first-hint"
          aria-invalid={problem.value !== undefined}
          placeholder={welcome.first.example}
          dir="auto"
          value={draft.value.title}
          onInput={({ currentTarget }) => {
            write({ title: currentTarget.value })
            if (problem.peek() === words.newTicket.noTitle && !isEmpty.value) problem.value = undefined
          }}
        />
        <button class="btn btn--primary btn--big" aria-disabled={isSending.value}>
          {welcome.first.create} <kbd>↵</kbd>
        </button>
      </div>
      {problem.value === undefined ? (
        <p class="field__hint" id="first-hint">
          {welcome.first.hint}
        </p>
      ) : (
        <p class="field__bad" id="first-hint" role="alert">
          <Icon name="warn" />
          {problem.value}
        </p>
      )}
    </form>
  )
}

/** What the page would do, as a command that works where it is pasted. */
function Terminal({ number }: { number: number }) {
  const isClosed = access.value === 'closed'
  const lines = [
    `curl -X PATCH ${endpoint}/v1/tickets/${number}`,
    ...(isClosed ? [`  -H 'Authorization: Bearer TOKEN'`] : []),
    `  -H 'Content-Type: application/json' -d '{"priority":"urgent"}'`,
  ]
  const command = lines.join(' \\\n')
  return (
    <>
      <p>{welcome.terminal.text(number)}</p>
      {isClosed && <p>{welcome.terminal.token}</p>}
      <div class="cmd">
        <code tabIndex={0}>{command}</code>
        <Copy text={command} isBare />
      </div>
      <p class="first__wait">
        <span class="beat beat--wait" />
        {welcome.terminal.waiting}
      </p>
    </>
  )
}
