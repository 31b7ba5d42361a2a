/**
 * Two texts that came from one: what differs, by words, and both changes in one text where they do not touch each other. Changes touch
 * where no word stands between them that both left as it was.
 */

export interface Piece {
  readonly kind: 'same' | 'added' | 'removed'
  readonly text: string
}

/** A part of the old text, in tokens, and what stands in its place. */
interface Edit {
  readonly from: number
  readonly to: number
  readonly tokens: readonly string[]
}

/** More differences than this within one place are shown as one: looking for all of them would take too long. */
const DIFFERENCES_MAX = 500

/** Words, and by themselves spaces, signs, and the letters of scripts that write no spaces. */
const token =
  /\r?\n|[^\S\n]+|[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}]\p{M}*|(?:(?![\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}])[\p{L}\p{M}\p{N}_])+|[^]/gu

const isWord = (text: string): boolean => /[\p{L}\p{N}\p{So}]/u.test(text)

function tokensOf(text: string): readonly string[] {
  return text.match(token) ?? []
}

/** What was added and removed from one text to another, in order. */
export function differences(before: string, after: string): readonly Piece[] {
  const old = tokensOf(before)
  const pieces: Piece[] = []
  let at = 0
  for (const { from, to, tokens } of editsOf(old, tokensOf(after))) {
    pieces.push({ kind: 'same', text: old.slice(at, from).join('') })
    pieces.push({ kind: 'removed', text: old.slice(from, to).join('') })
    pieces.push({ kind: 'added', text: tokens.join('') })
    at = to
  }
  pieces.push({ kind: 'same', text: old.slice(at).join('') })
  return pieces.filter(({ text }) => text !== '')
}

/** Both changes in one text; undefined where they touch each other. */
export function merged(base: string, theirs: string, mine: string): string | undefined {
  const old = tokensOf(base)
  const [others, own] = [editsOf(old, tokensOf(theirs)), editsOf(old, tokensOf(mine))]
  const theirsAt = new Map(others.map((edit) => [edit.from, edit]))
  const onlyOwn = own.filter((edit) => !isSame(theirsAt.get(edit.from), edit))
  const all = [...others, ...onlyOwn].toSorted((one, other) => one.from - other.from || one.to - other.to)
  // Words stand between the edits of one side, so only neighbours can touch.
  if (all.some((edit, place) => place > 0 && touch(old, all[place - 1] ?? edit, edit))) return undefined
  const parts: string[] = []
  let at = 0
  for (const { from, to, tokens } of all) {
    parts.push(...old.slice(at, from), ...tokens)
    at = to
  }
  return [...parts, ...old.slice(at)].join('')
}

function isSame(one: Edit | undefined, other: Edit): boolean {
  return one?.from === other.from && one.to === other.to && one.tokens.join('') === other.tokens.join('')
}

function touch(old: readonly string[], first: Edit, second: Edit): boolean {
  return second.from < first.to || !old.slice(first.to, second.from).some(isWord)
}

/** What has to be done to the old tokens; what has no word between it is one. */
function editsOf(old: readonly string[], now: readonly string[]): readonly Edit[] {
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start++
  let end = 0
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end++
  const edits = shortest(old.slice(start, old.length - end), now.slice(start, now.length - end))
  const joined: Edit[] = []
  for (const { from, to, tokens } of edits) {
    const edit = { from: from + start, to: to + start, tokens }
    const last = joined.at(-1)
    const between = last === undefined ? [] : old.slice(last.to, edit.from)
    if (last === undefined || between.some(isWord)) joined.push(edit)
    else
      joined[joined.length - 1] = { from: last.from, to: edit.to, tokens: [...last.tokens, ...between, ...edit.tokens] }
  }
  return joined
}

/** The fewest tokens that are removed and added, after Myers; all of them where that are too many. */
function shortest(old: readonly string[], now: readonly string[]): readonly Edit[] {
  if (old.length === 0 && now.length === 0) return []
  const whole = [{ from: 0, to: old.length, tokens: now }]
  const most = Math.min(old.length + now.length, DIFFERENCES_MAX)
  const reached = new Map([[1, 0]])
  const steps: ReadonlyMap<number, number>[] = []
  for (let count = 0; count <= most; count++) {
    steps.push(new Map(reached))
    for (let line = -count; line <= count; line += 2) {
      const isAdding = line === -count || (line !== count && at(reached, line - 1) < at(reached, line + 1))
      let x = isAdding ? at(reached, line + 1) : at(reached, line - 1) + 1
      while (x < old.length && x - line < now.length && old[x] === now[x - line]) x++
      reached.set(line, x)
      if (x >= old.length && x - line >= now.length) return walkedBack(old, now, steps)
    }
  }
  return whole
}

const at = (reached: ReadonlyMap<number, number>, line: number): number => reached.get(line) ?? -1

function walkedBack(
  old: readonly string[],
  now: readonly string[],
  steps: readonly ReadonlyMap<number, number>[],
): readonly Edit[] {
  const edits: Edit[] = []
  let [x, y] = [old.length, now.length]
  for (let count = steps.length - 1; count > 0; count--) {
    const reached = steps[count] ?? new Map<number, number>()
    const line = x - y
    const isAdding = line === -count || (line !== count && at(reached, line - 1) < at(reached, line + 1))
    const before = isAdding ? line + 1 : line - 1
    const fromX = at(reached, before)
    const fromY = fromX - before
    const edit = isAdding
      ? { from: fromX, to: fromX, tokens: now.slice(fromY, fromY + 1) }
      : { from: fromX, to: fromX + 1, tokens: [] }
    const next = edits[0]
    if (next !== undefined && next.from === edit.to) {
      edits[0] = { from: edit.from, to: next.to, tokens: [...edit.tokens, ...next.tokens] }
    } else edits.unshift(edit)
    ;[x, y] = [fromX, fromY]
  }
  return edits
}
