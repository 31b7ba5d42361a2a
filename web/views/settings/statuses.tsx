/** Statuses: made within their categories, renamed, put in order, merged; and where tickets may go from each. */
import type { Status } from '../../../src/client/client.js'
import { IconButton } from '../../parts/clickable.js'
import { StatusMark, type Category } from '../../parts/marks.js'
import { desk } from '../../state/desk.js'
import { oneOf } from '../../state/keep.js'
import { may } from '../../state/identity.js'
import { statuses } from '../../state/names.js'
import { isText, listOf, objectOf, nullOr } from '../../state/shapes.js'
import { words } from '../../words/words.js'
import { faultOf, Room, type Editor } from './editing.js'
import { Check, FieldSet, PickField, Radios } from './fields-of-form.js'
import { NameField } from './named-fields.js'
import { Things } from './things.js'

interface Draft {
  readonly name: string
  readonly category: Category
  readonly moves: string[] | null
}

const categories: readonly Category[] = ['new', 'active', 'waiting', 'done']

const room = new Room<Status, Draft>({
  name: 'status',
  things: statuses,
  keyOf: ({ name }) => name,
  draftOf: (status) => ({
    name: status?.name ?? '',
    category: status?.category ?? 'active',
    moves: status?.moves ?? null,
  }),
  isDraft: objectOf<Draft>({ name: isText, category: oneOf(...categories), moves: nullOr(listOf(isText)) }),
  get: (name) => desk().statuses.get(name),
  create: ({ moves, ...draft }) => desk().statuses.create({ ...draft, moves }),
  change: (name, change, version) => desk().statuses.change(name, { ...change, version }),
  archive: (name, archived, version) => desk().statuses.change(name, { archived, version }),
  delete: (name, version) => desk().statuses.delete(name, { version }),
  merge: (name, into, version) => desk().statuses.merge(name, into, { version }),
  mayMerge: (status, into) => !into.archived && into.category === status.category,
})

/** Puts a status in the place of its neighbour, and that in its own. */
async function swap(status: Status, other: Status): Promise<void> {
  const isUp = other.position < status.position || statuses.peek().indexOf(other) < statuses.peek().indexOf(status)
  await room.act(isUp ? words.settings.moveUp(status.name) : words.settings.moveDown(status.name), async () => {
    // Two that have the same position stand in the order in which they were made.
    const to = other.position === status.position ? other.position + (isUp ? -1 : 1) : other.position
    await desk().statuses.change(status.name, { position: Math.max(0, to), version: status.version })
    if (other.position !== status.position) {
      await desk().statuses.change(other.name, { position: status.position, version: other.version })
    }
  })
}

export function Statuses() {
  const mayChange = may('catalogue.change')
  const inOrder = statuses.value.toSorted(
    (a, b) => categories.indexOf(a.category) - categories.indexOf(b.category) || a.position - b.position,
  )
  const beside = (status: Status, by: number): Status | undefined => {
    const other = inOrder[inOrder.indexOf(status) + by]
    return other?.category === status.category ? other : undefined
  }
  return (
    <Things
      room={room}
      part="statuses"
      mayChange={mayChange}
      things={inOrder}
      members={['name', 'category', 'moves']}
      columns={[
        {
          name: words.settings.members['name'] ?? '',
          cell: ({ name, category }) => (
            <span class="named">
              <StatusMark name={name} category={category} />
              <b>
                <bdi>{name}</bdi>
              </b>
            </span>
          ),
        },
        { name: words.settings.members['category'] ?? '', cell: ({ category }) => words.common.category[category] },
        {
          name: words.settings.members['moves'] ?? '',
          cell: ({ moves }) =>
            moves === null ? (
              words.settings.allMoves
            ) : (
              <span title={moves.join(', ')}>{words.settings.moveTo(moves.length)}</span>
            ),
        },
        {
          name: words.settings.members['position'] ?? '',
          class: 'order',
          cell(status) {
            if (!mayChange) return null
            const [above, below] = [beside(status, -1), beside(status, 1)]
            return (
              <>
                <IconButton
                  icon="up"
                  class="btn--quiet btn--xs"
                  label={words.settings.moveUp(status.name)}
                  isDisabled={above === undefined}
                  onClick={() => above !== undefined && void swap(status, above)}
                />
                <IconButton
                  icon="down"
                  class="btn--quiet btn--xs"
                  label={words.settings.moveDown(status.name)}
                  isDisabled={below === undefined}
                  onClick={() => below !== undefined && void swap(status, below)}
                />
              </>
            )
          },
        },
      ]}
      form={(editor) => <Form editor={editor} />}
    />
  )
}

function Form({ editor }: { editor: Editor<Status, Draft> }) {
  const { name, category, moves } = editor.draft.value
  const problem = editor.problem.value
  return (
    <>
      <div class="make__two">
        <NameField value={name} problem={problem} onText={(text) => editor.set({ name: text })} />
        <PickField
          label={words.settings.members['category'] ?? ''}
          value={category}
          isDisabled={!editor.isNew}
          items={categories.map((one) => ({
            value: one,
            name: words.common.category[one],
            mark: <StatusMark name={words.common.category[one]} category={one} />,
          }))}
          fault={faultOf(problem, 'category')}
          onPick={(value) => editor.set({ category: categories.find((one) => one === value) ?? category })}
        />
      </div>
      <FieldSet
        label={words.settings.members['moves'] ?? ''}
        hint={words.settings.movesHint}
        fault={faultOf(problem, 'moves')}
      >
        <Radios
          name="moves"
          value={moves === null ? 'all' : 'some'}
          items={[
            ['all', words.settings.allMoves],
            ['some', words.settings.someMoves],
          ]}
          onPick={(value) =>
            editor.set({
              moves:
                value === 'all'
                  ? null
                  : statuses.peek().flatMap((one) => (one.archived || one.name === name ? [] : [one.name])),
            })
          }
        />
        {moves !== null && (
          <div class="rights">
            {statuses.value
              .filter((one) => one.name !== name)
              .map((one) => (
                <Check
                  key={one.name}
                  isOn={moves.includes(one.name)}
                  onChange={(isOn) =>
                    editor.set({ moves: isOn ? [...moves, one.name] : moves.filter((other) => other !== one.name) })
                  }
                >
                  <bdi>{one.name}</bdi>
                </Check>
              ))}
          </div>
        )}
      </FieldSet>
    </>
  )
}
