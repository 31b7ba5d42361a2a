/**
 * Clients of `/v1` under faults: they make tickets, change those of all of them, guarded and not, set labels and take them away,
 * comment, do several things as one, search, and look at tickets as they are and as they were. Every text is sent for one purpose and never
 * again, so that a ticket's history tells which request did what.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Outcome } from '../crash/traffic.js'
import type { Place, Shared } from './clients.js'
import { pick, type Random } from './faults.js'
import { entryLine, searchText, type KnownTicket, type Search, type V1Change } from './v1-asked.js'
import { foundLine } from './v1-found.js'
import { indexShown, TRIES, V1Requests, type Body, type EntryBody, type Keyed, type Sent } from './v1-requests.js'

/** Tickets that all these clients work on: the newest. */
const TICKETS = 6

/** Labels that each client has for itself. */
const LABELS = 3

/** Requests that a client sends once more in the end though they were answered. */
const AGAIN_MAX = 10

/** Entries of a history that are looked at. */
const ENTRIES = 200

/** Tickets that a search shows: fewer than there are, and all that there are. */
const FOUND = [5, 200]

/** The statuses that tickets are given: they are open at first. */
const STATUSES = ['open', 'in-progress', 'resolved']

const KINDS = [
  'create',
  'retitle',
  'describe',
  'comment',
  'batch',
  'label',
  'look',
  'lookBack',
  'history',
  'search',
] as const
type Kind = (typeof KINDS)[number]

/** What is done how often: several times as often as the rest, what several clients do to the same ticket at once. */
const OFTEN: readonly Kind[] = [
  ...KINDS,
  'retitle',
  'retitle',
  'describe',
  'comment',
  'label',
  'label',
  'label',
  'look',
  'search',
  'search',
  'search',
]

/** What the answer to a request means. */
interface Judged {
  readonly outcome: Outcome
  readonly body: Body
}

/** What is told of a change of a title. */
type Told = Pick<V1Change, 'outcome' | 'ticket' | 'index' | 'shown' | 'batch'>

export class V1Roamer {
  readonly #name: string
  readonly #shared: Shared
  readonly #random: Random
  readonly #requests: V1Requests
  /** What nobody answered, to be asked for again in the end, and what was answered only when it was asked for again. */
  readonly #open: ((nodes: readonly Place[]) => Promise<void>)[] = []
  readonly #asked: ((nodes: readonly Place[]) => Promise<void>)[] = []
  /** Labels of this client. */
  readonly #labels: string[] = []
  /** Tickets and labels that belong together. */
  readonly #worn = new Set<string>()
  /** Those of which a change is perhaps still on its way, so that nothing else may be asked of them. */
  readonly #uncertain = new Set<string>()
  #count = 0

  constructor(name: string, shared: Shared, random: Random) {
    this.#name = name
    this.#shared = shared
    this.#random = random
    this.#requests = new V1Requests(shared, random)
  }

  /** Works through one node after another until `signal` says so, resting for so many milliseconds between two requests. */
  async run(nodes: readonly Place[], restMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#do(pick(OFTEN, this.#random), nodes)
      await delay(this.#random() * 2 * restMs)
    }
  }

