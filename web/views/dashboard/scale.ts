/**
 * The scale of a chart of counts: the numbers that stand beside it. They are whole and round, rise in even steps, have zero among them, and
 * hold all that is shown between the first and the last.
 */

/** What a step may be, and ten times, a hundred times that. */
const steps = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8] as const

/** The numbers of a scale from `least`, which is not above zero, to `most`, which is above it: `count` at most, and that is three or more. */
export function ticksOf(least: number, most: number, count: number): readonly number[] {
  for (let power = 1; ; power *= 10) {
    for (const one of steps) {
      const step = one * power
      if (!Number.isInteger(step)) continue
      const [from, to] = [Math.floor(least / step), Math.ceil(most / step)]
      if (to - from < count) return Array.from({ length: to - from + 1 }, (_, at) => (from + at) * step)
    }
  }
}

/** Where a value stands on a scale that is drawn from its highest number, at `top`, down to its lowest, at `bottom`. */
export function heightIn(ticks: readonly number[], top: number, bottom: number): (value: number) => number {
  const [least, most] = [Math.min(...ticks), Math.max(...ticks)]
  return (value) => top + ((bottom - top) * (most - value)) / (most - least)
}
