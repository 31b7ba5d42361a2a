/**
 * What happens to a request that no route takes: 404 where there is nothing at its path, 405 where the path takes other
 * methods, and the answer to OPTIONS (a browser's question before it calls from another origin).
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isUnsure, UNUSED_METHOD } from '../wire.js'
import { refuse } from './refusal.js'
import type { ErrorForm } from './route-config.js'

/** A path that the door knows. */
export interface KnownPath {
  /** As the OpenAPI document writes it: `/tickets/{id}`. */
  readonly route: string
  readonly pattern: RegExp
  readonly methods: Set<string>
  /** How it refuses, whatever the method. */
  readonly errors: ErrorForm
}

/** The paths that the door knows, learnt as routes are added. */
export class KnownPaths {
  readonly #paths = new Map<string, KnownPath>()
  /** By the first part of a path: the form of the first route that begins so. */
  readonly #forms = new Map<string, ErrorForm>()

  /** Learns a route: its path as Fastify writes it, the methods it takes, and how it refuses. */
  add(path: string, methods: readonly string[], errors: ErrorForm = 'lab'): void {
    const known = this.#paths.get(path) ?? {
      route: routeOf(path),
      pattern: patternOf(path),
      methods: new Set<string>(),
      errors,
    }
    // Who is turned away before the method is looked at gets the path's form.
    if (known.errors !== errors) throw new Error(`the routes of ${path} refuse in different forms`)
    for (const method of methods) known.methods.add(method)
    this.#paths.set(path, known)
    const first = firstPart(path)
    if (!this.#forms.has(first)) this.#forms.set(first, errors)
  }

  /** The path of a route as Fastify writes it; undefined where there is none. */
  get(path: string): KnownPath | undefined {
    return this.#paths.get(path)
  }

  /** The path that a request's URL is of, as the router reads it: with its escapes undone. Undefined where there is nothing at it. */
  find(url: string): KnownPath | undefined {
    const path = pathIn(url)
    const plain = unescaped(path)
    return this.#at(path) ?? (plain === path ? undefined : this.#at(plain))
  }

  #at(path: string): KnownPath | undefined {
    for (const known of this.#paths.values()) if (known.pattern.test(path)) return known
    return undefined
  }

  /** How a request is refused at a URL: as the path there does, or where there is nothing as those do that begin like it. */
  formAt(url: string): ErrorForm {
    return this.find(url)?.errors ?? this.#forms.get(firstPart(unescaped(pathIn(url)))) ?? 'lab'
  }
}

/** What a page of another origin may send beside what any page may. */
const allowedHeaders =
  'authorization, content-type, desk-as, desk-door, desk-index, idempotency-key, if-match, if-none-match, last-event-id, x-request-id'

/** Whether a request asks of no path but of the server itself, which only OPTIONS does. */
export function isWholeServer(url: string): boolean {
  return url.startsWith('*')
}

const RAW_BYTES =
  'The path holds bytes beyond ASCII as they stand, with which only GET, HEAD, OPTIONS, POST, PUT and DELETE are taken. Write them with % signs: %C3%B6 for ö.'

/** Answers a request that no route took; `known` is what there is at its path. */
export function answerUnrouted(
  request: FastifyRequest,
  reply: FastifyReply,
  known: KnownPath | undefined,
  form: ErrorForm,
): void {
  const isOfAll = request.method === 'OPTIONS' && isWholeServer(request.url)
  const allow = isOfAll
    ? 'DELETE, GET, HEAD, OPTIONS, POST, PUT'
    : known && [...known.methods, 'OPTIONS'].sort().join(', ')
  if (allow === undefined) {
    refuse(reply, { code: 'unknown_path' }, form)
  } else if (request.method === 'OPTIONS') {
    // The entrance has found that the page which asks may call.
    const preflight = reply.raw.hasHeader('Access-Control-Allow-Origin')
      ? [
          'Access-Control-Allow-Methods',
          allow,
          'Access-Control-Allow-Headers',
          allowedHeaders,
          'Access-Control-Max-Age',
          '600',
        ]
      : []
    reply.hijack()
    reply.raw.writeHead(204, ['Allow', allow, ...preflight])
    reply.raw.end()
  } else {
    // One that Node does not know is another by now.
    const isOther = request.method === UNUSED_METHOD || isUnsure(request.raw)
    if (isUnsure(request.raw) && known?.methods.has('PATCH') === true) {
      refuse(reply, { code: 'invalid_url', message: RAW_BYTES }, form)
      return
    }
    const method = isOther ? 'This method' : request.method
    const message = `${method} does not work on this path. Use one of ${allow}.`
    refuse(reply, { code: 'method_not_allowed', message, headers: ['Allow', allow] }, form)
  }
}

/** The path of a request's URL, which a proxy writes with scheme and host. */
function pathIn(url: string): string {
  const [target = ''] = url.split('?')
  return target.replace(/^https?:\/\/[^/]*/iu, '') || '/'
}

/** A path without its escapes, but for those that the router leaves (`%2F`); as it is where they can't be undone. */
function unescaped(path: string): string {
  if (!path.includes('%')) return path
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}

/** `v1` of `/v1/tickets/{n}`. */
function firstPart(path: string): string {
  return path.split('/', 2)[1] ?? ''
}

/** A path of Fastify as the OpenAPI document writes it. */
export function routeOf(path: string): string {
  return path.replace(/:(\w+)/gu, '{$1}')
}

/** `/tickets/:id` matches every path of that form, with or without a slash at the end. */
function patternOf(path: string): RegExp {
  const parts = path
    .split('/')
    .map((part) =>
      part === '*' ? '.*' : part.startsWith(':') ? '[^/]*' : part.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&'),
    )
  return new RegExp(`^${parts.join('/').replace(/\/$/u, '')}/?$`, 'u')
}
