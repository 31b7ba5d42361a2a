/** Copies a text, and says so where it was asked. Where the browser does not let it, the text is selected. */
import { useSignal } from '@preact/signals'
import { Icon } from './icon.js'
import { words } from '../words/words.js'

interface CopyProps {
  readonly text: string
  readonly label?: string
  /** An icon alone. */
  readonly isBare?: boolean
  readonly class?: string
}

export function Copy({ text, label = words.common.copy, isBare = false, class: name = '' }: CopyProps) {
  const isCopied = useSignal(false)
  const copy = async (button: HTMLElement): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      isCopied.value = true
      setTimeout(() => (isCopied.value = false), 3000)
    } catch {
      const shown = button.parentElement?.querySelector('code')
      if (shown !== null && shown !== undefined) getSelection()?.selectAllChildren(shown)
    }
  }
  const said = isCopied.value ? words.common.copied : label
  return (
    <button
      type="button"
      class={`btn ${isBare ? 'btn--icon btn--quiet btn--xs' : ''} ${name}`}
      aria-label={isBare ? said : undefined}
      title={isBare ? said : undefined}
      onClick={({ currentTarget }) => void copy(currentTarget)}
    >
      <Icon name={isCopied.value ? 'check' : 'copy'} />
      {!isBare && <span aria-live="polite">{said}</span>}
    </button>
  )
}
