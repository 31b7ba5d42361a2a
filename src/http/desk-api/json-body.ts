/** Bodies of the desk's door: how they are read, and what is wrong with one before anything is looked at in it. */
import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { readBody } from '../body.js'
import { printable } from '../repeated.js'
import { patchTypes } from './answer.js'
import { DeskError } from './errors.js'
import { lookThrough } from './json-text.js'

/** The longest body that the door takes; some routes take less, or more. */
export const bodyBytesMax = 1024 * 1024

/** The longest where names, passwords and secrets alone are sent, as by whoever has no credential yet. */
export const credentialBytesMax = 16 * 1024

/**
 * Bodies are JSON. An empty one is none, whatever it is declared as: many clients declare one with every request.
 * `JSON.parse` makes a field `__proto__` a field like any other, and the schemas take no fields that they do not name.
 */
export function acceptOnlyJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser([...patchTypes], (request, payload: IncomingMessage, done) => {
    const problem = encodingProblem(request.headers)
    if (problem !== undefined) {
      done(new DeskError('unsupported_media_type', problem))
      return
    }
    const { bodyLimit: bytesMax, config } = request.routeOptions
    // Made where it is needed: to note where an error was made costs more than to read most bodies.
    const tooLarge = (): DeskError => new DeskError('body_too_large', sentenceOfLimit(bytesMax))
    if (Number(request.headers['content-length'] ?? 0) > bytesMax) {
      done(tooLarge())
      return
    }
    readBody(payload, bytesMax, (body) => {
      if (body === 'too-large') done(tooLarge())
      else if (body === 'overloaded') done(new DeskError('overloaded'))
      else parseJson(body, config.errors === 'problem', done)
    })
  })
}

/** Some routes take less than the door does. */
function sentenceOfLimit(bytes: number): string | undefined {
  return bytes === bodyBytesMax ? undefined : `The body is too large. Send at most ${bytes / 1024} KiB here.`
}

/** What is wrong with how a body is encoded: JSON is UTF-8 as it stands, and what else it is declared to be is not guessed at. */
function encodingProblem(headers: IncomingHttpHeaders): string | undefined {
  const { 'content-encoding': encoding = 'identity', 'content-type': type = '' } = headers
  if (encoding !== '' && encoding.toLowerCase() !== 'identity') {
    return `The body is encoded as '${printable(encoding)}'. Send it as it is, without Content-Encoding.`
  }
  for (const [, charset = ''] of type.matchAll(/;\s*charset\s*=\s*"?([^";\s]*)/giu)) {
    if (/^(?:utf-?8|us-ascii)$/iu.test(charset)) continue
    return `The body is declared to be in the character set '${printable(charset)}'. Send it as UTF-8.`
  }
  return undefined
}

/** `isStrict` where each member is to stand there once, and all of each character. */
function parseJson(body: Buffer, isStrict: boolean, done: (error: Error | null, value?: unknown) => void): void {
  // Read as UTF-8, what is none would become another text than was sent, without a word.
  if (isStrict && !isUtf8(body)) {
    done(new DeskError('invalid_json', 'The body is no UTF-8. Send JSON in that, whatever it was kept in before.'))
    return
  }
  const sent = body.toString()
  // Some editors begin a file with a byte order mark; it is no part of the text.
  const text = sent.startsWith('\u{feff}') ? sent.slice(1) : sent
  const { bound, fault } = lookThrough(text, isStrict)
  if (bound !== undefined) {
    const { kind, pointer, detail } = bound
    done(new DeskError(kind === 'much' ? 'body_too_large' : 'invalid_json', detail, [{ pointer, detail }]))
    return
  }
  let value: unknown
  try {
    value = text === '' ? undefined : JSON.parse(text)
  } catch {
    done(new DeskError('invalid_json'))
    return
  }
  if (fault === undefined) done(null, value)
  else done(new DeskError('invalid_json', fault.detail, [fault]))
}
