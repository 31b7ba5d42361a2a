// @ts-check
/** From what was measured to a table that a person can judge: medians over the rounds, ratios within a round, goals. */
import { cpus, release, totalmem, type } from 'node:os'
import { readFileSync } from 'node:fs'

/** A number for each round. @typedef {Map<string, number[]>} Series */

/** One line of the table, ready to print. @typedef {{ cells: string[], isReached: boolean | undefined }} Line */

const header = ['Case', 'Measured', 'Against', 'Ratio (lowest to highest round)', 'Goal', '']

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)] ?? Number.NaN
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper
}

/**
 * Two speeds. The ratio is taken within each round, where both met the same machine in the same state, and then its median.
 * @param {import('./cases.mjs').Row} row @param {Series} series @returns {Line | undefined}
 */
export function ratioLine({ title, ours, theirs, peer, atLeast }, series) {
  const [mine, other] = [series.get(ours), series.get(theirs)]
  if (mine === undefined || other === undefined) return undefined
  const ratios = mine.map((value, round) => value / (other[round] ?? Number.NaN))
  return line({
    title,
    measured: `${thousands(median(mine))}/s`,
    against: `${peer}: ${thousands(median(other))}/s`,
    ratios,
    goal: atLeast === undefined ? undefined : { least: atLeast },
  })
}

/**
 * A latency beside the same latency alone. @param {string} title @param {readonly number[]} beside @param {readonly number[]} alone
 * @param {number} most @returns {Line}
 */
export function slowdownLine(title, beside, alone, most) {
  return line({
    title,
    measured: `${median(beside).toFixed(2)} ms`,
    against: `alone: ${median(alone).toFixed(2)} ms`,
    ratios: beside.map((value, round) => value / (alone[round] ?? Number.NaN)),
    goal: { most },
  })
}

/**
 * A figure with a bound of its own. `against` is what else is to be known of it; `ofRounds` makes one number of those of all
 * rounds.
 * @param {string} title @param {readonly number[]} values @param {string} unit @param {number} most @param {number} digits
 * @param {{ against?: string, ofRounds?: (values: readonly number[]) => number }} [options] @returns {Line}
 */
export function boundLine(title, values, unit, most, digits, { against = '', ofRounds = median } = {}) {
  /** @param {number} value */
  const show = (value) => `${value.toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`
  const spread = `(${Math.min(...values).toFixed(digits)} to ${show(Math.max(...values))})`
  const isReached = ofRounds(values) <= most
  const goal = `≤ ${most}${unit === '' ? '' : ` ${unit}`}`
  return { cells: [title, show(ofRounds(values)), against, spread, goal, mark(isReached)], isReached }
}

/**
 * @param {{ title: string, measured: string, against: string, ratios: number[], goal: { least: number } | { most: number } | undefined }} parts
 * @returns {Line}
 */
function line({ title, measured, against, ratios, goal }) {
  const ratio = median(ratios)
  const isReached = goal === undefined ? undefined : 'least' in goal ? ratio >= goal.least : ratio <= goal.most
  const wanted = goal === undefined ? '' : 'least' in goal ? `≥ ${goal.least}` : `≤ ${goal.most}`
  const spread = `${ratio.toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`
  return { cells: [title, measured, against, spread, wanted, mark(isReached)], isReached }
}

/** @param {boolean | undefined} isReached */
function mark(isReached) {
  return isReached === undefined ? '' : isReached ? 'reached' : 'missed'
}

/** A Markdown table whose columns are aligned, so that it reads well in a terminal too. @param {readonly Line[]} lines */
export function table(lines) {
  const rows = [header, header.map(() => ''), ...lines.map(({ cells }) => cells)]
  const widths = header.map((_, column) => Math.max(3, ...rows.map((row) => [...(row[column] ?? '')].length)))
  return rows
    .map((row, place) => {
      const cells = widths.map((width, column) => (place === 1 ? '-'.repeat(width) : (row[column] ?? '').padEnd(width)))
      return `| ${cells.join(' | ')} |`
    })
    .join('\n')
}

/** The machine, in one line. */
export function machine() {
  const processors = cpus()
  const memory = (totalmem() / 2 ** 30).toFixed(0)
  return `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown processor'}, ${memory} GiB, ${type()} ${release()}`
}

/** The version of an installed package. @param {string} name */
export function packageVersion(name) {
  const manifest = JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8'))
  return String(manifest.version)
}

/** @param {number} value */
function thousands(value) {
  return Math.round(value).toLocaleString('en-US')
}
