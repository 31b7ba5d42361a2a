/** What surrounds a ticket: its links and its watchers. */
import type { FastifyInstance } from 'fastify'
import { pageDefault, pageMax } from '../../../contract/limits.js'
import type { Link, LinkToCreate, Watcher, WatcherToCreate } from '../../../contract/v1/parts.js'
import { isLinkKind, linkKinds, type LinkKind } from '../../../tickets/links.js'
import type { LinkRecord } from '../../../tickets/tables.js'
import { findUser } from '../../../users/finding.js'
import { DeskError } from '../errors.js'
import {
  bodyProblems,
  guardProblems,
  onceProblems,
  readProblems,
  reads,
  replayHeader,
  shows,
  tellsDone,
  v1Answers,
  writeProblems,
} from './answers.js'
import { readPlace, writePlace } from './cursor.js'
import type { Desk, Look } from './desk.js'
import { guardOf, sendTagged } from './guards.js'
import { onceOf } from './once.js'
import {
  numberIn,
  numberParams,
  partOf,
  ticketNumberIn,
  ticketSubject,
  type ByNumber,
  type Subject,
} from './subject.js'
import { timeText } from './ticket-json.js'

const errors = 'problem' as const
const tags = ['tickets']
const ofTicket = ['not_found', 'purged'] as const

export const pageQuery = {
  type: 'object',
  properties: {
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: pageMax,
      description: `How many at most; ${pageDefault} where nothing is said.`,
    },
    cursor: { type: 'string', maxLength: 200, description: 'The `next` of the page before.' },
    consistency: { type: 'string', enum: ['local', 'strong'] },
  },
  additionalProperties: false,
} as const

export interface PageQuery {
  Querystring: { limit?: number; cursor?: string }
}

const linkParams = {
  type: 'object',
  properties: {
    ...numberParams.properties,
    kind: { type: 'string', description: 'The kind of link, as it is seen from this ticket.' },
    other: { type: 'string', description: "The other ticket's number." },
  },
  required: ['number', 'kind', 'other'],
} as const

interface ByLink {
  Params: { number: string; kind: string; other: string }
}

const watcherParams = {
  type: 'object',
  properties: { ...numberParams.properties, user: { type: 'string', description: "The user's handle." } },
  required: ['number', 'user'],
} as const

interface ByWatcher {
  Params: { number: string; user: string }
}

