/** Labels: made, recoloured, renamed, merged. */
import type { Label } from '../../../src/client/client.js'
import { hueOf, hueOfColor, LabelMark } from '../../parts/marks.js'
import { desk } from '../../state/desk.js'
import { may } from '../../state/identity.js'
import { labels } from '../../state/names.js'
import { isText, objectOf, nullOr } from '../../state/shapes.js'
import { words } from '../../words/words.js'
import { faultOf, Room, type Editor } from './editing.js'
import { FieldSet } from './fields-of-form.js'
import { DescriptionField, NameField } from './named-fields.js'
import { Things } from './things.js'

interface Draft {
  readonly name: string
  readonly color: string | null
  readonly description: string | null
}

const room = new Room<Label, Draft>({
  name: 'label',
  things: labels,
  keyOf: ({ name }) => name,
  draftOf: (label) => ({
    name: label?.name ?? '',
    color: label?.color ?? null,
    description: label?.description ?? null,
  }),
  isDraft: objectOf<Draft>({ name: isText, color: nullOr(isText), description: nullOr(isText) }),
  get: (name) => desk().labels.get(name),
  create: (draft) => desk().labels.create(draft),
  change: (name, change, version) => desk().labels.change(name, { ...change, version }),
  archive: (name, archived, version) => desk().labels.change(name, { archived, version }),
  delete: (name, version) => desk().labels.delete(name, { version }),
  merge: (name, into, version) => desk().labels.merge(name, into, { version }),
  mayMerge: (_, into) => !into.archived,
})

/** A colour is shown as its hue alone, so these are all that can be told apart. */
const colors = [
  ['#d73a4a', words.settings.colors.red],
  ['#d9730d', words.settings.colors.orange],
  ['#c9a300', words.settings.colors.yellow],
  ['#2da44e', words.settings.colors.green],
  ['#0f9d94', words.settings.colors.teal],
  ['#1d76db', words.settings.colors.blue],
  ['#7c5cdb', words.settings.colors.violet],
  ['#d9489a', words.settings.colors.pink],
] as const

export function Labels() {
  return (
    <Things
      room={room}
      part="labels"
      mayChange={may('label.change')}
      things={labels.value}
      members={['name', 'color', 'description']}
      columns={[
        { name: words.settings.members['name'] ?? '', cell: ({ name }) => <LabelMark name={name} /> },
        { name: words.settings.members['description'] ?? '', cell: ({ description }) => <bdi>{description}</bdi> },
      ]}
      form={(editor) => <Form editor={editor} />}
    />
  )
}

function Form({ editor }: { editor: Editor<Label, Draft> }) {
  const { name, color, description } = editor.draft.value
  const problem = editor.problem.value
  /** There is no name yet that a colour could follow from. */
  const isOpen = color === null && name.trim() === ''
  const isOther = color !== null && !colors.some(([value]) => value === color)
  const choices: readonly (readonly [string | null, string])[] = [
    [null, words.settings.colorNone],
    ...colors,
    ...(isOther ? ([[color, words.settings.colorOwn]] as const) : []),
  ]
  return (
    <>
      <div class="make__two">
        <NameField value={name} problem={problem} onText={(text) => editor.set({ name: text })} />
        <DescriptionField value={description} problem={problem} onText={(description) => editor.set({ description })} />
      </div>
      <FieldSet
        label={words.settings.members['color'] ?? ''}
        hint={words.settings.colorHint}
        fault={faultOf(problem, 'color')}
      >
        <div class="swatches">
          {choices.map(([value, title]) => (
            <label
              key={value}
              class={`swatch${isOpen && value === null ? ' swatch--open' : ''}`}
              title={title}
              style={{ '--hue': String(Math.round(hueOfColor(value) ?? hueOf(name))) }}
            >
              <input
                type="radio"
                name="color"
                checked={color === value}
                aria-label={title}
                onChange={() => editor.set({ color: value })}
              />
              <span class="swatch__dot" />
            </label>
          ))}
          {!isOpen && (
            <span class="label" style={{ '--hue': String(Math.round(hueOfColor(color) ?? hueOf(name))) }}>
              <bdi>{name === '' ? words.settings.members['name'] : name}</bdi>
            </span>
          )}
        </div>
      </FieldSet>
    </>
  )
}
