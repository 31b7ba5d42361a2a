/**
 * The same verbs for all that has a name: list, create, read, change, delete, and for labels and statuses merge. What differs (the
 * shape, the commands, who may) each brings in `named-kinds.ts`.
 */
import type { FastifyInstance } from 'fastify'
import type { ErrorCode } from '../../../contract/errors.js'
import type { MergeInto } from '../../../contract/v1/named.js'
import type { Asker } from '../../../store/command.js'
import type { Once } from '../../../names/once.js'
import type { Action } from '../../../users/role.js'
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
import { guardOf, sendTagged } from './guards.js'
import { ONCE_HEADER, onceOf } from './once.js'
import { strongQuery } from './parts.js'
import { subject, type Subject } from './subject.js'

/** What a command came to: the number that the thing has, and whether that was before. */
interface Made {
  readonly number: number
  readonly isReplayed: boolean
}

/** What all of them are, as records. */
interface Numbered {
  readonly number: number
  readonly version: number
}

/** What all changes may have. */
interface Guarded {
  readonly version?: number
}

/** One kind of named thing. `Row` is its record. */
export interface NamedRoutes<Row extends Numbered, New, Change extends Guarded> {
  /** In a path, and in the list's JSON. */
  readonly plural: string
  /** Its shape's name in the document, such as `Label`. */
  readonly shape: string
  /** What it is called in sentences. */
  readonly noun: string
  /** What one has to be allowed to change it; nothing where the command alone can tell. */
  readonly action?: Action
  /** What a path calls it, such as `name`. */
  readonly key: string
  /** Members that a change may repeat, though only the desk says them. What else never changes its command sees to. */
  readonly readOnly?: readonly string[]
  /** What the schemas of bodies have made sure of, for the compiler. */
  readonly isNew: (body: unknown) => body is New
  readonly isChange: (body: unknown) => body is Change
  list(look: Look): readonly Row[]
  find(look: Look, key: string): Row | undefined
  numbered(look: Look, number: number): Row | undefined
  json(look: Look, row: Row): object
  /** How a path names it. */
  keyOf(row: Row): string
  create(desk: Desk, body: New, once: Once | undefined, asker: Asker): Promise<Made>
  change(desk: Desk, row: Row, body: Change, version: number | undefined, asker: Asker): Promise<unknown>
  remove?(desk: Desk, row: Row, into: string | undefined, version: number | undefined, asker: Asker): Promise<unknown>
  merge?(
    desk: Desk,
    name: string,
    into: string,
    version: number | undefined,
    once: Once | undefined,
    asker: Asker,
  ): Promise<Made>
}

const errors = 'problem' as const

interface Named {
  Params: { key: string }
}

