/**
 * The request target: from the bytes of the request line to the path and the query that Go's mux would see, with its
 * redirect for paths that are not clean. Nearly every path is plain, and a plain one costs one pass over its characters.
 */
import { decodeBytes, escapePath, unescapeBytes } from './go-text.js'

/** Where a request goes. */
export type Target =
  /** `path` is decoded and clean; a slash at its end is kept. `query` is raw, without the question mark. */
  | { readonly type: 'path'; readonly path: string; readonly query: string }
  /** Ask again there: the path was not clean. */
  | { readonly type: 'redirect'; readonly location: string }
  /** No request target at all, such as one with a bad percent escape. */
  | { readonly type: 'bad' }

const BAD: Target = { type: 'bad' }

/** Reads the target of a request line (Node's `request.url`, a byte string). */
export function parseTarget(url: string): Target {
  const mark = url.indexOf('?')
  const rawPath = mark === -1 ? url : url.slice(0, mark)
  const query = mark === -1 ? '' : url.slice(mark + 1)
  if (isPlain(rawPath)) return { type: 'path', path: rawPath, query }
  return parseOddTarget(rawPath, query)
}

/** Whether a path means itself: printable ASCII without escapes, no empty part, no part that begins with a dot. */
function isPlain(path: string): boolean {
  if (path.charCodeAt(0) !== 0x2f) return false
  let before = 0
  for (let at = 0; at < path.length; at++) {
    const code = path.charCodeAt(at)
    if (code === 0x25 || code > 0x7e || code < 0x21) return false
    if (before === 0x2f && (code === 0x2f || code === 0x2e)) return false
    before = code
  }
  return true
}

/** A path without any of this means itself; every request to the desk's door is looked at so. */
const MAY_BE_ODD = /^[^/]|%|\/[/.]/u

/**
 * The clean path, a byte string, that a target means which is not plain: one with escapes, with empty parts or dots, with scheme and host.
 * Undefined where it is plain, or no target.
 */
export function oddPath(url: string): string | undefined {
  const mark = url.indexOf('?')
  const rawPath = mark === -1 ? url : url.slice(0, mark)
  if (!MAY_BE_ODD.test(rawPath)) return undefined
  const escaped = withoutAuthority(rawPath)
  if (escaped === undefined) return undefined
  try {
    return cleanPath(unescapeBytes(escaped))
  } catch {
    return undefined
  }
}

function parseOddTarget(rawPath: string, query: string): Target {
  const escaped = withoutAuthority(rawPath)
  if (escaped === undefined) return BAD
  let bytes: string
  try {
    bytes = unescapeBytes(escaped)
  } catch {
    return BAD
  }
  const clean = cleanPath(bytes)
  if (clean !== bytes) return { type: 'redirect', location: escapePath(clean) + (query === '' ? '' : `?${query}`) }
  return { type: 'path', path: decodeBytes(bytes), query }
}

/** The path of an absolute target (`GET http://host/path`, which a proxy is sent); undefined where there is none. */
export function withoutAuthority(rawPath: string): string | undefined {
  if (rawPath.startsWith('/')) return rawPath
  return /^https?:\/\/[^/]+(.*)$/isu.exec(rawPath)?.[1]
}

/** Go's cleanPath (net/http): without empty, `.` and `..` parts; a slash at the end stays. */
function cleanPath(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  const clean = `/${parts.join('/')}`
  return path.endsWith('/') && clean !== '/' ? `${clean}/` : clean
}
