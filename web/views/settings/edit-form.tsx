/** The form in which a thing is made or changed; and where others changed it meanwhile, what they made of it. */
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { Icon } from '../../parts/icon.js'
import { words } from '../../words/words.js'
import { otherFault, type Editor, type Room, type Versioned } from './editing.js'

interface EditFormProps<Thing extends Versioned, Draft extends object> {
  readonly room: Room<Thing, Draft>
  readonly paneKey: string
  readonly editor: Editor<Thing, Draft>
  readonly members: readonly string[]
  readonly form: (editor: Editor<Thing, Draft>) => ComponentChildren
  readonly onClosed?: () => void
}

export function EditForm<Thing extends Versioned, Draft extends object>({
  room,
  paneKey,
  editor,
  members,
  form,
  onClosed,
}: EditFormProps<Thing, Draft>) {
  const box = useRef<HTMLFormElement>(null)
  useLayoutEffect(() => box.current?.querySelector<HTMLElement>('input, button')?.focus(), [])
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
  readonly onKeep: () => void
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
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
