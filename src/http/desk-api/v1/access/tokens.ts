/** `/v1/tokens`: credentials for programs. */
import type { FastifyInstance } from 'fastify'
import { newSecret, secretHash } from '../../../../access/secret.js'
import type { TokenRecord } from '../../../../access/tables.js'
import type { Token, TokenToCreate } from '../../../../contract/v1/access.js'
import { isScope } from '../../../../users/role.js'
import { DeskError } from '../../errors.js'
import {
  bodyProblems,
  locationHeader,
  readProblems,
  reads,
  shows,
  tellsDone,
  v1Answers,
  writeProblems,
} from '../answers.js'
import type { Desk, Look } from '../desk.js'
import { sendTagged } from '../guards.js'
import { wholeIn } from '../subject.js'
import { timeText } from '../ticket-json.js'
import { readTime } from '../time.js'
import { ofUserQuery, pageOf, refuseOnce, type AccessRoom, type OfUserQuery } from './room.js'

const errors = 'problem' as const
const tags = ['access']

const idParams = {
  type: 'object',
  properties: { id: { type: 'string', description: "The token's id.", examples: ['3'] } },
  required: ['id'],
} as const

/** Adds the routes. */
export function addTokens(app: FastifyInstance, desk: Desk, { reading, now }: AccessRoom): void {
  app.get<OfUserQuery>(
    '/tokens',
    {
      config: { errors, saysAge: true, isForAll: true },
      schema: {
        operationId: 'v1ListTokens',
        summary: 'List tokens',
        description:
          'Those that have not ended, without their secrets, as they were made. One has no more than one page of them; of all users follow `next`.',
        tags,
        querystring: ofUserQuery,
        response: v1Answers(reads('A page.', 'TokenPage'), [
          ...readProblems,
          'unauthenticated',
          'not_found',
          'invalid_cursor',
        ]),
      },
    },
    (request, reply) =>
      desk.look(request, reply, (look) => {
        const { page, next } = pageOf(look, 'tokens', request.query, now(), (...asked) => reading.tokens(...asked))
        sendTagged(request, reply, undefined, { tokens: page.map((token) => tokenJson(look, token)), next })
      }),
  )

  app.post<{ Body: TokenToCreate }>(
    '/tokens',
    {
      config: { errors, isForAll: true },
      schema: {
        operationId: 'v1CreateToken',
        summary: 'Make a token',
        description:
          'The secret is told in the answer and never again. The first credential of a desk closes it: from then on whoever asks needs one.',
        tags,
        body: { $ref: 'TokenToCreate#' },
        response: v1Answers({ 201: shows('The token, with its secret.', 'MadeToken', locationHeader) }, [
          ...bodyProblems,
          ...writeProblems,
          'unauthenticated',
          'full',
          'last_one',
        ]),
      },
    },
    async (request, reply) => {
      refuseOnce(request)
      const { user, name, scopes, expiresAt } = request.body
      const expiresTime = expiresAt === undefined || expiresAt === null ? null : readTime(expiresAt, '/expiresAt')
      const secret = newSecret('token')
      const args = { token: { user, name, scopes, expiresTime }, hash: secretHash(secret) }
      const asker = desk.asker(request)
      await desk.store.run('token.create', args, asker)
      return desk.lookAfter(request, reply, (look) => {
        const made = reading.tokenWith(args.hash)
        if (made === undefined) throw new DeskError('not_found')
        reply.code(201).header('Location', `/v1/tokens/${made.number}`).header('Cache-Control', 'no-store')
        sendTagged(request, reply, undefined, { ...tokenJson(look, made), secret })
      })
    },
  )

  app.delete<{ Params: { id: string } }>(
    '/tokens/:id',
    {
      config: { errors, isForAll: true },
      schema: {
        operationId: 'v1RevokeToken',
        summary: 'Revoke a token',
        description:
          "It counts no more from then on, on any node. One may revoke one's own with any credential that may read, and a token itself whatever it may.",
        tags,
        params: idParams,
        response: v1Answers({ 204: tellsDone('It is revoked.') }, [...writeProblems, 'unauthenticated', 'not_found']),
      },
    },
    async (request, reply) => {
      const number = wholeIn(request.params.id)
      await desk.store.run('token.revoke', { number }, desk.asker(request))
      desk.sayIndex(reply)
      return reply.code(204).send()
    },
  )
}

function tokenJson({ directory }: Look, token: TokenRecord): Token {
  return {
    id: token.number,
    user: directory.handle(token.user) ?? '',
    name: token.name,
    scopes: token.scopes.split(' ').filter((scope) => isScope(scope)),
    createdAt: timeText(token.createdTime),
    createdBy: directory.handle(token.createdBy),
    expiresAt: token.expiresTime === null ? null : timeText(token.expiresTime),
    usedAt: token.usedTime === null ? null : timeText(token.usedTime),
  }
}
