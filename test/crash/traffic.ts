/**
 * Many clients that write through both doors at once, each keeping a record of what it asked and what it was told, so that
 * the file can be held against it afterwards (`evidence.ts`). Every value that is ever sent is unlike all others: an event
 * tells by its value which request made it, and a removal by the value that it removed.
 */
import { Client, type Reply } from '../support/load.js'

/** What a client may conclude: it is done, it was refused, or (no answer came) nobody can say. */
export type Outcome = 'done' | 'refused' | 'unknown'

/** One request that would change something. */
export interface Attempt {
  /** A value that is written, or the value that is removed. */
  readonly value: string
  readonly kind: 'write' | 'removal'
  readonly outcome: Outcome
  /** The status of the answer, where one came. */
  readonly status?: number | undefined
  /** The index that the client was told, where it was told one. */
  readonly index?: number | undefined
  /** The key, where the client knows it. */
  readonly key?: string | undefined
}

/** What all clients saw, over all lives of the server. */
export interface Log {
  readonly attempts: Attempt[]
  /** Broken promises that a client noticed by itself. */
  readonly complaints: string[]
}

/** Where the server is, in this life of it. */
export interface Doors {
  readonly deskUrl: string
  readonly keysUrl: string
}

const SHARED_KEYS = 4
const REFUSED_TITLE_CHARACTERS = 257

/** A client of both doors. Its requests follow each other; it remembers what it owns from one life of the server to the next. */
export class Writer {
  readonly #name: string
  readonly #log: Log
  /** Keys and tickets of this client alone, whose value is known for sure. */
  readonly #owned = new Map<string, string>()
  #count = 0
  #lastIndex = 0

  constructor(name: string, log: Log) {
    this.#name = name
    this.#log = log
  }

  /** Writes without pause until the server is gone or `signal` says so. */
  async run(doors: Doors, signal: AbortSignal): Promise<void> {
    const client = new Client()
    for (let turn = this.#name.length + this.#count; !signal.aborted; turn++) {
      try {
        await this.#step(client, doors, turn % 9)
      } catch {
        // The server is gone: what was on its way is noted as unknown.
        break
      }
    }
    client.close()
  }

