/** Addresses that a door listens on: how they are written, and who can reach them. */
import type { Address } from '../http/door.js'
import { isLoopbackHost } from '../http/origin.js'

export const PORT_MAX = 65_535

/** `HOST:PORT`; an IPv6 address stands in brackets. Undefined where it is none. */
export function parseAddress(text: string): Address | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]\s]+)\]|([^:[\]\s/]+)):(\d{1,5})$/u.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  return host === undefined || !(port <= PORT_MAX) ? undefined : { host, port }
}

export function formatAddress({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Whether an address can be reached from this machine alone. */
export function isLoopback(address: Address): boolean {
  return isLoopbackHost(address.host)
}
