/** What the client is told about a cluster, checked and made ready: addresses and credentials. No secret gets into an error. */
import { credentials, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { RefusalReason } from './outcome.js'

/** How to reach a cluster. */
export interface EtcdOptions {
  /** Members: `HOST:PORT`, `http://HOST:PORT` or `https://HOST:PORT`. The first that works is used until it fails. */
  readonly endpoints: readonly string[]
  /** Certificates, as PEM text: of the authority that signed the members', and this client's own with its key. */
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** Told after each attempt at a request, for metrics. */
  readonly observe?: ((call: ObservedCall) => void) | undefined
}

/** One attempt at a request, at one endpoint, as metrics see it. */
export interface ObservedCall {
  /** etcd's name of the call, such as `Txn`. */
  readonly method: string
  readonly endpoint: string
  /** `unavailable` also where the endpoint could not be connected to. */
  readonly outcome: 'ok' | 'unknown' | RefusalReason
  readonly milliseconds: number
}

/** The options are wrong. The message says which and why, and holds no secret. */
export class EtcdSettingsError extends Error {
  override readonly name = 'EtcdSettingsError'
}

/** One endpoint, and what a connection to it is made with. */
export interface Reach {
  /** `HOST:PORT` */
  readonly address: string
  readonly credentials: ChannelCredentials
  readonly channelOptions: ChannelOptions
}

/** The endpoints, each once, in the given order. @throws EtcdSettingsError */
export function readReach({ endpoints, ca, cert, key, user, password }: EtcdOptions): Reach[] {
  if (endpoints.length === 0) throw new EtcdSettingsError('No etcd endpoint is given.')
  if ((cert === undefined) !== (key === undefined)) {
    throw new EtcdSettingsError(
      'A client certificate (etcd-cert) needs its key (etcd-key) and a key its certificate: give both or neither.',
    )
  }
  if ((user === undefined) !== (password === undefined)) {
    throw new EtcdSettingsError(
      'An etcd user (etcd-user) needs a password (ETCDESK_ETCD_PASSWORD) and a password a user: give both or neither.',
    )
  }
  const parsed = endpoints.map(parseEndpoint)
  const hasCertificates = ca !== undefined || cert !== undefined
  const isSecure = hasCertificates || parsed.some(({ scheme }) => scheme === 'https:')
  const plain = parsed.find(({ scheme }) => scheme === 'http:')
  if (isSecure && plain !== undefined) {
    throw new EtcdSettingsError(
      `${plain.address} is given with http:// beside certificates or https://: use one for all.`,
    )
  }
  if (isSecure) checkCertificates(ca, cert, key)
  const addresses = [...new Set(parsed.map(({ address }) => address))]
  return addresses.map((address) => (isSecure ? secureReach(address, ca, cert, key) : plainReach(address)))
}

function parseEndpoint(endpoint: string): { scheme: string | undefined; address: string } {
  const match = /^(?:(https?:)\/\/)?((?:\[[0-9a-f:.]+\]|[^\s/@:[\]]+):(\d{1,5}))\/?$/iu.exec(endpoint)
  const [, scheme, address, port] = match ?? []
  // Text before an `@` may be a password: it is not repeated.
  const shown = endpoint.slice(endpoint.lastIndexOf('@') + 1)
  if (address === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw new EtcdSettingsError(`'${shown}' is no etcd endpoint: it must be HOST:PORT, such as 10.0.0.1:2379.`)
  }
  return { scheme: scheme?.toLowerCase(), address }
}

function checkCertificates(ca?: string, cert?: string, key?: string): void {
  const check = (what: string, parse: () => void): void => {
    try {
      parse()
    } catch (error) {
      if (error instanceof EtcdSettingsError) throw error
      // What the library says may quote the text.
      throw new EtcdSettingsError(`${what} can't be used: it must be PEM text (-----BEGIN …).`)
    }
  }
  if (ca !== undefined) {
    check("The certificate of etcd's authority (etcd-ca)", () => refuseOutdated('etcd-ca', ca))
  }
  if (cert !== undefined) check('The client certificate (etcd-cert)', () => refuseOutdated('etcd-cert', cert))
  if (cert === undefined || key === undefined) return
  check('The key of the client certificate (etcd-key)', () => createPrivateKey(key))
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw new EtcdSettingsError(
      'The client certificate (etcd-cert) and the key (etcd-key) do not belong together: give the key that it was made for.',
    )
  }
}

/** No member would take a certificate before or after its time. Of several in one file another may be of use. */
function refuseOutdated(name: string, text: string): void {
  const { validFrom, validTo } = new X509Certificate(text)
  if (text.split('-----BEGIN CERTIFICATE-----').length > 2) return
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)]
  if (Date.now() >= from && Date.now() <= to) return
  throw new EtcdSettingsError(
    `The certificate of ${name} is valid from ${validFrom} to ${validTo}, not now: renew it, or set this machine's clock.`,
  )
}

function plainReach(address: string): Reach {
  return { address, credentials: credentials.createInsecure(), channelOptions: {} }
}

function secureReach(address: string, ca?: string, cert?: string, key?: string): Reach {
  const bytes = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text))
  const host = address.slice(0, address.lastIndexOf(':')).replaceAll(/[[\]]/gu, '')
  if (isIP(host) === 0) {
    return { address, credentials: credentials.createSsl(bytes(ca), bytes(key), bytes(cert)), channelOptions: {} }
  }
  // gRPC would send the IP address as the server's name, of which Node warns; the certificate must be for the address still.
  const verify = { checkServerIdentity: (_: string, shown: PeerCertificate) => checkServerIdentity(host, shown) }
  return {
    address,
    credentials: credentials.createSsl(bytes(ca), bytes(key), bytes(cert), verify),
    channelOptions: { 'grpc.ssl_target_name_override': 'etcd' },
  }
}
