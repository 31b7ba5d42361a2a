/**
 * How the client reaches a server: one request, one whole answer, or one answer that goes on. The transport is handed in, so that
 * the client runs in a browser, in Node and in tests alike; those here are for wherever there is `fetch`.
 */

export interface TransportRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  /** Whole URL, already encoded. */
  readonly url: string
  /** Each character is sent as the one byte that it stands for in Latin-1, as `fetch` does. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
}

interface AnswerHead {
  readonly status: number
  /** A header of the answer by its lower-case name. */
  header(name: string): string | undefined
}

export interface TransportAnswer extends AnswerHead {
  /** The whole body as text. */
  readonly body: string
}

export interface StreamAnswer extends AnswerHead {
  /** The body piece by piece, cut anywhere. Rejects where the connection breaks or `signal` aborts. */
  readonly chunks: AsyncIterable<Uint8Array>
}

/** Sends a request. Rejects where no whole answer comes back: nobody listens, the connection breaks, `signal` aborts. */
export type Transport = (request: TransportRequest) => Promise<TransportAnswer>

/** Sends a request whose answer goes on until either side ends it: this side by `signal`. */
export type StreamTransport = (request: TransportRequest) => Promise<StreamAnswer>

export const fetchTransport: Transport = async (request) => {
  const answer = await fetchAnswer(request)
  return { ...headOf(answer), body: await answer.text() }
}

export const fetchStream: StreamTransport = async (request) => {
  const answer = await fetchAnswer(request)
  return { ...headOf(answer), chunks: chunksOf(answer) }
}

function fetchAnswer({ method, url, headers, body, signal }: TransportRequest): Promise<Response> {
  return fetch(url, {
    method,
    headers: { ...headers },
    // What is sent on to another URL may become a GET on the way: then a change would seem done that was not.
    redirect: method === 'GET' ? 'follow' : 'manual',
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  })
}

function headOf({ status, headers }: Response): AnswerHead {
  return { status, header: (name) => headers.get(name) ?? undefined }
}

/** Not every browser iterates over a body by itself. */
async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array, void> {
  if (body === null) return
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}