/** Adds the routes of links. */
export function addLinks(app: FastifyInstance, desk: Desk): void {
  const read = { config: { errors, saysAge: true, subject: ticketSubject() } }
  const change = { config: { errors, subject: ticketSubject('ticket.change') } }
  const list = v1Answers(reads('All links of the ticket.', 'LinkList'), [
    ...readProblems,
    ...ofTicket,
    'invalid_cursor',
  ])
  const changed = (codes: Parameters<typeof v1Answers>[1]) =>
    v1Answers({ 200: shows('All links of the ticket.', 'LinkList', replayHeader) }, [
      ...writeProblems,
      ...ofTicket,
      'in_bin',
      ...codes,
    ])

  app.get<ByNumber & { Querystring: { cursor?: string } }>(
    '/tickets/:number/links',
    {
      ...read,
      schema: {
        operationId: 'v1ListLinks',
        summary: 'List the links of a ticket',
        tags,
        params: numberParams,
        querystring: linksQuery,
        response: list,
      },
    },
    (request, reply) =>
      desk.look(request, reply, (look) =>
        sendTagged(request, reply, undefined, linksJson(look, numberIn(request), request.query.cursor)),
      ),
  )

  app.post<ByNumber & { Body: LinkToCreate }>(
    '/tickets/:number/links',
    {
      ...change,
      schema: {
        operationId: 'v1CreateLink',
        summary: 'Link two tickets',
        tags,
        params: numberParams,
        body: { $ref: 'LinkToCreate#' },
        response: changed([...bodyProblems, ...onceProblems, 'ring', 'full']),
      },
    },
    async (request, reply) => {
      const number = numberIn(request)
      const { kind, ticket: other } = request.body
      const { result } = await desk.store.run(
        'link.add',
        { number, kind, other, once: onceOf(request) },
        desk.asker(request),
      )
      if (result.isReplayed) reply.header('Idempotency-Replayed', 'true')
      return desk.lookAfter(request, reply, (look) => sendTagged(request, reply, undefined, linksJson(look, number)))
    },
  )

  app.put<ByLink>(
    '/tickets/:number/links/:kind/:other',
    {
      config: { errors, subject: linkSubject },
      schema: {
        operationId: 'v1PutLink',
        summary: 'Link two tickets',
        tags,
        params: linkParams,
        response: changed(['invalid_value', 'ring', 'full']),
      },
    },
    async (request, reply) => {
      const number = numberIn(request)
      const { kind, other } = linkIn(request.params)
      await desk.store.run('link.add', { number, kind, other }, desk.asker(request))
      return desk.lookAfter(request, reply, (look) => sendTagged(request, reply, undefined, linksJson(look, number)))
    },
  )

  app.delete<ByLink>(
    '/tickets/:number/links/:kind/:other',
    {
      ...change,
      schema: {
        operationId: 'v1DeleteLink',
        summary: 'Take a link away',
        description: 'One that is not there is no fault.',
        tags,
        params: linkParams,
        response: v1Answers({ 204: tellsDone('There is no such link.') }, [
          ...guardProblems,
          ...writeProblems,
          ...ofTicket,
          'in_bin',
        ]),
      },
    },
    async (request, reply) => {
      const { kind, other } = linkIn(request.params)
      const args = { number: numberIn(request), kind, other, version: guardOf(request) }
      await desk.store.run('link.remove', args, desk.asker(request))
      desk.sayIndex(reply)
      return reply.code(204).send()
    },
  )
}

export const strongQuery = {
  type: 'object',
  properties: { consistency: { type: 'string', enum: ['local', 'strong'] } },
  additionalProperties: false,
} as const

const linksQuery = {
  ...strongQuery,
  properties: {
    cursor: {
      type: 'string',
      maxLength: 200,
      description: 'As `rest` has it of a ticket that was read with its first links: the others alone.',
    },
    ...strongQuery.properties,
  },
} as const

function linkIn({ kind, other }: ByLink['Params']): { readonly kind: LinkKind; readonly other: number } {
  if (!isLinkKind(kind)) throw new DeskError('not_found')
  return { kind, other: ticketNumberIn(other) }
}

/** A link that a path names: to a ticket that there is. */
const linkSubject: Subject = (look, request) => {
  ticketSubject('ticket.change')(look, request)
  const { params } = request
  look.demandKnown(linkIn({ number: '', kind: partOf(params, 'kind'), other: partOf(params, 'other') }).other)
}

/** A user whom a path names. */
const watcherSubject: Subject = (look, request) => {
  ticketSubject('ticket.change')(look, request)
  if (findUser(look.reading.records, partOf(request.params, 'user')) === undefined) throw new DeskError('not_found')
}

/** The kinds in the order in which links are listed. */
const kindsInOrder = linkKinds.toSorted()

/** The cursor behind a link of a ticket. */
export function cursorBehind(number: number, { kind, ticket }: Link): string {
  return writePlace(listOf(number), { value: kindsInOrder.indexOf(kind), number: ticket, since: 0 })
}

const listOf = (number: number): string => `links ${number}`

/** All links of a ticket, or those behind a cursor. */
export function linksJson(look: Look, number: number, cursor?: string): { readonly links: Link[] } {
  const { directory, reading, viewer } = look
  const after = readPlace(listOf(number), cursor)
  const isBehind = ({ kind, other }: LinkRecord): boolean => {
    if (after === undefined) return true
    const value = kindsInOrder.findIndex((one) => one === kind)
    return value > after.value || (value === after.value && other > after.number)
  }
  const asked = reading.links(viewer, number).filter(({ link }) => isBehind(link))
  const links = asked.map(({ link, other }): Link => {
    const { record, category } = directory.status(other.status)
    return {
      kind: isLinkKind(link.kind) ? link.kind : 'relates-to',
      ticket: link.other,
      title: other.title,
      status: record.name,
      category,
      createdAt: timeText(link.time),
      createdBy: directory.handle(link.actor),
      version: link.index,
    }
  })
  return { links }
}

