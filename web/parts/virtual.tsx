/**
 * Rows of one height, of which only those in sight are there, for any number of them. Browsers allow no element beyond some 17 million
 * pixels, so the space is at most 5 million: within it short ways are scrolled as they are, long ones (the bar is dragged, End) in
 * proportion.
 */
import { useComputed, useSignal } from '@preact/signals'
import type { ComponentChildren, HTMLAttributes, Ref } from 'preact'
import { useEffect, useImperativeHandle, useLayoutEffect, useRef } from 'preact/hooks'

const SPACE_MAX = 5_000_000
/** Rows that are there beyond those in sight, on each side. */
const MORE = 4
/** Rows come and go by so many at once: not each step of a scroll is one of the page's. */
const STEP = 4
/** So many rows at a step, and another step so soon after it: nobody reads what goes by, and the machine may not keep up. */
const FAST_ROWS = 2
const FAST_MS = 120
/** Rows that came so fast are whole after so long without a scroll, a few in each frame. */
const REST_MS = 80
const WHOLE_AT_ONCE = 5
const QUICK_FRAME_MS = 20

/** What was measured last, as good a guess as there is for the next that is shown. */
const measured = { row: 36, view: innerHeight - 100 }

export interface VirtualHandle {
  /** Scrolls as little as shows a row. */
  reveal(row: number): void
  /** Whether any of a row is in sight. */
  isInSight(row: number): boolean
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
  /** What the element that holds the rows is, where that is no list. */
  readonly inner?: HTMLAttributes<HTMLDivElement>
  /** A row, and how far from the top of its parent it is to stand; lean where it is scrolled by so fast that its name is enough for now. */
  readonly row: (index: number, top: number, isLean: boolean) => ComponentChildren
  /** What is in sight. */
  readonly onRange: (from: number, to: number) => void
}

export function Virtual({ count, label, handle, class: more = '', margin = 0, inner, row, onRange }: VirtualProps) {
  const box = useRef<HTMLDivElement>(null)
  const height = useSignal(measured.row)
  const view = useSignal(measured.view)
  /** The row at the top. */
  const position = useSignal(0)
  /** How far rows stand from where they would be had all of them room; it changes only where one jumps, so that rows stand still in between. */
  const shift = useSignal(0)
  const lastTop = useRef(0)
  const first = useComputed(() => Math.floor(position.value / STEP) * STEP - MORE)
  const end = useComputed(() => Math.ceil((position.value + view.value / height.value) / STEP) * STEP + MORE)
  const lean = useLeanRows(first.value, Math.min(count, end.value))

  const whole = count * height.value
  const isScaled = whole > SPACE_MAX
  const space = Math.min(whole, SPACE_MAX)
  const last = Math.max(0, count - view.value / height.value)

  /** The row at the top is this one, and the space is scrolled to there. */
  const stand = (at: number, top: number): void => {
    position.value = at
    shift.value = isScaled ? Math.round(top - at * height.value) : 0
  }
  const scrollTo = (to: number): void => {
    const target = Math.min(last, Math.max(0, to))
    const top = isScaled ? (target / (last || 1)) * (space - view.value) : target * height.value
    position.value = target
    if (box.current === null) return
    box.current.scrollTop = top
    lastTop.current = box.current.scrollTop
    stand(target, lastTop.current)
  }
  const onScroll = (): void => {
    const known = { from: first.peek(), to: end.peek() }
    place()
    lean.note(position.peek(), known, { from: first.peek(), to: end.peek() })
  }
  const place = (): void => {
    const element = box.current
    if (element === null) return
    const top = element.scrollTop
    const step = top - lastTop.current
    lastTop.current = top
    if (!isScaled) {
      position.value = top / height.value
      return
    }
    const isShort = Math.abs(step) < 3 * view.value
    const isEdge = top <= 0 || top >= space - view.value - 1
    if (isShort && !isEdge) {
      const to = (top - shift.value) / height.value
      // The way to either end has to be as long as it looks: far from there, the bar is set to where one is.
      const isNearEdge = top < 4 * view.value || top > space - 5 * view.value
      if (isNearEdge || to < 0 || to > last) scrollTo(to)
      else position.value = to
    } else stand((top / (space - view.value)) * last, top)
  }
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return undefined
    const measure = (): void => {
      const probe = element.querySelector('.row, .node')
      const found = probe?.getBoundingClientRect().height ?? 0
      if (element.clientHeight > 0) measured.view = element.clientHeight
      if (found > 0) measured.row = found
      view.value = measured.view
      height.value = measured.row
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [count > 0])
  const reveal = (index: number): void => {
    const top = position.value
    const inSight = view.value / height.value
    const marginRows = margin / height.value
    if (index < top + marginRows) scrollTo(index - marginRows)
    else if (index + 1 > top + inSight) scrollTo(index + 1 - inSight)
  }
  useImperativeHandle(handle ?? null, () => ({
    reveal,
    isInSight: (row) => row + 1 > position.peek() && row < position.peek() + view.peek() / height.peek(),
    position: () => position.peek(),
    moveTo: scrollTo,
    focus: () => box.current?.focus(),
  }))
  const from = Math.max(0, first.value)
  const to = Math.min(count, end.value)
  useLayoutEffect(() => onRange(from, to), [from, to, count])
  const rows: ComponentChildren[] = []
  for (let index = from; index < to; index++) {
    rows.push(row(index, index * height.value + (isScaled ? shift.value : 0), lean.has(index)))
  }
  return (
    <div ref={box} class={`virtual ${more}`} onScroll={onScroll} tabIndex={-1}>
      <div class="virtual__space" style={{ height: `${space}px` }} role="list" aria-label={label} {...inner}>
        {rows}
      </div>
    </div>
  )
}

