/**
 * Rows of one height, of which only those in sight are there, for any number of them. Browsers allow no element beyond some 17 million
 * pixels, so the space is at most 5 million: within it short ways are scrolled as they are, long ones (the bar is dragged, End) in
 * proportion.
 */
import { useSignal } from '@preact/signals'
import type { ComponentChildren, Ref } from 'preact'
import { useImperativeHandle, useLayoutEffect, useRef } from 'preact/hooks'

const SPACE_MAX = 5_000_000
/** Rows that are there beyond those in sight, on each side. */
const MORE = 6

export interface VirtualHandle {
  /** Scrolls as little as shows a row. */
  reveal(row: number): void
  /** The row at the top, with its part that is above it; and back to such a place. */
  position(): number
  moveTo(position: number): void
  focus(): void
}

interface VirtualProps {
  readonly count: number
  readonly label: string
  readonly handle?: Ref<VirtualHandle>
  readonly class?: string
  /** Kept free at the top of what is in sight, in pixels: something sticks there. */
  readonly margin?: number
  /** A row, and how far from the top of its parent it is to stand. */
  readonly row: (index: number, top: number) => ComponentChildren
  /** What is in sight. */
  readonly onRange: (from: number, to: number) => void
}

export function Virtual({ count, label, handle, class: more = '', margin = 0, row, onRange }: VirtualProps) {
  const box = useRef<HTMLDivElement>(null)
  const height = useSignal(36)
  const view = useSignal(800)
  /** The row at the top. */
  const position = useSignal(0)
  const lastTop = useRef(0)
  const scrollTop = useSignal(0)

  const whole = count * height.value
  const isScaled = whole > SPACE_MAX
  const space = Math.min(whole, SPACE_MAX)
  const last = Math.max(0, count - view.value / height.value)

  const scrollTo = (to: number): void => {
    const target = Math.min(last, Math.max(0, to))
    const top = isScaled ? (target / (last || 1)) * (space - view.value) : target * height.value
    position.value = target
    if (box.current === null) return
    box.current.scrollTop = top
    lastTop.current = box.current.scrollTop
    scrollTop.value = lastTop.current
  }
  const onScroll = (): void => {
    const element = box.current
    if (element === null) return
    const top = element.scrollTop
    const step = top - lastTop.current
    lastTop.current = top
    scrollTop.value = top
    if (!isScaled) {
      position.value = top / height.value
      return
    }
    const isShort = Math.abs(step) < 3 * view.value
    const isEdge = top <= 0 || top >= space - view.value - 1
    if (isShort && !isEdge) {
      const to = position.value + step / height.value
      // The way to either end has to be as long as it looks: far from there, the bar is set to where one is.
      const isNearEdge = top < 4 * view.value || top > space - 5 * view.value
      if (isNearEdge || to < 0 || to > last) scrollTo(to)
      else position.value = to
    } else position.value = (top / (space - view.value)) * last
  }
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return undefined
    const measure = (): void => {
      view.value = element.clientHeight || 800
      const probe = element.querySelector('.row')
      const found = probe?.getBoundingClientRect().height ?? 0
      if (found > 0) height.value = found
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [count > 0])
  const reveal = (index: number): void => {
    const first = position.value
    const inSight = view.value / height.value
    const marginRows = margin / height.value
    if (index < first + marginRows) scrollTo(index - marginRows)
    else if (index + 1 > first + inSight) scrollTo(index + 1 - inSight)
  }
  useImperativeHandle(handle ?? null, () => ({
    reveal,
    position: () => position.peek(),
    moveTo: scrollTo,
    focus: () => box.current?.focus(),
  }))
  const from = Math.max(0, Math.floor(position.value) - MORE)
  const to = Math.min(count, Math.ceil(position.value + view.value / height.value) + MORE)
  useLayoutEffect(() => onRange(from, to), [from, to, count])
  const rows: ComponentChildren[] = []
  for (let index = from; index < to; index++) {
    const top = isScaled ? scrollTop.value + (index - position.value) * height.value : index * height.value
    rows.push(row(index, top))
  }
  return (
    <div ref={box} class={`virtual ${more}`} onScroll={onScroll} tabIndex={-1}>
      <div class="virtual__space" style={{ height: `${space}px` }} role="list" aria-label={label}>
        {rows}
      </div>
    </div>
  )
}
