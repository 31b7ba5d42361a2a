/**
 * Request lines that etcd takes and Node's parser refuses: with bytes beyond ASCII (`GET /v2/keys/größe` as it stands), or with
 * a method that Node does not know. Such a request is read again with those bytes escaped, and a method that the key tree has no use
 * for replaced by one that is refused alike.
 *
 * Promises: what is carried out is a request from its first byte on, never a part of one: the place where Node's parser stopped
 * proves where the line begins. Costs nothing where no such request comes.
 */
import { METHODS } from 'node:http'
import { UNSURE_METHOD, UNUSED_METHOD, type Repair, type WireError } from '../wire.js'

/** Characters of a method; a longer one is none. */
const METHOD_CHARACTERS_MAX = 64

/** What a request that is carried out begins with; no method that Node knows ends as one of these does. */
const CARRIED_OUT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS'])

/**
 * What a request begins with. Some end as others do (`PROPPATCH`, `PATCH`), and the first part of one may have come in an earlier packet:
 * so those that are not carried out in the key tree are carried out nowhere. `CONNECT` has no path.
 */
const METHOD_AT_END = new RegExp(`(?:${METHODS.filter((method) => method !== 'CONNECT').join('|')})$`, 'u')

const METHOD_CHARACTER = /^[\w!#$%&'*+\-.^`|~]$/u
const BEHIND_METHOD = /[^\w!#$%&'*+\-.^`|~]/u
const SPACE = 0x20
const PERCENT = 0x25
const DELETE = 0x7f
const FIRST_BEYOND_ASCII = 0x80
const HEX_DIGITS = Buffer.from('0123456789abcdef')

/** How a request that Node refused can be read; undefined where it is none of these. */
export function repairRequestLine({ code, bytesParsed, rawPacket }: WireError): Repair | undefined {
  if (bytesParsed === undefined || rawPacket === undefined) return undefined
  const refused = rawPacket[bytesParsed]
  if (refused === undefined) return undefined
  if (code === 'HPE_INVALID_METHOD') return repairMethod(rawPacket, bytesParsed)
  if (code !== 'HPE_INVALID_URL' || refused < FIRST_BEYOND_ASCII) return undefined
  const line = findLine(rawPacket, bytesParsed)
  if (line === undefined) return undefined
  const { from, method } = line
  if (CARRIED_OUT.has(method)) return { from, rewrite: escapeTarget() }
  return { from, rewrite: replaceMethod(method === 'PATCH' ? UNSURE_METHOD : UNUSED_METHOD) }
}

interface Line {
  readonly from: number
  readonly method: string
}

/** Where the request begins in whose target the parser stopped: a target holds no space, so the last one is behind the method. */
function findLine(packet: Buffer, end: number): Line | undefined {
  let space = end - 1
  while (space >= 0 && isOfTarget(packet[space] ?? 0) && !isBeyondAscii(packet[space] ?? 0)) space--
  if (packet[space] !== SPACE) return undefined
  const method = METHOD_AT_END.exec(packet.toString('latin1', Math.max(0, space - METHOD_CHARACTERS_MAX), space))?.[0]
  return method === undefined ? undefined : { from: space - method.length, method }
}

/** What is refused alike, whatever it is, may begin anywhere: nothing of it is carried out. */
function repairMethod(packet: Buffer, at: number): Repair | undefined {
  const isMethod = (place: number): boolean => METHOD_CHARACTER.test(packet.toString('latin1', place, place + 1))
  if (!isMethod(at) && !(packet[at] === 0x20 && at > 0 && isMethod(at - 1))) return undefined
  return { from: at, rewrite: replaceMethod() }
}

/** Leaves out what comes of a method, and puts one there that is known. */
function replaceMethod(by = UNUSED_METHOD): (piece: Buffer) => Buffer {
  const rewriteTarget = escapeTarget()
  let left = METHOD_CHARACTERS_MAX
  let isReplaced = false
  return (piece) => {
    if (isReplaced) return rewriteTarget(piece)
    const end = piece.toString('latin1', 0, left).search(BEHIND_METHOD)
    if (end === -1 && piece.length < left) {
      left -= piece.length
      return Buffer.alloc(0)
    }
    isReplaced = true
    return rewriteTarget(Buffer.concat([Buffer.from(by), piece.subarray(Math.max(end, 0))]))
  }
}

/** Escapes the bytes beyond ASCII of a request's target, from `METHOD TARGET` on; what follows stays as it is. */
function escapeTarget(): (piece: Buffer) => Buffer {
  let isMethodOver = false
  let isOver = false
  return (piece) => {
    if (isOver) return piece
    const begin = isMethodOver ? 0 : piece.indexOf(SPACE) + 1
    isMethodOver ||= begin > 0
    let end = begin
    let escapes = 0
    for (; end < piece.length && isOfTarget(piece[end] ?? 0); end++) if (isBeyondAscii(piece[end] ?? 0)) escapes++
    isOver = end < piece.length
    return escapes === 0 ? piece : escapeBetween(piece, begin, end, escapes)
  }
}

/** A copy of a piece, with the bytes beyond ASCII between two places escaped, which are so many. */
function escapeBetween(piece: Buffer, begin: number, end: number, escapes: number): Buffer {
  const escaped = Buffer.allocUnsafe(piece.length + 2 * escapes)
  let length = piece.copy(escaped, 0, 0, begin)
  for (let at = begin; at < end; at++) {
    const byte = piece[at] ?? 0
    if (isBeyondAscii(byte)) {
      escaped[length++] = PERCENT
      escaped[length++] = HEX_DIGITS[byte >> 4] ?? 0
      escaped[length++] = HEX_DIGITS[byte & 0xf] ?? 0
    } else escaped[length++] = byte
  }
  piece.copy(escaped, length, end)
  return escaped
}

/** Neither a space nor a control character. */
function isOfTarget(byte: number): boolean {
  return byte > SPACE && byte !== DELETE
}

function isBeyondAscii(byte: number): boolean {
  return byte >= FIRST_BEYOND_ASCII
}
