/**
 * Things of one kind as a table: each can be changed below its row, archived, merged and deleted, as far as one may; a new one is made
 * above. The same for queues, statuses, labels, fields and people.
 */
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { IconButton } from '../../parts/clickable.js'
import { Icon } from '../../parts/icon.js'
import { narrow, showMenu, type MenuItem } from '../../parts/menu.js'
import { areNamesKnown } from '../../state/names.js'
import { words } from '../../words/words.js'
import { EditForm } from './edit-form.js'
import { NEW, type Editor, type Pane, type Room, type Versioned } from './editing.js'
import { DeletePane, MergePane } from './panes.js'

/** More rows than these are found by their names. */
const SHOWN_MAX = 200
/** From so many on there is a field that finds. */
const FOUND_FROM = 12

export interface Column<Thing> {
  readonly name: string
  readonly class?: string
  readonly cell: (thing: Thing) => ComponentChildren
}

/** Something that can be done with a thing. */
type Act = MenuItem & { readonly do: () => void }

/** Shown where something is archived. */
const archivedColumn = {
  name: words.settings.members['state'] ?? '',
  cell: ({ archived }: { readonly archived?: boolean }) =>
    archived === true && <span class="word">{words.settings.archived}</span>,
}

interface ThingsProps<Thing extends Versioned & { readonly archived?: boolean }, Draft extends object> {
  readonly room: Room<Thing, Draft>
  readonly part: 'queues' | 'statuses' | 'labels' | 'fields' | 'users'
  readonly mayChange: boolean
  readonly things: readonly Thing[]
  readonly columns: readonly Column<Thing>[]
  /** What stands between head and table in the place of a field that finds. */
  readonly tools?: ComponentChildren
  /** Members that the form shows, whose faults stand beside them. */
  readonly members: readonly string[]
  readonly form: (editor: Editor<Thing, Draft>) => ComponentChildren
  /** What can be done beside what can be done with all of them. */
  readonly acts?: (thing: Thing) => readonly Act[]
  /** Panes of this kind alone. */
  readonly pane?: (thing: Thing, what: string, close: () => void) => ComponentChildren
}

export function Things<Thing extends Versioned & { readonly archived?: boolean }, Draft extends object>(
  props: ThingsProps<Thing, Draft>,
) {
  const { room, part, mayChange, things, tools } = props
  const columns: readonly Column<Thing>[] = things.some(({ archived }) => archived === true)
    ? [...props.columns, archivedColumn]
    : props.columns
  const { kind } = room
  const text = useSignal('')
  const panes = room.panes.value
  const named = things.map((thing) => ({ name: kind.keyOf(thing), thing }))
  const found = tools === undefined ? narrow(named, text.value) : named
  // What stands open is in sight, wherever it comes.
  const rows = found.filter(({ name }, at) => at < SHOWN_MAX || panes.has(name))
  const keys = new Set(kind.things.value.map((thing) => kind.keyOf(thing)))
  const orphans = [...panes].filter(([key]) => key !== NEW && !keys.has(key))
  const created = panes.get(NEW)
  return (
    <>
      <header class="set__head">
        <div>
          <h1>{words.settings.parts[part]}</h1>
          <p>
            {words.settings.texts[part]} {!mayChange && words.settings.readOnly}
          </p>
        </div>
        {mayChange && (
          <button
            type="button"
            class="btn btn--primary"
            aria-expanded={created !== undefined}
            onClick={() => room.edit(undefined)}
          >
            {words.settings.newThing[part]}
          </button>
        )}
      </header>
      {created !== undefined && 'editor' in created && <EditForm {...props} paneKey={NEW} editor={created.editor} />}
      {orphans.map(([key, pane]) =>
        'editor' in pane ? (
          <div key={key}>
            <div class="note" role="status">
              <Icon name="warn" />
              <p>{words.settings.gone(key)}</p>
            </div>
            <EditForm {...props} paneKey={key} editor={pane.editor} />
          </div>
        ) : null,
      )}
      {tools ??
        (things.length >= FOUND_FROM && (
          <FindField label={words.settings.find} text={text.value} onText={(value) => (text.value = value)} />
        ))}
      {!areNamesKnown.value ? null : found.length === 0 ? (
        <p class="set__none">
          {things.length === 0 && text.value === '' ? words.settings.noneYet : words.settings.noneFound}
        </p>
      ) : (
        <div class="table-wrap">
          <table class={`table table--${part}`}>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column.name} class={column.class}>
                    {column.name}
                  </th>
                ))}
                <th>
                  <span class="sr">{words.settings.actions}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ name, thing }) => (
                <Row
                  key={name}
                  {...props}
                  columns={columns}
                  name={name}
                  thing={thing}
                  pane={panes.get(name)}
                  special={props.pane}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {found.length > SHOWN_MAX && <p class="set__none">{words.settings.onlyFirst(SHOWN_MAX, found.length)}</p>}
    </>
  )
}

