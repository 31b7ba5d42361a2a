/**
 * Text as Go's standard library reads and writes it, so that odd requests get the answers that etcd gives: percent escapes,
 * bytes that are no UTF-8, quoting inside messages. Raw text is a "byte string": one character (U+0000 to U+00FF) a byte,
 * which is how Node hands over a request's URL.
 */

/** A percent escape that is none. The message is Go's. */
export class EscapeError extends Error {
  override readonly name = 'EscapeError'
}

// oxlint-disable-next-line no-control-regex -- "ASCII" begins with the control characters
const NOT_ASCII = /[^\u0000-\u007f]/u

/**
 * Undoes percent escapes and decodes UTF-8. In a `query` a plus sign is a space, in a `path` it stays.
 * Throws an EscapeError with the first bad escape.
 */
export function unescapeText(raw: string, mode: 'query' | 'path'): string {
  return decodeBytes(unescapeBytes(raw, mode))
}

/** Undoes percent escapes alone: the answer is a byte string. Throws an EscapeError with the first bad escape. */
export function unescapeBytes(raw: string, mode: 'query' | 'path'): string {
  const text = mode === 'query' && raw.includes('+') ? raw.replaceAll('+', ' ') : raw
  const first = text.indexOf('%')
  if (first === -1) return text
  const bytes = Buffer.allocUnsafe(text.length)
  bytes.write(text.slice(0, first), 'latin1')
  let length = first
  for (let at = first; at < text.length; at++) {
    let byte = text.charCodeAt(at)
    if (byte === 0x25) {
      const high = hexDigit(text.charCodeAt(at + 1))
      const low = hexDigit(text.charCodeAt(at + 2))
      if (high < 0 || low < 0) throw new EscapeError(`invalid URL escape ${quote(raw.slice(at, at + 3))}`)
      byte = high * 16 + low
      at += 2
    }
    bytes[length++] = byte
  }
  return bytes.toString('latin1', 0, length)
}

/** Decodes a byte string as UTF-8. Each byte that is not part of a character becomes U+FFFD, as in Go's JSON. */
export function decodeBytes(raw: string): string {
  if (!NOT_ASCII.test(raw)) return raw
  const bytes = Buffer.from(raw, 'latin1')
  const text = bytes.toString()
  // Node puts one U+FFFD for several bytes of a broken character, Go one for each: count them where there are any.
  return text.includes('\ufffd') ? decodeByteWise(bytes) : text
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

/** How many bytes the UTF-8 character at `at` has; 0 where there is none. */
function characterLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0
  if (first < 0x80) return 1
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  const part = bytes.subarray(at, at + length)
  // Node's own decoder judges: a whole character gives itself, and U+FFFD is whole only as EF BF BD.
  const text = part.toString()
  const isWhole = part.length === length && text.length === (length === 4 ? 2 : 1) && Buffer.byteLength(text) === length
  return isWhole && (!text.includes('\ufffd') || part.equals(REPLACEMENT)) ? length : 0
}

const REPLACEMENT = Buffer.from('\ufffd')

function decodeByteWise(bytes: Buffer): string {
  const parts: string[] = []
  let good = 0
  let at = 0
  while (at < bytes.length) {
    const length = characterLength(bytes, at)
    if (length > 0) {
      at += length
      continue
    }
    if (at > good) parts.push(bytes.toString('utf8', good, at))
    parts.push('\ufffd')
    at++
    good = at
  }
  if (good < bytes.length) parts.push(bytes.toString('utf8', good))
  return parts.join('')
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
