/**
 * Clients that write, read and follow through all nodes at once while faults strike, and note what they asked and what they
 * were told. Every value is sent once and never again, so that what happened tells which request made it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import {
  isToldUnknown,
  keyOf,
  modifiedIndexOf,
  outcomeOf,
  type Attempt,
  type Log,
  type Outcome,
} from '../crash/traffic.js'
import { Client, type Reply } from '../support/load.js'
import { pick, type Random } from './faults.js'
import type { KnownTicket, V1Log } from './v1-asked.js'

/** A node, as its clients know it; without doors while it is down. */
export interface Place {
  readonly name: string
  readonly doors: { readonly deskUrl: string; readonly keysUrl: string } | undefined
}

/** A request that would change something, with what was known when it was sent. */
export interface TimedAttempt extends Attempt {
  /** The newest index that anybody had been told by then: what is done later has a higher one. */
  readonly floor: number
  /** The newest index that the answer showed, where it showed one. */
  readonly shown?: number | undefined
  readonly node: string
}

/** A read that must show the newest state. */
export interface StrongRead {
  readonly key: string
  readonly floor: number
  /** The state that was read: its index, and the value there; undefined where there was no key. */
  readonly index: number
  readonly value: string | undefined
  readonly node: string
}

/** All that clients saw. */
export interface History extends Log {
  readonly attempts: TimedAttempt[]
  readonly reads: StrongRead[]
  /** What was asked of `/v1`. Titles are among the attempts too. */
  readonly v1: V1Log
}

/** What all clients share. */
export interface Shared {
  readonly history: History
  /** The newest index that anybody was told. */
  floor: number
  /** How often a node said of a change that nobody knows whether it was made. */
  unknowns: number
  /** Tickets that all clients of `/v1` change. */
  readonly tickets: KnownTicket[]
}

/** What nobody has used yet. */
export function newShared(): Shared {
  const v1 = { changes: [], labels: [], looks: [], histories: [], searches: [] }
  return { history: { attempts: [], complaints: [], reads: [], v1 }, floor: 0, unknowns: 0, tickets: [] }
}

const SHARED_KEYS = 4

/** After this a client gives up and knows nothing, in milliseconds: longer than a node makes anybody wait. */
const PATIENCE_MS = 9000

export class Roamer {
  readonly #name: string
  readonly #shared: Shared
  readonly #random: Random
  /** Keys and tickets of this client alone, whose value is known for sure. */
  readonly #owned = new Map<string, string>()
  /** Keys with a write that nobody answered: it may still be on its way, so their value is not known any more. */
  readonly #uncertain = new Set<string>()
  #count = 0

  constructor(name: string, shared: Shared, random: Random) {
    this.#name = name
    this.#shared = shared
    this.#random = random
  }

