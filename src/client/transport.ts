/**
 * How the client reaches a server: one request, one whole answer. The transport is handed in, so that the client runs in a
 * browser, in Node and in tests alike; `fetchTransport` is the one for wherever there is `fetch`.
 */

export interface TransportRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Whole URL, already encoded. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
}

export interface TransportAnswer {
  readonly status: number
  /** A header of the answer by its lower-case name. */
  header(name: string): string | undefined
  /** The whole body as text. */
  readonly body: string
}

/** Sends a request. Rejects where no whole answer comes back: nobody listens, the connection breaks, `signal` aborts. */
export type Transport = (request: TransportRequest) => Promise<TransportAnswer>

export const fetchTransport: Transport = async ({ method, url, headers, body, signal }) => {
  const answer = await fetch(url, {
    method,
    headers: { ...headers },
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  })
  return {
    status: answer.status,
    header: (name) => answer.headers.get(name) ?? undefined,
    body: await answer.text(),
  }
}
