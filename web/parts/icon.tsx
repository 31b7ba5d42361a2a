/** Icons, drawn once in the document, in a sprite, and copied from there by name. */
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
  | 'keep'
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

type Draw = (into: SVGSVGElement | null) => void

const drawn = new Map<IconName, Draw>()

/** What draws an icon: a copy of its shapes. `use` would do so too, but costs the browser a tree of its own each time, and a list has hundreds. */
function drawing(name: IconName): Draw {
  const known = drawn.get(name)
  if (known !== undefined) return known
  const shapes = document.getElementById(`i-${name}`)
  const draw: Draw = (into) =>
    into?.replaceChildren(...[...(shapes?.children ?? [])].map((shape) => shape.cloneNode(true)))
  drawn.set(name, draw)
  return draw
}

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
    <svg
      ref={drawing(name)}
      viewBox="0 0 16 16"
      class={`i${isSmall ? ' i--s' : ''}${name === 'left' || name === 'right' ? ' i--way' : ''}${more && ` ${more}`}`}
      aria-hidden="true"
    />
  )
}
