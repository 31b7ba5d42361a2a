/** Which titles may say the same as one that is being written: those that share enough of its words. */

/** So many words are looked for, the longest. */
const WORDS_MAX = 6

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' })

const folded = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLocaleLowerCase()

/** The words of a title that tell most, in any script; none where there is too little to go by. */
export function wordsOf(title: string): readonly string[] {
  const found = new Set<string>()
  for (const { segment, isWordLike } of segmenter.segment(title)) {
    const isLong = segment.length >= 4 || (segment.length >= 2 && /[^\p{Script=Latin}\p{N}]/u.test(segment))
    if (isWordLike === true && isLong) found.add(folded(segment))
  }
  return [...found].toSorted((a, b) => b.length - a.length).slice(0, WORDS_MAX)
}

/** Those of the tickets that share words enough, the most alike first. */
export function similarIn<Titled extends { readonly title: string | null }>(
  asked: readonly string[],
  tickets: readonly Titled[],
): readonly Titled[] {
  const enough = Math.min(asked.length, Math.max(1, Math.ceil(asked.length / 2)))
  return tickets
    .map((ticket) => {
      const title = folded(ticket.title ?? '')
      return { ticket, shared: asked.filter((word) => title.includes(word)).length }
    })
    .filter(({ shared }) => shared >= enough)
    .toSorted((a, b) => b.shared - a.shared)
    .map(({ ticket }) => ticket)
}
