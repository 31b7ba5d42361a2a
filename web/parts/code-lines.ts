/** Which lines of a Markdown text are code between fences. */

const fence = /^(?:[ \t]*>)*[ \t]*(`{3,}(?=[^`]*$)|~{3,})/u
/** Such as every reader of Markdown takes for one: one that is farther in may be text. */
const plainFence = /^(?: {0,3}>)* {0,3}(`{3,}(?=[^`]*$)|~{3,})/u

export interface Line {
  readonly text: string
  /** Where it begins, in units of UTF-16. */
  readonly from: number
  readonly isCode: boolean
}

export function* linesOf(text: string, begins: RegExp = fence): Generator<Line> {
  let open: string | undefined
  let from = 0
  for (const line of text.split('\n')) {
    const mark = (open === undefined ? begins : fence).exec(line)?.[1]
    const isFence = mark !== undefined && (open === undefined || (mark.startsWith(open) && line.trim() === mark))
    if (isFence) open = open === undefined ? mark : undefined
    yield { text: line, from, isCode: isFence || open !== undefined }
    from += line.length + 1
  }
}

/** More marks than this in one block take a reader of Markdown seconds. */
const MARKS_MAX = 1500
/** So many quotes or lists within each other nobody means. */
const DEPTH_MAX = 40
/** A table is as wide as its first line, in each of its lines; what lies in lists is looked at once for each of them. */
const CELLS_MAX = 10_000
const LINES_MAX = 4000
/** So many of one mark in a row are no text, and some readers look at each of them from each of them. */
const RUN_MAX = 1000

function longestRun(text: string): number {
  let longest = 0
  let run = 0
  for (let at = 0; at < text.length; at++) {
    run = at > 0 && text[at] === text[at - 1] ? run + 1 : 1
    if (run > longest && !/[\p{L}\p{N}\s]/u.test(text[at] ?? '')) longest = run
  }
  return longest
}

/** Whether a text would hold the page up: it is better shown as it is written. */
export function isIntricate(text: string): boolean {
  if (longestRun(text) >= RUN_MAX) return true
  let count = 0
  let block = { marks: 0, lines: 0, cells: 0, depth: 0 }
  for (const line of linesOf(text, plainFence)) {
    if (++count > LINES_MAX) return true
    if (line.isCode) continue
    if (line.text.trim() === '') block = { marks: 0, lines: 0, cells: 0, depth: 0 }
    const depth = /^(?:\s*(?:>|[-*+]\s|\d{1,9}[.)]\s))+/u.exec(line.text)?.[0].match(/[>*+).-]/gu)?.length ?? 0
    block.lines++
    block.marks += line.text.match(/[*_~[\]`<!&@\\]/gu)?.length ?? 0
    block.cells = Math.max(block.cells, line.text.split('|').length - 1)
    block.depth = Math.max(block.depth, depth)
    if (block.marks > MARKS_MAX || block.depth > DEPTH_MAX) return true
    if (Math.max(block.cells, block.depth) * block.lines > CELLS_MAX) return true
  }
  return false
}