interface RowProps<Thing extends Versioned & { readonly archived?: boolean }, Draft extends object> extends Omit<
  ThingsProps<Thing, Draft>,
  'pane'
> {
  readonly name: string
  readonly thing: Thing
  readonly pane: Pane<Thing, Draft> | undefined
  readonly special: ThingsProps<Thing, Draft>['pane']
}

function Row<Thing extends Versioned & { readonly archived?: boolean }, Draft extends object>(
  props: RowProps<Thing, Draft>,
) {
  const { room, name, thing, pane, columns, mayChange, acts, special } = props
  const { kind } = room
  const row = useRef<HTMLTableRowElement>(null)
  const close = (): void => {
    room.close(name)
    row.current?.querySelector<HTMLElement>('.row-more')?.focus()
  }
  const isArchived = thing.archived === true
  const choose = (anchor: Element): void => {
    const more = acts?.(thing) ?? []
    const { archive, delete: remove, merge } = kind
    const items: Act[] = [
      { value: 'change', name: words.settings.change, do: () => room.edit(thing) },
      ...more,
      ...(archive === undefined
        ? []
        : [
            {
              value: 'archive',
              name: isArchived ? words.settings.bringBack : words.settings.archive,
              do: () =>
                void room.act(isArchived ? words.settings.backNow(name) : words.settings.archivedNow(name), () =>
                  archive(name, !isArchived, thing.version),
                ),
            },
          ]),
      ...(merge === undefined
        ? []
        : [{ value: 'merge', name: `${words.settings.mergeInto}…`, do: () => room.open(name, { what: 'merge' }) }]),
      ...(remove === undefined
        ? []
        : [{ value: 'delete', name: `${words.settings.delete}…`, do: () => room.open(name, { what: 'delete' }) }]),
    ]
    showMenu({
      anchor,
      label: words.settings.more(name),
      items,
      onTake: ([value]) => items.find((item) => item.value === value)?.do(),
    })
  }
  return (
    <>
      <tr ref={row} class={`${pane === undefined ? '' : 'is-on'}${isArchived ? ' is-archived' : ''}`}>
        {columns.map((column) => (
          <td key={column.name} class={column.class} data-name={column.name}>
            {column.cell(thing)}
          </td>
        ))}
        <td>
          {mayChange && (
            <IconButton
              icon="more"
              class="btn--quiet btn--xs row-more"
              label={words.settings.more(name)}
              hasMenu
              onClick={({ currentTarget }) => currentTarget instanceof Element && choose(currentTarget)}
            />
          )}
        </td>
      </tr>
      {pane !== undefined && (
        <tr class="more">
          <td colSpan={columns.length + 1}>
            {'editor' in pane ? (
              <EditForm {...props} paneKey={name} editor={pane.editor} onClosed={close} />
            ) : pane.what === 'delete' ? (
              <DeletePane room={room} thing={thing} name={name} close={close} />
            ) : pane.what === 'merge' ? (
              <MergePane room={room} thing={thing} name={name} close={close} />
            ) : (
              special?.(thing, pane.what, close)
            )}
          </td>
        </tr>
      )}
    </>
  )
}

/** A field that narrows what is shown below it. */
function FindField({ label, text, onText }: { label: string; text: string; onText: (text: string) => void }) {
  return (
    <div class="set__tools">
      <label class="find find--s">
        <Icon name="search" />
        <input
          class="find__input"
          placeholder={label}
          aria-label={label}
          value={text}
          onInput={({ currentTarget }) => onText(currentTarget.value)}
        />
      </label>
    </div>
  )
}
