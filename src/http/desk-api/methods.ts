/**
 * What happens to a request that no route takes: 404 where there is nothing at its path, 405 where the path takes other
 * methods, and the answer to OPTIONS (a browser's question before it calls from another origin).
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { refuse } from './answer.js'

interface KnownPath {
  readonly pattern: RegExp
  readonly methods: Set<string>
}

/** The paths that the door knows, learnt as routes are added. */
export class KnownPaths {
  readonly #paths = new Map<string, KnownPath>()

  /** Learns a route: its path as Fastify writes it and the methods it takes. */
  add(path: string, methods: readonly string[]): void {
    const known = this.#paths.get(path) ?? { pattern: patternOf(path), methods: new Set<string>() }
    for (const method of methods) known.methods.add(method)
    this.#paths.set(path, known)
  }

  /** The `Allow` header of a path, or undefined where there is nothing at it. */
  allow(path: string): string | undefined {
    for (const { pattern, methods } of this.#paths.values()) {
      if (pattern.test(path)) return [...methods, 'OPTIONS'].sort().join(', ')
    }
    return undefined
  }
}

/** Answers a request that no route took. */
export function answerUnrouted(
  request: FastifyRequest,
  reply: FastifyReply,
  paths: KnownPaths,
  isForeignOriginAllowed: boolean,
): void {
  const [path = '/'] = request.url.split('?')
  const allow = path === '*' ? 'DELETE, GET, HEAD, OPTIONS, POST, PUT' : paths.allow(path)
  if (allow === undefined) {
    refuse(reply, 'unknown_path')
  } else if (request.method === 'OPTIONS') {
    const preflight = isForeignOriginAllowed
      ? [
          'Access-Control-Allow-Methods',
          allow,
          'Access-Control-Allow-Headers',
          'content-type',
          'Access-Control-Max-Age',
          '600',
        ]
      : []
    reply.hijack()
    reply.raw.writeHead(204, ['Allow', allow, ...preflight])
    reply.raw.end()
  } else {
    const message = `${request.method} does not work on this path. Use one of ${allow}.`
    refuse(reply, 'method_not_allowed', message, ['Allow', allow])
  }
}

/** `/tickets/:id` matches every path of that form, with or without a slash at the end. */
function patternOf(path: string): RegExp {
  const parts = path
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]*' : part.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&')))
  return new RegExp(`^${parts.join('/').replace(/\/$/u, '')}/?$`, 'u')
}
