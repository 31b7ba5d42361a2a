/**
 * Clients of `/v1` under faults: they make tickets, change those of all of them, guarded and not, comment, and do several things as
 * one. What may be sent again is, at another node, until somebody answers: with the same Idempotency-Key, or with the same guard. Every
 * text is sent for one purpose and never again, so that a ticket's history tells which request did what.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Outcome } from '../crash/traffic.js'
import { Client, type Reply } from '../support/load.js'
import type { Place, Shared } from './clients.js'
import { pick, type Random } from './faults.js'

/** Something that a request wanted to be so. */
export interface V1Change {
  /** A title, a description, or a comment: sent for this alone. */
  readonly text: string
  readonly kind: 'title' | 'description' | 'comment'
  readonly outcome: Outcome
  /** The ticket and the index, where the client was told. */
  readonly ticket?: number | undefined
  readonly index?: number | undefined
  /**
   * The version that the answer showed, where it shows the ticket as it stands: the change came by then, and another one may have
   * come behind it.
   */
  readonly shown?: number | undefined
  /** The ticket's version that it was to follow upon. */
  readonly guard?: number | undefined
  /** What was asked for as one has the same name here. */
  readonly batch?: string | undefined
}

/** A ticket, and the index from which on there is one. */
export interface KnownTicket {
  readonly number: number
  readonly index: number
}

/** What the client that follows `/v1/events` was told. */
export interface ToldV1 {
  readonly index: number
  readonly type: string
}

/** What of an answer's body is looked at. */
interface Body {
  readonly number?: number
  readonly id?: number
  readonly version?: number
  readonly title?: string
  readonly current?: { readonly version: number; readonly title: string }
  readonly results?: readonly { readonly number: number; readonly index: number | null }[]
  readonly events?: readonly ToldV1[]
  readonly next?: number
}

/** What came of a request that was sent until it was answered. */
interface Sent {
  /** Undefined where nobody answered. */
  readonly reply: Reply | undefined
  readonly body: Body
  /** Whether a try before had no answer, so that it may have been done by that. */
  readonly isRetried: boolean
  readonly node: string
}

/** After this a client gives up a try and knows nothing, in milliseconds: longer than a node makes anybody wait. */
const PATIENCE_MS = 9000

/** How often what may be sent again is sent at most. */
const TRIES = 4

/** The share of requests with a key that a nervous client sends to two nodes at once. */
const TWICE = 0.25

/** Tickets that all these clients work on: the newest. */
const TICKETS = 6

export class V1Roamer {
  readonly #name: string
  readonly #shared: Shared
  readonly #random: Random
  #count = 0

  constructor(name: string, shared: Shared, random: Random) {
    this.#name = name
    this.#shared = shared
    this.#random = random
  }

  /** Works through one node after another until `signal` says so, resting for so many milliseconds between two requests. */
  async run(nodes: readonly Place[], restMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#step(nodes)
      await delay(this.#random() * 2 * restMs)
    }
  }

  #step(nodes: readonly Place[]): Promise<void> {
    const { tickets } = this.#shared
    const ticket = tickets.length === 0 ? undefined : pick(tickets, this.#random)
    const operation = Math.floor(this.#random() * 10)
    if (ticket === undefined || operation === 0) return this.#create(nodes)
    if (operation < 4) return this.#retitle(nodes, ticket)
    if (operation < 6) return this.#describe(nodes, ticket)
    if (operation < 8) return this.#comment(nodes, ticket)
    return this.#batch(nodes, ticket)
  }

  #text(): string {
    return `${this.#name}-${++this.#count}`
  }

  async #create(nodes: readonly Place[]): Promise<void> {
    const [title, description] = [this.#text(), this.#text()]
    const { floor } = this.#shared
    const sent = await this.#once(nodes, '/v1/tickets', { title, description })
    const { outcome, body } = this.#judge(sent, `making ${title}`)
    const told = { outcome, ticket: body.number, index: body.version }
    this.#noteTitle(title, floor, sent, told)
    this.#shared.history.changes.push({ text: description, kind: 'description', ...told })
    const { number, version: index } = body
    if (outcome === 'done' && number !== undefined && index !== undefined) this.#know({ number, index })
  }

