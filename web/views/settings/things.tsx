/**
 * Things of one kind as a table: each can be changed below its row, archived, merged and deleted, as far as one may; a new one is made
 * above. The same for queues, statuses, labels, fields and people.
 */
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { DeskError } from '../../../src/client/client.js'
import { IconButton } from '../../parts/clickable.js'
import { Icon } from '../../parts/icon.js'
import { narrow, showMenu, type MenuItem } from '../../parts/menu.js'
import { areNamesKnown } from '../../state/names.js'
import { sentenceOf } from '../../state/desk.js'
import { noteRefusal } from '../../state/identity.js'
import { readNames } from '../../state/names.js'
import { say } from '../../state/undo.js'
import { words } from '../../words/words.js'
import { NEW, otherFault, type Editor, type Pane, type Room, type Versioned } from './editing.js'
import { PickField } from './fields-of-form.js'

/** More rows than these are found by their names. */
const SHOWN_MAX = 200
/** From so many on there is a field that finds. */
const FOUND_FROM = 12

export interface Column<Thing> {
  readonly name: string
  readonly class?: string
  cell(thing: Thing): ComponentChildren
}

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
  form(editor: Editor<Thing, Draft>): ComponentChildren
  /** What can be done beside what can be done with all of them. */
  acts?(thing: Thing): readonly (MenuItem & { do(): void })[]
  /** Panes of this kind alone. */
  pane?(thing: Thing, what: string, close: () => void): ComponentChildren
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
              {found.slice(0, SHOWN_MAX).map(({ name, thing }) => (
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
    const items: (MenuItem & { do(): void })[] = [
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
          <td key={column.name} class={column.class}>
            {column.cell(thing)}
          </td>
        ))}
        <td>
          {mayChange && (
            <IconButton
              icon="more"
              class="btn--quiet btn--xs row-more"
              label={words.settings.more(name)}
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

interface EditFormProps<Thing extends Versioned, Draft extends object> {
  readonly room: Room<Thing, Draft>
  readonly paneKey: string
  readonly editor: Editor<Thing, Draft>
  readonly members: readonly string[]
  form(editor: Editor<Thing, Draft>): ComponentChildren
  onClosed?(): void
}

function EditForm<Thing extends Versioned, Draft extends object>({
  room,
  paneKey,
  editor,
  members,
  form,
  onClosed,
}: EditFormProps<Thing, Draft>) {
  const box = useRef<HTMLFormElement>(null)
  useEffect(() => box.current?.querySelector<HTMLElement>('input, button')?.focus(), [])
  const close = (): void => {
    room.close(paneKey)
    onClosed?.()
  }
  const save = (): void => void room.save(paneKey, editor)
  const fault = otherFault(editor.problem.value, members)
  return (
    <form
      ref={box}
      class="make"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
        event.preventDefault()
        save()
      }}
    >
      {editor.theirs.value !== undefined && (
        <Clash
          name={paneKey}
          editor={editor}
          onKeep={() => {
            editor.rebase()
            save()
          }}
        />
      )}
      {form(editor)}
      {fault !== undefined && (
        <div class="note note--bad" role="alert">
          <Icon name="warn" />
          <p>{fault}</p>
        </div>
      )}
      <footer class="make__foot">
        <button class="btn btn--primary" disabled={editor.isSending.value || editor.theirs.value !== undefined}>
          {editor.isNew ? words.common.create : words.common.save}
        </button>
        <button type="button" class="btn btn--quiet" onClick={close}>
          {words.common.cancel}
        </button>
      </footer>
    </form>
  )
}

/** What others made of it meanwhile, member by member. */
function Clash<Thing extends Versioned, Draft extends object>({
  name,
  editor,
  onKeep,
}: {
  name: string
  editor: Editor<Thing, Draft>
  onKeep(): void
}) {
  const { differences } = editor
  const areBoth = differences.some(({ mine }) => mine !== undefined)
  const { settings } = words
  return (
    <div class="note" role="alert">
      <Icon name="warn" />
      <div>
        <b>{settings.conflict(name)}</b>
        <ul>
          {differences.map(({ member, theirs, mine }) => {
            const called = settings.members[member] ?? member
            return (
              <li key={member}>
                {mine === undefined
                  ? settings.itIsNow(called, asWords(theirs))
                  : settings.bothChanged(called, asWords(theirs), asWords(mine))}
              </li>
            )
          })}
        </ul>
        <div class="note__do">
          <button type="button" class="btn" onClick={() => editor.takeTheirs()}>
            {settings.takeTheirs}
          </button>
          <button type="button" class="btn btn--primary" onClick={onKeep}>
            {areBoth ? settings.overwrite : settings.keepMine}
          </button>
        </div>
      </div>
    </div>
  )
}

/** A value of any member, to be read. */
function asWords(value: unknown): string {
  if (value === null || value === '') return words.common.none
  if (typeof value === 'boolean') return value ? words.settings.yes : words.settings.no
  if (Array.isArray(value))
    return value.length === 0 ? words.common.none : value.map((item) => asWords(item)).join(', ')
  if (typeof value === 'object')
    return Object.values(value)
      .filter((part) => typeof part === 'string')
      .join(' ')
  return String(value)
}

interface PaneProps<Thing extends Versioned, Draft extends object> {
  readonly room: Room<Thing, Draft>
  readonly thing: Thing
  readonly name: string
  close(): void
}

/** What is said of deleting is the desk's; what the API's words for the cure are is no matter here. */
const CURE = /\s+(?:Merge it into another one with|Archive it:).*$/su

function DeletePane<Thing extends Versioned & { readonly archived?: boolean }, Draft extends object>({
  room,
  thing,
  name,
  close,
}: PaneProps<Thing, Draft>) {
  const { kind } = room
  const problem = useSignal<unknown>(undefined)
  const isSending = useSignal(false)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => box.current?.querySelector('button')?.focus(), [])
  const remove = async (): Promise<void> => {
    isSending.value = true
    try {
      await kind.delete?.(name, thing.version)
      say(words.settings.deleted(name))
      room.close(name)
      await readNames([kind.name])
    } catch (error) {
      noteRefusal(error)
      problem.value = error
      await readNames([kind.name])
    }
    isSending.value = false
  }
  const isUsed = problem.value instanceof DeskError && problem.value.code === 'in_use'
  return (
    <div class="make" ref={box}>
      <div>
        <h2>{words.settings.askDelete(name)}</h2>
        {problem.value === undefined ? (
          <p>{words.settings.askDeleteText}</p>
        ) : (
          <p role="alert">{sentenceOf(problem.value).replace(CURE, '')}</p>
        )}
      </div>
      <footer class="make__foot">
        {isUsed ? (
          <>
            {kind.merge !== undefined && (
              <button type="button" class="btn" onClick={() => room.open(name, { what: 'merge' })}>
                {words.settings.mergeInto}
              </button>
            )}
            {kind.archive !== undefined && thing.archived !== true && (
              <button
                type="button"
                class="btn"
                onClick={async () => {
                  if (
                    await room.act(words.settings.archivedNow(name), async () =>
                      kind.archive?.(name, true, thing.version),
                    )
                  )
                    close()
                }}
              >
                {words.settings.archive}
              </button>
            )}
          </>
        ) : (
          <button type="button" class="btn btn--danger" disabled={isSending.value} onClick={() => void remove()}>
            {words.settings.delete}
          </button>
        )}
        <button type="button" class="btn btn--quiet" onClick={close}>
          {words.common.cancel}
        </button>
      </footer>
    </div>
  )
}

