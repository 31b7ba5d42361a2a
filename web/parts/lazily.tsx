/** Parts of the page that are loaded when they are first shown. */
import { signal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { words } from '../words/words.js'

/**
 * A component that loads itself. Where that fails (the server was upgraded, say) it says so, and tries again when it is shown again. One
 * that is a dialog has no place in the page: it says so over it, and `leave` closes it.
 */
export function lazily<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  leave?: (props: Props) => void,
): ComponentType<Props> {
  const loaded = signal<ComponentType<Props> | undefined>(undefined)
  const hasFailed = signal(false)
  let isLoading = false
  const begin = (): void => {
    if (isLoading) return
    isLoading = true
    hasFailed.value = false
    load().then(
      (component) => {
        loaded.value = component
      },
      () => {
        isLoading = false
        hasFailed.value = true
      },
    )
  }
  return function Lazy(props: Props) {
    const Loaded = loaded.value
    useEffect(() => () => void (hasFailed.value = false), [])
    if (Loaded !== undefined) return <Loaded {...props} />
    if (hasFailed.value) return leave === undefined ? <Failed /> : <FailedDialog leave={() => leave(props)} />
    begin()
    return null
  }
}

function Failed() {
  return (
    <div class="blank" role="alert">
      <h2>{words.common.notLoaded}</h2>
      <p>
        <Reload />
      </p>
    </div>
  )
}

function FailedDialog({ leave }: { readonly leave: () => void }) {
  const box = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => box.current?.showModal(), [])
  return (
    <dialog
      ref={box}
      class="dialog"
      aria-label={words.common.notLoaded}
      onCancel={(event) => {
        event.preventDefault()
        leave()
      }}
    >
      <div class="dialog__body" role="alert">
        <h2>{words.common.notLoaded}</h2>
      </div>
      <div class="dialog__foot">
        <Reload />
        <button type="button" class="btn btn--quiet" onClick={leave}>
          {words.common.close}
        </button>
      </div>
    </dialog>
  )
}

function Reload() {
  return (
    <button type="button" class="btn" onClick={() => location.reload()}>
      {words.line.reload}
    </button>
  )
}
