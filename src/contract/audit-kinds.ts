/** What the audit writes down of what is done with rights. */
export const auditKinds = [
  'desk.closed',
  'desk.opened',
  'sign-in',
  'sign-out',
  'password.set',
  'token.created',
  'token.revoked',
  'link.created',
  'link.used',
  'user.created',
  'user.changed',
  'ticket.purged',
  'ticket.redacted',
  'refused',
] as const

export type AuditKind = (typeof auditKinds)[number]
