/** `/v1/sessions`: signing in and out, for browsers; and one's own password. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { NOT_BY_TOKEN, type SessionToBegin } from '../../../../access/commands.js'
import { Crowded, passwordProblem } from '../../../../access/password.js'
import { SESSION_AGE_MS } from '../../../../access/credentials.js'
import { newSecret, secretHash } from '../../../../access/secret.js'
import { passwordTable, type SessionRecord } from '../../../../access/tables.js'
import type { PasswordChange, Session, SignIn } from '../../../../contract/v1/access.js'
import type { Asker } from '../../../../store/command.js'
import { SECURE_SESSION_COOKIE } from '../../../session-cookie.js'
import { Slowed } from '../../../who.js'
import { DeskError } from '../../errors.js'
import { credentialBytesMax } from '../../json-body.js'
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
import { meOf } from '../me.js'
import { wholeIn } from '../subject.js'
import { timeText } from '../ticket-json.js'
import { ofUserQuery, pageOf, refuseOnce, type AccessRoom, type OfUserQuery } from './room.js'

const errors = 'problem' as const
const tags = ['access']

/** Characters of what a browser says of itself that are kept. */
const AGENT_CHARACTERS_MAX = 200

const cookieHeader = {
  'Set-Cookie': { type: 'string', description: 'The session, for browsers alone: no script of a page can read it.' },
} as const

const idParams = {
  type: 'object',
  properties: {
    id: { type: 'string', description: "The session's id, or `current` for the one that asks.", examples: ['7'] },
  },
  required: ['id'],
} as const

