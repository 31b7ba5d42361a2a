/**
 * How a client of `/v1` asks while faults strike: what may be sent again is, at another node, until somebody answers; with the same
 * Idempotency-Key, with the same guard, or because it comes to the same when it is done twice.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { isToldUnknown } from '../crash/traffic.js'
import { Client, type Reply } from '../support/load.js'
import type { Place, Shared } from './clients.js'
import { pick, type Random } from './faults.js'
import type { ShownTicket, ToldV1 } from './v1-asked.js'

/** What of an answer's body is looked at. */
export interface Body extends Partial<ShownTicket> {
  readonly number?: number
  readonly id?: number
  readonly current?: { readonly version: number; readonly title: string }
  readonly results?: readonly { readonly number: number; readonly index: number | null }[]
  readonly history?: readonly EntryBody[]
  readonly events?: readonly ToldV1[]
  readonly tickets?: readonly (ShownTicket & { readonly number: number })[]
  readonly total?: number
  readonly totalIsExact?: boolean
  readonly incomplete?: boolean
  readonly next?: number | string | null
}

/** What is looked at of an entry of a history. */
export interface EntryBody {
  readonly index: number
  readonly type: string
  readonly changes: {
    readonly title?: { readonly to: string }
    readonly description?: { readonly to: string | null }
    readonly labels?: { readonly added: readonly string[]; readonly removed: readonly string[] }
  }
}

/** What came of a request that was sent until it was answered. */
export interface Sent {
  /** Undefined where nobody answered. */
  readonly reply: Reply | undefined
  readonly body: Body
  /** Whether a try had no answer, or that nobody knows: so that it may have been done by that, or may be done later. */
  readonly isUnsure: boolean
  readonly node: string
}

/** How a request is sent. */
export interface How {
  /** How often at most. */
  readonly tries: number
  /** An index that a node has to have reached: one that has not waits until it has. */
  readonly known: number
  readonly value?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** After this a client gives up a try and knows nothing, in milliseconds: longer than a node makes anybody wait. */
const PATIENCE_MS = 9000

/** What a node says that could not do what was asked, and changed nothing. */
const NOT_DONE: ReadonlySet<string> = new Set(['unavailable', 'not_yet', 'overloaded', 'stopping', 'no_room'])

/** How often what may be sent again is sent at most. */
export const TRIES = 4

/** The share of requests with a key that a nervous client sends to two nodes at once. */
const TWICE = 0.25

/** What to send with a key of its own. */
export interface Keyed {
  readonly path: string
  readonly key: string
  readonly value: unknown
  readonly known: number
}

export class V1Requests {
  readonly #shared: Shared
  readonly #random: Random

  constructor(shared: Shared, random: Random) {
    this.#shared = shared
    this.#random = random
  }

  /** Sends a request with a key until it is answered, now and then to two nodes at once: it is done once all the same. */
  async once(nodes: readonly Place[], { path, key, value, known }: Keyed): Promise<Sent> {
    const send = () =>
      this.send(nodes, 'POST', path, { tries: TRIES, known, value, headers: { 'Idempotency-Key': key } })
    if (this.#random() >= TWICE) return send()
    const [one, other] = await Promise.all([send(), send()])
    const answered = [one, other].filter(({ reply }) => reply !== undefined)
    const answers = new Set(answered.map(({ reply }) => `${reply?.status} ${reply?.body}`))
    if (answers.size > 1) {
      this.#shared.history.complaints.push(`one request was answered in two ways: ${[...answers].join(' and ')}`)
    }
    return answered[0] ?? { ...one, isUnsure: one.isUnsure || other.isUnsure }
  }

  /** Asks once more for what was answered before, with the same key: the answer is the same. */
  async again(nodes: readonly Place[], request: Keyed, before: Reply): Promise<void> {
    const { reply } = await this.once(nodes, request)
    if (reply === undefined || (reply.status === before.status && reply.body === before.body)) return
    const answers = `${before.status} ${before.body} and then ${reply.status} ${reply.body}`
    this.#shared.history.complaints.push(`one request was answered in two ways: ${answers}`)
  }

  /** Sends a request to one node after another until one answers. */
  async send(nodes: readonly Place[], method: string, path: string, how: How): Promise<Sent> {
    let isUnsure = false
    let node = 'nobody'
    for (let tries = 0; tries < how.tries; tries++) {
      const place = pick(nodes, this.#random)
      const { doors } = place
      if (doors === undefined) {
        await delay(20)
        continue
      }
      node = place.name
      const reply = await sendOnce(`${doors.deskUrl}${path}`, method, how)
      if (reply !== undefined && reply.status < 500) {
        const body: Body = JSON.parse(reply.body === '' ? '{}' : reply.body)
        this.#shared.floor = Math.max(this.#shared.floor, indexShown(reply))
        return { reply, body, isUnsure, node }
      }
      if (reply !== undefined && isToldUnknown(reply)) this.#shared.unknowns += 1
      if (reply === undefined || !NOT_DONE.has(codeOf(reply))) isUnsure = true
    }
    return { reply: undefined, body: {}, isUnsure, node }
  }
}

/** Where the state stood that an answer tells of; 0 where it does not say. */
export function indexShown({ headers }: Reply): number {
  return Number(headers['desk-index'] ?? 0)
}

/** The code of a refusal. */
function codeOf({ body }: Reply): string {
  const { code = '' }: { readonly code?: string } = JSON.parse(body === '' ? '{}' : body)
  return code
}

/** One try; undefined where no answer came. */
async function sendOnce(url: string, method: string, { known, value, headers }: How): Promise<Reply | undefined> {
  const client = new Client()
  const patience = setTimeout(() => client.close(), PATIENCE_MS)
  try {
    const body = value === undefined ? undefined : { type: 'application/json', text: JSON.stringify(value) }
    return await client.ask(method, url, body, { 'Desk-Index': String(known), ...headers })
  } catch {
    return undefined
  } finally {
    clearTimeout(patience)
    client.close()
  }
}

/** Follows `/v1/events`, page by page, each from another node: where one left off the next one goes on. */
export class V1Follower {
  readonly told: ToldV1[] = []
  readonly refusals: string[] = []
  readonly #nodes: readonly Place[]
  /** The index up to which everything was told. */
  reached = 0

  constructor(nodes: readonly Place[]) {
    this.#nodes = nodes
  }

  async run(signal: AbortSignal): Promise<void> {
    for (let turn = 0; !signal.aborted; turn++) {
      const { doors, name } = this.#nodes[turn % this.#nodes.length] ?? {}
      if (doors !== undefined) await this.#page(doors.deskUrl, String(name), signal)
      await delay(20)
    }
  }

  async #page(deskUrl: string, name: string, signal: AbortSignal): Promise<void> {
    const client = new Client()
    const end = (): void => client.close()
    const patience = setTimeout(end, PATIENCE_MS)
    signal.addEventListener('abort', end)
    try {
      const url = `${deskUrl}/v1/events?since=${this.reached}&limit=200&wait=1`
      const { status, body } = await client.ask('GET', url, undefined, { Accept: 'application/json' })
      const { events = [], next }: Body = JSON.parse(body)
      if (status === 200) {
        this.told.push(...events)
        this.reached = Number(next)
      } else if (status < 500) this.refusals.push(`${name} refused what came after ${this.reached}: ${status} ${body}`)
    } catch {
      // The node is gone, or the end has come.
    }
    clearTimeout(patience)
    signal.removeEventListener('abort', end)
    client.close()
  }
}