/** Adds the routes of one kind. */
export function addNamed<Row extends Numbered, New, Change extends Guarded>(
  app: FastifyInstance,
  desk: Desk,
  kind: NamedRoutes<Row, New, Change>,
): void {
  const { plural, shape, noun, action } = kind
  const tags = [plural]
  const params = {
    type: 'object',
    properties: { key: { type: 'string', description: `Its ${kind.key}, as a part of the path.` } },
    required: ['key'],
  } as const
  const ruleProblems: readonly ErrorCode[] = ['name_taken', 'last_one', 'full']
  const maySee: Subject = (look, request) => void demand(kind, look, keyIn(request.params))
  const mayChange: Subject = (look, request) => {
    maySee(look, request)
    if (action !== undefined) subject(action)(look, request)
  }
  /** Who sends a merge again is told what it came to, and not that the name is gone: which of the two it is the command knows. */
  const mayMerge: Subject = (look, request) => {
    const isAgain = request.headers[ONCE_HEADER.toLowerCase()] !== undefined
    if (isAgain && action !== undefined) subject(action)(look, request)
    else mayChange(look, request)
  }
  const one = (description: string, headers: object = {}) => shows(description, shape, headers)

  app.get(
    `/${plural}`,
    {
      config: { errors, saysAge: true },
      schema: {
        operationId: `v1List${plural.charAt(0).toUpperCase()}${plural.slice(1)}`,
        summary: `List the ${plural}`,
        tags,
        querystring: strongQuery,
        response: v1Answers(reads('All that one may see.', `${shape}List`), readProblems),
      },
    },
    (request, reply) =>
      desk.look(request, reply, (look) => {
        const list = kind.list(look).map((row) => kind.json(look, row))
        sendTagged(request, reply, undefined, { [plural]: list })
      }),
  )

  app.post(
    `/${plural}`,
    {
      config: { errors, ...(action !== undefined && { subject: subject(action) }) },
      schema: {
        operationId: `v1Create${shape}`,
        summary: `Make a ${noun}`,
        tags,
        body: { $ref: `${shape}ToCreate#` },
        response: v1Answers({ 201: one('The new one.', { ...locationHeader, ...replayHeader }) }, [
          ...bodyProblems,
          ...onceProblems,
          ...writeProblems,
          ...ruleProblems,
        ]),
      },
    },
    async (request, reply) => {
      const { number, isReplayed } = await kind.create(
        desk,
        checked(kind.isNew, request.body),
        onceOf(request),
        desk.asker(request),
      )
      if (isReplayed) reply.header('Idempotency-Replayed', 'true')
      return desk.lookAfter(request, reply, (look) => {
        const row = demandNumbered(kind, look, number)
        reply.code(201).header('Location', `/v1/${plural}/${encodeURIComponent(kind.keyOf(row))}`)
        sendTagged(request, reply, row.version, kind.json(look, row))
      })
    },
  )

  app.get<Named>(
    `/${plural}/:key`,
    {
      config: { errors, saysAge: true },
      schema: {
        operationId: `v1Get${shape}`,
        summary: `Get a ${noun}`,
        tags,
        params,
        querystring: strongQuery,
        response: v1Answers(reads('What it is.', shape), [...readProblems, 'not_found']),
      },
    },
    (request, reply) =>
      desk.look(request, reply, (look) => {
        const row = demand(kind, look, request.params.key)
        sendTagged(request, reply, row.version, kind.json(look, row))
      }),
  )

  app.patch<Named>(
    `/${plural}/:key`,
    {
      config: { errors, subject: mayChange },
      schema: {
        operationId: `v1Change${shape}`,
        summary: `Change a ${noun}`,
        description:
          'Members that are left out stay; null empties. A rename is one small change, however many tickets it concerns.',
        tags,
        params,
        body: { $ref: `${shape}Change#` },
        response: v1Answers({ 200: one('What it is now.') }, [
          ...bodyProblems,
          ...guardProblems,
          ...writeProblems,
          ...ruleProblems,
          'read_only',
          'not_found',
        ]),
      },
    },
    async (request, reply) => {
      const row = desk.look(request, reply, (look) => {
        const found = demand(kind, look, request.params.key)
        demandSame(kind.readOnly ?? [], request.body, kind.json(look, found))
        return found
      })
      const change = checked(kind.isChange, request.body)
      const version = guardOf(request, change.version)
      await kind.change(desk, row, change, version, desk.asker(request))
      return desk.lookAfter(request, reply, (look) => {
        const changed = demandNumbered(kind, look, row.number)
        sendTagged(request, reply, changed.version, kind.json(look, changed))
      })
    },
  )

  if (kind.remove !== undefined) {
    const remove = kind.remove.bind(kind)
    app.delete<Named & { Querystring: { into?: string } }>(
      `/${plural}/:key`,
      {
        config: { errors, subject: mayChange },
        schema: {
          operationId: `v1Delete${shape}`,
          summary: `Delete a ${noun}`,
          tags,
          params,
          ...(kind.merge !== undefined && { querystring: intoQuery }),
          response: v1Answers({ 204: tellsDone('It is gone.') }, [
            ...guardProblems,
            ...writeProblems,
            'unknown_name',
            'invalid_value',
            'not_found',
            'in_use',
            'last_one',
          ]),
        },
      },
      async (request, reply) => {
        const row = desk.look(request, reply, (look) => demand(kind, look, request.params.key))
        await remove(desk, row, request.query.into, guardOf(request), desk.asker(request))
        desk.sayIndex(reply)
        return reply.code(204).send()
      },
    )
  }

  if (kind.merge !== undefined) {
    const merge = kind.merge.bind(kind)
    app.post<Named & { Body: MergeInto }>(
      `/${plural}/:key/merge`,
      {
        config: { errors, subject: mayMerge },
        schema: {
          operationId: `v1Merge${shape}`,
          summary: `Let one ${noun} become another`,
          description: 'One small change, however many tickets have it. The name is free afterwards.',
          tags,
          params,
          body: { $ref: 'MergeInto#' },
          response: v1Answers({ 200: one('What it has become.', replayHeader) }, [
            ...bodyProblems,
            ...guardProblems,
            ...onceProblems,
            ...writeProblems,
            'not_found',
            'last_one',
          ]),
        },
      },
      async (request, reply) => {
        const version = guardOf(request, request.body.version)
        const { number, isReplayed } = await merge(
          desk,
          request.params.key,
          request.body.into,
          version,
          onceOf(request),
          desk.asker(request),
        )
        if (isReplayed) reply.header('Idempotency-Replayed', 'true')
        return desk.lookAfter(request, reply, (look) => {
          const into = demandNumbered(kind, look, number)
          sendTagged(request, reply, into.version, kind.json(look, into))
        })
      },
    )
  }
}

const intoQuery = {
  type: 'object',
  properties: { into: { type: 'string', maxLength: 200, description: 'Merges it into this one instead.' } },
  additionalProperties: false,
} as const

/** A body as the route's schema has found it. */
function checked<Body>(isBody: (body: unknown) => body is Body, body: unknown): Body {
  if (isBody(body)) return body
  throw new DeskError('invalid_body')
}

/** Whether a body is an object: all else the route's schema has seen to. */
export function isBody(body: unknown): body is object {
  return typeof body === 'object' && body !== null
}

/** Throws where a member that only the desk says is to be another than it is. */
function demandSame(members: readonly string[], body: unknown, today: object): void {
  const [sent, now]: readonly Readonly<Record<string, unknown>>[] = [Object(body), { ...today }]
  const faults = members.flatMap((member) =>
    sent?.[member] === undefined || sent[member] === now?.[member]
      ? []
      : [{ pointer: `/${member}`, detail: `'${member}' is the desk's to say. Leave it out.` }],
  )
  const [first] = faults
  if (first !== undefined) throw new DeskError('read_only', first.detail, faults)
}

function keyIn(params: unknown): string {
  return typeof params === 'object' && params !== null && 'key' in params ? String(params.key) : ''
}

function demand<Row extends Numbered, New, Change extends Guarded>(
  kind: NamedRoutes<Row, New, Change>,
  look: Look,
  key: string,
): Row {
  const row = kind.find(look, key)
  if (row === undefined) throw new DeskError('not_found')
  return row
}

function demandNumbered<Row extends Numbered, New, Change extends Guarded>(
  kind: NamedRoutes<Row, New, Change>,
  look: Look,
  number: number,
): Row {
  const row = kind.numbered(look, number)
  if (row === undefined) throw new DeskError('not_found')
  return row
}
