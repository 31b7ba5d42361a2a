/** A new key or directory: never over one that is there already. What is typed stays while one looks elsewhere, and is kept in the browser. */
import { signal, useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { KeysError, keysErrorCodes } from '../../../src/client/client.js'
import { KeptForms } from '../../state/form-drafts.js'
import { oneOf } from '../../state/keep.js'
import { makeDirectory, makeInOrder, writeKey } from '../../state/keys-door.js'
import { isText, objectOf } from '../../state/shapes.js'
import type { Found } from '../../state/tree-rows.js'
import { say } from '../../state/undo.js'
import { words } from '../../words/words.js'
import { problemOf, ttlIn } from './editing.js'

type Kind = 'key' | 'directory' | 'ordered'
const kinds: readonly Kind[] = ['key', 'directory', 'ordered']

interface Draft {
  readonly path: string
  readonly kind: Kind
  readonly value: string
  readonly ttl: string
}

/** What is typed; undefined where nothing is being made. */
export const newKey = signal<Draft | undefined>(undefined)

const forms = new KeptForms<Draft>(
  'new-key',
  objectOf<Draft>({ path: isText, kind: oneOf(...kinds), value: isText, ttl: isText }),
)
/** What was typed in an earlier visit: there again when a key is to be made, not in the place of a key that one came to see. */
let waiting: Draft | undefined
forms.follow((kept) => {
  const [visit] = performance.getEntriesByType('navigation')
  const isReload = visit instanceof PerformanceNavigationTiming && visit.type === 'reload'
  waiting = kept.get('')
  newKey.value = isReload ? waiting : undefined
})

function put(draft: Draft | undefined): void {
  newKey.value = draft
  waiting = undefined
  forms.keep('', draft)
}

/** Gives up what is typed. */
export const endNewKey = (): void => put(undefined)

/** Begins to make a key, in a directory or under a whole path; what is being typed already stays. */
export function beginNewKey(path: string): void {
  newKey.value ??= waiting ?? { path, kind: 'key', value: '', ttl: '' }
}

/** What a path is that was typed: with a slash at its beginning, none at its end, and no empty part. */
export function cleanPath(path: string): string {
  return `/${path
    .trim()
    .split('/')
    .filter((part) => part !== '')
    .join('/')}`
}

export function NewKey({
  draft,
  onMade,
  onShow,
}: {
  draft: Draft
  readonly onMade: (found: Found) => void
  readonly onShow: (key: string) => void
}) {
  const { new: text } = words.keys
  const { path, kind, value, ttl } = draft
  const problem = useSignal<unknown>(undefined)
  const isSending = useSignal(false)
  const box = useRef<HTMLFormElement>(null)
  const isShown = useRef(true)
  useLayoutEffect(() => () => void (isShown.current = false), [])
  useLayoutEffect(() => {
    const field = box.current?.querySelector('input')
    field?.focus()
    field?.setSelectionRange(field.value.length, field.value.length)
  }, [])
  const set = (change: Partial<Draft>): void => {
    put({ ...draft, ...change })
    problem.value = undefined
  }
  const key = cleanPath(path)
  const make = async (): Promise<void> => {
    if (isSending.peek()) return
    isSending.value = true
    problem.value = undefined
    try {
      if (key === '/' && kind !== 'ordered') throw new RangeError(text.pathWrong)
      const seconds = ttlIn(ttl)
      const found =
        kind === 'directory'
          ? await makeDirectory(key, seconds)
          : kind === 'ordered'
            ? await makeInOrder(key, value, seconds)
            : await writeKey(key, value, { ttl: seconds, prevExist: false })
      say(words.keys.made(found.key))
      // Who went elsewhere meanwhile, or gave it up, stays there.
      if (newKey.peek() !== draft) return
      endNewKey()
      if (isShown.current) onMade(found)
    } catch (error) {
      problem.value = error
    } finally {
      isSending.value = false
    }
  }
  const isThere = problem.value instanceof KeysError && problem.value.errorCode === keysErrorCodes.nodeExists
  return (
    <form
      ref={box}
      class="make"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void make()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
        event.preventDefault()
        void make()
      }}
    >
      <h2>{text.title}</h2>
      <div class="field">
        <label for="new-key-path">{text.path}</label>
        <input
          id="new-key-path"
          class="input mono"
          value={path}
          readOnly={isSending.value}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          aria-describedby="new-key-more"
          onInput={({ currentTarget }) => set({ path: currentTarget.value })}
        />
        <p class="field__hint" id="new-key-more">
          {kind === 'ordered' ? text.orderedHint : text.pathHint}
        </p>
      </div>
      <fieldset class="field">
        <legend class="field__label">{text.kind}</legend>
        <div class="rights">
          {kinds.map((one) => (
            <label key={one} class="opt">
              <input
                type="radio"
                class="radio"
                name="kind"
                checked={kind === one}
                disabled={isSending.value}
                onChange={() => set({ kind: one })}
              />
              {text.kinds[one]}
            </label>
          ))}
        </div>
      </fieldset>
      {kind !== 'directory' && (
        <div class="field">
          <label for="new-key-value">{words.keys.value}</label>
          <textarea
            id="new-key-value"
            class="input mono"
            spellcheck={false}
            value={value}
            readOnly={isSending.value}
            onInput={({ currentTarget }) => set({ value: currentTarget.value })}
          />
        </div>
      )}
      <div class="field">
        <label for="new-key-ttl">{words.keys.ttl}</label>
        <input
          id="new-key-ttl"
          class="input val__ttl"
          inputMode="numeric"
          value={ttl}
          readOnly={isSending.value}
          aria-describedby="new-key-ttl-more"
          onInput={({ currentTarget }) => set({ ttl: currentTarget.value })}
        />
        <p class="field__hint" id="new-key-ttl-more">
          {words.keys.ttlHint}
        </p>
      </div>
      {problem.value !== undefined && (
        <p class="field__bad" role="alert">
          {isThere ? text.exists : problemOf(problem.value)}{' '}
          {isThere && (
            <button type="button" class="link" onClick={() => onShow(key)}>
              {text.show}
            </button>
          )}
        </p>
      )}
      <footer class="make__foot">
        <button class="btn btn--primary" disabled={isSending.value}>
          {text.make}
        </button>
        <button type="button" class="btn btn--quiet" onClick={endNewKey}>
          {words.common.cancel}
        </button>
      </footer>
    </form>
  )
}
