/** What an entry of a history says that changed, in the words of today. */
import type { HistoryEntry } from '../../../tickets/history.js'
import { numbersOf } from '../../../tickets/members.js'
import { isSet, shownChange, shownFields, type Pair } from '../../../tickets/shown.js'
import type { Looking } from './ticket-json.js'

/** What a member was and became, as records hold it. */
type Raw = readonly [before: string | number | null, after: string | number | null]

/** What an entry says that changed, by members of a ticket. */
export function changesJson(
  { viewer, directory }: Looking,
  { index, members, fields, queues }: HistoryEntry,
): Record<string, unknown> {
  const changes: Record<string, unknown> = {}
  for (const [member, raw] of Object.entries(members)) {
    const shown = shownChange(directory, member, isSet(member) ? numberPair(raw) : raw)
    if (shown !== undefined) changes[member] = shown
  }
  if (fields !== undefined && queues !== undefined) {
    const shown = shownFields(viewer, directory, Object.entries(fields), queues, index)
    if (shown !== undefined) changes['fields'] = shown
  }
  return changes
}

function numberPair([before, after]: Raw): Pair {
  return [numbersOf(String(before ?? '')), numbersOf(String(after ?? ''))]
}
