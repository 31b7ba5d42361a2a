/** Roles, and what each may do. One table, asked by every command and every door. */

export const roles = ['admin', 'agent', 'requester', 'viewer', 'service'] as const

export type Role = (typeof roles)[number]

export function isRole(text: string): text is Role {
  return roles.some((role) => role === text)
}

/** What can be done that not everybody may. What one may see of tickets is `sight.ts`. */
export type Action =
  /** Makes tickets, of the members that a requester may give. */
  | 'ticket.create'
  /** Writes public comments on what one may see. */
  | 'comment.public'
  /** Closes and reopens tickets of one's own. */
  | 'ticket.close'
  /** Changes whatever a ticket has, deletes and restores it, writes internal comments, links, watches for others. */
  | 'ticket.change'
  /** Undoes, for ever. */
  | 'ticket.purge'
  | 'ticket.redact'
  | 'import'
  | 'removal.restore'
  /** Labels, and views for everybody. */
  | 'label.change'
  | 'view.share'
  /** Queues, statuses, fields. */
  | 'catalogue.change'
  /** Reads the desk: tickets, as far as one sees them, queues, statuses, fields and labels; and follows it. */
  | 'catalogue.read'
  /** Reads all of a user, and makes and changes users. */
  | 'user.read'
  | 'user.handles'
  | 'user.change'
  | 'settings.change'

const requester: readonly Action[] = ['ticket.create', 'comment.public', 'ticket.close', 'catalogue.read']
const viewer: readonly Action[] = ['catalogue.read']
const agent: readonly Action[] = [...requester, 'ticket.change', 'label.change', 'view.share', 'user.handles']
const admin: readonly Action[] = [
  ...agent,
  'ticket.purge',
  'ticket.redact',
  'import',
  'removal.restore',
  'catalogue.change',
  'user.read',
  'user.change',
  'settings.change',
]

const allowed: Readonly<Record<Role, ReadonlySet<Action>>> = {
  admin: new Set(admin),
  agent: new Set(agent),
  requester: new Set(requester),
  viewer: new Set(viewer),
  service: new Set(),
}

/** Whether a role may do something; nobody at all may nothing. */
export function roleMay(role: Role | undefined, action: Action): boolean {
  return role !== undefined && allowed[role].has(action)
}

/** All that a role may do. */
export function actionsOf(role: Role | undefined): ReadonlySet<Action> {
  return role === undefined ? new Set() : allowed[role]
}
