/** `/v1/events`: what happens on the desk, as a stream of server-sent events, or page by page in JSON. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { eventsPageDefault, eventsPageMax, eventsWaitMax, queryCharactersMax } from '../../../../contract/limits.js'
import type { Viewer } from '../../../../users/viewer.js'
import { viewerOf } from '../../../../users/viewer.js'
import { callerOf } from '../../../../store/caller.js'
import type { ConnectionRoom } from '../../../connection-room.js'
import { untilClientLeaves } from '../../../waits.js'
import { beginStream, contentTypes } from '../../answer.js'
import { DeskError } from '../../errors.js'
import { readProblems, sendText, v1Answers, type Described } from '../answers.js'
import { INDEX_HEADER, type Desk } from '../desk.js'
import { sinceOf, wantsPage, wishOf, type EventsQuery } from './asked.js'
import type { Listener } from './audience.js'
import type { Wish } from './batch.js'
import type { EventHub } from './hub.js'
import { EventPageListener } from './page.js'
import { EventStream, type Listening } from './stream.js'

/** What following needs beside the desk. */
export interface Following {
  readonly hub: EventHub
  /** Where answers that stay open are counted. */
  readonly room: ConnectionRoom
}

const querystring = {
  type: 'object',
  properties: {
    since: {
      type: 'integer',
      minimum: 0,
      description: 'Events above this index; `Last-Event-ID` wins. From now on without either.',
    },
    types: { type: 'string', minLength: 1, maxLength: 1000, description: 'Only these types, separated by commas.' },
    q: {
      type: 'string',
      maxLength: queryCharactersMax,
      description:
        'Only events of tickets that are in this search before or after it, such as `is:open -label:disk`: of `is:`, `status:`, `priority:`, `queue:`, `label:`, `assignee:`, `requester:`, `number:` and `no:`, with `-`, and `(… OR …)`. Names mean what they mean now, whatever is renamed later.',
    },
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: eventsPageMax,
      description: `Of a page: how many at most; ${eventsPageDefault} where nothing is said.`,
    },
    wait: {
      type: 'integer',
      minimum: 0,
      maximum: eventsWaitMax,
      description: 'Of a page: seconds to wait for an event where there is none yet.',
    },
  },
  additionalProperties: false,
} as const

const answer: Described = {
  description:
    'A stream that goes on until either side ends it: `id` is the index, `event` the type, `data` the event in one line of JSON. A block that holds only an `id` says how far one is. With `Accept: application/json` a page.',
  headers: { [INDEX_HEADER]: { type: 'integer', description: 'The newest index as it began.' } },
  content: {
    'text/event-stream': { schema: { type: 'string' } },
    'application/json': { schema: { $ref: 'EventPage#' } },
  },
}

interface Route {
  Querystring: EventsQuery
}

/** What a request came to, on the state that it was looked at. */
interface Beginning {
  readonly wish: Wish
  readonly viewer: Viewer
  readonly since: number
  readonly head: number
}

/** Adds the route. */
export function addEvents(app: FastifyInstance, desk: Desk, following: Following): void {
  app.get<Route>(
    '/events',
    {
      config: { errors: 'problem', saysAge: true, isWatch: true },
      schema: {
        operationId: 'v1FollowEvents',
        summary: 'Follow what happens',
        description:
          'Every event that one may know of, once, in order. Resumed on any node with `Last-Event-ID` or `since`. Where that history is gone: 410; read anew, and follow from the `Desk-Index` of that.',
        tags: ['events'],
        querystring,
        response: v1Answers({ 200: answer }, [...readProblems, 'invalid_search', 'stopping']),
      },
    },
    async (request, reply) => {
      const isPage = wantsPage(request)
      if (!isPage) refusePageParameters(request.query)
      if (following.hub.isClosed) throw new DeskError('stopping')
      const since = sinceOf(request, request.query)
      // Another node may have it; what none has is mistaken, or was of a store that was brought back from a backup.
      if (since !== undefined) await desk.reach(since)
      // The server may have begun to stop meanwhile.
      if (following.hub.isClosed) throw new DeskError('stopping')
      return isPage ? sendPage(desk, following, request, reply, since) : stream(desk, following, request, reply, since)
    },
  )
}

