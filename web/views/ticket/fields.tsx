/** The custom fields that the queue of a ticket has, by their types: chosen from a menu, or written where they stand. */
import { useSignal } from '@preact/signals'
import type { TargetedEvent } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import type { CustomField, Ticket } from '../../../src/client/client.js'
import { dueWords } from '../../parts/times.js'
import { readDraft, writeDraft, type DraftPlace } from '../../state/drafts.js'
import { myHandle } from '../../state/identity.js'
import { fields, queues } from '../../state/names.js'
import { numberIn } from '../../state/numbers.js'
import { said } from '../../state/undo.js'
import { words } from '../../words/words.js'
import { Prop } from './prop.js'
import { pickChoice, setField } from './picks.js'
import type { TicketState } from './ticket-state.js'

interface FieldsProps {
  readonly state: TicketState
  readonly ticket: Ticket
  readonly isMine: boolean
}

export function Fields({ state, ticket, isMine }: FieldsProps) {
  const ofQueue = queues.value.find(({ name }) => name === ticket.queue)?.fields.map(({ name }) => name) ?? []
  // What it has a value of is shown, whatever is known of its queue.
  const names = [...new Set([...ofQueue, ...Object.keys(ticket.fields)])]
  if (names.length === 0) return null
  return (
    <dl class="props">
      {names.map((name) => {
        const field = fields.value.find((one) => one.name === name)
        return <Field key={name} {...{ state, ticket, name, field }} isMine={isMine && field !== undefined} />
      })}
    </dl>
  )
}

function Field({ state, ticket, name, field, isMine }: FieldsProps & { name: string; field: CustomField | undefined }) {
  const place: DraftPlace = { user: myHandle.value, ticket: ticket.number, form: `field-${name}` }
  const isOpen = useSignal(isMine && readDraft(place) !== undefined)
  const value = ticket.fields[name]
  const shown =
    value === undefined ? <span class="prop__none">{words.common.none}</span> : <bdi>{textOf(value, field)}</bdi>
  if (!isMine || field === undefined) return <Prop name={name} isWrapped value={shown} />
  if (field.type === 'choice' || field.type === 'yes/no') {
    return <Prop name={name} isWrapped value={shown} onOpen={(anchor) => pickChoice(anchor, state, ticket, field)} />
  }
  if (!isOpen.value) return <Prop name={name} isWrapped value={shown} onOpen={() => (isOpen.value = true)} />
  return <FieldInput {...{ state, ticket, field, place }} onEnd={() => (isOpen.value = false)} />
}

function textOf(value: string | number | boolean, field: CustomField | undefined): string {
  if (typeof value === 'boolean') return value ? words.ticket.told.yes : words.ticket.told.no
  return field?.type === 'date' && typeof value === 'string' ? dueWords(value).text : String(value)
}

interface FieldInputProps {
  readonly state: TicketState
  readonly ticket: Ticket
  readonly field: CustomField
  readonly place: DraftPlace
  readonly onEnd: () => void
}

/** Where the value of a field is written. Enter and leaving it store it; it stays open, with what was typed, until that is stored. */
function FieldInput({ state, ticket, field: { name, type, description }, place, onEnd }: FieldInputProps) {
  const now = ticket.fields[name]
  const text = useSignal(readDraft(place)?.text ?? (now === undefined ? '' : String(now)))
  const problem = useSignal<string | undefined>(undefined)
  const input = useRef<HTMLInputElement>(null)
  const isSaving = useRef(false)
  const isOver = useRef(false)
  const id = useId()
  useLayoutEffect(() => {
    input.current?.focus()
    if (type !== 'date') input.current?.select()
  }, [])
  const end = (): void => {
    isOver.current = true
    writeDraft(place, undefined)
    onEnd()
  }
  const save = async (): Promise<void> => {
    // An input that is taken away loses the focus, too: what was given up is not stored by that.
    if (isSaving.current || isOver.current) return
    const sent = text.peek()
    const written = sent.trim()
    const value = written === '' ? null : type === 'number' ? numberIn(written) : written
    if (value === undefined) {
      problem.value = words.common.noNumber
      return
    }
    const current = state.ticket.peek() ?? ticket
    if (value === (current.fields[name] ?? null)) {
      end()
      return
    }
    isSaving.current = true
    const isStored = await setField(state, current, name, value)
    isSaving.current = false
    if (!isStored) problem.value = said.peek()?.text
    else if (text.peek() === sent) end()
    // Typed on meanwhile, and left.
    else if (document.activeElement !== input.current) void save()
  }
  const shared = {
    ref: input,
    id,
    class: 'input prop__input',
    ...(type === 'number' && { inputMode: 'decimal' as const }),
    dir: 'auto' as const,
    ...(description !== null && { title: description }),
    'aria-invalid': problem.value !== undefined,
    'aria-describedby': `${id}-problem`,
    value: text.value,
    onInput({ currentTarget }: TargetedEvent<HTMLInputElement>) {
      text.value = currentTarget.value
      writeDraft(place, { text: text.value })
    },
    onBlur: () => void save(),
    onKeyDown(event: KeyboardEvent) {
      if (event.key === 'Enter') void save()
      else if (event.key !== 'Escape') return
      // What is on its way can't be given up.
      else if (!isSaving.current) end()
      event.preventDefault()
      event.stopPropagation()
    },
  }
  return (
    <div class="prop">
      <dt>
        <label for={id}>{name}</label>
      </dt>
      <dd>
        {type === 'date' ? <input {...shared} type="date" /> : <input {...shared} type="text" />}
        <p class="field__bad" id={`${id}-problem`} role="alert">
          {problem.value}
        </p>
      </dd>
    </div>
  )
}
