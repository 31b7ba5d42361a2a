/**
 * What carries HTTP to a door: TCP, or TLS on it. What holds for both is tested once for each: `describe.each(carriers)`, and clients
 * that go by the door's URL.
 */
import { once } from 'node:events'
import { request as requestPlain, type ClientRequest, type RequestOptions } from 'node:http'
import { request as requestEncrypted } from 'node:https'
import { connect, type Socket } from 'node:net'
import { connect as connectEncrypted, type ConnectionOptions } from 'node:tls'
import type { DoorOptions } from '#src/http/door.js'
import type { Certificates } from '#src/http/tls-front.js'
import { certificatePem, keyPem } from './pem.js'

/** A certificate that stays what it is. */
export const fixedCertificates: Certificates = {
  current: { cert: certificatePem, key: keyPem },
  follow: () => () => {},
}

export interface Carrier {
  readonly name: 'TCP' | 'TLS'
  readonly scheme: 'http' | 'https'
  /** What a door is opened with. */
  readonly options: Pick<DoorOptions, 'tls'>
}

export const carriers: readonly Carrier[] = [
  { name: 'TCP', scheme: 'http', options: {} },
  { name: 'TLS', scheme: 'https', options: { tls: { certificates: fixedCertificates } } },
]

/** The system's own connection, below an encrypted one. */
const carried = new WeakMap<Socket, Socket>()

/** Resets a connection, as the system does with that of a program that was ended. */
export function reset(socket: Socket): void {
  const below = carried.get(socket) ?? socket
  below.resetAndDestroy()
}

/** Trusts the tests' certificate, which names nobody. */
const trust = { ca: certificatePem, checkServerIdentity: () => undefined } as const

export interface DialOptions {
  readonly allowHalfOpen?: boolean
  /** What else there is to say of TLS. */
  readonly tls?: ConnectionOptions
}

/** Connects to what listens at a URL, as its scheme says; resolves once something can be asked. */
export async function dial(url: string, { allowHalfOpen = false, tls = {} }: DialOptions = {}): Promise<Socket> {
  const { protocol, hostname, port } = new URL(url)
  const to = { host: hostname.replaceAll(/[[\]]/gu, ''), port: Number(port), allowHalfOpen }
  const below = connect(to)
  await once(below, 'connect')
  if (protocol !== 'https:') return below
  const socket = connectEncrypted({ socket: below, ...trust, ...tls })
  carried.set(socket, below)
  await once(socket, 'secureConnect')
  return socket
}

/** Begins a request to a server, by the scheme of its URL. */
export function requestTo(url: string, options: RequestOptions): ClientRequest {
  const { protocol, hostname, port } = new URL(url)
  const to = { ...options, host: hostname.replaceAll(/[[\]]/gu, ''), port }
  return protocol === 'https:' ? requestEncrypted({ ...to, ...trust }) : requestPlain(to)
}
