/**
 * A small server of `/v1/events` which a test tells what to do, for faults that a real desk does not make: it keeps events, answers each
 * connection from where it is to go on, refuses, falls silent, and breaks off when it is told to.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** One connection that was made. */
export interface Asked {
  readonly query: URLSearchParams
  readonly lastEventId: string | undefined
  readonly deskIndex: string | undefined
}

export class EventServer {
  url = ''
  readonly asked: Asked[] = []
  /** The index of the newest event. */
  head: number
  /** Older events are not known any more. */
  oldest = 0
  /** What the next connections get instead: a status, or `drop` for a connection that is cut at once. */
  readonly refusals: (number | 'drop')[] = []
  readonly #server = createServer((request, response) => this.#answer(request, response))
  readonly #events: { readonly index: number; readonly text: string }[] = []
  readonly #open = new Set<ServerResponse>()

  constructor(head = 0) {
    this.head = head
  }

  static async start(head?: number): Promise<EventServer> {
    const server = new EventServer(head)
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    const address = server.#server.address()
    server.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    return server
  }

  /** Connections that are open. */
  get open(): number {
    return this.#open.size
  }

  /** Something happens; `more` is in the event's data. Returns its index. */
  emit(type: string, more: object = {}): number {
    const index = ++this.head
    const data = JSON.stringify({ index, time: '2026-11-28T10:00:00.000Z', actor: null, door: 'api', type, ...more })
    const text = `id: ${index}\r\nevent: ${type}\r\ndata: ${data}\r\n\r\n`
    this.#events.push({ index, text })
    this.send(text)
    return index
  }

  /** Something happens that nobody who listens is told. */
  pass(): number {
    return ++this.head
  }

  /** Tells all who listen how far it is. */
  bookmark(): void {
    this.send(`id: ${this.head}\n\n`)
  }

  /** Sends any text to all who listen. */
  send(text: string): void {
    for (const response of this.#open) response.write(text)
  }

  /** Breaks all connections in the middle. */
  cut(): void {
    for (const response of this.#open) response.socket?.resetAndDestroy()
  }

  /** Ends all connections in good order. */
  end(): void {
    for (const response of this.#open) response.end()
    this.#open.clear()
  }

  /** The desk is as it was at an index: what happened since has not happened. */
  bringBack(head: number): void {
    this.head = head
    this.#events.splice(0, Infinity, ...this.#events.filter(({ index }) => index <= head))
    this.cut()
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { searchParams: query } = new URL(request.url ?? '/', 'http://localhost')
    const header = (name: string): string | undefined => {
      const value = request.headers[name]
      return typeof value === 'string' ? value : undefined
    }
    this.asked.push({ query, lastEventId: header('last-event-id'), deskIndex: header('desk-index') })
    const refusal = this.refusals.shift()
    if (refusal === 'drop') {
      request.socket.resetAndDestroy()
      return
    }
    const since = header('last-event-id') ?? query.get('since')
    const from = since === null ? this.head : Number(since)
    if (refusal !== undefined || from < this.oldest || from > this.head) {
      const status = refusal ?? 410
      const problem = { status, code: status === 410 ? 'history_gone' : 'overloaded', detail: 'Not so.', errors: [] }
      response.writeHead(status, { 'Content-Type': 'application/problem+json' }).end(JSON.stringify(problem))
      return
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' })
    response.write(`retry: 5\nid: ${from}\n\n`)
    for (const { index, text } of this.#events) if (index > from) response.write(text)
    this.#open.add(response)
    response.on('close', () => this.#open.delete(response))
  }
}
