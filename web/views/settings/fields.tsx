/** Custom fields: what kind of value each has, and what may be chosen. */
import type { CustomField } from '../../../src/client/client.js'
import { desk } from '../../state/desk.js'
import { oneOf } from '../../state/keep.js'
import { may } from '../../state/identity.js'
import { fields, queues } from '../../state/names.js'
import { isText, listOf, objectOf, nullOr } from '../../state/shapes.js'
import { words } from '../../words/words.js'
import { faultOf, Room, type Editor } from './editing.js'
import { Field, PickField } from './fields-of-form.js'
import { DescriptionField, NameCell, NameField } from './named-fields.js'
import { Things } from './things.js'

type FieldType = CustomField['type']

interface Draft {
  readonly name: string
  readonly type: FieldType
  readonly description: string | null
  readonly choices: string[] | null
}

const types: readonly FieldType[] = ['text', 'number', 'date', 'choice', 'yes/no']

/** Lines as they are typed are choices once they are sent. */
const cleaned = (choices: readonly string[] | null | undefined): string[] | null =>
  choices?.map((choice) => choice.trim()).filter((choice) => choice !== '') ?? null

const room = new Room<CustomField, Draft>({
  name: 'field',
  things: fields,
  keyOf: ({ name }) => name,
  draftOf: (field) => ({
    name: field?.name ?? '',
    type: field?.type ?? 'text',
    description: field?.description ?? null,
    choices: field?.choices ?? null,
  }),
  isDraft: objectOf<Draft>({
    name: isText,
    type: oneOf(...types),
    description: nullOr(isText),
    choices: nullOr(listOf(isText)),
  }),
  get: (name) => desk().fields.get(name),
  create: ({ choices, ...draft }) =>
    desk().fields.create({ ...draft, ...(draft.type === 'choice' && { choices: cleaned(choices) ?? [] }) }),
  change: (name, { choices, ...change }, version) =>
    desk().fields.change(name, { ...change, ...(choices !== undefined && { choices: cleaned(choices) }), version }),
  archive: (name, archived, version) => desk().fields.change(name, { archived, version }),
  delete: (name, version) => desk().fields.delete(name, { version }),
})

export function Fields() {
  return (
    <Things
      room={room}
      part="fields"
      mayChange={may('catalogue.change')}
      things={fields.value}
      members={['name', 'type', 'description', 'choices']}
      columns={[
        {
          name: words.settings.members['name'] ?? '',
          cell: ({ name, description }) => <NameCell name={name} description={description} />,
        },
        {
          name: words.settings.members['type'] ?? '',
          cell: ({ type, choices }) => (
            <span title={choices?.join(', ')}>
              {words.settings.types[type]}
              {choices !== null && `: ${choices.slice(0, 3).join(', ')}${choices.length > 3 ? ' …' : ''}`}
            </span>
          ),
        },
        {
          name: words.settings.usedBy,
          cell: ({ name }) => (
            <bdi>
              {queues.value
                .filter((queue) => queue.fields.some((field) => field.name === name))
                .map((queue) => queue.name)
                .join(', ') || words.common.none}
            </bdi>
          ),
        },
      ]}
      form={(editor) => <Form editor={editor} />}
    />
  )
}

function Form({ editor }: { editor: Editor<CustomField, Draft> }) {
  const { name, type, description, choices } = editor.draft.value
  const problem = editor.problem.value
  return (
    <>
      <div class="make__two">
        <NameField value={name} problem={problem} onText={(text) => editor.set({ name: text })} />
        <PickField
          label={words.settings.members['type'] ?? ''}
          value={type}
          isDisabled={!editor.isNew}
          items={types.map((one) => ({ value: one, name: words.settings.types[one] }))}
          fault={faultOf(problem, 'type')}
          onPick={(value) => editor.set({ type: types.find((one) => one === value) ?? type })}
        />
      </div>
      <DescriptionField value={description} problem={problem} onText={(description) => editor.set({ description })} />
      {type === 'choice' && (
        <Field
          label={words.settings.members['choices'] ?? ''}
          hint={words.settings.choicesHint}
          fault={faultOf(problem, 'choices')}
        >
          {(props) => (
            <textarea
              {...props}
              class="input"
              dir="auto"
              rows={Math.min(12, Math.max(4, (choices?.length ?? 0) + 1))}
              value={choices?.join('\n') ?? ''}
              onInput={({ currentTarget }) => editor.set({ choices: currentTarget.value.split('\n') })}
            />
          )}
        </Field>
      )}
    </>
  )
}
