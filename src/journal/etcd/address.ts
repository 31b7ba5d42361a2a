/** What the address of a store in etcd says: `etcd://HOST:PORT,HOST:PORT/PREFIX`. */

export interface EtcdAddress {
  /** As they were written, for people. */
  readonly hosts: string
  /** One URL for each. */
  readonly endpoints: readonly string[]
  /** Begins with a slash and does not end in one; `/etcdesk` where none is given. */
  readonly prefix: string
}

/** Reads the address; undefined where it is none in etcd. With certificates all endpoints are spoken to over TLS. */
export function parseEtcdAddress(address: string, hasCertificates: boolean): EtcdAddress | undefined {
  const [, hosts, prefix = '/etcdesk'] = /^etcd:\/\/([^/]+)(\/.*[^/])?\/?$/u.exec(address) ?? []
  if (hosts === undefined) return undefined
  const scheme = hasCertificates ? 'https' : 'http'
  return { hosts, endpoints: hosts.split(',').map((host) => `${scheme}://${host.trim()}`), prefix }
}
