/**
 * Guards of changes, and tags of answers. `If-Match` looks at the version alone and compares strongly; the version in the body is the
 * same guard, for clients behind proxies that weaken tags. `If-None-Match` compares weakly.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { DeskError } from '../errors.js'
import { sendText } from './answers.js'
import { tagOf } from './ticket-json.js'

/** Characters of a body from which it costs more to encode it for its tag and once more to send it. */
const ENCODED_CHARACTERS = 16 * 1024

const TAG = /^"(\d{1,15})(?:-[\w-]*)?"$/u

/** Whether a request says of which version its change is to be; `*` is any. */
export function isGuarded({ 'if-match': sent }: IncomingHttpHeaders): boolean {
  return sent !== undefined && sent.trim() !== '*'
}

/** The version that a request guards its change with; undefined where it does not. `body` is the version that its body names. */
export function guardOf({ headers }: FastifyRequest, body?: number): number | undefined {
  const { 'if-match': sent = '' } = headers
  if (!isGuarded(headers)) return body
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
  if (body.length > ENCODED_CHARACTERS) sendTaggedBytes(request, reply, version, Buffer.from(`${body}\n`))
  else if (isSent(request, reply, tagOf(version, body))) sendText(reply, `${body}\n`)
}

/** The same of what is long, which is encoded once for both. */
function sendTaggedBytes(
  request: FastifyRequest,
  reply: FastifyReply,
  version: number | undefined,
  line: Buffer,
): void {
  if (isSent(request, reply, tagOf(version, line.subarray(0, -1)))) sendText(reply, line)
}

/** Says the tag. Whether what it stands for is to be sent: where the client has it already it is told that. */
function isSent(request: FastifyRequest, reply: FastifyReply, tag: string): boolean {
  reply.header('ETag', tag)
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (isRead && hasTag(request.headers['if-none-match'], tag)) {
    reply.code(304).send()
    return false
  }
  return true
}

function hasTag(sent: string | undefined, tag: string): boolean {
  if (sent === undefined) return false
  return sent.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//u, '') === tag)
}
