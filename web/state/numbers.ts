/** Numbers as people write them, read alike in all forms of the page. */

/** With one comma before three digits: as the page writes thousands, and as others write thousandths. */
const UNCLEAR = /^[-+]?[1-9]\d{0,2},\d{3}$/u

/** The number that is written, with a point or a comma before its parts; undefined where it is none, or could be two. */
export function numberIn(text: string): number | undefined {
  const written = text.trim()
  if (written === '' || UNCLEAR.test(written)) return undefined
  const number = Number(written.replace(',', '.'))
  return Number.isFinite(number) ? number : undefined
}
