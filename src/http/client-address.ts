/**
 * Whence a request comes. That is the other end of its connection, but for proxies that the operator trusts: of what these say in
 * `X-Forwarded-For` the last address counts that is none of theirs. What stands before it anybody can have written.
 */
import { BlockList, isIP, SocketAddress } from 'node:net'
import type { IncomingMessage } from 'node:http'

/** Addresses in one such header that are looked at. */
const HOPS_MAX = 20

/** Tells whence requests come, given the addresses and networks of trusted proxies. */
export function clientAddress(trustedProxies: readonly string[] = []): (request: IncomingMessage) => string {
  if (trustedProxies.length === 0) return ({ socket }) => plain(socket.remoteAddress ?? '')
  const trusted = listOf(trustedProxies)
  const isTrusted = (address: string): boolean => {
    const family = isIP(address)
    return family !== 0 && trusted.check(new SocketAddress({ address, family: family === 4 ? 'ipv4' : 'ipv6' }))
  }
  return ({ socket, headers }) => {
    let address = plain(socket.remoteAddress ?? '')
    const said = headers['x-forwarded-for']
    const hops = (Array.isArray(said) ? said.join(',') : (said ?? '')).split(',').slice(-HOPS_MAX)
    while (isTrusted(address)) {
      const before = plain(hops.pop()?.trim() ?? '')
      if (isIP(before) === 0) break
      address = before
    }
    return address
  }
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

/** An address of IPv4 as such, also where it came as one of IPv6; without brackets and port. */
function plain(address: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/u.exec(address) ?? []
  const bare = bracketed ?? (/^[\d.]+:\d+$/u.test(address) ? address.slice(0, address.indexOf(':')) : address)
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(bare)?.[1] ?? bare
}
