/** The `Idempotency-Key` of what must happen once, however often it is sent. */
import { onceCharactersMax } from '../contract/limits.js'
import type { CallOptions } from './call-options.js'

export interface OnceOptions extends CallOptions {
  /** Names what is to happen once, for 24 hours: 1 to 255 visible ASCII characters. A new one each time where it is not given. */
  readonly idempotencyKey?: string
}

/** The key of a request: the caller's, or a new one. */
export function onceOf({ idempotencyKey }: OnceOptions): string {
  if (idempotencyKey === undefined) return newKey()
  if (idempotencyKey.length <= onceCharactersMax && /^[\x21-\x7e]+$/u.test(idempotencyKey)) return idempotencyKey
  throw new RangeError(`An idempotency key is 1 to ${onceCharactersMax} visible ASCII characters.`)
}

/** Pages that came over plain HTTP from another machine have no `randomUUID`. */
const random: { randomUUID?(): string; getRandomValues(bytes: Uint8Array<ArrayBuffer>): Uint8Array } = crypto

function newKey(): string {
  const made = random.randomUUID?.()
  if (made !== undefined) return made
  const bytes = random.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
