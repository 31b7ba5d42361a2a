/** What opens below a row to delete a thing or to merge it into another: said before it is done, since neither can be taken back. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { DeskError } from '../../../src/client/client.js'
import { sentenceOf } from '../../state/desk.js'
import { noteRefusal } from '../../state/identity.js'
import { readNames } from '../../state/names.js'
import { say } from '../../state/undo.js'
import { words } from '../../words/words.js'
import type { Room, Versioned } from './editing.js'
import { PickField } from './fields-of-form.js'

interface PaneProps<Thing extends Versioned, Draft extends object> {
  readonly room: Room<Thing, Draft>
  readonly thing: Thing
  readonly name: string
  readonly close: () => void
}

/** What is said of deleting is the desk's; what the API's words for the cure are is no matter here. */
const CURE = /\s+(?:Merge it into another one with|Archive it:).*$/su

export function DeletePane<Thing extends Versioned & { readonly archived?: boolean }, Draft extends object>({
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

export function MergePane<Thing extends Versioned, Draft extends object>({
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
