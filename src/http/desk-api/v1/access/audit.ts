/** `/v1/audit`: what was done with rights, for admins. */
import type { FastifyInstance } from 'fastify'
import { pageDefault } from '../../../../contract/limits.js'
import type { AuditEntry } from '../../../../contract/v1/access.js'
import { auditKinds, type AuditKind } from '../../../../contract/audit-kinds.js'
import type { AuditRecord } from '../../../../users/tables.js'
import { readProblems, reads, v1Answers } from '../answers.js'
import { readCursor, writeCursor } from '../cursor.js'
import type { Desk, Look } from '../desk.js'
import { sendTagged } from '../guards.js'
import { pageQuery, type PageQuery } from '../parts.js'
import { subject } from '../subject.js'
import { timeText } from '../ticket-json.js'
import type { AccessRoom } from './room.js'

interface AuditQuery {
  Querystring: PageQuery['Querystring'] & { readonly kind?: AuditKind }
}

const querystring = {
  ...pageQuery,
  properties: {
    ...pageQuery.properties,
    kind: { type: 'string', enum: auditKinds, description: 'Only of this kind.' },
  },
} as const

/** Adds the route. */
export function addAudit(app: FastifyInstance, desk: Desk, { reading }: AccessRoom): void {
  app.get<AuditQuery>(
    '/audit',
    {
      config: { errors: 'problem', saysAge: true, isForAll: true, subject: subject('audit.read') },
      schema: {
        operationId: 'v1ListAudit',
        summary: 'What was done with rights',
        description: 'The newest first: sign-ins, credentials, changes of rights, purges, erased texts.',
        tags: ['access'],
        querystring,
        response: v1Answers(reads('A page.', 'AuditPage'), [...readProblems, 'invalid_cursor']),
      },
    },
    (request, reply) =>
      desk.look(request, reply, (look) => {
        const { limit = pageDefault, cursor, kind } = request.query
        const list = kind === undefined ? 'audit' : `audit ${kind}`
        const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : readCursor(list, cursor)
        const rows = reading.audit(before, limit + 1, kind)
        const shown = rows.slice(0, limit)
        const last = rows.length > limit ? shown.at(-1) : undefined
        sendTagged(request, reply, undefined, {
          entries: shown.map((row) => auditJson(look, row)),
          next: last === undefined ? null : writeCursor(list, last.index),
        })
      }),
  )
}

function auditJson({ directory }: Look, { index, time, kind, actor, door, address, about }: AuditRecord): AuditEntry {
  const told: Record<string, unknown> = JSON.parse(about)
  const { user } = told
  return {
    index,
    time: timeText(time),
    kind,
    actor: directory.handle(actor),
    door,
    address,
    about: typeof user === 'number' ? { ...told, user: directory.handle(user) } : told,
  }
}
