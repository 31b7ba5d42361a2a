/** Comments of a ticket. */
import type { FastifyInstance } from 'fastify'
import { pageDefault } from '../../../contract/limits.js'
import type { Comment, CommentChange, CommentToCreate } from '../../../contract/v1/parts.js'
import { plainText } from '../../../journal/text.js'
import { demandOwn, findComment } from '../../../tickets/comments.js'
import type { CommentRecord } from '../../../tickets/tables.js'
import { DeskError } from '../errors.js'
import {
  bodyProblems,
  guardProblems,
  locationHeader,
  onceProblems,
  readProblems,
  reads,
  replayHeader,
  shows,
  tellsDone,
  v1Answers,
  writeProblems,
} from './answers.js'
import type { Desk, Look } from './desk.js'
import { guarded } from './guarded.js'
import { guardOf, sendTagged } from './guards.js'
import { onceOf } from './once.js'
import { orderedQuery, placeOf, type OrderedQuery } from './ordered.js'
import { strongQuery } from './parts.js'
import { numberIn, numberParams, partOf, ticketSubject, wholeIn, type ByNumber, type Subject } from './subject.js'
import { timeText } from './ticket-json.js'

const errors = 'problem' as const
const tags = ['tickets']
const ofTicket = ['not_found', 'purged'] as const

/** Characters of texts in one page: a page ends early there. */
const PAGE_TEXT_MAX = 512 * 1024

const commentParams = {
  type: 'object',
  properties: {
    ...numberParams.properties,
    id: { type: 'string', description: "The comment's id.", examples: ['840'] },
  },
  required: ['number', 'id'],
} as const

interface ById {
  Params: { number: string; id: string }
}

/** Adds the routes. */
export function addComments(app: FastifyInstance, desk: Desk): void {
  app.get<ByNumber & OrderedQuery>(
    '/tickets/:number/comments',
    {
      config: { errors, saysAge: true, subject: ticketSubject() },
      schema: {
        operationId: 'v1ListComments',
        summary: 'List the comments of a ticket',
        description:
          'Oldest first, or newest first (`sort`). A page with long texts holds fewer than asked for: follow `next`.',
        tags,
        params: numberParams,
        querystring: orderedQuery,
        response: v1Answers(reads('A page.', 'CommentPage'), [...readProblems, ...ofTicket, 'invalid_cursor']),
      },
    },
    (request, reply) =>
      desk.lookInTurn(request, reply, (look) => {
        // It may have become internal, or gone, while the turn was waited for.
        look.demandKnown(numberIn(request))
        sendTagged(request, reply, undefined, commentsJson(look, numberIn(request), request.query))
      }),
  )

  app.post<ByNumber & { Body: CommentToCreate }>(
    '/tickets/:number/comments',
    {
      config: { errors, subject: ticketSubject('comment.public') },
      schema: {
        operationId: 'v1CreateComment',
        summary: 'Comment on a ticket',
        tags,
        params: numberParams,
        body: { $ref: 'CommentToCreate#' },
        response: v1Answers({ 201: shows('The comment.', 'Comment', { ...locationHeader, ...replayHeader }) }, [
          ...bodyProblems,
          ...onceProblems,
          ...writeProblems,
          ...ofTicket,
          'in_bin',
        ]),
      },
    },
    async (request, reply) => {
      const number = numberIn(request)
      const args = { number, comment: request.body, once: onceOf(request) }
      const { result } = await desk.store.run('comment.add', args, desk.asker(request))
      const { comment: id } = result.result
      reply.code(201).header('Location', `/v1/tickets/${number}/comments/${id}`)
      if (result.isReplayed) reply.header('Idempotency-Replayed', 'true')
      return desk.lookAfter(request, reply, (look) => {
        const comment = demandComment(look, number, id, true)
        // As it was made: who sends the request again gets the same, whatever has become of it.
        const made =
          comment.version > id ? { ...comment, text: request.body.text, version: id, editedTime: null } : comment
        sendTagged(request, reply, made.version, commentJson(look, made))
      })
    },
  )

  app.get<ById>(
    '/tickets/:number/comments/:id',
    {
      config: { errors, saysAge: true, subject: ticketSubject() },
      schema: {
        operationId: 'v1GetComment',
        summary: 'Get a comment',
        tags,
        params: commentParams,
        querystring: strongQuery,
        response: v1Answers(reads('The comment.', 'Comment'), [...readProblems, ...ofTicket]),
      },
    },
    (request, reply) =>
      desk.look(request, reply, (look) => {
        const comment = demandComment(look, numberIn(request), wholeIn(request.params.id))
        sendTagged(request, reply, comment.version, commentJson(look, comment))
      }),
  )

  app.patch<ById & { Body: CommentChange }>(
    '/tickets/:number/comments/:id',
    {
      config: { errors, subject: commentSubject },
      schema: {
        operationId: 'v1ChangeComment',
        summary: 'Edit a comment',
        description: "One's own; agents and admins edit any. What it said before stays in the history.",
        tags,
        params: commentParams,
        body: { $ref: 'CommentChange#' },
        response: v1Answers({ 200: shows('The comment.', 'Comment') }, [
          ...bodyProblems,
          ...guardProblems,
          ...writeProblems,
          ...ofTicket,
          'in_bin',
        ]),
      },
    },
    async (request, reply) => {
      const [number, comment] = [numberIn(request), wholeIn(request.params.id)]
      const { text, version } = request.body
      const run = () =>
        desk.store.run(
          'comment.edit',
          { number, comment, text, version: guardOf(request, version) },
          desk.asker(request),
        )
      await guarded(desk, request, reply, run, (look) => commentJson(look, demandComment(look, number, comment)))
      return desk.lookAfter(request, reply, (look) => {
        const edited = demandComment(look, number, comment)
        sendTagged(request, reply, edited.version, commentJson(look, edited))
      })
    },
  )

  app.delete<ById>(
    '/tickets/:number/comments/:id',
    {
      config: { errors, subject: commentSubject },
      schema: {
        operationId: 'v1DeleteComment',
        summary: 'Delete a comment',
        description: 'That there was one stays in the history, from which it can be undone.',
        tags,
        params: commentParams,
        response: v1Answers({ 204: tellsDone('It is gone.') }, [
          ...guardProblems,
          ...writeProblems,
          ...ofTicket,
          'in_bin',
        ]),
      },
    },
    async (request, reply) => {
      const [number, comment] = [numberIn(request), wholeIn(request.params.id)]
      const run = () =>
        desk.store.run('comment.delete', { number, comment, version: guardOf(request) }, desk.asker(request))
      await guarded(desk, request, reply, run, (look) => commentJson(look, demandComment(look, number, comment)))
      desk.sayIndex(reply)
      return reply.code(204).send()
    },
  )
}

