/** The task list of a text, `- [ ] so`: where its boxes stand, outside of code, so that one can be ticked where it is shown. */

const item = /^(?:\s{0,3}>\s?)*\s*(?:[-*+]|\d{1,9}[.)])\s+\[([ xX])\]\s/u
const fence = /^(?:\s{0,3}>\s?)*\s*(`{3,}|~{3,})/u

/** Where the letter in each box stands, in units of UTF-16. */
export function boxesOf(text: string): readonly number[] {
  const boxes: number[] = []
  let open: string | undefined
  let from = 0
  for (const line of text.split('\n')) {
    const mark = fence.exec(line)?.[1]
    if (mark !== undefined && (open === undefined || (mark.startsWith(open) && line.trim() === mark))) {
      open = open === undefined ? mark : undefined
    } else if (open === undefined && item.test(line)) boxes.push(from + line.indexOf('[') + 1)
    from += line.length + 1
  }
  return boxes
}

/** The text with one of its boxes ticked, or not; undefined where it has none there. */
export function ticked(text: string, box: number, isTicked: boolean): string | undefined {
  const at = boxesOf(text)[box]
  return at === undefined ? undefined : `${text.slice(0, at)}${isTicked ? 'x' : ' '}${text.slice(at + 1)}`
}
