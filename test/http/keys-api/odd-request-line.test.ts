/** Request lines that Node's parser refuses and etcd takes, over SQLite. The tests: `test/suites/keys-api/odd-request-line.ts`. */
import { METHODS } from 'node:http'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { repairRequestLine } from '#src/http/keys-api/odd-request-line.js'
import { UNSURE_METHOD, UNUSED_METHOD, type Repair, type WireError } from '#src/http/wire.js'
import { sqliteTarget } from '../../support/target.js'
import { testOddRequestLines } from '../../suites/keys-api/odd-request-line.js'

testOddRequestLines(sqliteTarget)

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** How a packet is repaired, that Node refuses for its first byte beyond ASCII from `from` on. */
function repairOf(packet: Buffer, from = 0): Repair | undefined {
  const refused: WireError = Object.assign(new Error('refused'), {
    code: 'HPE_INVALID_URL',
    rawPacket: packet,
    bytesParsed: packet.findIndex((byte, at) => at >= from && byte > 0x7f),
  })
  return repairRequestLine(refused)
}

describe('the repair of bytes beyond ASCII', () => {
  const target = fc.array(fc.constantFrom('/', 'a', '%', '?', '\xc3', '\xa4', '\x80', '\xff', '~'), { maxLength: 40 })
  const rest = fc.constantFrom(' HTTP/1.1\r\nHost: \xe4\r\n\r\n\xff', '\x01\xe4', '\x7f\xe4', '\r\n\xe4', '')

  test('escapes those of the target and no others, cut into packets anywhere', () => {
    fc.assert(
      fc.property(target, rest, fc.array(fc.nat(60), { maxLength: 4 }), (characters, behind, places) => {
        const line = `PUT /\xc3${characters.join('')}`
        const bytes = latin1(line + behind)
        const ends = [...places.map((place) => 6 + place), bytes.length].toSorted((a, b) => a - b)
        const repair = repairOf(bytes.subarray(0, ends[0]))
        const rewritten = ends.map((end, nth) =>
          repair?.rewrite(bytes.subarray(ends[nth - 1] ?? 0, end)).toString('latin1'),
        )
        const escaped = line.replaceAll(/[\x80-\xff]/gu, (byte) => `%${byte.charCodeAt(0).toString(16)}`)
        expect([repair?.from, rewritten.join('')]).toEqual([0, escaped + behind])
      }),
      { numRuns: 500 },
    )
  })

  test('begins where the request does', () => {
    const before = 'GET /a HTTP/1.1\r\n\r\n'
    for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS']) {
      expect(repairOf(latin1(`${before}${method} /\xe4`))?.from).toBe(before.length)
      expect(repairOf(latin1(`body \xe4${method} /\xe4`), 7)?.from).toBe(6)
    }
    // Whose beginning is not there, or no beginning of a request.
    for (const packet of ['ys/\xe4', ' /\xe4', 'BREW /\xe4', 'GET\t/\xe4', 'GE /\xe4', '\xe4']) {
      expect(repairOf(latin1(packet))).toBeUndefined()
    }
  })

  test('leaves in place only methods that something is done by, and none of these ends as another does', () => {
    const carriedOut = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS']
    for (const method of METHODS.filter((one) => one !== 'CONNECT')) {
      const packet = latin1(`${method} /\xe4 HTTP/1.1`)
      const repair = repairOf(packet)
      const rewritten = repair?.rewrite(packet).toString('latin1')
      // What may be the end of PROPPATCH, but may be itself, has a place of its own.
      const other = method === 'PATCH' ? UNSURE_METHOD : UNUSED_METHOD
      expect([repair?.from, rewritten]).toEqual([0, `${carriedOut.includes(method) ? method : other} /%e4 HTTP/1.1`])
    }
    const ambiguous = carriedOut.filter((method) =>
      METHODS.some((other) => other !== method && (other.endsWith(method) || method.endsWith(other))),
    )
    expect(ambiguous).toEqual([])
    expect(repairOf(latin1('CONNECT /\xe4'))).toBeUndefined()
  })

  test('makes no text of what may be long, and copies nothing that is to stay as it is', () => {
    const packet = latin1(`GET /${'\xc3\xa4'.repeat(30_000)}`)
    const repair = repairOf(packet)
    const toString = vi.spyOn(packet, 'toString')
    expect(repair?.rewrite(packet).length).toBe(5 + 3 * 60_000)
    expect(toString).not.toHaveBeenCalled()
    const [ascii, header] = [latin1('a'.repeat(60_000)), latin1(' HTTP/1.1\r\nA: \xe4')]
    expect(repair?.rewrite(ascii)).toBe(ascii)
    expect(repair?.rewrite(header)).toBe(header)
  })
})
