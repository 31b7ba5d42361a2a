/**
 * A real etcd and etcdesk side by side, at the same index and with the same tree: every request goes to both, and what comes
 * back must be the same but for what can't be (times, ids of the cluster, raft's own numbers).
 */
import type { IncomingHttpHeaders } from 'node:http'
import { type RunningEtcd, startEtcd } from '../support/etcd.js'
import { keyRequest, type KeysAnswer, type KeysRequest, type Running, send, start } from '../support/keys-door.js'
import { waitUntil } from '../support/server.js'

/** Headers that are compared; a body's length and the connection are the HTTP servers' own business. */
const COMPARED_HEADERS = [
  'content-type',
  'x-etcd-index',
  'allow',
  'location',
  'x-content-type-options',
  'access-control-allow-origin',
  'access-control-allow-methods',
  'access-control-allow-headers',
] as const

/** Headers whose values differ, but which both or neither must send. */
const PRESENT_HEADERS = ['x-etcd-cluster-id', 'x-raft-index', 'x-raft-term'] as const

/** How far two clocks and two answers may be apart, in milliseconds. */
const TIME_TOLERANCE_MS = 20_000

/** Both sides' answers to one request. */
export interface Answers {
  readonly etcd: KeysAnswer
  readonly etcdesk: KeysAnswer
}

/** The way to etcdesk: asked before each request for the URL of the keys API that it goes to. */
export type Way = () => Promise<string>

export class Pair {
  /** Where etcdesk is asked from now on. */
  way: Way
  readonly #etcd: RunningEtcd
  #directories = 0

  private constructor(etcd: RunningEtcd, way: Way) {
    this.#etcd = etcd
    this.way = way
  }

  /** Starts an etcd beside a new etcdesk and brings both to the same index. */
  static async start(way: Way): Promise<Pair> {
    const etcd = await startEtcd()
    const pair = new Pair(etcd, way)
    await waitUntil('etcd to settle its version', async () => {
      const { body } = await send(etcd.url, { method: 'GET', target: '/version' })
      return !body.includes('not_decided')
    })
    await pair.#align()
    return pair
  }

