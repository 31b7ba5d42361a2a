/** Icons, drawn once in the document and used by name. */
export type IconName =
  | 'b'
  | 'board'
  | 'calendar'
  | 'chart'
  | 'check'
  | 'clip'
  | 'clock'
  | 'code'
  | 'comment'
  | 'copy'
  | 'cut'
  | 'desk'
  | 'down'
  | 'enter'
  | 'eye'
  | 'file'
  | 'folder'
  | 'group'
  | 'h'
  | 'help'
  | 'hook'
  | 'inbox'
  | 'key'
  | 'left'
  | 'link'
  | 'list'
  | 'lock'
  | 'me'
  | 'menu'
  | 'more'
  | 'nobody'
  | 'out'
  | 'p-high'
  | 'p-low'
  | 'p-normal'
  | 'p-urgent'
  | 'pause'
  | 'pencil'
  | 'play'
  | 'plus'
  | 'queue'
  | 'quote'
  | 'right'
  | 's-active'
  | 's-done'
  | 's-new'
  | 's-waiting'
  | 'search'
  | 'sliders'
  | 'sort'
  | 'spark'
  | 'tag'
  | 'trash'
  | 'tree'
  | 'undo'
  | 'up'
  | 'users'
  | 'warn'
  | 'x'

/** An icon that says nothing by itself: what it means stands beside it, or in the label of its button. */
export function Icon({
  name,
  isSmall = false,
  class: more = '',
}: {
  name: IconName
  isSmall?: boolean
  class?: string
}) {
  return (
    <svg class={`i${isSmall ? ' i--s' : ''}${more && ` ${more}`}`} aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  )
}
