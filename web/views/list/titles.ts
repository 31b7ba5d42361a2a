/** What a search is called: by its name in the side bar where it has one. */
import { views } from '../../state/names.js'
import { words } from '../../words/words.js'

/** The searches that every desk has: of whoever one is, and of those who work on tickets alone, as nobody else is an assignee. */
export const standing = [
  { q: 'is:open assignee:@me', name: words.frame.forMe, icon: 'inbox', isMine: true, isForStaff: true },
  { q: 'is:open is:watched', name: words.frame.watching, icon: 'eye', isMine: true, isForStaff: false },
  { q: 'is:open', name: words.frame.allOpen, icon: 'list', isMine: false, isForStaff: false },
  { q: 'is:open is:unassigned', name: words.frame.unassigned, icon: 'nobody', isMine: false, isForStaff: true },
  { q: 'is:overdue', name: words.frame.overdue, icon: 'clock', isMine: false, isForStaff: false },
  { q: 'is:done', name: words.frame.allDone, icon: 'check', isMine: false, isForStaff: false },
] as const

/** What was deleted and can be brought back; for those who may. */
export const BIN = 'is:bin'

export function titleOf(q: string): string {
  const asked = q.trim()
  if (asked === '') return words.frame.all
  if (asked === BIN) return words.frame.bin
  const known = standing.find((one) => one.q === asked)?.name ?? views.value.find(({ query }) => query === asked)?.name
  const queue = /^is:open queue:"?([^"\s]+)"?$/u.exec(asked)?.[1]
  return known ?? queue ?? words.list.title
}
