/** Writing a value, only if nobody else has meanwhile; and where somebody has, both side by side. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { Icon } from '../../parts/icon.js'
import { newLines } from '../../parts/both.js'
import { isJson, prettyJson } from '../../parts/json-text.js'
import type { Found } from '../../state/tree-rows.js'
import { modName } from '../../state/keyboard.js'
import { words } from '../../words/words.js'
import { changeEdit, endEdit, joined, saveEdit, takeJoined, writeOver, type Edit } from './editing.js'

interface EditProps {
  readonly edit: Edit
  /** What is known to stand there now. */
  readonly current: Found | undefined
  readonly onSaved: (found: Found) => void
}

export function ValueEdit({ edit, current, onSaved }: EditProps) {
  const { key } = edit.base
  const field = useRef<HTMLTextAreaElement>(null)
  useLayoutEffect(() => field.current?.focus(), [])
  const kind = /^\s*[[{]/u.test(edit.text)
    ? isJson(edit.text)
      ? words.keys.jsonValid
      : words.keys.jsonWrong
    : words.keys.text
  const pretty = prettyJson(edit.text)
  const save = async (): Promise<void> => {
    const found = await saveEdit(key)
    if (found !== undefined) onSaved(found)
  }
  return (
    <form
      class="val val--edit"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
          event.preventDefault()
          void save()
        } else if (event.key === 'Escape' && edit.text === edit.base.value) {
          event.preventDefault()
          endEdit(key)
        }
      }}
    >
      <header>
        <span>{words.keys.value}</span>
        <span class="val__kind">{kind}</span>
        {pretty !== undefined && pretty !== edit.text && (
          <button type="button" class="btn btn--xs" onClick={() => changeEdit(key, { text: pretty })}>
            {words.keys.format}
          </button>
        )}
      </header>
      <textarea
        ref={field}
        class="val__t val__in"
        aria-label={words.keys.value}
        spellcheck={false}
        rows={Math.min(24, Math.max(5, edit.text.split('\n').length + 1))}
        value={edit.text}
        onInput={({ currentTarget }) => changeEdit(key, { text: currentTarget.value })}
      />
      {edit.base.value?.includes('\r') === true && <Note text={words.keys.lineEnds} />}
      {current !== undefined && current.modified > edit.base.modified && (
        <Note text={words.keys.movedOn(current.modified)} />
      )}
      {edit.problem !== undefined && <Note text={edit.problem} isBad />}
      <footer>
        <label class="opt">
          <input
            type="checkbox"
            class="check"
            checked={edit.isGuarded}
            onChange={({ currentTarget }) => changeEdit(key, { isGuarded: currentTarget.checked })}
          />
          {words.keys.onlyIf} <span class="mono">{edit.base.modified}</span>
        </label>
        {edit.base.expires !== undefined && (
          <label class="opt">
            <input
              type="checkbox"
              class="check"
              checked={edit.keepsTtl}
              onChange={({ currentTarget }) => changeEdit(key, { keepsTtl: currentTarget.checked })}
            />
            {words.keys.keepTtl}
          </label>
        )}
        {(edit.base.expires === undefined || !edit.keepsTtl) && (
          <label class="opt">
            {words.keys.ttl}
            <input
              class="input val__ttl"
              inputMode="numeric"
              value={edit.ttl}
              placeholder="∞"
              onInput={({ currentTarget }) => changeEdit(key, { ttl: currentTarget.value })}
            />
          </label>
        )}
        <span class="val__do">
          <button type="button" class="btn btn--quiet" onClick={() => endEdit(key)}>
            {words.common.cancel}
          </button>
          <button class="btn btn--primary" disabled={edit.isSending}>
            {words.common.save} <kbd>{modName}</kbd>
            <kbd>↵</kbd>
          </button>
        </span>
      </footer>
    </form>
  )
}

export function Note({ text, isBad = false }: { text: string; isBad?: boolean }) {
  return (
    <div class={`note${isBad ? ' note--bad' : ''}`} role={isBad ? 'alert' : 'status'}>
      <Icon name="warn" />
      <p>{text}</p>
    </div>
  )
}

/** Two values: theirs, which stands, and one's own, which does not. Nothing is lost before one has chosen. */
export function Clash({ edit, onSaved }: { edit: Edit; onSaved: (found: Found) => void }) {
  const { base, theirs, text } = edit
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => box.current?.querySelector<HTMLElement>('.btn--primary')?.focus(), [])
  if (theirs === undefined) return null
  const { key } = base
  const over = async (): Promise<void> => {
    const found = await writeOver(key)
    if (found !== undefined) onSaved(found)
  }
  const take = (): void => {
    endEdit(key)
    if (theirs !== null) onSaved(theirs)
  }
  const canJoin = joined(edit) !== undefined
  return (
    <div ref={box} class="clashed">
      <div class="note" role="alert">
        <Icon name="warn" />
        <div>
          <b>{theirs === null ? words.keys.goneTitle : words.keys.conflict(theirs.modified, base.modified)}</b>
          <p>{theirs === null ? words.keys.goneText : words.keys.conflictText}</p>
        </div>
      </div>
      <div class={`val${theirs === null ? '' : ' val--two'}`}>
        {theirs !== null && (
          <div>
            <header>
              <span>{words.keys.theirs}</span>
              <span class="val__kind mono">{theirs.modified}</span>
            </header>
            <Marked was={base.value ?? ''} is={theirs.value ?? ''} />
          </div>
        )}
        <div>
          <header>
            <span>{words.keys.yours}</span>
            <span class="val__kind">{words.keys.notSaved}</span>
          </header>
          <Marked was={base.value ?? ''} is={text} />
        </div>
        <footer>
          {edit.problem !== undefined && <span class="field__bad">{edit.problem}</span>}
          <span class="val__do">
            <button type="button" class="btn" onClick={take}>
              {theirs === null ? words.keys.giveUp : words.keys.takeTheirs}
            </button>
            <button type="button" class={`btn${canJoin ? '' : ' btn--primary'}`} onClick={() => void over()}>
              {theirs === null ? words.keys.makeAgain : words.keys.writeMine}
            </button>
            {canJoin && (
              <button type="button" class="btn btn--primary" onClick={() => takeJoined(key)}>
                {words.keys.both}
              </button>
            )}
          </span>
        </footer>
      </div>
    </div>
  )
}

/** Longer values are compared elsewhere. */
const MARKED_MAX = 200_000

function Marked({ was, is }: { was: string; is: string }) {
  const [before, now] = [prettyJson(was) ?? was, prettyJson(is) ?? is]
  const lines = now.length > MARKED_MAX ? [{ text: now.slice(0, MARKED_MAX), isNew: false }] : newLines(before, now)
  return (
    <pre class="val__t">
      {lines.map(({ text, isNew }, at) => {
        const [, space = '', rest = ''] = /^(\s*)([\s\S]*)$/u.exec(text) ?? []
        return (
          <>
            {at > 0 && '\n'}
            {space}
            {isNew ? <ins>{rest}</ins> : rest}
          </>
        )
      })}
    </pre>
  )
}
