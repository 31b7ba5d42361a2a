/**
 * The pairs of a form, `a=b&c=d`, read as Go's net/url reads them, from bytes and in their own place: what is unescaped is
 * never longer than before. So a body of 10 MiB costs no second one, and where much is escaped others are served in between.
 */
import { decodeUtf8, LARGE_TEXT_BYTES, type Text } from '../../journal/text.js'
import { EscapeError, escapedByte, PERCENT } from './go-text.js'

/** The parameters that the keys API knows. */
export const PARAMETER_NAMES = [
  'prevIndex',
  'waitIndex',
  'recursive',
  'sorted',
  'wait',
  'dir',
  'quorum',
  'stream',
  'prevValue',
  'noValueOnSuccess',
  'ttl',
  'prevExist',
  'refresh',
  'value',
] as const

export type ParameterName = (typeof PARAMETER_NAMES)[number]

/** The first value of each known parameter that was given. */
export type Form = Partial<Record<ParameterName, Text>>

/** More parameters than any client sends. Go has no such limit; we do, so that one request can not hold up the others. */
const PARAMETERS_MAX = 10_000

/** Bytes that are unescaped before others get their turn. */
const STEP_BYTES = 512 * 1024

const KNOWN: ReadonlySet<string> = new Set(PARAMETER_NAMES)
const NAME_BYTES_MAX = Math.max(...PARAMETER_NAMES.map((name) => name.length))

const AMPERSAND = 0x26
const EQUALS = 0x3d
const SEMICOLON = 0x3b
const PLUS = 0x2b
const SPACE = 0x20

function isKnown(name: string): name is ParameterName {
  return KNOWN.has(name)
}

/**
 * Reads `bytes` into `form`, leaving alone what it already has; writes over `bytes`, and large values stay in them. Yields
 * where it is time for others; ends with Go's message where something is malformed, having read the rest.
 */
export function* readPairs(bytes: Buffer, form: Form): Generator<undefined, string | undefined, undefined> {
  let problem: string | undefined
  let start = 0
  for (let count = 0; start < bytes.length; count++) {
    if (count === PARAMETERS_MAX) return `more than ${PARAMETERS_MAX} parameters`
    const mark = bytes.indexOf(AMPERSAND, start)
    const pair = bytes.subarray(start, mark === -1 ? bytes.length : mark)
    start += pair.length + 1
    if (pair.length === 0) continue
    if (pair.includes(SEMICOLON)) {
      // In Go too the semicolon is what is told, also when an earlier parameter was malformed in another way.
      problem = 'invalid semicolon separator in query'
      continue
    }
    try {
      const equals = pair.indexOf(EQUALS)
      const name = equals === -1 ? pair : pair.subarray(0, equals)
      const value = pair.subarray(equals === -1 ? pair.length : equals + 1)
      addPair(isEscaped(name) ? yield* unescape(name) : name, isEscaped(value) ? yield* unescape(value) : value, form)
    } catch (error) {
      if (!(error instanceof EscapeError)) throw error
      problem ??= error.message
    }
  }
  return problem
}

function addPair(nameBytes: Buffer, value: Buffer, form: Form): void {
  const name = nameBytes.length > NAME_BYTES_MAX ? '' : nameBytes.toString('latin1')
  if (isKnown(name)) form[name] ??= value.length > LARGE_TEXT_BYTES ? withOwnMemory(value) : decodeUtf8(value)
}

/** A value goes to the writer with all the memory that it lies in: where it is the smaller part, it gets its own. */
function withOwnMemory(value: Buffer): Buffer {
  return value.length * 2 < value.buffer.byteLength ? Buffer.from(value) : value
}

function isEscaped(bytes: Buffer): boolean {
  return bytes.includes(PERCENT) || bytes.includes(PLUS)
}

/** Undoes percent escapes and turns each plus sign into a space. Throws an EscapeError with the first bad escape. */
function* unescape(bytes: Buffer): Generator<undefined, Buffer, undefined> {
  let length = 0
  let stepEnd = STEP_BYTES
  for (let at = 0; at < bytes.length; at++) {
    if (at >= stepEnd) {
      yield undefined
      stepEnd = at + STEP_BYTES
    }
    let byte = bytes[at] ?? 0
    if (byte === PLUS) byte = SPACE
    else if (byte === PERCENT) {
      byte = escapedByte(bytes, at, bytes.length)
      at += 2
    }
    bytes[length++] = byte
  }
  return bytes.subarray(0, length)
}
