/**
 * Text as Go's standard library reads and writes it, so that odd requests get the answers that etcd gives: percent escapes,
 * bytes that are no UTF-8, quoting inside messages. Raw text is a "byte string": one character (U+0000 to U+00FF) a byte,
 * which is how Node hands over a request's URL.
 */
import { characterLength, decodeUtf8 } from '../../journal/text.js'

/** A percent escape that is none. The message is Go's. */
export class EscapeError extends Error {
  override readonly name = 'EscapeError'
}

/** What begins a percent escape. */
export const PERCENT = 0x25

// oxlint-disable-next-line no-control-regex -- "ASCII" begins with the control characters
const NOT_ASCII = /[^\u0000-\u007f]/u

/** Undoes the percent escapes of a path: the answer is a byte string. Throws an EscapeError with the first bad escape. */
export function unescapeBytes(raw: string): string {
  const first = raw.indexOf('%')
  if (first === -1) return raw
  const bytes = Buffer.from(raw, 'latin1')
  let length = first
  for (let at = first; at < bytes.length; at++) {
    let byte = bytes[at] ?? 0
    if (byte === PERCENT) {
      byte = escapedByte(bytes, at, bytes.length)
      at += 2
    }
    bytes[length++] = byte
  }
  return bytes.toString('latin1', 0, length)
}

/** The byte that the percent escape at `at` stands for; it must end before `end`. Throws an EscapeError where it is none. */
export function escapedByte(bytes: Uint8Array, at: number, end: number): number {
  const high = at + 1 < end ? hexDigit(bytes[at + 1] ?? 0) : -1
  const low = at + 2 < end ? hexDigit(bytes[at + 2] ?? 0) : -1
  if (high >= 0 && low >= 0) return high * 16 + low
  const escape = String.fromCharCode(...bytes.subarray(at, Math.min(at + 3, end)))
  throw new EscapeError(`invalid URL escape ${quote(escape)}`)
}

/** Decodes a byte string as UTF-8. Each byte that is not part of a character becomes U+FFFD, as in Go's JSON. */
export function decodeBytes(raw: string): string {
  return NOT_ASCII.test(raw) ? decodeUtf8(Buffer.from(raw, 'latin1')) : raw
}

/** A byte string in double quotes, as Go's strconv.Quote writes it. */
export function quote(raw: string): string {
  let quoted = ''
  for (const character of decodeKeepingBytes(raw)) quoted += quoteCharacter(character)
  return `"${quoted}"`
}

/** Escapes a path (a byte string) for a URL, as Go's url.URL does. */
export function escapePath(raw: string): string {
  return raw.replace(
    /[^A-Za-z0-9\-_.~$&+,/:;=@]/gu,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** Characters of a byte string; a byte that is part of none stands as the number it is. */
function decodeKeepingBytes(raw: string): (string | number)[] {
  const bytes = Buffer.from(raw, 'latin1')
  const characters: (string | number)[] = []
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at)
    characters.push(length === 0 ? (bytes[at] ?? 0) : bytes.toString('utf8', at, at + length))
    at += Math.max(1, length)
  }
  return characters
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
}

function quoteCharacter(character: string | number): string {
  if (typeof character === 'number') return `\\x${character.toString(16).padStart(2, '0')}`
  const named = NAMED_ESCAPES[character]
  if (named !== undefined) return named
  const code = character.codePointAt(0) ?? 0
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code > 0x7f && /[\p{C}\p{Z}]/u.test(character)) {
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  }
  return character
}
