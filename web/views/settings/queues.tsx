/** Queues: whose tickets they are to begin with, whether requesters see them, and which fields their tickets have. */
import type { Queue } from '../../../src/client/client.js'
import { IconButton } from '../../parts/clickable.js'
import { Icon } from '../../parts/icon.js'
import { showMenu } from '../../parts/menu.js'
import { forNobody, userItems } from '../../parts/pickers.js'
import { desk } from '../../state/desk.js'
import { may } from '../../state/identity.js'
import { fields, queues } from '../../state/names.js'
import { isText, isYesOrNo, listOf, objectOf, nullOr } from '../../state/shapes.js'
import { words } from '../../words/words.js'
import { faultOf, Room, type Editor } from './editing.js'
import { Check, FieldSet, orNull, PickField } from './fields-of-form.js'
import { DescriptionField, NameCell, NameField } from './named-fields.js'
import { Things } from './things.js'

type QueueField = Queue['fields'][number]

interface Draft {
  readonly name: string
  readonly description: string | null
  readonly defaultAssignee: string | null
  readonly public: boolean
  readonly fields: QueueField[]
}

const isQueueField = objectOf<QueueField>({ name: isText, required: isYesOrNo, public: isYesOrNo })

const room = new Room<Queue, Draft>({
  name: 'queue',
  things: queues,
  keyOf: ({ name }) => name,
  draftOf: (queue) => ({
    name: queue?.name ?? '',
    description: queue?.description ?? null,
    defaultAssignee: queue?.defaultAssignee ?? null,
    public: queue?.public ?? false,
    fields: queue?.fields ?? [],
  }),
  isDraft: objectOf<Draft>({
    name: isText,
    description: nullOr(isText),
    defaultAssignee: nullOr(isText),
    public: isYesOrNo,
    fields: listOf(isQueueField),
  }),
  get: (name) => desk().queues.get(name),
  create: (draft) => desk().queues.create(draft),
  change: (name, change, version) => desk().queues.change(name, { ...change, version }),
  archive: (name, archived, version) => desk().queues.change(name, { archived, version }),
  delete: (name, version) => desk().queues.delete(name, { version }),
})

export function Queues() {
  return (
    <Things
      room={room}
      part="queues"
      mayChange={may('catalogue.change')}
      things={queues.value}
      members={['name', 'description', 'defaultAssignee', 'public', 'fields']}
      columns={[
        {
          name: words.settings.members['name'] ?? '',
          cell: ({ name, description }) => <NameCell name={name} description={description} />,
        },
        {
          name: words.settings.members['defaultAssignee'] ?? '',
          cell: ({ defaultAssignee }) => <bdi>{defaultAssignee ?? words.common.nobody}</bdi>,
        },
        {
          name: words.settings.members['fields'] ?? '',
          cell: (queue) => <bdi>{queue.fields.map(({ name }) => name).join(', ') || words.common.none}</bdi>,
        },
        {
          name: words.settings.members['public'] ?? '',
          cell: (queue) => (queue.public ? words.settings.yes : words.settings.no),
        },
      ]}
      form={(editor) => <Form editor={editor} />}
    />
  )
}

function Form({ editor }: { editor: Editor<Queue, Draft> }) {
  const draft = editor.draft.value
  const problem = editor.problem.value
  return (
    <>
      <div class="make__two">
        <NameField value={draft.name} problem={problem} onText={(name) => editor.set({ name })} />
        <PickField
          label={words.settings.members['defaultAssignee'] ?? ''}
          value={draft.defaultAssignee ?? ''}
          items={[{ value: '', name: words.common.nobody }, ...userItems()]}
          {...forNobody()}
          fault={faultOf(problem, 'defaultAssignee')}
          onPick={(value) => editor.set({ defaultAssignee: orNull(value) })}
        />
      </div>
      <DescriptionField
        value={draft.description}
        problem={problem}
        onText={(description) => editor.set({ description })}
      />
      <FieldSet label={words.settings.members['public'] ?? ''} fault={faultOf(problem, 'public')}>
        <Check isOn={draft.public} onChange={(isOn) => editor.set({ public: isOn })}>
          {words.settings.publicHint}
        </Check>
      </FieldSet>
      <FieldSet label={words.settings.members['fields'] ?? ''} fault={faultOf(problem, 'fields')}>
        <FieldRows chosen={draft.fields} onChange={(chosen) => editor.set({ fields: chosen })} />
      </FieldSet>
    </>
  )
}

/** The fields of a queue in their order: which of them have to be filled in, and which requesters see. */
function FieldRows({ chosen, onChange }: { chosen: QueueField[]; onChange: (chosen: QueueField[]) => void }) {
  const others = fields.value.filter(({ name, archived }) => !archived && !chosen.some((field) => field.name === name))
  const put = (at: number, field: QueueField): void => onChange(chosen.with(at, field))
  const swap = (at: number, to: number): void => {
    const [one, other] = [chosen[at], chosen[to]]
    if (one !== undefined && other !== undefined) onChange(chosen.with(at, other).with(to, one))
  }
  return (
    <>
      {chosen.length === 0 && <p class="field__hint">{words.settings.noFields}</p>}
      <ul class="parts">
        {chosen.map((field, at) => (
          <li key={field.name} class="parts__row">
            <b>
              <bdi>{field.name}</bdi>
            </b>
            <Check isOn={field.required} onChange={(required) => put(at, { ...field, required })}>
              {words.settings.required}
            </Check>
            <Check isOn={field.public} onChange={(isOn) => put(at, { ...field, public: isOn })}>
              {words.settings.isPublic}
            </Check>
            <span class="parts__end">
              <IconButton
                icon="up"
                class="btn--quiet btn--xs"
                label={words.settings.moveUp(field.name)}
                isDisabled={at === 0}
                onClick={() => swap(at, at - 1)}
              />
              <IconButton
                icon="down"
                class="btn--quiet btn--xs"
                label={words.settings.moveDown(field.name)}
                isDisabled={at === chosen.length - 1}
                onClick={() => swap(at, at + 1)}
              />
              <IconButton
                icon="x"
                class="btn--quiet btn--xs"
                label={words.settings.remove(field.name)}
                onClick={() => onChange(chosen.toSpliced(at, 1))}
              />
            </span>
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <div>
          <button
            type="button"
            class="btn"
            aria-haspopup="listbox"
            onClick={({ currentTarget }) =>
              showMenu({
                anchor: currentTarget,
                label: words.settings.addField,
                items: others.map(({ name, type }) => ({ value: name, name, end: words.settings.types[type] })),
                onTake: ([name]) =>
                  name !== undefined && onChange([...chosen, { name, required: false, public: false }]),
              })
            }
          >
            <Icon name="plus" />
            {words.settings.addField}
          </button>
        </div>
      )}
    </>
  )
}