function stream(
  desk: Desk,
  following: Following,
  request: FastifyRequest<Route>,
  reply: FastifyReply,
  asked: number | undefined,
): void {
  desk.look(request, reply, (look) => {
    const { hub } = following
    const { viewer, wish, since } = begin(desk, look, request.query, asked)
    // Proxies that gather an answer before they pass it on leave this one alone.
    beginStream(reply.header('X-Accel-Buffering', 'no'), contentTypes.events)
    if (request.method === 'HEAD') {
      reply.raw.end()
      return
    }
    const listener = new EventStream(reply.raw, hub, { wish, ...later(desk, request.raw) }, since)
    stayWith({ desk, ...following }, request, reply, listener)
    hub.join(listener, viewer)
  })
}

async function sendPage(
  desk: Desk,
  following: Following,
  request: FastifyRequest<Route>,
  reply: FastifyReply,
  asked: number | undefined,
): Promise<void> {
  const { hub } = following
  const { limit = eventsPageDefault, wait = 0 } = request.query
  const listener = desk.look(request, reply, (look) => {
    const { viewer, wish, since, head } = begin(desk, look, request.query, asked)
    const waitMs = request.method === 'HEAD' ? 0 : wait * 1000
    const page = new EventPageListener({
      wish,
      ...later(desk, request.raw),
      since,
      head,
      limit,
      waitMs,
    })
    if (!page.isDone) {
      stayWith({ desk, ...following }, request, reply, page)
      hub.join(page, viewer)
    }
    return page
  })
  const page = await listener.page
  hub.leave(listener)
  hub.noteSent(listener.count)
  reply.header(INDEX_HEADER, Math.max(desk.store.history.head(), listener.at))
  sendText(reply, page)
}

/** Reads what a request asks for, and throws where the history does not reach back that far, or not as far as that. */
function begin(
  desk: Desk,
  look: Parameters<Parameters<Desk['look']>[2]>[0],
  query: EventsQuery,
  asked: number | undefined,
): Beginning {
  const { index: head, viewer } = look
  const wish = wishOf(desk, look, query)
  const since = asked ?? head
  if (since > head) {
    throw new DeskError(
      'history_gone',
      `The newest index is ${head}, and ${since} was asked for. Either the number is mistaken, or the desk was brought back from a backup since. Read anew, and go on from ${head}.`,
    )
  }
  const oldest = desk.store.history.oldest()
  if (since < oldest - 1) {
    throw new DeskError(
      'history_gone',
      `The oldest event that is kept has the index ${oldest}. Read what there is now, and go on from ${head}.`,
    )
  }
  return { wish, viewer, since, head }
}

/** Who a request's sender is later, undefined for nobody any more; and when that ends by itself. */
function later(desk: Desk, raw: FastifyRequest['raw']): Omit<Listening, 'wish'> {
  const viewer = (): Viewer | undefined => {
    try {
      desk.directory.refresh()
      return viewerOf(desk.reading.records, desk.asker({ raw }))
    } catch {
      return undefined
    }
  }
  return { viewer, until: () => desk.until(raw) }
}

/** Holds an answer open for a listener as long as its client is there. */
function stayWith(
  { desk, hub, room }: Following & { readonly desk: Desk },
  request: FastifyRequest,
  reply: FastifyReply,
  listener: Listener,
): void {
  const { actor, credential, address = '' } = desk.asker(request)
  // Without a credential it is nobody in particular, whatever it says.
  room.waits(reply.raw, callerOf(address, credential === undefined ? null : actor))
  const leave = (): void => {
    hub.leave(listener)
    listener.end()
  }
  const stay = untilClientLeaves(request.raw.socket, leave)
  reply.raw.once('close', () => {
    leave()
    stay()
  })
}

function refusePageParameters(query: EventsQuery): void {
  const faults = (['limit', 'wait'] as const).flatMap((parameter) =>
    query[parameter] === undefined
      ? []
      : [
          {
            parameter,
            detail: `'${parameter}' is for a page. Send Accept: application/json with it, or leave it out.`,
          },
        ],
  )
  const [first] = faults
  if (first !== undefined) throw new DeskError('invalid_query', first.detail, faults)
}
