// @ts-check
/**
 * The cases of fairness: what a client that asks as much as it may, or is as slow as it can be, costs everybody else. What is measured is in
 * the files beside this one, the goals are here.
 */
import { boundLine } from '../report.mjs'
import { measureBodies } from './bodies.mjs'
import { measureLists } from './lists.mjs'
import { measureValues } from './values.mjs'

/** What the cases are called on the command line. */
export const fairnessCases = /** @type {const} */ (['fair-values', 'fair-lists', 'fair-bodies'])

/** @param {import('../cluster/cluster.mjs').Bench} bench */
export async function measureFairness(bench) {
  const { isChosen, rounds } = bench.options
  for (let round = 1; round <= rounds; round++) {
    if (isChosen('fair-values')) await measureValues(bench, round)
    if (isChosen('fair-lists')) await measureLists(bench, round)
    if (isChosen('fair-bodies')) await measureBodies(bench, round)
  }
}

/** Title, series, unit, bound and digits of each line. @type {readonly [string, string, string, number, number][]} */
const bounds = [
  ['a read beside values of 10 MiB, at worst', 'fair-values read', 's', 0.2, 2],
  ['a write beside values of 10 MiB, at worst', 'fair-values write', 's', 1, 2],
  ['memory at most, values of 10 MiB', 'fair-values memory', 'MB', 600, 0],
  ['a read beside 40 stalled lists and 16 writers, at worst', 'fair-lists read', 's', 0.2, 2],
  ['a write beside them, at worst', 'fair-lists write', 's', 1, 2],
  ['the log at most, stalled lists and writers', 'fair-lists log', 'MB', 128, 0],
  ['a read beside bodies without an end, at worst', 'fair-bodies read', 's', 0.2, 2],
  ['memory at most, bodies without an end', 'fair-bodies memory', 'MB', 600, 0],
]

/** The lines of the table. @param {import('../report.mjs').Series} series @returns {import('../report.mjs').Line[]} */
export function fairnessLines(series) {
  return bounds.flatMap(([title, name, unit, most, digits]) => {
    const values = series.get(name)
    return values === undefined ? [] : [boundLine(title, values, unit, most, digits)]
  })
}
