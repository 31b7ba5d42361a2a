/**
 * How a change of a ticket's member is shown, in the names of today: the same for histories and for events. What a viewer may not see of
 * a custom field is left out on the side of the change on which it was hidden.
 */
import { dayText } from '../catalogue/day.js'
import type { Directory } from '../catalogue/directory.js'
import { isOpenField } from '../catalogue/queues.js'
import type { Viewer } from '../users/viewer.js'
import { priorityName } from './members.js'

/** What a member was and became, in numbers, as records and events hold it. */
export type Pair = readonly [before: unknown, after: unknown]

export interface FromTo {
  readonly from: unknown
  readonly to: unknown
}

/** Names that a set got, and those that it has no more. */
export interface SetChange {
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

/** What is shown of a value, which is not null. */
type Show = (directory: Directory, value: unknown) => unknown

const asItIs: Show = (_, value) => value

const scalars: Readonly<Record<string, Show>> = {
  title: asItIs,
  status: (directory, value) => directory.status(Number(value)).record.name,
  priority: (_, value) => priorityName(Number(value)),
  queue: (directory, value) => directory.queue(Number(value)).record.name,
  requester: (directory, value) => directory.handle(Number(value)),
  due: (_, value) => dayText(Number(value)),
  internal: (_, value) => value === 1,
  // None is kept as an empty one.
  ref: (_, value) => (value === '' ? null : value),
}

const sets: Readonly<Record<string, (directory: Directory, number: number) => string>> = {
  assignees: (directory, number) => directory.handle(number) ?? '',
  labels: (directory, number) => directory.label(number).name,
}

/** Whether a member is a set of numbers. */
export function isSet(member: string): boolean {
  return sets[member] !== undefined
}

/** A member's change; undefined where it is none that is shown, or where the two are the same by now: one was merged into the other. */
export function shownChange(directory: Directory, member: string, pair: Pair): FromTo | SetChange | undefined {
  const name = sets[member]
  if (name !== undefined) return setChange(pair, (number) => name(directory, number))
  const show = scalars[member]
  return show === undefined ? undefined : fromTo(pair, (value) => show(directory, value))
}

/** Undefined where the two are shown alike. */
export function fromTo([before, after]: Pair, show: (value: unknown) => unknown): FromTo | undefined {
  const shown = (value: unknown): unknown => (value === null ? null : show(value))
  const [from, to] = [shown(before), shown(after)]
  return from === to ? undefined : { from, to }
}

/** A change without its side of before, which was hidden: what stands after it is all that is told. */
export function afterAlone([, after]: Pair): Pair {
  return [null, after]
}

/** Changes of custom fields at an index by their names; `pairs` are by their numbers. Undefined where none is left to be shown. */
export function shownFields(
  viewer: Viewer,
  directory: Directory,
  pairs: readonly (readonly [number: string, pair: Pair])[],
  queues: readonly [before: number, after: number],
  index: number,
): Readonly<Record<string, FromTo>> | undefined {
  const isOpen = (number: string, queue: number): boolean =>
    viewer.isStaff ||
    directory.queue(queue).fields.some((field) => String(field.field) === number && isOpenField(field, { index }))
  const shown = pairs.flatMap(([number, [before, after]]): [string, FromTo][] => {
    const from = isOpen(number, queues[0]) ? (before ?? null) : null
    const to = isOpen(number, queues[1]) ? (after ?? null) : null
    return from === to ? [] : [[directory.field(Number(number)).name, { from, to }]]
  })
  return shown.length === 0 ? undefined : Object.fromEntries(shown)
}

function setChange([before, after]: Pair, name: (number: number) => string): SetChange | undefined {
  const [was, is] = [namesIn(before, name), namesIn(after, name)]
  const added = is.filter((one) => !was.includes(one))
  const removed = was.filter((one) => !is.includes(one))
  return added.length + removed.length === 0 ? undefined : { added, removed }
}

/** Two that were merged are one. */
function namesIn(numbers: unknown, name: (number: number) => string): string[] {
  const all = Array.isArray(numbers) ? numbers.map((number) => name(Number(number))) : []
  return [...new Set(all)]
}
