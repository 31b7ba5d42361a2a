/** The Idempotency-Key of a request. */
import type { FastifyRequest } from 'fastify'
import { onceCharactersMax } from '../../../contract/limits.js'
import { requestHash, type Once } from '../../../names/once.js'
import { DeskError } from '../errors.js'

export const ONCE_HEADER = 'Idempotency-Key'

/** What a request says of itself so that it is known again; undefined where it has no key. `asked` is what it asks of its path. */
export function onceOf(request: FastifyRequest, asked: unknown = request.body ?? null): Once | undefined {
  const key = request.headers[ONCE_HEADER.toLowerCase()]
  if (key === undefined) return undefined
  if (typeof key !== 'string' || key.length === 0 || key.length > onceCharactersMax || !/^[\x21-\x7e]+$/u.test(key)) {
    throw new DeskError(
      'invalid_header',
      `${ONCE_HEADER} is 1 to ${onceCharactersMax} visible ASCII characters. Send such a one.`,
    )
  }
  const [path = ''] = request.url.split('?')
  return { key, hash: requestHash(request.method, path, asked) }
}