  /** Works through one node after another until `signal` says so, resting for so many milliseconds between two requests. */
  async run(nodes: readonly Place[], restMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.step(pick(nodes, this.#random))
      await delay(this.#random() * 2 * restMs)
    }
  }

  /** Sends one request to a node. Resolves with whether that made something that is this client's own. */
  async step(node: Place, operation = Math.floor(this.#random() * 11)): Promise<boolean> {
    const { doors } = node
    if (doors === undefined) return false
    const client = new Client()
    const patience = setTimeout(() => client.close(), PATIENCE_MS)
    try {
      return (await this.#send(new Sender(client, node.name, doors), operation)) === 'done'
    } catch {
      // No answer: what was on its way is noted as unknown.
      return false
    } finally {
      clearTimeout(patience)
      client.close()
    }
  }

  async #send(to: Sender, operation: number): Promise<unknown> {
    const value = `${this.#name}-${++this.#count}`
    const { client, keysUrl, deskUrl } = to
    const own = this.#owned.size === 0 ? undefined : pick([...this.#owned], this.#random)
    const [key, before] = own ?? ['', '']
    const keyUrl = `${keysUrl}${key}`
    const isByDesk = key.startsWith('/tickets/') && this.#random() < 0.5
    const sharedKey = `/shared/${Math.floor(this.#random() * SHARED_KEYS)}`
    switch (operation) {
      case 0: {
        const path = `/own/${this.#name}/${this.#count % 5}`
        return this.#write(to, value, path, () => client.form('PUT', `${keysUrl}${path}`, { value }))
      }
      case 1:
        return this.#write(to, value, undefined, () => client.form('POST', `${keysUrl}/queue`, { value }))
      case 2:
        return this.#write(to, value, undefined, () => client.json('POST', `${deskUrl}/tickets`, { value }))
      case 3:
      case 4:
        return this.#swap(to, sharedKey, value)
      case 5:
        if (own === undefined) return undefined
        return this.#write(to, value, key, () =>
          isByDesk
            ? client.json('PUT', `${deskUrl}${key}`, { value })
            : client.form('PUT', `${keyUrl}?prevValue=${before}`, { value }),
        )
      case 6:
        if (own === undefined) return undefined
        return this.#remove(to, before, key, () =>
          client.ask('DELETE', isByDesk ? `${deskUrl}${key}` : `${keyUrl}?prevValue=${before}`),
        )
      case 7:
        return this.#attempt(to, 'write', value, undefined, () =>
          client.form('PUT', `${keysUrl}/once/only?prevExist=false`, { value }),
        )
      case 8:
        return this.#attempt(to, 'write', value, undefined, () =>
          client.form('PUT', `${keysUrl}/passing/${value}`, { value, ttl: '2' }),
        )
      default:
        return this.#read(to, sharedKey)
    }
  }

  /** Writes what only this client writes, and remembers it when it is sure. */
  async #write(to: Sender, value: string, key: string | undefined, ask: () => Promise<Reply>): Promise<Outcome> {
    if (key !== undefined) this.#owned.delete(key)
    const reply = await this.#attempt(to, 'write', value, key, ask)
    const made = key ?? keyOf(reply)
    if (reply.status < 300 && made !== undefined && !this.#uncertain.has(made)) this.#owned.set(made, value)
    if (reply.status >= 400 && reply.status < 500)
      this.#complain(to, `writing ${value} to ${key ?? 'a new key'}`, reply)
    return outcomeOf(reply)
  }

  async #remove(to: Sender, value: string, key: string, ask: () => Promise<Reply>): Promise<void> {
    this.#owned.delete(key)
    const reply = await this.#attempt(to, 'removal', value, key, ask)
    if (reply.status >= 400 && reply.status < 500) this.#complain(to, `removing ${key} that held ${value}`, reply)
  }

  /** A race for a key that all clients want. What the node shows beforehand may be old: then it must not work. */
  async #swap(to: Sender, key: string, value: string): Promise<void> {
    const url = `${to.keysUrl}${key}`
    const { status, body } = await to.client.get(url)
    if (status >= 500) return
    const condition = status === 404 ? 'prevExist=false' : `prevIndex=${modifiedIndexOf(body)}`
    await this.#attempt(to, 'write', value, undefined, () => to.client.form('PUT', `${url}?${condition}`, { value }))
  }

  async #read(to: Sender, key: string): Promise<void> {
    const { floor, history } = this.#shared
    const reply = await to.client.get(`${to.keysUrl}${key}?quorum=true`)
    if (reply.status >= 500) return
    const index = shownIndex(reply)
    const value = reply.status === 404 ? undefined : /"value":"([^"]*)"/u.exec(reply.body)?.[1]
    history.reads.push({ key, floor, index, value, node: to.node })
    this.#saw(index)
  }

  /** Asks, and notes what came of it. */
  async #attempt(
    to: Sender,
    kind: Attempt['kind'],
    value: string,
    key: string | undefined,
    ask: () => Promise<Reply>,
  ): Promise<Reply> {
    const { floor, history } = this.#shared
    try {
      const reply = await ask()
      const outcome = outcomeOf(reply)
      const isDone = outcome === 'done'
      if (isToldUnknown(reply)) this.#shared.unknowns += 1
      else if (outcome === 'unknown')
        this.#complain(to, `the ${kind} of ${value}, without a word on what became of it,`, reply)
      if (outcome === 'unknown' && key !== undefined) this.#uncertain.add(key)
      const shown = reply.status < 500 ? shownIndex(reply) : 0
      history.attempts.push({
        value,
        kind,
        outcome,
        index: isDone ? modifiedIndexOf(reply.body) : undefined,
        key: isDone ? (key ?? keyOf(reply)) : undefined,
        floor,
        shown: shown === 0 ? undefined : shown,
        node: to.node,
      })
      this.#saw(shown)
      return reply
    } catch (error) {
      if (key !== undefined) this.#uncertain.add(key)
      history.attempts.push({ value, kind, outcome: 'unknown', floor, node: to.node })
      throw error
    }
  }

  #saw(index: number): void {
    this.#shared.floor = Math.max(this.#shared.floor, index)
  }

  #complain(to: Sender, what: string, { status, body }: Reply): void {
    this.#shared.history.complaints.push(`${what} by ${to.node} was refused: ${status} ${body.slice(0, 200).trim()}`)
  }
}

/** One connection to one node. */
class Sender {
  readonly client: Client
  readonly node: string
  readonly deskUrl: string
  /** Up to the key. */
  readonly keysUrl: string

  constructor(client: Client, node: string, doors: { readonly deskUrl: string; readonly keysUrl: string }) {
    this.client = client
    this.node = node
    this.deskUrl = doors.deskUrl
    this.keysUrl = `${doors.keysUrl}/v2/keys`
  }
}

/** Follows everything through one node, with one long poll after another, over all lives of that node. */
export class Follower {
  readonly node: Place
  /** The events as they came. */
  readonly events: string[] = []
  /** Answers that are no events: history that the node no longer had. */
  readonly refusals: string[] = []
  #next = 1

  constructor(node: Place) {
    this.node = node
  }

  /** Index of the newest event that came. */
  get reached(): number {
    return this.#next - 1
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { doors } = this.node
      if (doors !== undefined) await this.#follow(doors.keysUrl, signal)
      await delay(50)
    }
  }

  /** Follows until the node is gone. */
  async #follow(keysUrl: string, signal: AbortSignal): Promise<void> {
    const client = new Client()
    const end = (): void => client.close()
    signal.addEventListener('abort', end)
    try {
      while (!signal.aborted) {
        const { body } = await client.get(`${keysUrl}/v2/keys/?wait=true&recursive=true&waitIndex=${this.#next}`)
        const index = modifiedIndexOf(body)
        if (index === undefined) {
          if (body !== '') this.refusals.push(body)
          break
        }
        this.events.push(body.trimEnd())
        this.#next = index + 1
      }
    } catch {
      // The node is gone, or the end has come.
    }
    signal.removeEventListener('abort', end)
    client.close()
  }
}

function shownIndex({ headers }: Reply): number {
  return Number(headers['x-etcd-index'] ?? 0)
}
