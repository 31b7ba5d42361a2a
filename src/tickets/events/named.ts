/**
 * Events of what has a name, and of users: told to whoever may read the thing itself. A private view's are its owner's alone, users'
 * those of whoever may read handles.
 */
import type { Directory } from '../../catalogue/directory.js'
import { maySeeField, maySeeQueue } from '../../catalogue/sight.js'
import type { NamedByView } from '../../catalogue/views.js'
import type { NameKind } from '../../names/tables.js'
import { may } from '../../users/viewer.js'
import { fromTo } from '../shown.js'
import { pairOf, type ToldChange } from './changes.js'
import type { DeskEvent, KeptDetail } from './detail.js'
import { headOf, timeText, type Telling, type Told } from './told.js'

const kinds = ['status', 'queue', 'label', 'field', 'user', 'view'] as const

type Kind = (typeof kinds)[number]

/** Members that are kept as 0 and 1. */
const flags: ReadonlySet<string> = new Set(['archived', 'public'])

export function isNamedType(type: string): boolean {
  return kindOf(type) !== undefined
}

export function tellNamed(telling: Telling, event: DeskEvent): Told | undefined {
  const kind = kindOf(event.detail.type)
  const number = kind === undefined ? undefined : event.detail[kind]
  if (kind === undefined || number === undefined) return undefined
  if (kind === 'user') return tellUser(telling, event, number)
  if (!may(telling.viewer, 'catalogue.read')) return undefined
  if (kind === 'view') return tellView(telling, event, number)
  return mayBeTold(telling, event.detail, kind, number) ? tellName(telling, event, kind, number) : undefined
}

function kindOf(type: string): Kind | undefined {
  return kinds.find((kind) => type.startsWith(`${kind}.`))
}

/** Of queues that are not public, then or now, a requester knows nothing; of fields that are not, whoever is not staff. */
function mayBeTold(telling: Telling, detail: KeptDetail, kind: NameKind, number: number): boolean {
  const { viewer, directory } = telling
  if (viewer.isStaff) return true
  if (kind === 'queue') {
    if (viewer.role === 'viewer') return true
    return detail.hidden !== true && directory.queue(number).record.public === 1
  }
  // One that is gone is told in the name that it had.
  if (kind === 'field' && detail.type !== 'field.deleted' && !maySeeName(telling, { kind, number })) return false
  return detail.hidden !== true
}

/** Whether the viewer may know of something by its name. Statuses and labels are everybody's. */
function maySeeName({ viewer, directory }: Telling, { kind, number }: NamedByView): boolean {
  switch (kind) {
    case 'queue':
      return maySeeQueue(viewer, directory.queue(number).record)
    case 'field':
      return maySeeField(viewer, directory.field(number), directory.queues)
    case 'user':
      return may(viewer, 'user.handles') || viewer.role === 'viewer' || number === viewer.user
    case 'status':
    case 'label':
      return true
  }
}

function tellName(telling: Telling, event: DeskEvent, kind: Exclude<Kind, 'user' | 'view'>, number: number): Told {
  const { directory } = telling
  const { index, detail } = event
  const { type, version, name = '', changes, into } = detail
  // One that is gone or part of another has the name that it had.
  const isThere = type === `${kind}.created` || type === `${kind}.changed`
  const data = {
    ...headOf(telling, event),
    type,
    [kind]: isThere ? nameOf(directory, kind, number) : name,
    version,
    ...(changes !== undefined && { changes: changesOf(changes) }),
    ...(into !== undefined && { into: nameOf(directory, kind, into) }),
  }
  return { index, type, data }
}

function tellUser(telling: Telling, event: DeskEvent, number: number): Told | undefined {
  const { viewer, directory } = telling
  const { index, detail } = event
  if (!may(viewer, 'user.handles')) return undefined
  const { type, version, role, active, keys } = detail
  const data = {
    ...headOf(telling, event),
    type,
    user: directory.handle(number),
    version,
    ...(may(viewer, 'user.read') && { role, active: active === 1, ...(keys !== undefined && { keys }) }),
  }
  return { index, type, data }
}

/**
 * A view that names what the viewer may not know of is none. Of one that was in sight and is no more, since it is somebody's now or names
 * other things, all learn without content that it changed.
 */
function tellView(telling: Telling, event: DeskEvent, view: number): Told | undefined {
  const { index, detail } = event
  const { type, name, owner = null, version, hidden, names, namesBefore } = detail
  const data = { ...headOf(telling, event), type, view, name, version }
  if (owner !== null && hidden === true) return { index, type, data, only: owner }
  if (owner === null && maySeeAll(telling, names)) return { index, type, data }
  if (type !== 'view.changed' || !maySeeAll(telling, namesBefore)) return undefined
  return { index, type, data: { index, time: timeText(detail.time), actor: null, door: null, type, view, version } }
}

/** What an event of before does not say may be what only staff knows of. */
function maySeeAll(telling: Telling, names: readonly NamedByView[] | undefined): boolean {
  return telling.viewer.isStaff || (names?.every((one) => maySeeName(telling, one)) ?? false)
}

function changesOf(changes: Readonly<Record<string, unknown>>): Record<string, ToldChange> {
  const told: Record<string, ToldChange> = {}
  for (const [member, change] of Object.entries(changes)) {
    const show = flags.has(member) ? (value: unknown) => value === 1 : (value: unknown) => value
    told[member] = Array.isArray(change) ? (fromTo(pairOf(change), show) ?? true) : true
  }
  return told
}

function nameOf(directory: Directory, kind: Exclude<Kind, 'user' | 'view'>, number: number): string {
  switch (kind) {
    case 'status':
      return directory.status(number).record.name
    case 'queue':
      return directory.queue(number).record.name
    case 'label':
      return directory.label(number).name
    case 'field':
      return directory.field(number).name
  }
}
