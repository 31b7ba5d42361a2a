/** A search as text, cut where its terms begin and end: enough to mark and to complete it. What it means is the desk's to say. */

export interface Term {
  /** Its letters as they stand, or the spaces between two. */
  readonly text: string
  /** Where it begins, in units of UTF-16. */
  readonly from: number
  /** Its name with the colon and a minus before it; undefined where it is a word. */
  readonly key: string | undefined
}

/** All of a text, cut into terms and the spaces between them. */
export function termsOf(text: string): readonly Term[] {
  const terms: Term[] = []
  const pattern =
    /\s+|[()]|(-?[a-z-]+(?:\.(?:[\p{L}\p{N}_-]+|"(?:\\.|[^"\\])*"))?:)?(?:"(?:\\.|[^"\\])*"?|[^\s()"])*/giuy
  while (pattern.lastIndex < text.length) {
    const from = pattern.lastIndex
    const match = pattern.exec(text)
    const found = match?.[0] ?? ''
    if (found === '') break
    terms.push({ text: found, from, key: match?.[1] })
    pattern.lastIndex = from + found.length
  }
  return terms
}

/** A value as it is written in a search: in quotes where it holds what would end it, or would mean something else as it stands. */
export function quoted(value: string): string {
  const isPlain = /^[^\s",():\\]+$/u.test(value) && !/^(?:none|\*|@me)$/iu.test(value)
  return isPlain ? value : `"${value.replaceAll(/["\\]/gu, String.raw`\$&`)}"`
}

/** A search without one of its terms. */
export function without(text: string, term: Term): string {
  return `${text.slice(0, term.from)}${text.slice(term.from + term.text.length)}`.replaceAll(/\s+/gu, ' ').trim()
}
