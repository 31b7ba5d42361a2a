/**
 * The client's transport over Node's own HTTP. Not fetch: its first call costs a command line ten times as much. One connection
 * a request: a connection kept open between two answers of a person may be gone by the next, and a change must not be sent twice.
 */
import type { Transport } from '../client/transport.js'
import { errorOf } from '../fault.js'

/** How long a server may stay silent. */
const silenceMsMax = 30_000

const UNKNOWN_AUTHORITY = "nobody here knows who signed its certificate; name that authority's in NODE_EXTRA_CA_CERTS"

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection broke',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'its name can not be looked up now',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'no way leads there',
  ETIMEDOUT: 'it does not answer',
  // A certificate of an authority of the house, or one that nobody signed.
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
}

export const nodeTransport: Transport = ({ method, url, headers, body, signal }) =>
  new Promise((resolve, reject) => {
    // Loaded on use, in the way that is quick on every Node.
    const { request } = process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http')
    const fail = (error: unknown): void => reject(explain(error))
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }
    const outgoing = request(
      url,
      {
        method,
        agent: false,
        timeout: silenceMsMax,
        headers: { ...headers, ...length },
        ...(signal ? { signal } : {}),
      },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.once('error', fail)
        answer.once('end', () => {
          resolve({
            status: answer.statusCode ?? 0,
            header: (name) => answer.headersDistinct[name]?.join(', '),
            body: Buffer.concat(chunks).toString('utf8'),
          })
        })
      },
    )
    outgoing.once('timeout', () => outgoing.destroy(new Error('it does not answer')))
    outgoing.once('error', fail)
    // With a text behind them Node would send the headers in UTF-8 as well.
    outgoing.end(body === undefined ? undefined : Buffer.from(body))
  })

/** The same error with a reason that a person understands. */
function explain(error: unknown): Error {
  const first = error instanceof AggregateError ? error.errors[0] : error
  const code = first instanceof Error && 'code' in first ? String(first.code) : ''
  const sentence = sentences[code]
  if (sentence !== undefined) return new Error(sentence, { cause: error })
  return errorOf(first)
}
