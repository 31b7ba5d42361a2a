/**
 * Who may call a door from a browser. Programs send no `Origin` and notice nothing of this. A web page may call a door only
 * if it came from that door or the operator named its origin (`--cors`); and a door on loopback answers only to loopback
 * names and those of `--host-whitelist`, so that no page can reach it under a name of its own (DNS rebinding).
 */
import type { DoorOptions } from './server.js'

/** What the check needs of a request's headers, by Node's lower-case names. */
export interface OriginHeaders {
  readonly origin?: string | undefined
  readonly host?: string | undefined
}

/** The operator's settings, prepared. Make one for each door with `originPolicy`. */
export interface OriginPolicy {
  /** Origins that may call, besides the door's own. */
  readonly origins: ReadonlySet<string>
  readonly anyOrigin: boolean
  /** Whether `Host` is looked at: on a loopback door, or where a whitelist is given. */
  readonly checksHost: boolean
  readonly hosts: ReadonlySet<string>
  readonly anyHost: boolean
  /** The last `Host` that was found good: nearly every request has the same. */
  knownHost: string | undefined
}

export function originPolicy({ listen, cors, hostWhitelist }: DoorOptions): OriginPolicy {
  return {
    origins: new Set(cors.map((origin) => origin.toLowerCase().replace(/\/$/u, ''))),
    anyOrigin: cors.includes('*'),
    checksHost: isLoopbackHost(listen.host) || hostWhitelist.length > 0,
    hosts: new Set(hostWhitelist.map((host) => host.toLowerCase())),
    anyHost: hostWhitelist.includes('*'),
    knownHost: undefined,
  }
}

/** Undefined where the request may go on, else the sentence of the 403 that it gets. */
export function checkOrigin(headers: OriginHeaders, policy: OriginPolicy): string | undefined {
  const { origin, host } = headers
  if (host !== policy.knownHost || host === undefined) {
    const refusal = checkHost(host, policy)
    if (refusal !== undefined) return refusal
    policy.knownHost = host
  }
  return origin === undefined ? undefined : checkOriginOf(origin, host, policy)
}

/** Whether answers to this origin carry CORS headers: it is not the door's own, but the operator has named it. */
export function isForeignOriginAllowed(origin: string, policy: OriginPolicy): boolean {
  return policy.anyOrigin || policy.origins.has(origin.toLowerCase())
}

function checkHost(host: string | undefined, policy: OriginPolicy): string | undefined {
  // Only HTTP/1.0 goes without, and no browser speaks that.
  if (host === undefined || !policy.checksHost || policy.anyHost) return undefined
  const name = hostName(host)
  if (isLoopbackHost(name) || policy.hosts.has(name) || policy.hosts.has(host.toLowerCase())) return undefined
  return `The Host '${printable(host)}' is none that this server goes by. Call it as localhost, or start it with --host-whitelist ${printable(name)}.`
}

function checkOriginOf(origin: string, host: string | undefined, policy: OriginPolicy): string | undefined {
  const asked = origin.toLowerCase()
  if (host !== undefined && asked === `http://${host.toLowerCase()}`) return undefined
  if (isForeignOriginAllowed(asked, policy)) return undefined
  return `Web pages of the origin '${printable(origin)}' may not call this server. Start it with --cors ${printable(origin)} to allow them.`
}

/** `Host` without its port, in lower case; IPv6 addresses without their brackets. */
function hostName(host: string): string {
  const name = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/u.exec(host)
  return (name?.[1] ?? name?.[2] ?? host).toLowerCase()
}

/** Whether a name or an address (IPv6 without brackets) always means this machine. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/u, '')
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    /^(?:::ffff:)?127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/u.test(name) ||
    /^::ffff:7f[\da-f]{2}:[\da-f]{1,4}$/u.test(name)
  )
}

/** What a stranger sent, short and without control characters, so that it can stand in a sentence. */
function printable(text: string): string {
  return text.slice(0, 200).replace(/[^\x20-\x7e]/gu, '?')
}
