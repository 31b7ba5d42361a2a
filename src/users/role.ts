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
  /** Sees all tickets, as the lab's paths and the key tree show them. */
  | 'ticket.all'
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
  /** Reads how the desk runs: its nodes and its figures. */
  | 'desk.read'
  /** Reads what was done with rights. */
  | 'audit.read'
  /** Makes and ends tokens, sessions and links of others. */
  | 'credential.change'

const requester: readonly Action[] = ['ticket.create', 'comment.public', 'ticket.close', 'catalogue.read']
const viewer: readonly Action[] = ['catalogue.read']
const agent: readonly Action[] = [
  ...requester,
  'ticket.all',
  'ticket.change',
  'label.change',
  'view.share',
  'user.handles',
  'desk.read',
]
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
  'audit.read',
  'credential.change',
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

/** How much of the key tree a role may read and change. */
export type KeyShare =
  /** All of it. */
  | 'all'
  /** What lies at and below `/tickets`. */
  | 'tickets'
  /** What the user was given. */
  | 'given'
  | 'none'

/** The key tree's part of the table: which scopes it takes beside the role stands in `key-parts.ts`. */
export const keyShares: Readonly<Record<Role, KeyShare>> = {
  admin: 'all',
  agent: 'tickets',
  requester: 'none',
  viewer: 'none',
  service: 'given',
}

/** What a token may be limited to. `write` has what `read` has, `admin` what `write` has, `keys:write` what `keys:read` has; none of the first three has keys. */
export const scopes = ['read', 'write', 'admin', 'keys:read', 'keys:write'] as const

export type Scope = (typeof scopes)[number]

export function isScope(text: string): text is Scope {
  return scopes.some((scope) => scope === text)
}

/** The scopes that grant what each asks for. */
const granting: Readonly<Record<Scope, readonly string[]>> = {
  read: ['read', 'write', 'admin'],
  write: ['write', 'admin'],
  admin: ['admin'],
  'keys:read': ['keys:read', 'keys:write'],
  'keys:write': ['keys:write'],
}

/** Whether what was granted to a request covers a scope; undefined is all that the actor may. */
export function isGranted(granted: readonly string[] | undefined, scope: Scope): boolean {
  return granted === undefined || granting[scope].some((one) => granted.includes(one))
}

/** The scope that each action needs beside the role. */
const needed: Readonly<Record<Action, Scope>> = {
  'ticket.create': 'write',
  'comment.public': 'write',
  'ticket.close': 'write',
  'ticket.all': 'read',
  'ticket.change': 'write',
  'ticket.purge': 'admin',
  'ticket.redact': 'admin',
  import: 'admin',
  'removal.restore': 'admin',
  'label.change': 'write',
  'view.share': 'write',
  'catalogue.change': 'admin',
  'catalogue.read': 'read',
  'user.read': 'read',
  'user.handles': 'read',
  'user.change': 'admin',
  'settings.change': 'admin',
  'desk.read': 'read',
  'audit.read': 'admin',
  'credential.change': 'admin',
}

/** Whether what was granted covers an action. */
export function grantsAction(granted: readonly string[] | undefined, action: Action): boolean {
  return isGranted(granted, needed[action])
}
