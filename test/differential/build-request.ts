/** Short ways to write down the requests of the differential suite. */
import { keyRequest, type KeysRequest } from '../support/keys-door.js'

export const FORM = 'application/x-www-form-urlencoded'

/** A request to a key in the topic's directory. */
export function key(method: string, path: string, form?: string): KeysRequest {
  return keyRequest(method, `/{dir}${path}`.replace('/{dir}', '{dir}'), form)
}
export const get = (path: string): KeysRequest => key('GET', path)
export const put = (path: string, form?: string): KeysRequest => key('PUT', path, form)
export const post = (path: string, form?: string): KeysRequest => key('POST', path, form)
export const del = (path: string): KeysRequest => key('DELETE', path)
export const head = (path: string): KeysRequest => key('HEAD', path)

export function at(
  method: string,
  target: string,
  headers: Record<string, string> = {},
  body?: string | Buffer,
): KeysRequest {
  return { method, target, headers, ...(body === undefined ? {} : { body }) }
}

export function typed(contentType: string, body: string): KeysRequest {
  return at('PUT', '/v2/keys{dir}/typed', { 'Content-Type': contentType }, body)
}

/** One request for each of these queries. */
export function each(queries: readonly string[], ask: (query: string) => KeysRequest): KeysRequest[] {
  return queries.map(ask)
}
