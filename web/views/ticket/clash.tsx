/** Two versions of one text: theirs and one's own side by side, with what differs marked. Nothing is lost, whatever is chosen. */
import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { Icon } from '../../parts/icon.js'
import { PersonMark } from '../../parts/marks.js'
import { ago } from '../../parts/times.js'
import { myHandle } from '../../state/identity.js'
import { addKeys, modName } from '../../state/keyboard.js'
import { words } from '../../words/words.js'
import { differences, type Piece } from './merge.js'
import type { Clash, TextEdit } from './text-edit.js'
import { TextField } from './writing.js'

/** Who saved theirs, and when. */
export interface Saved {
  readonly who: string
  readonly handle: string | null
  readonly time: string | undefined
}

export function ClashView({ edit, clash, saved }: { edit: TextEdit; clash: Clash; saved: Saved }) {
  const isEditing = useSignal(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const head = useRef<HTMLHeadingElement>(null)
  const { clash: say } = words.ticket
  const mine = edit.text.value
  const join = (): void => {
    if (clash.joined !== undefined) void edit.settle(clash.joined)
  }
  useEffect(() => head.current?.focus(), [])
  useLayoutEffect(() => addKeys({ 'Mod+Enter': join, Escape: () => edit.leave() }), [clash])
  useEffect(() => {
    if (isEditing.value) field.current?.focus()
  }, [isEditing.value])
  const id = `clash-${edit.member}`
  return (
    <section class="clash" aria-labelledby={id}>
      <header class="clash__head">
        <Icon name="warn" />
        <div>
          <h2 id={id} ref={head} tabIndex={-1}>
            {say.title(saved.who, edit.member)}
          </h2>
          <p>{say.text}</p>
        </div>
      </header>
      {edit.problem.value !== undefined && (
        <p class="note note--bad" role="alert">
          <Icon name="warn" />
          {edit.problem.value}
        </p>
      )}
      <div class="clash__two">
        <article class="clash__side">
          <header>
            {saved.handle !== null && <PersonMark handle={saved.handle} />}
            <b>{saved.who}</b>
            {saved.time !== undefined && <span>{say.saved(ago(saved.time))}</span>}
            <span class="idx">{clash.version}</span>
          </header>
          <Marked pieces={differences(clash.base, clash.theirs)} />
          <footer>
            <button type="button" class="btn" disabled={edit.isSaving.value} onClick={() => edit.discard()}>
              {say.keepTheirs(saved.who)}
            </button>
          </footer>
        </article>
        <article class="clash__side clash__side--mine">
          <header>
            {myHandle.value !== null && <PersonMark handle={myHandle.value} />}
            <b>{say.you}</b>
            <span>{say.notSaved}</span>
            <span class="idx">{say.from(clash.baseVersion)}</span>
          </header>
          {isEditing.value ? (
            <TextField
              class="input clash__field"
              text={mine}
              label={words.ticket[edit.member]}
              isLine={edit.member === 'title'}
              field={field}
              onInput={(text) => edit.input(text)}
              onSend={() => void edit.settle(edit.text.peek())}
              onLeave={() => (isEditing.value = false)}
            />
          ) : (
            <Marked pieces={differences(clash.base, mine)} />
          )}
          <footer>
            <button
              type="button"
              class="btn"
              disabled={edit.isSaving.value}
              onClick={() => void edit.settle(edit.text.peek())}
            >
              {say.keepMine}
            </button>
            {!isEditing.value && (
              <button type="button" class="btn btn--quiet" onClick={() => (isEditing.value = true)}>
                {say.editMine}
              </button>
            )}
          </footer>
        </article>
      </div>
      <footer class="clash__foot">
        <p>{clash.joined === undefined || isEditing.value ? say.touches : say.fits}</p>
        {clash.joined !== undefined && !isEditing.value && (
          <button type="button" class="btn btn--primary" disabled={edit.isSaving.value} onClick={join}>
            {say.join} <kbd>{modName}</kbd> <kbd>↵</kbd>
          </button>
        )}
      </footer>
    </section>
  )
}

/** A text with what differs marked, as it is written. */
export function Marked({ pieces }: { pieces: readonly Piece[] }) {
  const { added, removed, emptyText } = words.ticket.clash
  if (pieces.every(({ kind }) => kind === 'removed') && pieces.length === 0) return <p class="ph">{emptyText}</p>
  return (
    <p class="md marked" dir="auto">
      {pieces.map(({ kind, text }, at) => {
        if (kind === 'same') return text
        const Mark = kind === 'added' ? 'ins' : 'del'
        return (
          <Mark key={at}>
            <span class="sr">[{kind === 'added' ? added : removed}: </span>
            {text}
            <span class="sr">]</span>
          </Mark>
        )
      })}
    </p>
  )
}
