/** What an entry of a history says that changed, in the words of today. */
import { fieldValuesOf, numbersOf } from '../../../tickets/members.js'
import { isSet, shownChange, shownFields, type Pair } from '../../../tickets/shown.js'
import type { Looking } from './ticket-json.js'

/** What a member was and became, as records hold it. */
type Raw = readonly [before: string | number | null, after: string | number | null]

/** Changes at an index by members of the ticket's record. Which custom fields were and are public say the queues before and after. */
export function changesJson(
  { viewer, directory }: Looking,
  members: Readonly<Record<string, Raw>>,
  queues: readonly [before: number, after: number],
  index: number,
): Record<string, unknown> {
  const changes: Record<string, unknown> = {}
  for (const [member, raw] of Object.entries(members)) {
    const shown =
      member === 'fields'
        ? shownFields(viewer, directory, fieldPairs(raw), queues, index)
        : shownChange(directory, member, isSet(member) ? numberPair(raw) : raw)
    if (shown !== undefined) changes[member] = shown
  }
  return changes
}

function numberPair([before, after]: Raw): Pair {
  return [numbersOf(String(before ?? '')), numbersOf(String(after ?? ''))]
}

function fieldPairs([before, after]: Raw): (readonly [number: string, pair: Pair])[] {
  const [was, is] = [fieldValuesOf(String(before ?? '')), fieldValuesOf(String(after ?? ''))]
  const numbers = new Set([...Object.keys(was), ...Object.keys(is)])
  return [...numbers].map((number) => [number, [was[number] ?? null, is[number] ?? null]])
}
