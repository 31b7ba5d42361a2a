/**
 * What a request to a key asks for, checked in etcd's order (`parseKeyRequest` in etcd 3.4): the first thing wrong is the
 * one that is answered.
 */
import type { KeyErrorCode } from '../../keytree/errors.js'
import { plainText, type Text } from '../../journal/text.js'
import type { Form, ParameterName } from './pairs.js'

export interface KeyParameters {
  readonly value: Text
  /** Seconds; undefined where it is not given. */
  readonly ttl: number | undefined
  readonly dir: boolean
  readonly prevExist: boolean | undefined
  /** Empty: not given. */
  readonly prevValue: Text
  /** 0: not given. A bigint above 2^53. */
  readonly prevIndex: number | bigint
  readonly recursive: boolean
  readonly wait: boolean
  readonly stream: boolean
  /** 0: not given. */
  readonly waitIndex: number
  readonly quorum: boolean
  readonly refresh: boolean
  readonly noValueOnSuccess: boolean
}

/** A parameter that is refused: etcd's errorCode and its cause. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError'
  readonly errorCode: KeyErrorCode

  constructor(errorCode: KeyErrorCode, cause: string) {
    super(cause)
    this.errorCode = errorCode
  }
}

/** Reads all parameters; throws a ParameterError with the first that is wrong, also where the method would not use it. */
export function parseParameters(form: Form, method: string): KeyParameters {
  const prevIndex = parseInteger(form, 'prevIndex', 203)
  const waitIndex = Number(parseInteger(form, 'waitIndex', 203))
  const recursive = parseBoolean(form, 'recursive')
  // Accepted and checked, but without effect: our listings are always sorted.
  parseBoolean(form, 'sorted')
  const wait = parseBoolean(form, 'wait')
  const dir = parseBoolean(form, 'dir')
  const quorum = parseBoolean(form, 'quorum')
  const stream = parseBoolean(form, 'stream')
  if (wait && method !== 'GET') throw new ParameterError(209, '"wait" can only be used with GET requests')
  if (form.prevValue === '') throw new ParameterError(201, '"prevValue" cannot be empty')
  const noValueOnSuccess = parseBoolean(form, 'noValueOnSuccess')
  const ttl = form.ttl === undefined || form.ttl === '' ? undefined : Number(parseInteger(form, 'ttl', 202))
  const prevExist = parseOptionalBoolean(form, 'prevExist')
  const refresh = parseOptionalBoolean(form, 'refresh') ?? false
  if (refresh) {
    if (form.value !== undefined && form.value !== '') {
      throw new ParameterError(211, 'A value was provided on a refresh')
    }
    if (ttl === undefined) throw new ParameterError(212, 'No TTL value set')
  }
  return {
    value: form.value ?? '',
    ttl,
    dir,
    prevExist,
    prevValue: form.prevValue ?? '',
    prevIndex,
    recursive,
    wait,
    stream,
    waitIndex,
    quorum,
    refresh,
    noValueOnSuccess,
  }
}

const UINT64_MAX = 2n ** 64n - 1n

/** An unsigned 64 bit number in decimal digits; a bigint where a number would not be exact. 0 where it is not given. */
function parseInteger(form: Form, name: ParameterName, errorCode: KeyErrorCode): number | bigint {
  const text = form[name]
  if (text === undefined) return 0
  // In two steps: one expression would try each of very many zeros as the first digit.
  const digits = plainText(text).replace(/^0+(?=[0-9])/u, '')
  if (!/^[0-9]{1,20}$/u.test(digits)) throw new ParameterError(errorCode, `invalid value for "${name}"`)
  const value = Number(digits)
  if (value <= Number.MAX_SAFE_INTEGER) return value
  if (BigInt(digits) > UINT64_MAX) throw new ParameterError(errorCode, `invalid value for "${name}"`)
  return BigInt(digits)
}

/** Go's strconv.ParseBool; false where it is not given. */
function parseBoolean(form: Form, name: ParameterName): boolean {
  const text = form[name]
  if (text === undefined) return false
  const value = typeof text === 'string' ? BOOLEANS.get(text) : undefined
  if (value === undefined) throw new ParameterError(209, `invalid value for "${name}"`)
  return value
}

/** As `parseBoolean`, for the two parameters whose names etcd does not quote. */
function parseOptionalBoolean(form: Form, name: 'prevExist' | 'refresh'): boolean | undefined {
  const text = form[name]
  if (text === undefined) return undefined
  const value = typeof text === 'string' ? BOOLEANS.get(text) : undefined
  if (value === undefined) throw new ParameterError(209, `invalid value for ${name}`)
  return value
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, false] as const),
])

/** The parameters of a request that gives none. */
export const NO_PARAMETERS: KeyParameters = parseParameters({}, 'GET')