/** Adds the routes of watchers: agents and admins alone know of them. */
export function addWatchers(app: FastifyInstance, desk: Desk): void {
  const config = { errors, subject: ticketSubject('ticket.change') }
  const words = 'All who follow the ticket.'
  const all = shows(words, 'WatcherList', replayHeader)

  app.get<ByNumber>(
    '/tickets/:number/watchers',
    {
      config: { ...config, saysAge: true },
      schema: {
        operationId: 'v1ListWatchers',
        summary: 'List who follows a ticket',
        tags,
        params: numberParams,
        querystring: strongQuery,
        response: v1Answers(reads(words, 'WatcherList'), [...readProblems, ...ofTicket]),
      },
    },
    (request, reply) =>
      desk.look(request, reply, (look) => sendTagged(request, reply, undefined, watchersJson(look, numberIn(request)))),
  )

  app.post<ByNumber & { Body: WatcherToCreate }>(
    '/tickets/:number/watchers',
    {
      config,
      schema: {
        operationId: 'v1CreateWatcher',
        summary: 'Let a user follow a ticket',
        tags,
        params: numberParams,
        body: { $ref: 'WatcherToCreate#' },
        response: v1Answers({ 200: all }, [
          ...bodyProblems,
          ...onceProblems,
          ...writeProblems,
          ...ofTicket,
          'in_bin',
          'full',
        ]),
      },
    },
    async (request, reply) => {
      const number = numberIn(request)
      const args = { number, handle: request.body.user, once: onceOf(request) }
      const { result } = await desk.store.run('watcher.add', args, desk.asker(request))
      if (result.isReplayed) reply.header('Idempotency-Replayed', 'true')
      return desk.lookAfter(request, reply, (look) => sendTagged(request, reply, undefined, watchersJson(look, number)))
    },
  )

  app.put<ByWatcher>(
    '/tickets/:number/watchers/:user',
    {
      config: { errors, subject: watcherSubject },
      schema: {
        operationId: 'v1PutWatcher',
        summary: 'Let a user follow a ticket',
        tags,
        params: watcherParams,
        response: v1Answers({ 200: all }, [...writeProblems, ...ofTicket, 'archived', 'in_bin', 'full']),
      },
    },
    async (request, reply) => {
      const number = numberIn(request)
      await desk.store.run('watcher.add', { number, handle: request.params.user }, desk.asker(request))
      return desk.lookAfter(request, reply, (look) => sendTagged(request, reply, undefined, watchersJson(look, number)))
    },
  )

  app.delete<ByWatcher>(
    '/tickets/:number/watchers/:user',
    {
      config: { errors, subject: watcherSubject },
      schema: {
        operationId: 'v1DeleteWatcher',
        summary: 'Let a user follow a ticket no more',
        tags,
        params: watcherParams,
        response: v1Answers({ 204: tellsDone('The user does not follow it.') }, [
          ...guardProblems,
          ...writeProblems,
          ...ofTicket,
          'in_bin',
        ]),
      },
    },
    async (request, reply) => {
      await desk.store.run(
        'watcher.remove',
        { number: numberIn(request), handle: request.params.user, version: guardOf(request) },
        desk.asker(request),
      )
      desk.sayIndex(reply)
      return reply.code(204).send()
    },
  )
}

function watchersJson({ directory, reading }: Look, number: number): { readonly watchers: Watcher[] } {
  const watchers = reading.watchers(number).map(({ user, time, index }) => ({
    user: directory.handle(user) ?? '',
    since: timeText(time),
    version: index,
  }))
  return { watchers }
}
