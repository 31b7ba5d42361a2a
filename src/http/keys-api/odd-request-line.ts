/**
 * Request lines that etcd takes and Node's parser refuses: with bytes beyond ASCII (`GET /v2/keys/größe` as it stands), or with
 * a method that Node does not know. Such a request is read again with those bytes escaped, and the method replaced by one that
 * is refused alike.
 *
 * Promises: what is carried out is a request from its first byte on, never a part of one: the place where Node's parser stopped
 * proves where the line begins. Costs nothing where no such request comes.
 */
import type { Repair, WireError } from '../wire.js'

/** A method that Node knows and no endpoint here does. */
const UNUSED_METHOD = 'REPORT'

/** Characters of a method; a longer one is none. */
const METHOD_CHARACTERS_MAX = 64

/**
 * The method and what there is of the target before the first byte that Node does not take. No method that Node knows ends as
 * one of these does, and a target holds no space: so where the parser stopped within a target, this is how its request begins.
 */
const LINE_BEGUN = /(?:GET|HEAD|PUT|POST|DELETE|OPTIONS) [\x21-\x7e]*$/u

const METHOD_CHARACTER = /^[\w!#$%&'*+\-.^`|~]$/u
const BEHIND_METHOD = /[^\w!#$%&'*+\-.^`|~]/u
const BEHIND_TARGET = /[\x00-\x20\x7f]/u
const FIRST_BEYOND_ASCII = 0x80

/** How a request that Node refused can be read; undefined where it is none of these. */
export function repairRequestLine({ code, bytesParsed, rawPacket }: WireError): Repair | undefined {
  if (bytesParsed === undefined || rawPacket === undefined) return undefined
  const refused = rawPacket[bytesParsed]
  if (refused === undefined) return undefined
  if (code === 'HPE_INVALID_METHOD') return repairMethod(rawPacket, bytesParsed)
  if (code !== 'HPE_INVALID_URL' || refused < FIRST_BEYOND_ASCII) return undefined
  const from = rawPacket.toString('latin1', 0, bytesParsed).search(LINE_BEGUN)
  return from === -1 ? undefined : { from, rewrite: escapeTarget() }
}

/** What is refused alike, whatever it is, may begin anywhere: nothing of it is carried out. */
function repairMethod(packet: Buffer, at: number): Repair | undefined {
  const isMethod = (place: number): boolean => METHOD_CHARACTER.test(packet.toString('latin1', place, place + 1))
  if (!isMethod(at) && !(packet[at] === 0x20 && at > 0 && isMethod(at - 1))) return undefined
  return { from: at, rewrite: replaceMethod() }
}

/** Leaves out what comes of a method, and puts one there that is known. */
function replaceMethod(): (piece: Buffer) => Buffer {
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
    return rewriteTarget(Buffer.concat([Buffer.from(UNUSED_METHOD), piece.subarray(Math.max(end, 0))]))
  }
}

/** Escapes the bytes beyond ASCII of a request's target, from `METHOD TARGET` on; what follows stays as it is. */
function escapeTarget(): (piece: Buffer) => Buffer {
  let isMethodOver = false
  let isOver = false
  return (piece) => {
    if (isOver) return piece
    const text = piece.toString('latin1')
    const begin = isMethodOver ? 0 : text.indexOf(' ') + 1
    isMethodOver ||= begin > 0
    const length = text.slice(begin).search(BEHIND_TARGET)
    isOver = length !== -1
    const end = isOver ? begin + length : text.length
    const target = text.slice(begin, end).replace(/[\x80-\xff]/gu, (byte) => `%${byte.charCodeAt(0).toString(16)}`)
    return Buffer.concat([Buffer.from(text.slice(0, begin) + target, 'latin1'), piece.subarray(end)])
  }
}
