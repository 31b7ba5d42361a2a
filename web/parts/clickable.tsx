/** Links and buttons as the page has them everywhere. */
import type { ComponentChildren } from 'preact'
import { hrefOf, type Route } from '../state/address.js'
import { Icon, type IconName } from './icon.js'

interface ToProps {
  readonly to: Route
  readonly class?: string
  readonly isHere?: boolean
  readonly title?: string
  readonly label?: string
  readonly children?: ComponentChildren
}

/** A link within the page: a real one, that can be opened elsewhere. */
export function To({ to, class: name, isHere = false, title, label, children }: ToProps) {
  return (
    <a href={hrefOf(to)} class={name} aria-current={isHere ? 'page' : undefined} title={title} aria-label={label}>
      {children}
    </a>
  )
}

interface IconButtonProps {
  readonly icon: IconName
  readonly label: string
  /** The key that does the same. */
  readonly shortcut?: string
  readonly class?: string
  readonly isDisabled?: boolean
  /** Whether it opens a menu: the menu says of it whether it is open. */
  readonly hasMenu?: boolean
  readonly onClick: (event: MouseEvent) => void
}

/** A button that is an icon alone: it has a name for who can't see it, and says its key. */
export function IconButton({
  icon,
  label,
  shortcut,
  class: name = 'btn--quiet',
  isDisabled = false,
  hasMenu = false,
  onClick,
}: IconButtonProps) {
  const title = shortcut === undefined ? label : `${label} (${shortcut})`
  return (
    <button
      type="button"
      class={`btn btn--icon ${name}`}
      aria-label={label}
      title={title}
      disabled={isDisabled}
      aria-haspopup={hasMenu ? 'listbox' : undefined}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  )
}