  /**
   * Once all is well again: asks anew, with its key, for what nobody answered, and then for one of each kind, so that there is something
   * of everything to judge. What was not answered at once gets the same answer again.
   */
  async finish(nodes: readonly Place[]): Promise<void> {
    for (const settle of this.#open.splice(0)) await settle(nodes)
    for (const again of this.#asked.splice(0, AGAIN_MAX)) await again(nodes)
    for (let missing = LABELS - this.#labels.length; missing > 0; missing--) await this.#makeLabel(nodes)
    for (const kind of KINDS) await this.#do(kind, nodes)
  }

  #do(kind: Kind, nodes: readonly Place[]): Promise<void> {
    const { tickets } = this.#shared
    const ticket = tickets.length === 0 ? undefined : pick(tickets, this.#random)
    if (ticket === undefined || kind === 'create') return this.#create(nodes)
    switch (kind) {
      case 'retitle':
        return this.#retitle(nodes, ticket)
      case 'describe':
        return this.#describe(nodes, ticket)
      case 'comment':
        return this.#comment(nodes, ticket)
      case 'batch':
        return this.#batch(nodes, ticket)
      case 'label':
        return this.#labels.length < LABELS ? this.#makeLabel(nodes) : this.#label(nodes, ticket)
      case 'look':
        return this.#look(nodes, ticket, undefined)
      case 'lookBack':
        return this.#look(nodes, ticket, this.#indexSince(ticket))
      case 'history':
        return this.#lookAtHistory(nodes, ticket)
      case 'search':
        return this.#search(nodes)
    }
  }

  #text(): string {
    return textNumbered(this.#name, ++this.#count)
  }

  #create(nodes: readonly Place[]): Promise<void> {
    const [title, description] = [this.#text(), this.#text()]
    const { floor } = this.#shared
    return this.#once(nodes, { path: '/v1/tickets', value: { title, description }, known: 0 }, (sent) => {
      const { outcome, body } = this.#judge(sent, `making ${title}`)
      const { number, version: index } = body
      const told = { outcome, ticket: number, index }
      this.#noteTitle(title, floor, sent, told)
      this.#note({ text: description, kind: 'description', floor, ...told })
      if (outcome === 'done' && number !== undefined && index !== undefined) this.#know({ number, index })
    })
  }

  /** As the ticket stands at some node. Where that is old, it must not work. */
  async #retitle(nodes: readonly Place[], { number: ticket, index: known }: KnownTicket): Promise<void> {
    const path = `/v1/tickets/${ticket}`
    const seen = await this.#requests.send(nodes, 'GET', path, { tries: 1, known })
    const { version: guard } = seen.body
    if (seen.reply?.status !== 200 || guard === undefined) return
    const title = this.#text()
    const { floor } = this.#shared
    const isHeader = this.#random() < 0.5
    const sent = await this.#requests.send(nodes, 'PATCH', path, {
      tries: TRIES,
      known,
      value: isHeader ? { title } : { title, version: guard },
      ...(isHeader && { headers: { 'If-Match': `"${guard}"` } }),
    })
    const { current } = sent.body
    const isLate = sent.reply?.status === 412
    // The first try did it, and its answer was lost.
    const isDone = isLate && sent.isUnsure && current?.title === title
    const unsure = isLate && sent.isUnsure && !isDone
    const judged: Judged = isLate ? { outcome: 'refused', body: {} } : this.#judge(sent, `retitling ${ticket}`)
    const outcome: Outcome = isDone ? 'done' : unsure ? 'unknown' : judged.outcome
    const shown = isDone ? current.version : judged.body.version
    this.#noteTitle(title, floor, sent, { outcome, ticket, shown }, guard)
  }

  /** With a status, in the same change. Without a guard: what was not answered is not sent again, since others may have changed it by then. */
  async #describe(nodes: readonly Place[], { number: ticket, index: known }: KnownTicket): Promise<void> {
    const description = this.#text()
    const { floor } = this.#shared
    const status = pick(STATUSES, this.#random)
    const how = { tries: 1, known, value: { description, status } }
    const sent = await this.#requests.send(nodes, 'PATCH', `/v1/tickets/${ticket}`, how)
    const { outcome, body } = this.#judge(sent, `describing ${ticket}`)
    this.#note({ text: description, kind: 'description', outcome, floor, ticket, shown: body.version, status })
  }

  #comment(nodes: readonly Place[], { number: ticket, index: known }: KnownTicket): Promise<void> {
    const text = this.#text()
    const { floor } = this.#shared
    return this.#once(nodes, { path: `/v1/tickets/${ticket}/comments`, value: { text }, known }, (sent) => {
      const { outcome, body } = this.#judge(sent, `commenting on ${ticket}`)
      this.#note({ text, kind: 'comment', outcome, floor, ticket, index: body.id })
    })
  }

  #batch(nodes: readonly Place[], { number: ticket, index: known }: KnownTicket): Promise<void> {
    const [title, description, comment] = [this.#text(), this.#text(), this.#text()]
    const { floor } = this.#shared
    const operations = [
      { op: 'change', number: ticket, change: { description } },
      { op: 'create', ticket: { title } },
      { op: 'comment', number: ticket, comment: { text: comment } },
    ]
    return this.#once(nodes, { path: '/v1/batch', value: { operations }, known }, (sent) => {
      const { outcome, body } = this.#judge(sent, `a batch of ${title}`)
      const told = (at: number) => {
        const result = body.results?.[at]
        return { outcome, ticket: result?.number, index: result?.index ?? undefined, batch: title }
      }
      this.#note({ text: description, kind: 'description', floor, ...told(0), ticket })
      this.#noteTitle(title, floor, sent, told(1))
      this.#note({ text: comment, kind: 'comment', floor, ...told(2), ticket })
    })
  }

  #makeLabel(nodes: readonly Place[]): Promise<void> {
    const name = this.#text()
    return this.#once(nodes, { path: '/v1/labels', value: { name }, known: 0 }, (sent) => {
      if (this.#judge(sent, `making the label ${name}`).outcome === 'done') this.#labels.push(name)
    })
  }

  /** Gives a ticket a label of this client, or takes it away again. That comes to the same when it is done twice, so it is sent again. */
  async #label(nodes: readonly Place[], { number: ticket, index: known }: KnownTicket): Promise<void> {
    const label = pick(this.#labels, this.#random)
    const pair = `${ticket} ${label}`
    if (this.#uncertain.has(pair)) return
    const isAdded = !this.#worn.has(pair)
    const { floor, history } = this.#shared
    const value = { labels: isAdded ? { add: [label] } : { remove: [label] } }
    const sent = await this.#requests.send(nodes, 'PATCH', `/v1/tickets/${ticket}`, { tries: TRIES, known, value })
    const { outcome, body } = this.#judge(sent, `${isAdded ? 'giving' : 'taking'} ${label} ${ticket}`)
    // A try before may still be on its way: behind what came next it would undo that.
    if (sent.isUnsure) this.#uncertain.add(pair)
    if (outcome === 'refused') return
    if (isAdded) this.#worn.add(pair)
    else this.#worn.delete(pair)
    history.v1.labels.push({ ticket, label, isAdded, outcome, floor, shown: body.version })
  }

  /** Any index of those that there were since then. */
  #indexSince({ index }: KnownTicket): number {
    return index + Math.floor(this.#random() * (this.#shared.floor - index + 1))
  }

  async #look(nodes: readonly Place[], { number: ticket }: KnownTicket, at: number | undefined): Promise<void> {
    const { floor, history } = this.#shared
    const path = `/v1/tickets/${ticket}${at === undefined ? '' : `?at=${at}`}`
    const sent = await this.#requests.send(nodes, 'GET', path, { tries: 1, known: floor })
    const { outcome, body } = this.#judge(sent, `looking at ${path}`)
    if (outcome !== 'done' || sent.reply === undefined) return
    const { version = 0, title = '', description = null, labels = [], status = '' } = body
    const shown = { version, title, description, labels, status }
    history.v1.looks.push({ ticket, node: sent.node, floor, index: indexShown(sent.reply), at, shown })
  }

  async #lookAtHistory(nodes: readonly Place[], { number: ticket }: KnownTicket): Promise<void> {
    const { floor, history } = this.#shared
    const path = `/v1/tickets/${ticket}/history?limit=${ENTRIES}`
    const sent = await this.#requests.send(nodes, 'GET', path, { tries: 1, known: floor })
    const { outcome, body } = this.#judge(sent, `looking at ${path}`)
    if (outcome !== 'done' || sent.reply === undefined) return
    const entries = (body.history ?? []).map((entry) => lineOf(entry))
    const hasMore = (body.next ?? null) !== null
    history.v1.histories.push({ ticket, node: sent.node, floor, index: indexShown(sent.reply), entries, hasMore })
  }

  /** With all that this client was told, and more, so what it did itself is found. */
  async #search(nodes: readonly Place[]): Promise<void> {
    const { floor, history } = this.#shared
    const search = this.#whatToFind()
    const [q, limit] = [searchText(search), pick(FOUND, this.#random)]
    const path = `/v1/tickets?limit=${limit}&q=${encodeURIComponent(q)}`
    const sent = await this.#requests.send(nodes, 'GET', path, { tries: 1, known: floor })
    const { outcome, body } = this.#judge(sent, `searching for ${q}`)
    if (outcome !== 'done' || sent.reply === undefined) return
    const { tickets = [], total = 0, totalIsExact = false, incomplete = false } = body
    history.v1.searches.push({
      ...search,
      ...{ q, limit, node: sent.node, floor, index: indexShown(sent.reply) },
      found: tickets.map((one) => foundLine(one.number, { ...one, description: one.description ?? '' })),
      total: { total, isExact: totalIsExact },
      isIncomplete: incomplete,
    })
  }

  /** What this client has written, or anybody. */
  #whatToFind(): Search {
    const status = this.#random() < 0.5 ? pick(STATUSES, this.#random) : undefined
    const dice = this.#random()
    if (dice < 0.4 && this.#labels.length > 0) return { label: pick(this.#labels, this.#random), status }
    if (dice < 0.6) return { status: status ?? 'open' }
    const text = textNumbered(this.#name, 1 + Math.floor(this.#random() * this.#count))
    // A last word of three characters and more is found by what begins so.
    return dice < 0.8 ? { text, status } : { beginning: text.slice(0, -1), status }
  }

  #note(change: V1Change): void {
    this.#shared.history.v1.changes.push(change)
  }

  /** A title is a key's value: who judges the key tree has to know of it too. */
  #noteTitle(text: string, floor: number, { node, reply }: Sent, told: Told, guard?: number): void {
    const { outcome, ticket, index } = told
    this.#note({ text, kind: 'title', floor, guard, ...told })
    this.#shared.history.attempts.push({
      value: text,
      kind: 'write',
      outcome,
      index,
      key: outcome === 'done' && ticket !== undefined ? `/tickets/${String(ticket).padStart(20, '0')}` : undefined,
      floor,
      shown: reply === undefined ? undefined : indexShown(reply) || undefined,
      node,
    })
  }

  #know(ticket: KnownTicket): void {
    const { tickets } = this.#shared
    tickets.push(ticket)
    if (tickets.length > TICKETS) tickets.shift()
  }

  /** Asks for something with a key of its own and has it noted; where nobody answers, once all is well again. */
  async #once(nodes: readonly Place[], what: Omit<Keyed, 'key'>, note: (sent: Sent) => void): Promise<void> {
    const request = { ...what, key: this.#text() }
    const sent = await this.#requests.once(nodes, request)
    const { reply, isUnsure } = sent
    if (reply === undefined) {
      this.#open.push(async (all) => {
        const later = await this.#requests.once(all, request)
        note({ ...later, isUnsure: isUnsure || later.isUnsure })
      })
      return
    }
    note(sent)
    if (isUnsure) this.#asked.push((all) => this.#requests.again(all, request, reply))
  }

  /** What an answer means to whoever asked for what is always allowed. */
  #judge({ reply, body, node, isUnsure }: Sent, what: string): Judged {
    if (reply === undefined) return { outcome: isUnsure ? 'unknown' : 'refused', body: {} }
    if (reply.status < 300) return { outcome: 'done', body }
    const told = reply.body.slice(0, 300)
    this.#shared.history.complaints.push(`${what} by ${node} was refused: ${reply.status} ${told}`)
    return { outcome: 'refused', body: {} }
  }
}

function lineOf({ index, type, changes: { title, description, labels } }: EntryBody): string {
  return entryLine(index, type, {
    title: title?.to,
    description: description === undefined ? undefined : (description.to ?? ''),
    added: labels?.added,
    removed: labels?.removed,
  })
}

/** A text that a client writes: no other one has the same, and each ends in four digits at least. */
function textNumbered(client: string, number: number): string {
  return `${client}-${1000 + number}`
}
