/** What changed, in the words of today: for histories and events alike. */
import { dayText } from '../../../catalogue/day.js'
import type { Directory } from '../../../catalogue/directory.js'
import { fieldValuesOf, numbersOf, priorityName } from '../../../tickets/members.js'
import type { Looking } from './ticket-json.js'

/** What a member was and became, as records hold it. */
type Raw = readonly [before: string | number | null, after: string | number | null]

/** Changes by members of the ticket's record. Which custom fields were and are public say the queues before and after. */
export function changesJson(
  looking: Looking,
  members: Readonly<Record<string, Raw>>,
  queues: readonly [before: number, after: number],
): Record<string, unknown> {
  const { directory } = looking
  const changes: Record<string, unknown> = {}
  for (const [member, [before, after]] of Object.entries(members)) {
    const show = shows[member]
    if (member === 'labels') changes[member] = setChange(before, after, (label) => directory.label(label).name)
    else if (member === 'assignees') changes[member] = setChange(before, after, (user) => directory.handle(user) ?? '')
    else if (member === 'fields') {
      const fields = fieldsChange(looking, String(before ?? ''), String(after ?? ''), queues)
      if (Object.keys(fields).length > 0) changes[member] = fields
    } else if (show !== undefined) changes[member] = { from: show(directory, before), to: show(directory, after) }
  }
  return changes
}

type Show = (directory: Directory, value: string | number | null) => string | boolean | null

const shows: Readonly<Record<string, Show>> = {
  title: (_directory, value) => (value === null ? null : String(value)),
  status: (directory, value) => (value === null ? null : directory.status(Number(value)).record.name),
  priority: (_directory, value) => (value === null ? null : priorityName(Number(value))),
  queue: (directory, value) => (value === null ? null : directory.queue(Number(value)).record.name),
  requester: (directory, value) => directory.handle(value === null ? null : Number(value)),
  due: (_directory, value) => (value === null ? null : dayText(Number(value))),
  internal: (_directory, value) => value === 1,
  ref: (_directory, value) => (value === '' || value === null ? null : String(value)),
}

function setChange(
  before: Raw[0],
  after: Raw[1],
  name: (number: number) => string,
): { added: string[]; removed: string[] } {
  const [was, is] = [numbersOf(String(before ?? '')), numbersOf(String(after ?? ''))]
  return {
    added: is.filter((number) => !was.includes(number)).map(name),
    removed: was.filter((number) => !is.includes(number)).map(name),
  }
}

/** Those that only staff sees are left out for others, on the side of the change on which they were hidden. */
function fieldsChange(
  { viewer, directory }: Looking,
  before: string,
  after: string,
  queues: readonly [before: number, after: number],
): Record<string, unknown> {
  const [was, is] = [fieldValuesOf(before), fieldValuesOf(after)]
  const [wasOpen, isOpen] = queues.map((queue) => {
    const open = directory.queue(queue).fields.filter((field) => field.public)
    return new Set(open.map(({ field }) => String(field)))
  })
  const changes: Record<string, unknown> = {}
  for (const number of new Set([...Object.keys(was), ...Object.keys(is)])) {
    const from = viewer.isStaff || wasOpen?.has(number) === true ? (was[number] ?? null) : null
    const to = viewer.isStaff || isOpen?.has(number) === true ? (is[number] ?? null) : null
    if (was[number] !== is[number] && from !== to) changes[directory.field(Number(number)).name] = { from, to }
  }
  return changes
}
