/**
 * A small HTTP client with one connection of its own that it keeps, so that a test can be many clients at once and each of
 * them sees its answers in order.
 */
import { Agent, request, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  /** Sends a request and resolves with the whole answer. Rejects where the connection fails before that. */
  ask(
    method: string,
    url: string,
    body?: { readonly type: string; readonly text: string },
    more: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const form = body === undefined ? {} : { 'Content-Type': body.type, 'Content-Length': Buffer.byteLength(body.text) }
    const headers = { ...form, ...more }
    return new Promise((resolve, reject) => {
      const sent = request(url, { method, headers, agent: this.#agent }, (response) => {
        text(response).then(
          (answer) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer }),
          reject,
        )
      })
      sent.once('error', reject)
      sent.end(body?.text)
    })
  }

  get(url: string): Promise<Reply> {
    return this.ask('GET', url)
  }

  /** Sends a form, as clients of the keys API do. */
  form(method: string, url: string, fields: Readonly<Record<string, string>>): Promise<Reply> {
    return this.ask(method, url, {
      type: 'application/x-www-form-urlencoded',
      text: new URLSearchParams(fields).toString(),
    })
  }

  /** Sends JSON, as clients of the desk do. */
  json(method: string, url: string, value: unknown): Promise<Reply> {
    return this.ask(method, url, { type: 'application/json', text: JSON.stringify(value) })
  }

  /** Ends the connection; a request that runs on it rejects. */
  close(): void {
    this.#agent.destroy()
  }
}
