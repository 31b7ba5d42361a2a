/** Parts of the page that are loaded when they are first shown. */
import { signal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { words } from '../words/words.js'

/** A component that loads itself. Where that fails (the server was upgraded, say) it says so, and tries again when asked. */
export function lazily<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
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
    if (Loaded !== undefined) return <Loaded {...props} />
    if (hasFailed.value) {
      return (
        <div class="blank" role="alert">
          <h2>{words.common.notLoaded}</h2>
          <p>
            <button type="button" class="btn" onClick={() => location.reload()}>
              {words.line.reload}
            </button>
          </p>
        </div>
      )
    }
    begin()
    return null
  }
}