  #step(client: Client, { deskUrl, keysUrl }: Doors, operation: number): Promise<unknown> {
    const value = `${this.#name}-${++this.#count}`
    const own = [...this.#owned][this.#count % Math.max(1, this.#owned.size)]
    const [key, before] = own ?? ['', '']
    const ticketUrl = `${deskUrl}${key}`
    const keyUrl = `${keysUrl}/v2/keys${key}`
    const isTicket = key.startsWith('/tickets/')
    switch (operation) {
      case 0: {
        const path = `/own/${this.#name}/${this.#count % 5}`
        return this.#write(value, path, () => client.form('PUT', `${keysUrl}/v2/keys${path}`, { value }))
      }
      case 1:
        return this.#write(value, undefined, () => client.form('POST', `${keysUrl}/v2/keys/queue`, { value }))
      case 2:
        return this.#write(value, undefined, () => client.json('POST', `${deskUrl}/tickets`, { value }))
      case 3:
        return this.#swap(client, `${keysUrl}/v2/keys/shared/${this.#count % SHARED_KEYS}`, value)
      case 4:
        if (own === undefined) return Promise.resolve()
        return this.#write(value, key, () =>
          isTicket
            ? client.json('PUT', ticketUrl, { value })
            : client.form('PUT', `${keyUrl}?prevExist=true`, { value }),
        )
      case 5:
        if (own === undefined) return Promise.resolve()
        // Every second one through the other door: a ticket is a key.
        return this.#remove(before, key, () =>
          client.ask('DELETE', isTicket && this.#count % 2 === 0 ? ticketUrl : `${keyUrl}?prevValue=${before}`),
        )
      case 6: {
        const title = `${value}-${'x'.repeat(REFUSED_TITLE_CHARACTERS)}`
        return this.#attempt('write', title, undefined, () =>
          client.json('POST', `${deskUrl}/tickets`, { value: title }),
        )
      }
      case 7:
        return this.#attempt('write', value, undefined, () =>
          client.form('PUT', `${keysUrl}/v2/keys/shared?prevExist=false`, { value }),
        )
      default:
        return this.#attempt('write', value, undefined, () =>
          client.form('PUT', `${keysUrl}/v2/keys/passing/${value}`, { value, ttl: '1' }),
        )
    }
  }

  /** Writes what only this client writes, and remembers it when it is sure. */
  async #write(value: string, key: string | undefined, ask: () => Promise<Reply>): Promise<void> {
    if (key !== undefined) this.#owned.delete(key)
    const reply = await this.#attempt('write', value, key, ask)
    const made = key ?? keyOf(reply)
    if (reply.status < 300 && made !== undefined) this.#owned.set(made, value)
  }

  async #remove(value: string, key: string, ask: () => Promise<Reply>): Promise<void> {
    this.#owned.delete(key)
    const { status } = await this.#attempt('removal', value, key, ask)
    // Where the store fails nobody says that the client's knowledge was wrong.
    if (status >= 300 && status < 500)
      this.#log.complaints.push(`${key} held ${value} by ${this.#name}'s knowledge, yet removing it: ${status}`)
  }

  /** A race for a key that all clients want. */
  async #swap(client: Client, url: string, value: string): Promise<void> {
    const { status, body, headers } = await client.get(url)
    this.#sawIndex(headers['x-etcd-index'])
    const condition = status === 404 ? 'prevExist=false' : `prevIndex=${modifiedIndexOf(body)}`
    await this.#attempt('write', value, undefined, () => client.form('PUT', `${url}?${condition}`, { value }))
  }

  /** Asks, and notes what came of it. */
  async #attempt(
    kind: Attempt['kind'],
    value: string,
    key: string | undefined,
    ask: () => Promise<Reply>,
  ): Promise<Reply> {
    const { attempts } = this.#log
    try {
      const reply = await ask()
      this.#sawIndex(reply.headers['x-etcd-index'])
      const outcome = outcomeOf(reply)
      const isDone = outcome === 'done'
      attempts.push({
        value,
        kind,
        outcome,
        status: reply.status,
        index: isDone ? modifiedIndexOf(reply.body) : undefined,
        key: isDone ? (key ?? keyOf(reply)) : undefined,
      })
      return reply
    } catch (error) {
      attempts.push({ value, kind, outcome: 'unknown' })
      throw error
    }
  }

  /** What was seen once stays: not even kill -9 may take a client back to an older state. */
  #sawIndex(header: string | string[] | undefined): void {
    const index = Number(header ?? 0)
    if (index === 0) return
    if (index < this.#lastIndex) this.#log.complaints.push(`index ${index} was answered after ${this.#lastIndex}`)
    this.#lastIndex = Math.max(this.#lastIndex, index)
  }
}

/** Follows everything below `/shared` with one long poll after another, over all lives of the server. */
export class Follower {
  /** The events as they came. */
  readonly events: string[] = []
  #next = 1

  /** Follows until the server is gone or no event comes before `signal`. */
  async run({ keysUrl }: Doors, signal: AbortSignal): Promise<void> {
    const client = new Client()
    signal.addEventListener('abort', () => client.close())
    try {
      while (!signal.aborted) {
        const { body } = await client.get(`${keysUrl}/v2/keys/shared?wait=true&recursive=true&waitIndex=${this.#next}`)
        // A server that stops ends its long polls without an event.
        const index = modifiedIndexOf(body)
        if (index === undefined) continue
        this.events.push(body.trimEnd())
        this.#next = index + 1
      }
    } catch {
      // The server is gone.
    }
    client.close()
  }
}

/** What an answer says has become of the request. Words that say "nothing was changed" are a refusal. */
export function outcomeOf({ status, body }: Reply): Outcome {
  if (status < 300) return 'done'
  if (status < 500 || body.includes('nothing was changed')) return 'refused'
  return 'unknown'
}

/** Whether the program itself says that nobody knows what became of the request. */
export function isToldUnknown({ status, body }: Reply): boolean {
  return status >= 500 && body.includes('may or may not have been made')
}

/** The index of the event that an answer of the keys API shows. */
export function modifiedIndexOf(body: string): number | undefined {
  const match = /^\{"action":.*?"modifiedIndex":(\d+)/u.exec(body)
  return match === null ? undefined : Number(match[1])
}

export function keyOf({ headers, body }: Reply): string | undefined {
  return headers.location ?? /^\{"action":"\w+","node":\{"key":"([^"]+)"/u.exec(body)?.[1]
}
