/**
 * JSON that may hold large texts. One of 10 MiB can be 60 MiB of JSON: so it is never made as one string but kept as parts,
 * the JSON around the large texts and their bytes, and encoded piece by piece where it is sent.
 */
import { asBuffer, characterLength, type Text } from './text.js'

/** JSON text; where a large text stands in it, in parts. */
export type Json = string | JsonParts

/** What stands behind each other: JSON as it is, and, as bytes, the content of a JSON string with its quotes. Plain data. */
export type JsonParts = readonly Text[]

/** Bytes of a large text that are encoded at once. */
const PIECE_BYTES = 64 * 1024

/** The longest that one byte becomes. */
const ESCAPE_BYTES_MAX = 6

/** Puts pieces of JSON behind each other. */
export function concatJson(...pieces: readonly Json[]): Json {
  let text = ''
  for (const piece of pieces) {
    if (typeof piece !== 'string') return concatParts(pieces)
    text += piece
  }
  return text
}

function concatParts(pieces: readonly Json[]): JsonParts {
  const parts: Text[] = []
  let text = ''
  for (const part of pieces.flat()) {
    if (typeof part === 'string') text += part
    else {
      parts.push(text, part)
      text = ''
    }
  }
  parts.push(text)
  return parts
}

/** Characters, and bytes of large texts, that are held for it. */
export function weightOf(json: Json): number {
  return typeof json === 'string' ? json.length : json.reduce((sum, part) => sum + part.length, 0)
}

/** The JSON as pieces of bounded size, to be sent or hashed one after another. No piece ends within a character. */
export function* piecesOf(json: Json): Generator<Buffer, void, undefined> {
  for (const part of typeof json === 'string' ? [json] : json) {
    if (typeof part !== 'string') {
      yield QUOTE
      yield* escapedPieces(part)
      yield QUOTE
    } else yield* piecesOfPlain(Buffer.from(part))
  }
}

/** All of it as one string: for whoever takes no other. */
export function plainJson(json: Json): string {
  return typeof json === 'string' ? json : [...piecesOf(json)].join('')
}

function* piecesOfPlain(bytes: Buffer): Generator<Buffer, void, undefined> {
  for (let from = 0; from < bytes.length;) {
    let to = Math.min(bytes.length, from + PIECE_BYTES)
    while (to < bytes.length && ((bytes[to] ?? 0) & 0xc0) === 0x80) to++
    yield bytes.subarray(from, to)
    from = to
  }
}

/** The content of a JSON string, as etcd (Go's encoder) escapes it; bytes that are no UTF-8 as U+FFFD each. */
export function* escapedPieces(text: Uint8Array): Generator<Buffer, void, undefined> {
  for (let at = 0; at < text.length;) {
    const end = Math.min(text.length, at + PIECE_BYTES)
    at = escapePiece(text, at, end)
    yield Buffer.from(scratch.subarray(0, scratchLength))
  }
}

const QUOTE = Buffer.from('"')

/** Where a piece is encoded: it is copied from here, in its true length, before the next one. */
const scratch = new Uint8Array((PIECE_BYTES + 3) * ESCAPE_BYTES_MAX)
let scratchLength = 0

/** What each byte below 0x80 becomes; undefined where it stays. */
const ESCAPES: readonly (Uint8Array | undefined)[] = Array.from({ length: 0x80 }, (_, code) => {
  const character = String.fromCharCode(code)
  const json = '<>&'.includes(character) ? `"\\u00${code.toString(16)}"` : JSON.stringify(character)
  return json.length === 3 ? undefined : Uint8Array.from(Buffer.from(json.slice(1, -1)))
})
const IS_ESCAPED = Uint8Array.from(ESCAPES, (escape) => (escape === undefined ? 0 : 1))
const BROKEN = Uint8Array.from(Buffer.from('\ufffd'))
const LINE_SEPARATOR = Uint8Array.from(Buffer.from('\\u2028'))
const PARAGRAPH_SEPARATOR = Uint8Array.from(Buffer.from('\\u2029'))

/** Encodes the characters that begin from `at` on and before `end` into `scratch`; returns where the next one begins. */
function escapePiece(text: Uint8Array, at: number, end: number): number {
  const out = scratch
  let length = 0
  const put = (bytes: Uint8Array): void => {
    // Byte by byte: they are few, and `set` costs more.
    for (let place = 0; place < bytes.length; place++) out[length++] = bytes[place] ?? 0
  }
  let next = at
  while (next < end) {
    const byte = text[next] ?? 0
    if (byte < 0x80) {
      const escape = IS_ESCAPED[byte] === 0 ? undefined : ESCAPES[byte]
      if (escape === undefined) out[length++] = byte
      else put(escape)
      next += 1
      continue
    }
    const width = characterLength(text, next)
    if (width === 0) {
      put(BROKEN)
      next += 1
    } else if (byte === 0xe2 && text[next + 1] === 0x80 && ((text[next + 2] ?? 0) & 0xfe) === 0xa8) {
      put(text[next + 2] === 0xa8 ? LINE_SEPARATOR : PARAGRAPH_SEPARATOR)
      next += width
    } else for (const last = next + width; next < last; next++) out[length++] = text[next] ?? 0
  }
  scratchLength = length
  return next
}

/**
 * The form in which SQLite keeps it. JSON without large texts is text as it is. In parts it is bytes: a line of JSON, a list
 * of the parts with each large text's length in its place, and behind it the large texts themselves.
 */
export function encodeStored(json: Json): Text {
  if (typeof json === 'string') return json
  const head = JSON.stringify(json.map((part) => (typeof part === 'string' ? part : part.length)))
  const texts = json.filter((part) => typeof part !== 'string')
  return Buffer.concat([Buffer.from(`${head}\n`), ...texts])
}

/** The reverse of `encodeStored`. Throws where the bytes are not what it writes. */
export function decodeStored(stored: Text): Json {
  if (typeof stored === 'string') return stored
  const bytes = asBuffer(stored)
  const lineEnd = bytes.indexOf('\n')
  const head: unknown = JSON.parse(bytes.toString('utf8', 0, lineEnd))
  let at = lineEnd + 1
  if (lineEnd === -1 || !Array.isArray(head)) throw new Error('this is no JSON in parts')
  const parts = head.map((part: unknown): Text => {
    if (typeof part === 'string') return part
    if (typeof part !== 'number' || !Number.isInteger(part) || part < 0) throw new Error('this is no JSON in parts')
    at += part
    return bytes.subarray(at - part, at)
  })
  if (at !== bytes.length) throw new Error('JSON in parts has another length than it says')
  return parts
}