  /** As the ticket stands at some node. Where that is old, it must not work. */
  async #retitle(nodes: readonly Place[], { number: ticket, index: known }: KnownTicket): Promise<void> {
    const path = `/v1/tickets/${ticket}`
    const seen = await this.#send(nodes, 'GET', path, { tries: 1, known })
    const { version: guard } = seen.body
    if (seen.reply?.status !== 200 || guard === undefined) return
    const title = this.#text()
    const { floor } = this.#shared
    const isHeader = this.#random() < 0.5
    const sent = await this.#send(nodes, 'PATCH', path, {
      tries: TRIES,
      known,
      value: isHeader ? { title } : { title, version: guard },
      ...(isHeader && { headers: { 'If-Match': `"${guard}"` } }),
    })
    const { current } = sent.body
    const isLate = sent.reply?.status === 412
    // The first try did it, and its answer was lost.
    const isDone = isLate && sent.isRetried && current?.title === title
    const unsure = isLate && sent.isRetried && !isDone
    const judged = isLate ? { outcome: 'refused' as const, body: {} } : this.#judge(sent, `retitling ${ticket}`)
    const told = {
      outcome: isDone ? ('done' as const) : unsure ? ('unknown' as const) : judged.outcome,
      ticket,
      shown: isDone ? current.version : judged.body.version,
    }
    this.#noteTitle(title, floor, sent, told, guard)
  }

  /** Without a guard: what was not answered is not sent again, since others may have changed it by then. */
  async #describe(nodes: readonly Place[], { number: ticket, index: known }: KnownTicket): Promise<void> {
    const description = this.#text()
    const how = { tries: 1, known, value: { description } }
    const sent = await this.#send(nodes, 'PATCH', `/v1/tickets/${ticket}`, how)
    const { outcome, body } = this.#judge(sent, `describing ${ticket}`)
    this.#shared.history.changes.push({ text: description, kind: 'description', outcome, ticket, shown: body.version })
  }

  async #comment(nodes: readonly Place[], { number: ticket, index: known }: KnownTicket): Promise<void> {
    const text = this.#text()
    const sent = await this.#once(nodes, `/v1/tickets/${ticket}/comments`, { text }, known)
    const { outcome, body } = this.#judge(sent, `commenting on ${ticket}`)
    this.#shared.history.changes.push({ text, kind: 'comment', outcome, ticket, index: body.id })
  }

  async #batch(nodes: readonly Place[], { number: ticket, index: known }: KnownTicket): Promise<void> {
    const [title, description, comment] = [this.#text(), this.#text(), this.#text()]
    const { floor } = this.#shared
    const operations = [
      { op: 'change', number: ticket, change: { description } },
      { op: 'create', ticket: { title } },
      { op: 'comment', number: ticket, comment: { text: comment } },
    ]
    const sent = await this.#once(nodes, '/v1/batch', { operations }, known)
    const { outcome, body } = this.#judge(sent, `a batch of ${title}`)
    const told = (at: number) => {
      const result = body.results?.[at]
      return { outcome, ticket: result?.number, index: result?.index ?? undefined, batch: title }
    }
    const { changes } = this.#shared.history
    changes.push({ text: description, kind: 'description', ...told(0), ticket })
    this.#noteTitle(title, floor, sent, told(1))
    changes.push({ text: comment, kind: 'comment', ...told(2), ticket })
  }

  /** A title is a key's value: who judges the key tree has to know of it too. */
  #noteTitle(
    text: string,
    floor: number,
    { node, reply }: Sent,
    told: Pick<V1Change, 'outcome' | 'ticket' | 'index' | 'shown' | 'batch'>,
    guard?: number,
  ): void {
    const { outcome, ticket, index } = told
    const { attempts, changes } = this.#shared.history
    changes.push({ text, kind: 'title', guard, ...told })
    attempts.push({
      value: text,
      kind: 'write',
      outcome,
      index,
      key: outcome === 'done' && ticket !== undefined ? `/tickets/${String(ticket).padStart(20, '0')}` : undefined,
      floor,
      shown: reply === undefined ? undefined : shownIndex(reply) || undefined,
      node,
    })
  }

  #know(ticket: KnownTicket): void {
    const { tickets } = this.#shared
    tickets.push(ticket)
    if (tickets.length > TICKETS) tickets.shift()
  }

  /** What an answer means to whoever asked for what is always allowed. */
  #judge(sent: Sent, what: string): { readonly outcome: Outcome; readonly body: Body } {
    const { reply, body, node } = sent
    if (reply === undefined || reply.status >= 500) return { outcome: 'unknown', body: {} }
    if (reply.status < 300) return { outcome: 'done', body }
    this.#complain(`${what} by ${node} was refused: ${reply.status} ${reply.body.slice(0, 300)}`)
    return { outcome: 'refused', body: {} }
  }

  #complain(what: string): void {
    this.#shared.history.complaints.push(what)
  }

  /** Sends a request with a key of its own until it is answered, now and then to two nodes at once: it is done once all the same. */
  async #once(nodes: readonly Place[], path: string, value: unknown, known = 0): Promise<Sent> {
    const headers = { 'Idempotency-Key': this.#text() }
    const send = () => this.#send(nodes, 'POST', path, { tries: TRIES, known, value, headers })
    if (this.#random() >= TWICE) return send()
    const [one, other] = await Promise.all([send(), send()])
    const answered = [one, other].filter(({ reply }) => (reply?.status ?? 500) < 500)
    const answers = new Set(answered.map(({ reply }) => `${reply?.status} ${reply?.body}`))
    if (answers.size > 1) this.#complain(`one request was answered in two ways: ${[...answers].join(' and ')}`)
    return answered[0] ?? one
  }

  async #send(nodes: readonly Place[], method: string, path: string, how: How): Promise<Sent> {
    let isRetried = false
    let node = 'nobody'
    for (let tries = 0; tries < how.tries; tries++) {
      const place = pick(nodes, this.#random)
      const { doors } = place
      if (doors === undefined) {
        await delay(20)
        continue
      }
      node = place.name
      const reply = await this.#try(`${doors.deskUrl}${path}`, method, how)
      if (reply !== undefined && reply.status < 500) {
        const body: Body = JSON.parse(reply.body === '' ? '{}' : reply.body)
        this.#shared.floor = Math.max(this.#shared.floor, shownIndex(reply))
        return { reply, body, isRetried, node }
      }
      isRetried = true
    }
    return { reply: undefined, body: {}, isRetried, node }
  }

  /** One try; undefined where no answer came. */
  async #try(url: string, method: string, { known, value, headers }: How): Promise<Reply | undefined> {
    const client = new Client()
    const patience = setTimeout(() => client.close(), PATIENCE_MS)
    try {
      const body = value === undefined ? undefined : { type: 'application/json', text: JSON.stringify(value) }
      // A node that has not heard of the ticket yet waits until it has.
      return await client.ask(method, url, body, { 'Desk-Index': String(known), ...headers })
    } catch {
      return undefined
    } finally {
      clearTimeout(patience)
      client.close()
    }
  }
}

/** How a request is sent. */
interface How {
  /** How often at most. */
  readonly tries: number
  /** An index that a node has to have reached. */
  readonly known: number
  readonly value?: unknown
  readonly headers?: Readonly<Record<string, string>>
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
      const { events = [], next = this.reached }: Body = JSON.parse(body)
      if (status === 200) {
        this.told.push(...events)
        this.reached = next
      } else if (status < 500) this.refusals.push(`${name} refused what came after ${this.reached}: ${status} ${body}`)
    } catch {
      // The node is gone, or the end has come.
    }
    clearTimeout(patience)
    signal.removeEventListener('abort', end)
    client.close()
  }
}

function shownIndex({ headers }: Reply): number {
  return Number(headers['desk-index'] ?? 0)
}