/** A comment that there is, that the viewer may know of, and that it may change. */
const commentSubject: Subject = (look, request) => {
  look.demandKnown(numberIn(request))
  const comment = demandComment(look, numberIn(request), wholeIn(partOf(request.params, 'id')))
  demandOwn(look.viewer, comment)
}

function demandComment({ reading, viewer }: Look, number: number, id: number, isDeletedToo = false): CommentRecord {
  const comment = findComment(reading.records, viewer, number, id)
  if (comment === undefined || (comment.deletedTime !== null && !isDeletedToo)) throw new DeskError('not_found')
  return comment
}

/** A page of a ticket's comments. */
export function commentsJson(
  look: Look,
  number: number,
  query: OrderedQuery['Querystring'],
): { readonly comments: Comment[]; readonly next: string | null } {
  const { limit = pageDefault } = query
  const { isNewestFirst, behind, next: cursorBehind } = placeOf(`comments of ${number}`, query)
  const comments: Comment[] = []
  let characters = 0
  for (const comment of look.reading.comments(look.viewer, number, behind, limit + 1, isNewestFirst)) {
    characters += comment.text?.length ?? 0
    const last = comments.at(-1)
    if (last !== undefined && (comments.length >= limit || characters > PAGE_TEXT_MAX)) {
      return { comments, next: cursorBehind(last.id) }
    }
    comments.push(commentJson(look, comment))
  }
  return { comments, next: null }
}

function commentJson({ directory }: Look, comment: CommentRecord): Comment {
  const { ticket, index, time, author, internal, version, editedTime, redacted, text } = comment
  return {
    id: index,
    ticket,
    text: redacted === 1 ? null : plainText(text ?? ''),
    internal: internal === 1,
    author: directory.handle(author),
    createdAt: timeText(time),
    editedAt: editedTime === null ? null : timeText(editedTime),
    version,
    ...(redacted === 1 && { redacted: true }),
  }
}
