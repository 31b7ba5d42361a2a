/** A view: what it is called, who sees it, and whether it is still wanted. */
import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { NotCurrent, NotFound, type View } from '../../../src/client/client.js'
import { IconButton } from '../../parts/clickable.js'
import { Icon } from '../../parts/icon.js'
import { desk, sentenceOf } from '../../state/desk.js'
import { may, myHandle, noteRefusal } from '../../state/identity.js'
import { readNames, views } from '../../state/names.js'
import { say } from '../../state/undo.js'
import { words } from '../../words/words.js'

interface ViewDialogProps {
  readonly q: string
  readonly sort: string | null
  readonly close: () => void
}

/** What was typed for a search is kept while the page is open. */
const typed = new Map<string, string>()

async function readView(id: number): Promise<View | undefined> {
  try {
    return await desk().views.get(id)
  } catch {
    return undefined
  }
}

export function ViewDialog({ q, sort, close }: ViewDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const known = useSignal<View | undefined>(views.peek().find(({ query }) => query === q))
  const name = useSignal(typed.get(q) ?? known.peek()?.name ?? '')
  const mine = myHandle.value
  const mayShare = may('view.share')
  const isShared = useSignal(known.peek() === undefined ? mine === null : known.peek()?.owner === null)
  const keepsSort = useSignal(false)
  const isAsking = useSignal(false)
  const isSending = useSignal(false)
  const problem = useSignal<string | undefined>(undefined)
  const { savedViews: text } = words
  const mayChange = known.value === undefined || known.value.owner !== null || mayShare
  useLayoutEffect(() => {
    dialog.current?.showModal()
    dialog.current?.querySelector('input')?.select()
  }, [])
  const act = async (what: string, send: () => Promise<unknown>): Promise<void> => {
    isSending.value = true
    problem.value = undefined
    try {
      await send()
      typed.delete(q)
      say(what)
      dialog.current?.close()
      await readNames(['view'])
    } catch (error) {
      noteRefusal(error)
      await failed(error)
    }
    isSending.value = false
  }
  const failed = async (error: unknown): Promise<void> => {
    const before = known.peek()
    problem.value = sentenceOf(error)
    if (error instanceof NotFound) {
      known.value = undefined
      problem.value = text.gone
    } else if (error instanceof NotCurrent && before !== undefined) {
      const now = await readView(before.id)
      if (now === undefined) return
      known.value = now
      problem.value = text.conflict(now.name)
    }
  }
  const save = (): void => {
    const called = name.peek().trim()
    if (called === '') {
      problem.value = text.nameMissing
      return
    }
    const owner = isShared.peek() ? null : mine
    const before = known.peek()
    void act(text.made(called), () =>
      before === undefined
        ? desk().views.create({ name: called, query: q, sort, owner })
        : desk().views.change(before.id, {
            name: called,
            version: before.version,
            ...(owner !== before.owner && { owner }),
            ...(keepsSort.peek() && { sort }),
          }),
    )
  }
  const remove = (): void => {
    const before = known.peek()
    if (before !== undefined)
      void act(text.deleted(before.name), () => desk().views.delete(before.id, { version: before.version }))
  }
  return (
    <dialog ref={dialog} class="dialog view-dialog" aria-labelledby="view-title" onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          save()
        }}
      >
        <div class="dialog__head">
          <h2 id="view-title">{known.value === undefined ? text.title : text.change}</h2>
          <IconButton
            icon="x"
            class="btn--quiet dialog__x"
            label={words.common.close}
            onClick={() => dialog.current?.close()}
          />
        </div>
        <div class="dialog__body">
          <div class="field">
            <label for="view-name">{text.name}</label>
            <input
              id="view-name"
              class="input"
              value={name.value}
              maxLength={100}
              autocomplete="off"
              dir="auto"
              disabled={!mayChange}
              aria-invalid={problem.value !== undefined}
              aria-describedby="view-problem"
              onInput={({ currentTarget }) => {
                name.value = currentTarget.value
                typed.set(q, currentTarget.value)
              }}
            />
            <p class="field__bad" id="view-problem" role="alert">
              {problem.value}
            </p>
          </div>
          <div class="field">
            <span class="field__label">{text.search}</span>
            <code class="view-dialog__q">{q}</code>
          </div>
          {mayShare && mine !== null && (
            <fieldset class="field">
              <legend class="field__label">{text.whose}</legend>
              <div class="rights">
                {[false, true].map((isAll) => (
                  <label key={String(isAll)} class="opt">
                    <input
                      type="radio"
                      class="radio"
                      name="whose"
                      checked={isShared.value === isAll}
                      onChange={() => (isShared.value = isAll)}
                    />
                    {isAll ? text.everybody : text.mine}
                  </label>
                ))}
              </div>
            </fieldset>
          )}
          {known.value !== undefined && known.value.sort !== sort && mayChange && (
            <label class="opt">
              <input
                type="checkbox"
                class="check"
                checked={keepsSort.value}
                onChange={({ currentTarget }) => (keepsSort.value = currentTarget.checked)}
              />
              {text.orderNow}
            </label>
          )}
          {isAsking.value && known.value !== undefined && (
            <div class="note note--bad" role="alert">
              <Icon name="warn" />
              <p>{text.askRemove(known.value.name)}</p>
            </div>
          )}
        </div>
        <div class="dialog__foot">
          {known.value !== undefined && mayChange && (
            <button
              type="button"
              class={`btn ${isAsking.value ? 'btn--danger' : 'btn--quiet'}`}
              disabled={isSending.value}
              onClick={() => (isAsking.value ? remove() : (isAsking.value = true))}
            >
              {text.remove}
            </button>
          )}
          <span class="foot__opt" />
          <button type="button" class="btn btn--quiet" onClick={() => dialog.current?.close()}>
            {words.common.cancel}
          </button>
          {mayChange && (
            <button class="btn btn--primary" disabled={isSending.value}>
              {known.value === undefined ? text.make : text.keep}
            </button>
          )}
        </div>
      </form>
    </dialog>
  )
}
