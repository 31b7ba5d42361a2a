/** Whence requests come, behind proxies that are trusted and those that are not, whatever a header claims. */
import { IncomingMessage } from 'node:http'
import { isIP, Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clientAddress } from '#src/http/client-address.js'

/** A request as it comes from an address, with what its header claims. */
function from(address: string | undefined, claimed?: string | string[]): IncomingMessage {
  const socket = new Socket()
  Object.defineProperty(socket, 'remoteAddress', { value: address })
  const request = new IncomingMessage(socket)
  for (const value of [claimed ?? []].flat()) request.headers['x-forwarded-for'] = value
  return request
}

const PROXY = '10.0.0.1'
const behind = clientAddress(['10.0.0.0/8', '::1', 'fd00::/8', '192.0.2.7'])

/** Addresses of clients, none of them a trusted proxy's, as a proxy may write them and as they are told. */
const octet = fc.nat(255)
const ipv4 = fc.tuple(fc.integer({ min: 11, max: 126 }), octet, octet, octet).map((parts) => parts.join('.'))
const group = fc.integer({ min: 1, max: 0xffff }).map((number) => number.toString(16))
const ipv6 = fc.array(group, { minLength: 6, maxLength: 6 }).map((groups) => `2001:db8:${groups.join(':')}`)
const port = fc.nat(65_535)
const client = fc.oneof(
  ipv4.map((address) => ({ written: address, told: address })),
  fc.tuple(ipv4, port).map(([address, number]) => ({ written: `${address}:${number}`, told: address })),
  ipv4.map((address) => ({ written: `::ffff:${address}`, told: address })),
  ipv4.map((address) => ({ written: `[::FFFF:${address}]:1`, told: address })),
  ipv6.map((address) => ({ written: address, told: address })),
  ipv6.map((address) => ({ written: address.toUpperCase(), told: address })),
  fc.tuple(ipv6, port).map(([address, number]) => ({ written: `[${address}]:${number}`, told: address })),
  ipv6.map((address) => ({ written: `[${address}]`, told: address })),
)
const proxy = fc.constantFrom(PROXY, '10.9.8.7:1234', '::1', '[::1]:80', 'fd00::1', '192.0.2.7', '::ffff:10.1.1.1')
const claims = fc.oneof(
  fc.string(),
  proxy,
  ipv4,
  fc.constantFrom('unknown', '_hidden', ',', '', '[', '[]:1', '%', '::%x'),
)
const space = fc.constantFrom('', ' ', '  ')

test('of what trusted proxies say, the last address that is none of theirs counts, whatever stands before it', () => {
  fc.assert(
    fc.property(
      fc.array(claims, { maxLength: 5 }),
      client,
      fc.array(fc.tuple(proxy, space), { maxLength: 5 }),
      space,
      (claimed, { written, told }, proxies, before) => {
        const header = [...claimed, before + written, ...proxies.map(([address, gap]) => gap + address)].join(',')
        expect(behind(from(PROXY, header))).toBe(told)
      },
    ),
  )
})

test('of who is no trusted proxy nothing that is said counts', () => {
  fc.assert(
    fc.property(client, claims, ({ told }, claimed) => {
      expect(behind(from(told, claimed))).toBe(told)
      expect(clientAddress()(from(told, claimed))).toBe(told)
    }),
  )
})

test('whatever a header holds, what is told is an address, and one of the connection or of the header', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 300 }),
        fc.array(claims).map((all) => all.join(',')),
      ),
      (claimed) => {
        expect(isIP(behind(from(PROXY, claimed)))).not.toBe(0)
      },
    ),
  )
})

describe('a proxy that is trusted', () => {
  test.each([
    ['says nothing', undefined],
    ['says nothing in a header', ''],
    ['says that it does not know', '1.2.3.4, unknown'],
    ['ends with a comma', '1.2.3.4,'],
    ['says what is no address', '1.2.3.4, 999.1.1.1'],
    ['says something long', `1.2.3.4, ${'9'.repeat(10_000)}`],
  ])('and %s, counts itself', (_name, claimed) => {
    expect(behind(from(PROXY, claimed))).toBe(PROXY)
  })

  test('may come by IPv6, with a zone too, or as an address of IPv4 in one of IPv6', () => {
    for (const address of ['::1', 'fd00::1', 'fd00::1%eth0', '::ffff:10.0.0.1', '::ffff:a00:1']) {
      expect(behind(from(address, '1.2.3.4'))).toBe('1.2.3.4')
    }
  })

  test('is looked at no further than 20 proxies back, so a long header costs little', () => {
    const header = `1.2.3.4, ${Array.from({ length: 100_000 }, () => PROXY).join(',')}`
    expect(behind(from(PROXY, header))).toBe(PROXY)
    const within = ['1.2.3.4', ...Array.from({ length: 19 }, () => PROXY)].join(',')
    expect(behind(from(PROXY, within))).toBe('1.2.3.4')
  })
})

test('a connection that is gone has no address', () => {
  expect(behind(from(undefined))).toBe('')
})
