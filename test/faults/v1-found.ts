/**
 * The verdict over searches: what one found at an index is what the records say of that index, each ticket as it stood then, none missing
 * and none too many. It knows nothing of how tickets are found: it looks at each of them.
 */
import type { Search, SearchLook } from './v1-asked.js'
import { stateAt, type TicketPast, type TicketState } from './v1-past.js'

type Pasts = ReadonlyMap<number, TicketPast>

/** Every way in which a search contradicts the records, in words. */
export function untrueSearch(pasts: Pasts, look: SearchLook): string[] {
  const { q, node, floor, index, found } = look
  const what = `the search ${q} was answered by ${node} at ${index}`
  if (index < floor) return [`${what}, though ${floor} was known`]
  const all = [...pasts]
    .flatMap(([number, past]) => matching(number, past, look, index))
    .toSorted((one, other) => other.number - one.number)
  const expected = all.slice(0, look.isIncomplete ? found.length : look.limit).map(({ line }) => line)
  const place = Array.from({ length: Math.max(found.length, expected.length) }, (_, at) => at).find(
    (at) => found[at] !== expected[at],
  )
  if (place !== undefined) {
    return [
      `${what} with ${found[place] ?? 'nothing'} at place ${place + 1}; there was ${expected[place] ?? 'nothing'}`,
    ]
  }
  const { total, isExact } = look.total
  const isTrue = isExact ? total === all.length : total >= found.length && total <= all.length
  return isTrue ? [] : [`${what} with ${isExact ? '' : 'at least '}${total} tickets; there were ${all.length}`]
}

/** A ticket of a list in a line. */
export function foundLine(
  number: number,
  { version, title, description, status, labels }: Omit<TicketState, 'index' | 'change'> & { readonly version: number },
): string {
  return JSON.stringify({ number, version, title, description, status, labels: labels.toSorted() })
}

function matching(
  number: number,
  past: TicketPast,
  search: Search,
  index: number,
): { readonly number: number; readonly line: string }[] {
  const state = stateAt(past, index)
  if (state === undefined || state.change === 'deleted' || !isFound(past, state, search, index)) return []
  return [{ number, line: foundLine(number, { ...state, version: state.index }) }]
}

function isFound(
  { comments }: TicketPast,
  { title, description, labels, status }: TicketState,
  { label, status: wanted, text, beginning }: Search,
  index: number,
): boolean {
  if (label !== undefined && !labels.includes(label)) return false
  if (wanted !== undefined && status !== wanted) return false
  if (beginning !== undefined && !title.startsWith(beginning)) return false
  if (text === undefined || title === text || description === text) return true
  return comments.some((comment) => comment.index <= index && comment.text === text)
}
