/**
 * Who may call a door from a browser. Programs send neither `Origin` nor `Sec-Fetch-Site` and notice nothing of this. A web page
 * may call a door only if it came from that door or the operator named its origin (`--cors`); and a door answers only to names
 * that are its own (loopback names, addresses, `--host-whitelist`, what it is advertised by), so that no page can reach it
 * under a name of the page's own (DNS rebinding).
 *
 * What a browser says of itself where the page can not change it (Fetch Metadata) counts for reads too: a page that can't read
 * an answer still learns whether there is one, by `<object>` for instance. A person who follows a link is let through: it is
 * the person who sees the answer. Browsers send Fetch Metadata only to loopback and over TLS.
 */
import { isIP } from 'node:net'
import { printable } from './repeated.js'
import type { DoorOptions } from './door.js'

/** What the check needs of a request's headers, by Node's lower-case names. */
export interface OriginHeaders {
  readonly origin?: string | undefined
  readonly host?: string | undefined
  readonly 'sec-fetch-site'?: string | undefined
  readonly 'sec-fetch-mode'?: string | undefined
  readonly 'sec-fetch-dest'?: string | undefined
  /** Sent where nobody has followed the link yet. */
  readonly 'sec-purpose'?: string | string[] | undefined
}

/** The operator's settings, prepared. Make one for each door with `originPolicy`. */
export interface OriginPolicy {
  /** Origins that may call, besides the door's own. */
  readonly origins: ReadonlySet<string>
  readonly anyOrigin: boolean
  readonly hosts: ReadonlySet<string>
  readonly anyHost: boolean
  /** The last `Host` that was found good: nearly every request has the same. */
  knownHost: string | undefined
}

export function originPolicy({ cors, hostWhitelist }: Pick<DoorOptions, 'cors' | 'hostWhitelist'>): OriginPolicy {
  return {
    origins: new Set(cors.map((origin) => origin.toLowerCase().replace(/\/$/u, ''))),
    anyOrigin: cors.includes('*'),
    hosts: new Set(hostWhitelist.map((host) => host.toLowerCase())),
    anyHost: hostWhitelist.includes('*'),
    knownHost: undefined,
  }
}

/** Undefined where the request may go on, else the sentence of the 403 that it gets. */
export function checkOrigin(headers: OriginHeaders, policy: OriginPolicy, method = 'GET'): string | undefined {
  const { origin, host } = headers
  if (host !== policy.knownHost || host === undefined) {
    const refusal = checkHost(host, policy)
    if (refusal !== undefined) return refusal
    policy.knownHost = host
  }
  const refusal = origin === undefined ? undefined : checkOriginOf(origin, host, policy)
  return refusal ?? checkFetch(headers, policy, method)
}

/** Whether a request says that it comes from a page of the very door that it is sent to. */
export function isOwnOrigin({ origin, host }: OriginHeaders): boolean {
  const [asked, own] = [origin?.toLowerCase(), host?.toLowerCase()]
  return own !== undefined && (asked === `http://${own}` || asked === `https://${own}`)
}

/** Whether answers to this origin carry CORS headers: it is not the door's own, but the operator has named it. */
export function isForeignOriginAllowed(origin: string, policy: OriginPolicy): boolean {
  return policy.anyOrigin || policy.origins.has(origin.toLowerCase())
}

function checkHost(host: string | undefined, policy: OriginPolicy): string | undefined {
  // Only HTTP/1.0 goes without, and no browser speaks that.
  if (host === undefined || policy.anyHost) return undefined
  const name = hostName(host)
  // An address is nobody's to point elsewhere: a page under it came from there.
  if (isLoopbackHost(name) || isIP(name) !== 0) return undefined
  if (policy.hosts.has(name) || policy.hosts.has(host.toLowerCase())) return undefined
  return `The Host '${printable(host)}' is none that this server goes by. Call it by its address or as localhost, or start it with --host-whitelist ${printable(name)}.`
}

/** TLS ends before us, at a proxy which hands on the Host that it was asked for: `https` of it is the door's own too. */
function checkOriginOf(origin: string, host: string | undefined, policy: OriginPolicy): string | undefined {
  if (isOwnOrigin({ origin, host }) || isForeignOriginAllowed(origin, policy)) return undefined
  return `Web pages of the origin '${printable(origin)}' may not call this server. Start it with --cors ${printable(origin)} to allow them.`
}

/** Judges by what the browser says of the page that asks; `same-site` is another origin, such as another port of this machine. */
function checkFetch(headers: OriginHeaders, policy: OriginPolicy, method: string): string | undefined {
  const { origin, 'sec-fetch-site': site } = headers
  if (site !== 'cross-site' && site !== 'same-site') return undefined
  if (policy.anyOrigin || (origin !== undefined && isForeignOriginAllowed(origin, policy))) return undefined
  if (method === 'GET' && isNavigation(headers)) return undefined
  return 'Web pages of other origins may not load this. Open it in a window of its own, or call it with fetch from an origin that --cors names.'
}

/** Whether the answer is for the whole window of a person, not for a page or a part of one. */
function isNavigation(headers: OriginHeaders): boolean {
  return (
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document' &&
    headers['sec-purpose'] === undefined
  )
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