  /** Sends a request to both. */
  async send(asked: KeysRequest): Promise<Answers> {
    const url = await this.way()
    const [etcd, etcdesk] = await Promise.all([send(this.#etcd.url, asked), send(url, asked)])
    return { etcd, etcdesk }
  }

  /** Sends a request to both whose answer stays open, and waits for its headers. */
  async open(asked: KeysRequest): Promise<{ readonly etcd: Running; readonly etcdesk: Running }> {
    const url = await this.way()
    const etcd = start(this.#etcd.url, asked, true)
    const etcdesk = start(url, asked, true)
    await Promise.all([etcd.started, etcdesk.started])
    return { etcd, etcdesk }
  }

  /** The newest index, which both share. */
  async index(): Promise<number> {
    const { etcd, etcdesk } = await this.send(keyRequest('GET', '/'))
    const index = indexOf(etcd)
    if (index !== indexOf(etcdesk)) throw new Error(`the indexes went apart: ${index} and ${indexOf(etcdesk)}`)
    return index
  }

  /** A directory that no test has used. */
  newDirectory(name: string): string {
    return `/${name.replaceAll(/[^a-z]/gu, '')}${++this.#directories}`
  }

  /** Ends the etcd. */
  stop(): Promise<void> {
    return this.#etcd.stop()
  }

  /** etcd begins with some events of its own: etcdesk catches up; then both are filled until neither has its first events. */
  async #align(): Promise<void> {
    const filler = keyRequest('PUT', '/filler', 'value=x')
    const ahead = indexOf(await send(this.#etcd.url, keyRequest('GET', '/')))
    for (let index = 0; index < ahead; index++) await send(await this.way(), filler)
    const chunk = Array.from({ length: 50 }, () => filler)
    for (let sent = 0; sent < 1100; sent += chunk.length) await Promise.all(chunk.map((asked) => this.send(asked)))
    await this.send(keyRequest('DELETE', '/filler'))
    await this.index()
  }
}

function indexOf(answer: KeysAnswer): number {
  return Number(answer.headers['x-etcd-index'])
}

/** What differs between two answers, a line each; none where they are the same. */
export function differences({ etcd, etcdesk }: Answers, sorted = false): string[] {
  const found: string[] = []
  if (etcd.status !== etcdesk.status) found.push(`status: ${etcd.status} but ${etcdesk.status}`)
  found.push(...headerDifferences(etcd.headers, etcdesk.headers))
  if (etcd.body !== etcdesk.body) found.push(...bodyDifferences(etcd.body, etcdesk.body, sorted))
  return found
}

export function headerDifferences(etcd: IncomingHttpHeaders, etcdesk: IncomingHttpHeaders): string[] {
  const found: string[] = []
  for (const name of COMPARED_HEADERS) {
    if (etcd[name] !== etcdesk[name]) found.push(`${name}: ${String(etcd[name])} but ${String(etcdesk[name])}`)
  }
  for (const name of PRESENT_HEADERS) {
    if ((etcd[name] === undefined) !== (etcdesk[name] === undefined)) {
      found.push(`${name}: ${String(etcd[name])} but ${String(etcdesk[name])}`)
    }
  }
  return found
}

/** Compares bodies line by line: a watch's has an event in each. */
export function bodyDifferences(etcd: string, etcdesk: string, sorted = false): string[] {
  const [left, right] = [etcd.split('\n'), etcdesk.split('\n')]
  if (left.length !== right.length) return [`body: ${etcd} but ${etcdesk}`]
  return left.flatMap((line, at) => {
    const other = right[at] ?? ''
    if (line === other) return []
    try {
      return valueDifferences(JSON.parse(line), JSON.parse(other), 'body', sorted)
    } catch {
      return [`body: ${line} but ${other}`]
    }
  })
}

function valueDifferences(etcd: unknown, etcdesk: unknown, where: string, sorted: boolean): string[] {
  if (Array.isArray(etcd) && Array.isArray(etcdesk)) {
    if (etcd.length !== etcdesk.length) return [`${where}: ${etcd.length} but ${etcdesk.length} elements`]
    // etcd lists in random order unless asked to sort; etcdesk always sorts.
    const left = sorted ? etcd : etcd.toSorted(byKey)
    return left.flatMap((element, at) => valueDifferences(element, etcdesk[at], `${where}[${at}]`, sorted))
  }
  if (isObject(etcd) && isObject(etcdesk)) {
    const [left, right] = [Object.keys(etcd), Object.keys(etcdesk)]
    if (left.join() !== right.join()) return [`${where}: fields ${left.join()} but ${right.join()}`]
    return left.flatMap((name) => valueDifferences(etcd[name], etcdesk[name], `${where}.${name}`, sorted))
  }
  if (where.endsWith('.expiration') && typeof etcd === 'string' && typeof etcdesk === 'string') {
    if (Math.abs(Date.parse(etcd) - Date.parse(etcdesk)) <= TIME_TOLERANCE_MS) return []
  }
  if (where.endsWith('.ttl') && Math.abs(Number(etcd) - Number(etcdesk)) <= TIME_TOLERANCE_MS / 1000) return []
  if (where.endsWith('.cause') && typeof etcd === 'string' && repeatedLess(etcd) === etcdesk) return []
  return etcd === etcdesk ? [] : [`${where}: ${JSON.stringify(etcd)} but ${JSON.stringify(etcdesk)}`]
}

/** A refused comparison as etcdesk words it: it repeats at most 4 KiB of each value (here all are ASCII), etcd all. */
function repeatedLess(cause: string): string {
  const [, one, other] = /^\[(.*) != (.*)\]$/su.exec(cause) ?? []
  if (one === undefined || other === undefined) return cause
  const shown = [one, other].map((value) => (value.length > 4096 ? `${value.slice(0, 4096)}…` : value))
  return `[${shown.join(' != ')}]`
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function byKey(left: unknown, right: unknown): number {
  const [a, b] = [isObject(left) ? String(left['key']) : '', isObject(right) ? String(right['key']) : '']
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
