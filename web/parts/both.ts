/** Two changes of one text put together, line by line, where they do not touch the same lines. */

interface Change {
  /** Lines of the text before that it takes the place of. */
  readonly from: number
  readonly to: number
  readonly lines: readonly string[]
}

/** The text with both changes; undefined where they touch the same lines. */
export function bothOf(was: string, mine: string, theirs: string): string | undefined {
  if (mine === theirs || theirs === was) return mine
  if (mine === was) return theirs
  const lines = was.split('\n')
  const [one, other] = [changesOf(lines, mine.split('\n')), changesOf(lines, theirs.split('\n'))]
  const all = [...one, ...other].toSorted((a, b) => a.from - b.from)
  const joined: string[] = []
  let at = 0
  for (const [place, change] of all.entries()) {
    const last = all[place - 1]
    // Lines beside each other are left to people: what is between them may belong to both.
    if (last !== undefined && change.from < last.to) return undefined
    if (last !== undefined && change.from === last.to && (change.to === change.from || last.to === last.from))
      return undefined
    joined.push(...lines.slice(at, change.from), ...change.lines)
    at = change.to
  }
  return [...joined, ...lines.slice(at)].join('\n')
}

/** What was changed: line by line where there are as many as before, else from the first that differs to the last. */
function changesOf(was: readonly string[], is: readonly string[]): readonly Change[] {
  if (was.length === is.length) {
    return was.flatMap((line, at) => {
      const now = is[at]
      return now === undefined || now === line ? [] : [{ from: at, to: at + 1, lines: [now] }]
    })
  }
  let from = 0
  while (from < was.length && from < is.length && was[from] === is[from]) from++
  let end = 0
  while (end < was.length - from && end < is.length - from && was[was.length - 1 - end] === is[is.length - 1 - end])
    end++
  return [{ from, to: was.length - end, lines: is.slice(from, is.length - end) }]
}

/** Which lines of a text the other does not have: to be marked. */
export function newLines(was: string, is: string): readonly { readonly text: string; readonly isNew: boolean }[] {
  const known = new Set(was.split('\n').map((line) => line.trim().replace(/,$/u, '')))
  return is.split('\n').map((text) => ({ text, isNew: !known.has(text.trim().replace(/,$/u, '')) }))
}
