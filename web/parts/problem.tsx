/** What went wrong, where it went wrong; nothing where nothing did. */
import { Icon } from './icon.js'

export function Problem({ text }: { text: string | undefined }) {
  if (text === undefined) return null
  return (
    <p class="note note--bad" role="alert">
      <Icon name="warn" />
      {text}
    </p>
  )
}
