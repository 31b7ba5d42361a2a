/** One connection to `/v1/events`: what comes on it, block by block, until it is lost. */
import type { Caller, DeskRequest } from './caller.js'
import { DeskError, deskErrorOf } from './desk-errors.js'
import { reasonOf } from './encoding.js'
import { ConnectionError } from './errors.js'
import { EventParser, type EventBlock } from './event-parser.js'
import type { StreamAnswer } from './transport.js'

export interface Connection {
  readonly request: DeskRequest
  /** Where the stream is to go on; undefined for from now on. */
  readonly lastEventId: number | undefined
  /** A stream that is silent for so long is lost, in milliseconds: the desk says something every 15 s. */
  readonly silenceMsMax: number
}

/** Characters that are read of a refusal. */
const REFUSAL_CHARACTERS_MAX = 64 * 1024

/** Opens a connection and reads it to its end, which is no error. Throws a `DeskError` where it is refused, `ConnectionError` where it breaks. */
export async function* readConnection(
  caller: Caller,
  { request, lastEventId, silenceMsMax }: Connection,
): AsyncGenerator<EventBlock, void> {
  const { signal } = request
  signal?.throwIfAborted()
  const controller = new AbortController()
  const abort = (): void => controller.abort(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  /** Waits for the server, not longer than it may be silent. The time that the caller takes for an event does not count. */
  const hear = async <T>(promise: Promise<T>): Promise<T> => {
    const silence = new Error(`nothing came for ${silenceMsMax / 1000} s`)
    const timer = setTimeout(() => controller.abort(silence), silenceMsMax)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
    }
  }
  try {
    const headers = {
      Accept: 'text/event-stream',
      ...(lastEventId !== undefined && { 'Last-Event-ID': `${lastEventId}` }),
    }
    const answer = await hear(caller.stream({ ...request, signal: controller.signal }, headers))
    const chunks = answer.chunks[Symbol.asyncIterator]()
    const isEvents = (answer.header('content-type') ?? '').startsWith('text/event-stream')
    const decoder = new TextDecoder()
    const read = async (): Promise<string | undefined> => {
      const { done, value } = await hear(chunks.next())
      return done === true ? undefined : decoder.decode(value, { stream: true })
    }
    if (answer.status !== 200 || !isEvents) throw await refusalOf(answer, caller.endpoint, read)
    const parser = new EventParser()
    for (let text = await read(); text !== undefined; text = await read()) yield* parser.push(text)
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof DeskError || error instanceof ConnectionError) throw error
    throw new ConnectionError(`The events of ${caller.endpoint} broke off (${reasonOf(error)}).`, { cause: error })
  } finally {
    signal?.removeEventListener('abort', abort)
    // Whoever stops early leaves no connection open.
    controller.abort()
  }
}

async function refusalOf(
  answer: StreamAnswer,
  endpoint: string,
  read: () => Promise<string | undefined>,
): Promise<DeskError> {
  let body = ''
  for (let text = await read(); text !== undefined; text = await read()) {
    body += text
    if (body.length > REFUSAL_CHARACTERS_MAX) break
  }
  return deskErrorOf({ status: answer.status, header: (name) => answer.header(name), body }, endpoint)
}
