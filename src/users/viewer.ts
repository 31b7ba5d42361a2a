/**
 * Who looks and acts: a user with a role, as of the state that is read. Every command, query, count and event of the desk takes
 * one; what a viewer may see is `sight.ts`.
 */
import { DeskRefusal } from '../names/refusal.js'
import type { Asker } from '../store/command.js'
import type { Records } from '../store/records.js'
import { grantsAction, isRole, roleMay, type Action, type Role } from './role.js'
import { settingTable, userTable, type UserRecord } from './tables.js'

export interface Viewer {
  /** The user's number; null for nobody in particular. */
  readonly user: number | null
  /** Undefined for whom the desk does not know, or no more. */
  readonly role: Role | undefined
  /** Admins and agents: they see what is internal. */
  readonly isStaff: boolean
  /** What was granted to this request: the scopes of a token. Undefined where that is all that the role may. */
  readonly granted?: readonly string[] | undefined
}

/** The setting that says that the desk knows its users, and lets in nobody else. */
export const ACCESS_SETTING = 'access'

/** The door of whoever sits at the machine and can write the data itself: no door of a network has this name. */
export const MACHINE_DOOR = 'machine'

/** Who asks, as of a state: on an open desk everybody may do all; on a closed one whom a request only claims to be for is nobody. */
export function viewerOf(records: Records, asker: Asker): Viewer {
  return viewerFor(asker, isOpen(records), (number) => records.get(userTable, String(number)))
}

/** The same from what is known already. */
export function viewerFor(
  { actor, rights, door, isClaimed }: Asker,
  isDeskOpen: boolean,
  userNumbered: (number: number) => UserRecord | undefined,
): Viewer {
  if (isDeskOpen || door === MACHINE_DOOR) return { user: actor, role: 'admin', isStaff: true }
  if (isClaimed === true) return { user: null, role: undefined, isStaff: false }
  const user = actor === null ? undefined : userNumbered(actor)
  const role = user?.active === 1 && isRole(user.role) ? user.role : undefined
  const isStaff = role === 'admin' || role === 'agent'
  return rights === undefined ? { user: actor, role, isStaff } : { user: actor, role, isStaff, granted: rights }
}

/** Whether everybody may do all: nobody has a credential yet. */
export function isOpen(records: Records): boolean {
  return records.get(settingTable, ACCESS_SETTING)?.value !== 'closed'
}

export function may(viewer: Viewer, action: Action): boolean {
  return roleMay(viewer.role, action) && grantsAction(viewer.granted, action)
}

/** Throws a refusal where the viewer may not. */
export function demand(viewer: Viewer, action: Action): void {
  if (!may(viewer, action)) throw new DeskRefusal('forbidden')
}
