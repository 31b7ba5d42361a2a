/** Many changes as one: batch, undo, import, and the removals of all tickets at once. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { batchBytesMax, pageDefault } from '../../../contract/limits.js'
import type { Batch, Import, Removal, Undo } from '../../../contract/v1/together.js'
import type { ImportedTicket } from '../../../tickets/import.js'
import type { TicketInput } from '../../../tickets/input.js'
import type { Operation } from '../../../tickets/batch.js'
import { RESTORED_MAX, type RemovalToRestore, type RestoredPart } from '../../../tickets/removals.js'
import { CommandError, StoreError } from '../../../store/errors.js'
import { DeskError } from '../errors.js'
import {
  bodyProblems,
  onceProblems,
  readProblems,
  reads,
  replayHeader,
  shows,
  v1Answers,
  writeProblems,
} from './answers.js'
import { readCursor, writeCursor } from './cursor.js'
import type { Desk, Look } from './desk.js'
import { guarded } from './guarded.js'
import { sendTagged } from './guards.js'
import { onceOf } from './once.js'
import { pageQuery, type PageQuery } from './parts.js'
import { subject, wholeIn } from './subject.js'
import { demandOwnMembers } from './change-body.js'
import { timeText } from './ticket-json.js'
import { readTime } from './time.js'

const errors = 'problem' as const
const tags = ['together']

/**
 * Tickets that the first commit of a request brings back; the next one twice as many where that was quick, half as many where it was not.
 * Where other nodes write too, a large commit is often in vain: somebody else was first while it was made.
 */
const FIRST_STEP = 25
const QUICK_MS = 150

/** What a request is told that brought some tickets back and was refused the rest, and why. */
function inPart(why: string): string {
  return `Some of the tickets are back. Of the others: ${why} Send the request again with the same Idempotency-Key: it goes on from there.`
}

const ruleProblems = [
  'not_found',
  'purged',
  'in_bin',
  'forbidden_move',
  'field_required',
  'ref_taken',
  'ring',
  'full',
] as const

/** Adds the routes of batch, undo and import. */
export function addTogether(app: FastifyInstance, desk: Desk): void {
  app.post<{ Body: Batch }>(
    '/batch',
    {
      bodyLimit: batchBytesMax,
      config: { errors, subject: subject('ticket.create') },
      schema: {
        operationId: 'v1Batch',
        summary: 'Do many things as one',
        description:
          'Up to 500 operations, all or none, in one commit, and one undo. A refusal names the operation by its pointer.',
        tags,
        body: { $ref: 'Batch#' },
        response: v1Answers({ 200: shows('What each came to.', 'BatchResult', replayHeader) }, [
          ...bodyProblems,
          'guards_differ',
          'not_current',
          ...onceProblems,
          ...writeProblems,
          ...ruleProblems,
          'read_only',
        ]),
      },
    },
    async (request, reply) => {
      const operations = request.body.operations.map(toOperation)
      const run = () => desk.store.run('ticket.batch', { operations, once: onceOf(request) }, desk.asker(request))
      const { result } = await guarded(desk, request, reply, run)
      if (result.isReplayed) reply.header('Idempotency-Replayed', 'true')
      return desk.lookAfter(request, reply, () => sendTagged(request, reply, undefined, result.result))
    },
  )

  app.post<{ Body: Undo }>(
    '/undo',
    {
      config: { errors, subject: subject('ticket.create') },
      schema: {
        operationId: 'v1Undo',
        summary: 'Take a change back',
        description:
          'Takes back what was done at an index, or the whole batch, all or none. A later change of something else stays; of the same it stands in the way (409), as does what leaves no place for what was there: a label that is archived, a field that the queue lacks. A batch of which that would be too much at once (413) is taken back in parts: name some of its `tickets`.',
        tags,
        body: { $ref: 'Undo#' },
        response: v1Answers({ 200: shows('What was changed back.', 'Undone', replayHeader) }, [
          ...bodyProblems,
          ...onceProblems,
          ...writeProblems,
          ...ruleProblems,
          'undo_barred',
          'too_long_ago',
        ]),
      },
    },
    async (request, reply) => {
      const args = { ...request.body, once: onceOf(request) }
      const { result } = await desk.store.run('ticket.undo', args, desk.asker(request))
      if (result.isReplayed) reply.header('Idempotency-Replayed', 'true')
      const { tickets, index } = result.result
      return desk.lookAfter(request, reply, () =>
        sendTagged(request, reply, undefined, { tickets: [...tickets], index }),
      )
    },
  )

  app.post<{ Body: Import }>(
    '/import',
    {
      config: { errors, subject: subject('import') },
      schema: {
        operationId: 'v1Import',
        summary: 'Bring tickets from elsewhere',
        description:
          'As a batch, with times and authors of before. It may be run again: what has a `ref` that is known stays as it is, and gets the comments that it lacks.',
        tags,
        body: { $ref: 'Import#' },
        response: v1Answers({ 200: shows('What each row came to.', 'ImportResult', replayHeader) }, [
          ...bodyProblems,
          ...onceProblems,
          ...writeProblems,
          ...ruleProblems,
        ]),
      },
    },
    async (request, reply) => {
      const tickets = request.body.tickets.map(toImported)
      const asker = { ...desk.asker(request), door: 'import' }
      const { result } = await desk.store.run('ticket.import', { tickets, once: onceOf(request) }, asker)
      if (result.isReplayed) reply.header('Idempotency-Replayed', 'true')
      return desk.lookAfter(request, reply, () => sendTagged(request, reply, undefined, result.result))
    },
  )
}

