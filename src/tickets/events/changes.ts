/** What an event says that changed, in the names of today: of each member what it was and what it is, of a description only that it changed. */
import { dayText } from '../../catalogue/day.js'
import type { Directory } from '../../catalogue/directory.js'
import type { Viewer } from '../../users/viewer.js'
import { priorityName } from '../members.js'
import { factsAfter, factsBefore, type KeptDetail } from './detail.js'

export interface FromTo {
  readonly from: unknown
  readonly to: unknown
}

/** Names that a set got, and those that it has no more. */
interface SetChange {
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

export type ToldChange = FromTo | SetChange | Readonly<Record<string, FromTo>> | true

export type ToldChanges = Readonly<Record<string, ToldChange>>

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

/** The changes that a viewer may be told; undefined where there were some and none is left. */
export function toldChanges(viewer: Viewer, directory: Directory, detail: KeptDetail): ToldChanges | undefined {
  const { changes = {} } = detail
  const told: Record<string, ToldChange> = {}
  let isLess = false
  for (const [member, change] of Object.entries(changes)) {
    if (member === 'fields') {
      const fields = fieldChanges(viewer, directory, detail, change)
      if (fields === undefined) isLess = true
      else told[member] = fields
      continue
    }
    const [show, name] = [scalars[member], sets[member]]
    const shown =
      show !== undefined
        ? fromTo(change, (value) => show(directory, value))
        : name === undefined
          ? change === true || undefined
          : setChange(change, (number) => name(directory, number))
    if (shown !== undefined) told[member] = shown
  }
  return isLess && Object.keys(told).length === 0 ? undefined : told
}

/** Undefined where the two are the same by now: one was merged into the other. */
export function fromTo(pair: unknown, show: (value: unknown) => unknown): FromTo | undefined {
  const [from, to] = pairOf(pair).map((value) => (value === null ? null : show(value)))
  return from === to ? undefined : { from, to }
}

function setChange(pair: unknown, name: (number: number) => string): SetChange | undefined {
  const [from, to] = pairOf(pair)
  const [before, after] = [namesIn(from, name), namesIn(to, name)]
  const added = after.filter((one) => !before.includes(one))
  const removed = before.filter((one) => !after.includes(one))
  return added.length + removed.length === 0 ? undefined : { added, removed }
}

/** Two that were merged are one. */
function namesIn(numbers: unknown, name: (number: number) => string): string[] {
  const all = Array.isArray(numbers) ? numbers.map((number) => name(Number(number))) : []
  return [...new Set(all)]
}

/** Those that the queue of before or of after shows to whom the viewer is. */
function fieldChanges(
  viewer: Viewer,
  directory: Directory,
  detail: KeptDetail,
  changes: unknown,
): Record<string, FromTo> | undefined {
  const queues = [factsAfter(detail).queue, factsBefore(detail)?.queue]
  const known = queues.flatMap((queue) => (queue === undefined ? [] : directory.queue(queue).fields))
  const shown: [string, FromTo][] = []
  for (const [number, pair] of Object.entries(Object(changes))) {
    const isShown = viewer.isStaff || known.some((field) => field.field === Number(number) && field.public)
    const [from, to] = pairOf(pair)
    if (isShown) shown.push([directory.field(Number(number)).name, { from, to }])
  }
  return shown.length === 0 ? undefined : Object.fromEntries(shown)
}

function pairOf(pair: unknown): [unknown, unknown] {
  return Array.isArray(pair) ? [pair[0], pair[1]] : [undefined, undefined]
}
