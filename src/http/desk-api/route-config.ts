/**
 * What a route of this door says of itself beside its schema, in Fastify's `config`. Nothing here goes by the beginning of a
 * path: a route is answered as it asks to be, wherever it lies.
 */

import type { Action } from '../../users/role.js'

/**
 * The form in which a route refuses. `lab`: `{"code": …, "msg": …}` or the lab's own words, written past Fastify like the route's
 * other answers, for speed. `problem`: RFC 9457's problem details, sent through Fastify like what the route answers by `reply.send`,
 * so that each of its hooks sees them.
 */
export type ErrorForm = 'lab' | 'problem'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `lab` where a route does not say. */
    errors?: ErrorForm
    /** Whether the route reads what may be old, so that its answers say how old (`stale.ts`). */
    saysAge?: boolean
    /** What whoever asks must be allowed to do, where that is the same for all that the route does. */
    demands?: Action
    /** Whether its answers stay open until something happens: that is not slow. */
    isWatch?: boolean
  }
}
