/** Which lines of a Markdown text are code between fences. */

const fence = /^(?:[ \t]*>)*[ \t]*(`{3,}|~{3,})/u

export interface Line {
  readonly text: string
  /** Where it begins, in units of UTF-16. */
  readonly from: number
  readonly isCode: boolean
}

export function* linesOf(text: string): Generator<Line> {
  let open: string | undefined
  let from = 0
  for (const line of text.split('\n')) {
    const mark = fence.exec(line)?.[1]
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

/** Whether a text would hold the page up: it is better shown as it is written. */
export function isIntricate(text: string): boolean {
  let marks = 0
  for (const line of linesOf(text)) {
    if (line.isCode) continue
    if (line.text.trim() === '') marks = 0
    marks += line.text.match(/[*_~[\]`<!&@\\]/gu)?.length ?? 0
    const depth = /^(?:\s*(?:>|[-*+]\s|\d{1,9}[.)]\s))+/u.exec(line.text)?.[0].match(/[>*+).-]/gu)?.length ?? 0
    if (marks > MARKS_MAX || depth > DEPTH_MAX) return true
  }
  return false
}
