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

/** Bytes that are read before others get their turn: some tenths of a millisecond. */
const STEP_BYTES = 128 * 1024

/** What a pair costs beside its bytes: as much as so many of them. */
const PAIR_BYTES = 128

/** Up to here bytes are looked at one by one. */
const SHORT_BYTES = 64

const KNOWN: ReadonlySet<string> = new Set(PARAMETER_NAMES)
const NAME_BYTES_MAX = Math.max(...PARAMETER_NAMES.map((name) => name.length))

const SEMICOLON_PROBLEM = 'invalid semicolon separator in query'

const AMPERSAND = 0x26
const EQUALS = 0x3d
const SEMICOLON = 0x3b
const PLUS = 0x2b
const SPACE = 0x20

function isKnown(name: string): name is ParameterName {
  return KNOWN.has(name)
}

/** Where the step that is being read ends. */
interface Step {
  end: number
}

/**
 * Reads `bytes` into `form`, leaving alone what it already has; writes over `bytes`, and large values stay in them. Yields
 * where it is time for others. Ends with Go's message where something is malformed: then the form counts for nothing, and is
 * read no further, since only the first malformed pair is told.
 */
export function* readPairs(bytes: Buffer, form: Form): Generator<undefined, string | undefined, undefined> {
  const step: Step = { end: STEP_BYTES }
  let start = 0
  for (let count = 0; start < bytes.length; count++) {
    if (count === PARAMETERS_MAX) return `more than ${PARAMETERS_MAX} parameters`
    const [from, to] = [start, find(bytes, AMPERSAND, start, bytes.length)]
    start = to + 1
    if (from === to) continue
    if (find(bytes, SEMICOLON, from, to) < to) return SEMICOLON_PROBLEM
    step.end -= PAIR_BYTES
    if (from >= step.end) yield* nextStep(step, from)
    try {
      const equals = find(bytes, EQUALS, from, to)
      const nameEnd = isEscaped(bytes, from, equals) ? yield* unescape(bytes, from, equals, step) : equals
      const valueFrom = Math.min(equals + 1, to)
      const valueEnd = isEscaped(bytes, valueFrom, to) ? yield* unescape(bytes, valueFrom, to, step) : to
      const name = nameEnd - from > NAME_BYTES_MAX ? '' : bytes.toString('latin1', from, nameEnd)
      if (isKnown(name)) form[name] ??= textOf(bytes, valueFrom, valueEnd)
    } catch (error) {
      if (!(error instanceof EscapeError)) throw error
      // In Go the semicolon is what is told, wherever it is.
      return find(bytes, SEMICOLON, start, bytes.length) < bytes.length ? SEMICOLON_PROBLEM : error.message
    }
  }
  return undefined
}

function* nextStep(step: Step, at: number): Generator<undefined, void, undefined> {
  yield undefined
  step.end = at + STEP_BYTES
}

/** A large value goes to the writer with all the memory that it lies in: where it is the smaller part, it gets its own. */
function textOf(bytes: Buffer, from: number, to: number): Text {
  const text = bytes.subarray(from, to)
  if (text.length <= LARGE_TEXT_BYTES) return decodeUtf8(text)
  return text.length * 2 < text.buffer.byteLength ? Buffer.from(text) : text
}

/** Where a byte is between two places; the second of them where it is not. */
function find(bytes: Buffer, byte: number, from: number, to: number): number {
  // Searching natively is quicker, calling it is not.
  if (to - from > SHORT_BYTES) {
    const at = bytes.subarray(from, to).indexOf(byte)
    return at === -1 ? to : from + at
  }
  for (let at = from; at < to; at++) if (bytes[at] === byte) return at
  return to
}

function isEscaped(bytes: Buffer, from: number, to: number): boolean {
  return find(bytes, PERCENT, from, to) < to || find(bytes, PLUS, from, to) < to
}

/**
 * Undoes percent escapes and turns each plus sign into a space, between two places; ends with where what is left ends.
 * Throws an EscapeError with the first bad escape.
 */
function* unescape(bytes: Buffer, from: number, to: number, step: Step): Generator<undefined, number, undefined> {
  let end = from
  for (let at = from; at < to; at++) {
    if (at >= step.end) yield* nextStep(step, at)
    let byte = bytes[at] ?? 0
    if (byte === PLUS) byte = SPACE
    else if (byte === PERCENT) {
      byte = escapedByte(bytes, at, to)
      at += 2
    }
    bytes[end++] = byte
  }
  return end
}