interface Range {
  readonly from: number
  readonly to: number
}

/** Which rows are lean: those that come while one scrolls too fast to read, and the first ones, whose names are there sooner so. */
function useLeanRows(from: number, to: number) {
  // Read here, so that what is shown is made anew when it moves.
  const revision = useSignal(0)
  void revision.value
  const state = useRef({
    rows: new Set<number>(),
    hasBegun: false,
    position: 0,
    time: 0,
    timer: 0,
    atOnce: WHOLE_AT_ONCE,
  })
  const hasRows = to > 0
  if (hasRows && !state.current.hasBegun) {
    state.current.hasBegun = true
    for (let index = from; index < to; index++) state.current.rows.add(index)
  }
  /** Makes some whole in each frame: more of them where frames are quick. */
  const fill = (last: number): void => {
    requestAnimationFrame((now) => {
      const { rows } = state.current
      state.current.atOnce = now - last < QUICK_FRAME_MS ? 2 * state.current.atOnce : WHOLE_AT_ONCE
      for (const index of [...rows].toSorted((a, b) => a - b).slice(0, state.current.atOnce)) rows.delete(index)
      revision.value++
      if (rows.size > 0) fill(now)
    })
  }
  useEffect(() => {
    if (state.current.rows.size > 0) fill(0)
  }, [hasRows])
  useEffect(() => () => clearTimeout(state.current.timer), [])
  return {
    has: (index: number): boolean => state.current.rows.has(index),
    /** What is in sight has moved: which rows come so fast that they are lean. */
    note(position: number, known: Range, now: Range): void {
      const { rows, timer, ...last } = state.current
      const time = performance.now()
      Object.assign(state.current, { position, time })
      const isFast = Math.abs(position - last.position) >= FAST_ROWS && time - last.time < FAST_MS
      for (const index of rows) if (index < now.from || index >= now.to) rows.delete(index)
      if (isFast)
        for (let index = now.from; index < now.to; index++) if (index < known.from || index >= known.to) rows.add(index)
      if (rows.size === 0) return
      clearTimeout(timer)
      state.current.timer = window.setTimeout(() => fill(0), REST_MS)
    },
  }
}
