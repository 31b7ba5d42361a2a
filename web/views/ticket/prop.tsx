/** A property of a ticket: its name, and its value as the button that changes it. */
import type { ComponentChildren } from 'preact'

interface PropProps {
  readonly name: string
  readonly value: ComponentChildren
  readonly shortcut?: string
  readonly isWrapped?: boolean
  /** Opens what changes it; only read where it is not given. */
  readonly onOpen?: ((anchor: Element) => void) | undefined
}

/** A property: its value is the button that changes it. */
export function Prop({ name, value, shortcut, isWrapped = false, onOpen }: PropProps) {
  const kind = `prop__v${isWrapped ? ' prop__v--wrap' : ''}`
  return (
    <div class="prop">
      <dt>{name}</dt>
      <dd>
        {onOpen === undefined ? (
          <span class={`${kind} prop__v--read`}>{value}</span>
        ) : (
          <button
            type="button"
            class={kind}
            aria-haspopup="listbox"
            aria-expanded="false"
            title={shortcut === undefined ? name : `${name} (${shortcut})`}
            data-key={shortcut}
            onClick={({ currentTarget }) => onOpen(currentTarget)}
          >
            <span class="sr">{name}: </span>
            {value}
          </button>
        )}
      </dd>
    </div>
  )
}
