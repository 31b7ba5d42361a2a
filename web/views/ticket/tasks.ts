/** The task list of a text, `- [ ] so`: where its boxes stand, outside of code, so that one can be ticked where it is shown. */
import { linesOf } from '../../parts/code-lines.js'

const item = /^(?:[ \t]*>)*[ \t]*(?:[-*+]|\d{1,9}[.)])\s+\[([ xX])\]\s/u

/** Where the letter in each box stands, in units of UTF-16. */
export function boxesOf(text: string): readonly number[] {
  const boxes: number[] = []
  for (const line of linesOf(text)) {
    if (!line.isCode && item.test(line.text)) boxes.push(line.from + line.text.indexOf('[') + 1)
  }
  return boxes
}

/** The text with one of its boxes ticked, or not; undefined where it has none there. */
export function ticked(text: string, box: number, isTicked: boolean): string | undefined {
  const at = boxesOf(text)[box]
  return at === undefined ? undefined : `${text.slice(0, at)}${isTicked ? 'x' : ' '}${text.slice(at + 1)}`
}
