/** What all that has a name shows and asks alike: its name, and what is said of it. */
import { words } from '../../words/words.js'
import { faultOf } from './editing.js'
import { orNull, TextField } from './fields-of-form.js'

interface OwnFieldProps<Value> {
  readonly value: Value
  /** What was refused, where it was. */
  readonly problem: unknown
  readonly onText: (value: Value) => void
}

export function NameField({ value, problem, onText }: OwnFieldProps<string>) {
  return (
    <TextField
      label={words.settings.members['name'] ?? ''}
      value={value}
      max={100}
      isRequired
      hint={words.settings.nameHint}
      fault={faultOf(problem, 'name')}
      onText={onText}
    />
  )
}

export function DescriptionField({ value, problem, onText }: OwnFieldProps<string | null>) {
  return (
    <TextField
      label={words.settings.members['description'] ?? ''}
      value={value ?? ''}
      max={1000}
      fault={faultOf(problem, 'description')}
      onText={(text) => onText(orNull(text))}
    />
  )
}

/** A name in a table, with what is said of it below. */
export function NameCell({ name, description }: { name: string; description: string | null }) {
  return (
    <span class="two">
      <b>
        <bdi>{name}</bdi>
      </b>
      {description !== null && (
        <small>
          <bdi>{description}</bdi>
        </small>
      )}
    </span>
  )
}
