/** What forms of the settings are made of. */
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { Icon } from '../../parts/icon.js'
import { showMenu, type MenuItem, type MenuOptions } from '../../parts/menu.js'
import { words } from '../../words/words.js'

/** What an input has to be given, so that its label, hint and fault belong to it. */
export interface InputProps {
  readonly id: string
  readonly 'aria-describedby': string
  readonly 'aria-invalid': boolean
}

interface FieldProps {
  readonly label: string
  readonly hint?: string | undefined
  readonly fault?: string | undefined
  readonly children: (props: InputProps) => ComponentChildren
}

/** A labelled input. What is wrong stands in the place of the hint. */
export function Field({ label, hint, fault, children }: FieldProps) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': `${id}-more`, 'aria-invalid': fault !== undefined })}
      <Below id={`${id}-more`} hint={hint} fault={fault} />
    </div>
  )
}

/** Several inputs that are one. */
export function FieldSet({
  label,
  hint,
  fault,
  children,
}: Omit<FieldProps, 'children'> & { readonly children: ComponentChildren }) {
  const id = useId()
  return (
    <fieldset class="field" aria-describedby={`${id}-more`}>
      <legend class="field__label">{label}</legend>
      {children}
      <Below id={`${id}-more`} hint={hint} fault={fault} />
    </fieldset>
  )
}

function Below({ id, hint, fault }: { id: string; hint: string | undefined; fault: string | undefined }) {
  return (
    <div
      id={id}
      class={hint === undefined && fault === undefined ? 'is-empty' : ''}
      role={fault === undefined ? undefined : 'alert'}
    >
      {fault === undefined ? (
        hint !== undefined && <p class="field__hint">{hint}</p>
      ) : (
        <p class="field__bad">
          <Icon name="warn" />
          {fault}
        </p>
      )}
    </div>
  )
}

interface TextProps {
  readonly label: string
  readonly value: string
  readonly hint?: string | undefined
  readonly fault?: string | undefined
  readonly max: number
  readonly type?: 'text' | 'password'
  readonly autocomplete?: string
  readonly isRequired?: boolean
  readonly isMono?: boolean
  readonly onText: (text: string) => void
}

/** A line of text. */
export function TextField({
  label,
  value,
  hint,
  fault,
  max,
  type = 'text',
  autocomplete = 'off',
  isRequired = false,
  isMono = false,
  onText,
}: TextProps) {
  return (
    <Field label={label} hint={hint} fault={fault}>
      {(props) => {
        const all = {
          ...props,
          class: `input${isMono ? ' mono' : ''}`,
          value,
          maxLength: max,
          autocomplete,
          autocapitalize: 'off',
          required: isRequired,
          onInput: ({ currentTarget }: { readonly currentTarget: HTMLInputElement }) => onText(currentTarget.value),
        } as const
        return type === 'password' ? <input {...all} type="password" /> : <input {...all} type="text" dir="auto" />
      }}
    </Field>
  )
}

interface PickProps {
  readonly label: string
  readonly value: string
  readonly items: readonly MenuItem[]
  readonly hint?: string | undefined
  readonly fault?: string | undefined
  readonly isDisabled?: boolean
  /** What the menu does where nothing is found, as the menu's own options say. */
  readonly none?: MenuOptions['none']
  readonly makeNew?: MenuOptions['makeNew']
  readonly more?: MenuOptions['more']
  readonly onPick: (value: string) => void
}

/** One of several, chosen in the page's menu. */
export function PickField({ label, value, items, hint, fault, isDisabled = false, onPick, ...menu }: PickProps) {
  const shown = items.find((item) => item.value === value)
  return (
    <Field label={label} hint={hint} fault={fault}>
      {({ id, 'aria-describedby': describedBy }) => (
        <button
          id={id}
          aria-describedby={describedBy}
          type="button"
          class="input input--pick"
          aria-haspopup="listbox"
          disabled={isDisabled}
          onClick={({ currentTarget }) =>
            showMenu({
              anchor: currentTarget,
              label,
              items,
              chosen: [value],
              ...menu,
              onTake: ([taken]) => taken !== undefined && onPick(taken),
            })
          }
        >
          <span class="input__what">
            {shown?.mark}
            {value === '' && shown === undefined ? (
              <span class="input__none">{words.settings.choose}</span>
            ) : (
              <bdi>{shown?.name ?? value}</bdi>
            )}
          </span>
          <Icon name="down" isSmall />
        </button>
      )}
    </Field>
  )
}

/** A check box and what it says. */
export function Check({
  isOn,
  isDisabled = false,
  children,
  onChange,
}: {
  isOn: boolean
  isDisabled?: boolean
  children: ComponentChildren
  readonly onChange: (isOn: boolean) => void
}) {
  return (
    <label class="opt">
      <input
        type="checkbox"
        class="check"
        checked={isOn}
        disabled={isDisabled}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      {children}
    </label>
  )
}

/** One of a few, all of which are in sight. */
export function Radios<Value extends string>({
  name,
  value,
  items,
  onPick,
}: {
  name: string
  value: Value
  items: readonly (readonly [Value, string])[]
  readonly onPick: (value: Value) => void
}) {
  return (
    <div class="rights">
      {items.map(([item, text]) => (
        <label key={item} class="opt">
          <input type="radio" class="radio" name={name} checked={item === value} onChange={() => onPick(item)} />
          {text}
        </label>
      ))}
    </div>
  )
}

/** Null where nothing is written. */
export const orNull = (text: string): string | null => (text.trim() === '' ? null : text)
