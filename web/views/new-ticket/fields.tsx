/** The custom fields of a new ticket's queue, and how a fault stands at what it is about. */
import { Icon } from '../../parts/icon.js'
import { readDay } from '../../parts/days.js'
import { dueText } from '../../parts/due-menu.js'
import { fields as customFields } from '../../state/names.js'
import { dayMax, dayMin, fieldCharactersMax, fieldsIn, type NewDraft } from '../../state/new-draft.js'
import { words } from '../../words/words.js'

const { newTicket } = words

export function Fault({ id, text }: { id: string | undefined; text: string | undefined }) {
  if (text === undefined) return null
  return (
    <p class="field__bad" id={id}>
      <Icon name="warn" />
      <span>{text}</span>
    </p>
  )
}

interface DueFaultProps {
  readonly id: string | undefined
  readonly draft: NewDraft
  readonly text: string | undefined
  readonly set: (change: Partial<NewDraft>) => void
}

/** A day that there is not, with those that may be meant. */
export function DueFault({ id, draft, text, set }: DueFaultProps) {
  const read = draft.due === null ? undefined : readDay(draft.due, new Date())
  if (text === undefined || read === undefined || !('near' in read)) return <Fault id={id} text={text} />
  const [last, first] = read.near
  const choice = (day: string) => (
    <button type="button" class="link" onClick={() => set({ due: day })}>
      {dueText(day)}
    </button>
  )
  return (
    <p class="field__bad" id={id}>
      <Icon name="warn" />
      <span>
        {text} {choice(last)} {newTicket.day.or} {choice(first)}?
      </span>
    </p>
  )
}

interface FieldsProps {
  readonly draft: NewDraft
  readonly faults: ReadonlyMap<string, string>
  /** Nothing of it can be changed now. */
  readonly isHeld: boolean
  readonly idOf: (member: string) => string | undefined
  readonly set: (change: Partial<NewDraft>) => void
}

export function Fields({ draft, faults, isHeld, idOf, set }: FieldsProps) {
  const fields = fieldsIn(draft.queue)
  if (fields.length === 0) return null
  return (
    <div class="new__fields">
      {fields.map(({ name, required }) => {
        const field = customFields.value.find((one) => one.name === name)
        const member = `fields/${name}`
        const fault = faults.get(member)
        const put = ({ currentTarget }: { readonly currentTarget: HTMLInputElement | HTMLSelectElement }): void =>
          set({ fields: { ...draft.fields, [name]: currentTarget.value } })
        const shared = {
          id: `new-field-${name}`,
          'aria-invalid': fault !== undefined,
          'aria-describedby': idOf(member),
          'aria-required': required,
          value: draft.fields[name] ?? '',
        }
        const choices =
          field?.type === 'choice'
            ? (field.choices ?? []).map((choice) => ({ value: choice, text: choice }))
            : field?.type === 'yes/no'
              ? [
                  { value: 'yes', text: newTicket.yes },
                  { value: 'no', text: newTicket.no },
                ]
              : undefined
        return (
          <div class="field" key={name}>
            <label for={`new-field-${name}`}>
              <bdi>{required ? newTicket.required(name) : name}</bdi>
            </label>
            {choices === undefined && field?.type === 'date' ? (
              <input {...shared} class="input" type="date" readOnly={isHeld} min={dayMin} max={dayMax} onInput={put} />
            ) : choices === undefined ? (
              <input
                {...shared}
                class="input"
                readOnly={isHeld}
                inputMode={field?.type === 'number' ? 'decimal' : 'text'}
                dir="auto"
                maxLength={fieldCharactersMax}
                onInput={put}
              />
            ) : (
              <select {...shared} class="input" disabled={isHeld} onChange={put}>
                <option value="">{newTicket.choose}</option>
                {choices.map(({ value, text }) => (
                  <option key={value} value={value}>
                    {text}
                  </option>
                ))}
              </select>
            )}
            <Fault id={idOf(member)} text={fault} />
          </div>
        )
      })}
    </div>
  )
}
