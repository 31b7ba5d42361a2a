/** How long a text is as the desk counts it: in bytes of UTF-8. Four for an emoji at least, one for a line end as fields have it. */
import { textBytesMax } from '../../src/contract/limits.js'

/** By how many bytes a description or a comment is too long; 0 where it is not. */
export function bytesOver(text: string): number {
  // No character of UTF-16 takes more than three.
  if (text.length * 3 <= textBytesMax) return 0
  return Math.max(0, new TextEncoder().encode(text).length - textBytesMax)
}