function toOperation(operation: Batch['operations'][number], place: number): Operation {
  if (operation.op !== 'change') return operation
  const { op, number, version, change } = operation
  return {
    op,
    number,
    version: sameVersion(version, change.version, `/operations/${place}/version`),
    internalVersion: change.internalVersion,
    change: demandOwnMembers(change, `/operations/${place}/change`),
  }
}

/** The version may stand beside the change or in it. */
function sameVersion(beside: number | undefined, inside: number | undefined, pointer: string): number | undefined {
  if (beside === undefined || inside === undefined || beside === inside) return beside ?? inside
  const detail = 'The operation and its change name different versions. Send one of them.'
  throw new DeskError('guards_differ', detail, [{ pointer, detail }])
}

function toImported(
  { ticket, createdAt, createdBy, comments = [] }: Import['tickets'][number],
  place: number,
): ImportedTicket {
  const at = `/tickets/${place}`
  const { ref } = ticket
  if (ref === undefined || ref === null) {
    const detail = 'A ticket that is imported has a ref, so that it is known when the import is run again. Send one.'
    throw new DeskError('invalid_value', detail, [{ pointer: `${at}/ticket/ref`, detail }])
  }
  const input: TicketInput & { ref: string } = { ...ticket, ref }
  return {
    ticket: input,
    createdTime: createdAt === undefined ? undefined : readTime(createdAt, `${at}/createdAt`),
    createdBy,
    comments: comments.map(({ text, internal, createdAt: time, author }, comment) => ({
      text,
      internal,
      time: readTime(time, `${at}/comments/${comment}/createdAt`),
      author,
    })),
  }
}

const removalParams = {
  type: 'object',
  properties: { index: { type: 'string', description: 'The index of the removal.' } },
  required: ['index'],
} as const

/** Adds the routes of removals. */
export function addRemovals(app: FastifyInstance, desk: Desk): void {
  const config = { errors, subject: subject('removal.restore') }

  app.get<PageQuery>(
    '/removals',
    {
      config: { ...config, saysAge: true },
      schema: {
        operationId: 'v1ListRemovals',
        summary: 'List the removals of all tickets at once',
        description: 'Newest first: each time that `/tickets` was removed as a whole, through the key tree or the lab.',
        tags,
        querystring: pageQuery,
        response: v1Answers(reads('A page.', 'RemovalPage'), [...readProblems, 'invalid_cursor']),
      },
    },
    (request, reply) =>
      desk.look(request, reply, (look) => sendTagged(request, reply, undefined, removalsJson(look, request.query))),
  )

  app.post<{ Params: { index: string }; Querystring: { from?: number } }>(
    '/removals/:index/restore',
    {
      config,
      schema: {
        operationId: 'v1RestoreRemoval',
        summary: 'Bring back what a removal took',
        description:
          'In bounded commits, 3,000 tickets in order of their numbers; the answer says how far it got: repeat it with `from` until `next` is null. Sent again it does no harm; with an `Idempotency-Key` it goes on where the first one is, and gets the same answer.',
        tags,
        params: removalParams,
        querystring: {
          type: 'object',
          properties: { from: { type: 'integer', minimum: 1, description: 'The number to go on with.' } },
          additionalProperties: false,
        },
        response: v1Answers({ 200: shows('How far they are back.', 'RemovalRestored', replayHeader) }, [
          ...readProblems,
          ...onceProblems,
          ...writeProblems,
          'not_found',
        ]),
      },
    },
    async (request, reply) => {
      const index = wholeIn(request.params.index)
      const { from = 1 } = request.query
      const args = { index, from, once: onceOf(request, { from }) }
      let part = await restorePart(desk, request, { ...args, most: FIRST_STEP })
      if (part.isReplayed) reply.header('Idempotency-Replayed', 'true')
      for (let most = FIRST_STEP; !part.isOver;) {
        const { restored, left, next, looked } = part
        const began = performance.now()
        try {
          part = await restorePart(desk, request, { ...args, most, soFar: { restored, left, next, looked } })
        } catch (error) {
          // As long as nothing came back, what is wrong is all there is to tell.
          if (!(error instanceof StoreError || error instanceof CommandError) || restored === 0) throw error
          // What came back before is told: the request is repeated from there. With a key it goes on by itself when it is repeated.
          if (args.once !== undefined) throw new StoreError('unknown-outcome', inPart(error.message))
          break
        }
        const isQuick = performance.now() - began < QUICK_MS
        most = isQuick ? Math.min(RESTORED_MAX, most * 2) : Math.max(1, Math.floor(most / 2))
      }
      const { restored, left, next } = part
      return desk.lookAfter(request, reply, () => sendTagged(request, reply, undefined, { restored, left, next }))
    },
  )
}

function removalsJson({ directory, reading }: Look, { limit = pageDefault, cursor }: PageQuery['Querystring']) {
  const before = readCursor('removals', cursor)
  const found = reading.removals(before === 0 ? Number.MAX_SAFE_INTEGER : before, limit + 1)
  const removals = found.slice(0, limit).map(({ index, time, actor, door, last }): Removal => ({
    index,
    time: timeText(time),
    actor: directory.handle(actor),
    door: door === 'none' ? null : door,
    last,
  }))
  const last = removals.at(-1)
  return { removals, next: last !== undefined && found.length > limit ? writeCursor('removals', last.index) : null }
}

/** One commit of a request that brings tickets back. */
async function restorePart(desk: Desk, request: FastifyRequest, part: RemovalToRestore): Promise<RestoredPart> {
  const { result } = await desk.store.run('removal.restore', part, desk.asker(request))
  return result
}
