/**
 * A search that is not understood, as the fault of a request: the sentence for people, and for programs which characters it is about.
 */
import type { Fault } from '../contract/problem.js'
import { countCharacters } from '../journal/text.js'
import { BESIDE, type SearchFault } from './words.js'
import { offsetOf } from './writing.js'

/** What is said beside the search has no place in it. */
export function faultOf(search: string, fault: SearchFault): Fault {
  const { message: detail, parameter, place } = fault
  if (place === BESIDE) return { parameter, detail }
  return { parameter, detail, position: place, length: lengthOf(search.slice(offsetOf(search, place)), fault) }
}

/** A word as it is written: all of its quotes, or up to what ends it. */
const WRITTEN = /^-?(?:"(?:\\.|[^"\\])*"?|[^\s",()]+)/su

/** How many characters of what begins there it is: a word is told without the dash before it and without its quotes. */
function lengthOf(written: string, { word }: SearchFault): number {
  const dash = written.startsWith('-') && !word.startsWith('-') ? 1 : 0
  const isAsRead = word !== '' && written.slice(dash).toLowerCase().startsWith(word.toLowerCase())
  const part = isAsRead ? written.slice(0, dash + word.length) : word === UNREADABLE ? '' : WRITTEN.exec(written)?.[0]
  return Math.max(1, countCharacters(part ?? ''))
}

/** What is said in the place of a character that can't be shown. */
const UNREADABLE = '\ufffd'
