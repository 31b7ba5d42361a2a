/**
 * Guards of changes, and tags of answers. `If-Match` looks at the version alone and compares strongly; the version in the body is the
 * same guard, for clients behind proxies that weaken tags. `If-None-Match` compares weakly.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { DeskError } from '../errors.js'
import { sendText } from './answers.js'
import { tagOf } from './ticket-json.js'

const TAG = /^"(\d{1,15})(?:-[\w-]*)?"$/u

/** The version that a request guards its change with; undefined where it does not. `body` is the version that its body names. */
export function guardOf({ headers }: FastifyRequest, body?: number): number | undefined {
  const sent = headers['if-match']
  if (sent === undefined || sent.trim() === '*') return body
  if (sent.includes('W/')) throw new DeskError('weak_tag')
  const versions = sent.split(',').map((tag) => TAG.exec(tag.trim())?.[1])
  if (versions.includes(undefined)) {
    throw new DeskError(
      'invalid_header',
      'If-Match holds no tag of this desk. Send the ETag of an answer, such as "812".',
    )
  }
  const [version, ...others] = versions.map(Number)
  if (others.length > 0) throw new DeskError('invalid_header', 'If-Match names several tags. Send one.')
  if (body !== undefined && body !== version) throw new DeskError('guards_differ')
  return version
}

/**
 * Sends a representation with its tag; 304 without it where the client has it already. `version` is undefined of what has none: a list.
 * Its tag is a hash alone, so that whatever else happens on the desk leaves it as it is.
 */
export function sendTagged(
  request: FastifyRequest,
  reply: FastifyReply,
  version: number | undefined,
  value: object,
): void {
  sendTaggedText(request, reply, version, JSON.stringify(value))
}

/** The same of JSON that is text already. */
export function sendTaggedText(
  request: FastifyRequest,
  reply: FastifyReply,
  version: number | undefined,
  body: string,
): void {
  const tag = tagOf(version, body)
  reply.header('ETag', tag)
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (isRead && hasTag(request.headers['if-none-match'], tag)) {
    reply.code(304).send()
    return
  }
  sendText(reply, `${body}\n`)
}

function hasTag(sent: string | undefined, tag: string): boolean {
  if (sent === undefined) return false
  return sent.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//u, '') === tag)
}
