/**
 * Whence a request comes. That is the other end of its connection, but for proxies that the operator trusts: of what these say in
 * `X-Forwarded-For` the last address counts that is none of theirs. What stands before it anybody can have written.
 */
import { BlockList, isIP, SocketAddress, type Socket } from 'node:net'
import type { IncomingMessage } from 'node:http'
import { clientOf } from './reread.js'

/** Addresses in one such header that are looked at. */
const HOPS_MAX = 20

/** Tells whence requests come, given the addresses and networks of trusted proxies. */
export function clientAddress(trustedProxies: readonly string[] = []): (request: IncomingMessage) => string {
  if (trustedProxies.length === 0) return ({ socket }) => addressOfConnection(socket)
  const trusted = listOf(trustedProxies)
  const isTrusted = (address: string): boolean => {
    const family = isIP(address)
    return family !== 0 && trusted.check(address, family === 4 ? 'ipv4' : 'ipv6')
  }
  return ({ socket, headers }) => {
    let address = addressOfConnection(socket)
    const said = headers['x-forwarded-for']
    let rest = Array.isArray(said) ? said.join(',') : (said ?? '')
    for (let hops = 0; hops < HOPS_MAX && isTrusted(address); hops += 1) {
      const comma = rest.lastIndexOf(',')
      const before = plain(rest.slice(comma + 1).trim())
      if (isIP(before) === 0) break
      address = before
      rest = rest.slice(0, Math.max(comma, 0))
    }
    return address
  }
}

/** Known once for all requests of a connection. */
const addresses = new WeakMap<Socket, string>()

function addressOfConnection(connection: Socket): string {
  const known = addresses.get(connection)
  if (known !== undefined) return known
  const address = plain(clientOf(connection)?.remoteAddress ?? '')
  // One that is closed has none any more.
  if (address !== '') addresses.set(connection, address)
  return address
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

/** No address is written with more characters, brackets, zone and port included. */
const ADDRESS_CHARACTERS_MAX = 100

/**
 * An address as it is always written: one of IPv4 as such, also where it came as one of IPv6, those of IPv6 in their shortest form;
 * without brackets, zone and port. What is none stays as it is, and nothing where it is longer than any.
 */
function plain(text: string): string {
  if (text.length > ADDRESS_CHARACTERS_MAX) return ''
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/u.exec(text) ?? []
  const bare = bracketed ?? (/^[\d.]+:\d+$/u.test(text) ? text.slice(0, text.indexOf(':')) : text)
  const address = bare.replace(/%.*$/u, '')
  if (isIP(address) !== 6) return address
  const short = new SocketAddress({ address, family: 'ipv6' }).address
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(short)?.[1] ?? short
}