/** Adds the routes. */
export function addSessions(app: FastifyInstance, desk: Desk, room: AccessRoom): void {
  app.get<OfUserQuery>(
    '/sessions',
    {
      config: { errors, saysAge: true, isForAll: true },
      schema: {
        operationId: 'v1ListSessions',
        summary: 'List sessions',
        description:
          'Those that have not ended, as they were begun. One has no more than one page of them; of all users follow `next`.',
        tags,
        querystring: ofUserQuery,
        response: v1Answers(reads('A page.', 'SessionPage'), [
          ...readProblems,
          'unauthenticated',
          'not_found',
          'invalid_cursor',
        ]),
      },
    },
    (request, reply) =>
      desk.look(request, reply, (look) => {
        const { page, next } = pageOf(look, 'sessions', request.query, room.now(), (...asked) =>
          room.reading.sessions(...asked),
        )
        const current = currentOf(desk, request)
        sendTagged(request, reply, undefined, { sessions: page.map((one) => sessionJson(look, one, current)), next })
      }),
  )

  app.post<{ Body: SignIn }>(
    '/sessions',
    {
      bodyLimit: credentialBytesMax,
      config: { errors, isForAll: true },
      schema: {
        operationId: 'v1SignIn',
        summary: 'Sign in',
        description:
          "For browsers: the session is a cookie, and what it changes needs the desk's own Origin. It ends a week after it was last used, and after a month; the one that the browser had until then ends at once. Whether there is a user of that name is not told.",
        tags,
        body: { $ref: 'SignIn#' },
        response: v1Answers({ 201: shows('Who one is.', 'Me', { ...locationHeader, ...cookieHeader }) }, [
          ...bodyProblems,
          ...writeProblems,
          'wrong_password',
          'too_many_requests',
        ]),
      },
    },
    async (request, reply) => {
      refuseOnce(request)
      const { user, password } = request.body
      const [begun, asker] = [newSession(desk, request), unknownAsker(desk, room, request)]
      const proved = await orCrowded(room.who.verify(user, password, room.who.addressOf(request.raw)))
      if (proved === undefined) throw new DeskError('wrong_password')
      const { result } = await desk.store.run('session.begin', { ...proved, ...begun.session }, asker)
      return answerBegun(
        desk,
        room,
        { request, reply, secret: begun.secret, door: asker.door },
        proved.user,
        result.number,
      )
    },
  )

  app.delete<{ Params: { id: string } }>(
    '/sessions/:id',
    {
      config: { errors, isForAll: true },
      schema: {
        operationId: 'v1SignOut',
        summary: 'Sign out',
        description: 'The session counts no more from then on, on any node.',
        tags,
        params: idParams,
        response: v1Answers({ 204: tellsDone('It is ended.') }, [...writeProblems, 'unauthenticated', 'not_found']),
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const isCurrent = id === 'current'
      const current = currentOf(desk, request)
      const own = current === undefined ? undefined : room.reading.sessionWith(current)
      const number = isCurrent ? own?.number : wholeIn(id)
      if (number === undefined) throw new DeskError('not_found')
      await desk.store.run('session.end', { number }, desk.asker(request))
      desk.sayIndex(reply)
      if (isCurrent) reply.header('Set-Cookie', cookie(room, request, '', 0))
      return reply.code(204).send()
    },
  )

  app.put<{ Body: PasswordChange }>(
    '/password',
    {
      bodyLimit: credentialBytesMax,
      config: { errors, isForAll: true },
      schema: {
        operationId: 'v1SetPassword',
        summary: "Set one's own password",
        description:
          "All of one's sessions end, this one too: sign in again. Tokens set none: signed in, with the password of now, or by a link.",
        tags,
        body: { $ref: 'PasswordChange#' },
        response: v1Answers({ 204: tellsDone('It is set.') }, [
          ...bodyProblems,
          ...writeProblems,
          'unauthenticated',
          'wrong_password',
          'last_one',
        ]),
      },
    },
    async (request, reply) => {
      const { current, password } = request.body
      const asker = desk.asker(request)
      const handle = asker.actor === null ? undefined : desk.directory.user(asker.actor)?.handle
      if (asker.actor === null || handle === undefined) throw new DeskError('unauthenticated')
      if (asker.credential?.kind === 'token') throw new DeskError('forbidden', NOT_BY_TOKEN)
      demandPassword(password)
      const isSet = desk.reading.records.get(passwordTable, String(asker.actor)) !== undefined
      if (
        isSet &&
        (await orCrowded(room.who.verify(handle, current ?? '', room.who.addressOf(request.raw))))?.user !== asker.actor
      ) {
        throw new DeskError('wrong_password', undefined, [
          { pointer: '/current', detail: 'It is not the password of now.' },
        ])
      }
      const kept = await orCrowded(room.who.hash(request.raw, password))
      await desk.store.run('password.set', { user: handle, kept }, asker)
      desk.sayIndex(reply)
      return reply.code(204).send()
    },
  )
}

/**
 * A session that is to be begun, and the secret that its cookie will be. To be read before the proof, which takes its time and may end all
 * sessions of the user: the one that the browser had until then, which this one replaces, is none by then.
 */
export function newSession(
  desk: Desk,
  request: FastifyRequest,
): { readonly secret: string; readonly session: Omit<SessionToBegin, 'user' | 'version'> } {
  const secret = newSecret('session')
  const agent = (request.headers['user-agent'] ?? '').replaceAll(/[^\x20-\x7e]/gu, '').slice(0, AGENT_CHARACTERS_MAX)
  return { secret, session: { hash: secretHash(secret), agent, replaced: currentOf(desk, request) } }
}

/** Answers whose session was begun with its cookie, and who one is. */
export function answerBegun(
  desk: Desk,
  room: AccessRoom,
  {
    request,
    reply,
    secret,
    door,
  }: {
    readonly request: FastifyRequest
    readonly reply: FastifyReply
    readonly secret: string
    /** By which one came: the session that the request brought may have ended, so it is not asked again. */
    readonly door: string
  },
  user: number,
  session: number,
): Promise<unknown> {
  return desk.lookAfter(request, reply, ({ directory }) => {
    reply
      .code(201)
      .header('Location', `/v1/sessions/${session}`)
      .header('Cache-Control', 'no-store')
      .header('Set-Cookie', cookie(room, request, secret, SESSION_AGE_MS / 1000))
    const viewer = directory.viewer({ actor: user, door })
    sendTagged(request, reply, undefined, meOf(directory, viewer))
  })
}

/** Who has yet to prove who it is: by which door and whence, and no more. Read before the proof, as `replaced` is. */
export function unknownAsker(desk: Desk, room: AccessRoom, request: FastifyRequest): Asker {
  return { actor: null, door: desk.asker(request).door, address: room.who.addressOf(request.raw) }
}

/** Throws where a text is no password. */
export function demandPassword(password: string): void {
  const detail = passwordProblem(password)
  if (detail !== undefined) throw new DeskError('invalid_value', detail, [{ pointer: '/password', detail }])
}

/** Waits for a password to be looked at; too many that wait, or that were tried, are refused. */
export async function orCrowded<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Slowed) {
      const detail = `Passwords were tried too fast from where you are. Wait ${error.seconds} s, then try again.`
      throw new DeskError('too_many_requests', detail, [], undefined, error.seconds)
    }
    throw error instanceof Crowded ? new DeskError('overloaded') : error
  }
}

/** The hash of the session that a request came with; undefined where it came with none. */
export function currentOf(desk: Desk, request: FastifyRequest): string | undefined {
  const { credential } = desk.asker(request)
  return credential?.kind === 'session' ? credential.id : undefined
}

function sessionJson({ directory }: Look, session: SessionRecord, current: string | undefined): Session {
  return {
    id: session.number,
    user: directory.handle(session.user) ?? '',
    createdAt: timeText(session.createdTime),
    usedAt: timeText(session.usedTime),
    address: session.address,
    agent: session.agent,
    current: session.hash === current,
  }
}

/** No script reads it, no other site's page sends it with a change, and where people come by https nobody else hears it. */
function cookie({ who }: AccessRoom, { raw }: FastifyRequest, secret: string, seconds: number): string {
  const name = who.sessionCookie(raw)
  const isSecure = name === SECURE_SESSION_COOKIE
  return `${name}=${secret}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
}
