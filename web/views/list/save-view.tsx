/** Keeps the search that is shown as a view, or changes the view that it is. What is asked for is loaded when it is first opened. */
import { useSignal } from '@preact/signals'
import { Icon } from '../../parts/icon.js'
import { lazily } from '../../parts/lazily.js'
import type { Route } from '../../state/address.js'
import { views } from '../../state/names.js'
import { words } from '../../words/words.js'

const ViewDialog = lazily(
  () => import('./view-dialog.js').then((module) => module.ViewDialog),
  ({ close }) => close(),
)

export function SaveView({ route: { q, sort } }: { route: Extract<Route, { view: 'list' | 'board' }> }) {
  const isOpen = useSignal(false)
  const known = views.value.find(({ query }) => query === q.trim())
  const name = known === undefined ? words.savedViews.save : words.savedViews.saved
  return (
    <>
      <button
        type="button"
        class="btn btn--quiet"
        aria-haspopup="dialog"
        title={name}
        onClick={() => (isOpen.value = true)}
      >
        <Icon name={known === undefined ? 'keep' : 'eye'} />
        <span class="wide-only">{name}</span>
        <span class="sr narrow-only">{name}</span>
      </button>
      {isOpen.value && <ViewDialog q={q.trim()} sort={sort} close={() => (isOpen.value = false)} />}
    </>
  )
}