function MergePane<Thing extends Versioned, Draft extends object>({
  room,
  thing,
  name,
  close,
}: PaneProps<Thing, Draft>) {
  const { kind } = room
  const into = useSignal('')
  const problem = useSignal<unknown>(undefined)
  const isSending = useSignal(false)
  const others = kind.things.value.filter(
    (other) => kind.keyOf(other) !== name && kind.mayMerge?.(thing, other) !== false,
  )
  const merge = async (): Promise<void> => {
    isSending.value = true
    problem.value = undefined
    try {
      await kind.merge?.(name, into.value, thing.version)
      say(words.settings.merged(name, into.value))
      room.close(name)
    } catch (error) {
      noteRefusal(error)
      problem.value = error
    }
    await readNames([kind.name])
    isSending.value = false
  }
  return (
    <div class="make">
      <div>
        <h2>{words.settings.mergeTitle(name)}</h2>
        <p>{others.length === 0 ? words.settings.noOther : words.settings.mergeText(name)}</p>
      </div>
      {others.length > 0 && (
        <PickField
          label={words.settings.mergeWith}
          value={into.value}
          items={others.map((other) => ({ value: kind.keyOf(other), name: kind.keyOf(other) }))}
          fault={problem.value === undefined ? undefined : sentenceOf(problem.value)}
          onPick={(value) => (into.value = value)}
        />
      )}
      <footer class="make__foot">
        <button
          type="button"
          class="btn btn--danger"
          disabled={into.value === '' || isSending.value}
          onClick={() => void merge()}
        >
          {words.settings.merge}
        </button>
        <button type="button" class="btn btn--quiet" onClick={close}>
          {words.common.cancel}
        </button>
      </footer>
    </div>
  )
}

/** A field that narrows what is shown below it. */
export function FindField({ label, text, onText }: { label: string; text: string; onText(text: string): void }) {
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
