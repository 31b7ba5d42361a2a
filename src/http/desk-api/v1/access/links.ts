/** `/v1/sign-in-links`: links that are good once, by which a user sets a password; and the one that makes the first admin. */
import type { FastifyInstance } from 'fastify'
import { linkUrl } from '../../../../access/link-url.js'
import type { UsableLink } from '../../../../access/reading.js'
import { isSecret, newSecret, secretHash } from '../../../../access/secret.js'
import type {
  MadeSignInLink,
  SignInLink,
  SignInLinkToCreate,
  SignInLinkToLookAt,
  SignInLinkToUse,
} from '../../../../contract/v1/access.js'
import { DeskError } from '../../errors.js'
import { credentialBytesMax } from '../../json-body.js'
import { bodyProblems, locationHeader, readProblems, shows, v1Answers, writeProblems } from '../answers.js'
import type { Desk } from '../desk.js'
import { sendTagged } from '../guards.js'
import { subject } from '../subject.js'
import { timeText } from '../ticket-json.js'
import { refuseOnce, type AccessRoom } from './room.js'
import { answerBegun, demandPassword, newSession, orCrowded, unknownAsker } from './sessions.js'

const errors = 'problem' as const
const tags = ['access']

/** Adds the routes. */
export function addLinks(app: FastifyInstance, desk: Desk, room: AccessRoom): void {
  app.post<{ Body: SignInLinkToCreate }>(
    '/sign-in-links',
    {
      bodyLimit: credentialBytesMax,
      config: { errors, subject: subject('credential.change') },
      schema: {
        operationId: 'v1CreateSignInLink',
        summary: 'Make a link that sets a password',
        description: 'It is good once, for 30 minutes: for a new user, or one who forgot the password.',
        tags,
        body: { $ref: 'SignInLinkToCreate#' },
        response: v1Answers({ 201: shows('The link.', 'MadeSignInLink') }, [
          ...bodyProblems,
          ...writeProblems,
          'unauthenticated',
        ]),
      },
    },
    async (request, reply) => {
      refuseOnce(request)
      const secret = newSecret('link')
      const args = { user: request.body.user, hash: secretHash(secret) }
      const { result } = await desk.store.run('link.create', args, desk.asker(request))
      const made: MadeSignInLink = {
        secret,
        url: linkUrl(room.url(), secret),
        expiresAt: timeText(result.expiresTime),
      }
      return desk.lookAfter(request, reply, () => {
        reply.code(201).header('Cache-Control', 'no-store')
        sendTagged(request, reply, undefined, made)
      })
    },
  )

  app.post<{ Body: SignInLinkToLookAt }>(
    '/sign-in-links/look',
    {
      bodyLimit: credentialBytesMax,
      config: { errors, isForAll: true },
      schema: {
        operationId: 'v1LookAtSignInLink',
        summary: 'Look at a link',
        description: 'Whether it can still be used, before a password is asked for. It changes nothing.',
        tags,
        body: { $ref: 'SignInLinkToLookAt#' },
        response: v1Answers({ 200: shows('The link.', 'SignInLink') }, [
          ...bodyProblems,
          ...writeProblems,
          ...readProblems,
          'link_ended',
        ]),
      },
    },
    async (request, reply) => {
      refuseOnce(request)
      const { secret } = request.body
      if (!isSecret('link', secret)) throw new DeskError('link_ended')
      const link = await demandLink(desk, room, secretHash(secret))
      const found: SignInLink = { user: link.user, expiresAt: timeText(link.expiresTime) }
      return desk.look(request, reply, () => {
        reply.header('Cache-Control', 'no-store')
        sendTagged(request, reply, undefined, found)
      })
    },
  )

  app.post<{ Body: SignInLinkToUse }>(
    '/sign-in-links/use',
    {
      bodyLimit: credentialBytesMax,
      config: { errors, isForAll: true },
      schema: {
        operationId: 'v1UseSignInLink',
        summary: 'Set a password by a link',
        description: 'And sign in with it, as `POST /v1/sessions` does.',
        tags,
        body: { $ref: 'SignInLinkToUse#' },
        response: v1Answers({ 201: shows('Who one is.', 'Me', locationHeader) }, [
          ...bodyProblems,
          ...writeProblems,
          'link_ended',
          'name_taken',
          'last_one',
          'wrong_password',
        ]),
      },
    },
    async (request, reply) => {
      refuseOnce(request)
      const { secret, handle, password } = request.body
      if (!isSecret('link', secret)) throw new DeskError('link_ended')
      demandPassword(password)
      const hash = secretHash(secret)
      // Before any work: whoever makes links up costs nobody the hash of a password.
      await demandLink(desk, room, hash)
      const [begun, asker] = [newSession(desk, request), unknownAsker(desk, room, request)]
      const kept = await orCrowded(room.who.hash(request.raw, password))
      const used = { hash, handle, kept, session: begun.session }
      const { result } = await desk.store.run('link.use', used, asker)
      return answerBegun(
        desk,
        room,
        { request, reply, secret: begun.secret, door: asker.door },
        result.user,
        result.session,
      )
    },
  )
}

/** A link that can be used. Another node may have made it a moment ago: where this one does not know it, it asks what was accepted before. */
async function demandLink(desk: Desk, room: AccessRoom, hash: string): Promise<UsableLink> {
  const find = (): UsableLink | undefined => room.reading.link(hash, room.now())
  let link = find()
  if (link === undefined) {
    await desk.store.strong()
    link = find()
  }
  if (link === undefined) throw new DeskError('link_ended')
  return link
}
