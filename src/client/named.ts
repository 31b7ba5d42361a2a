/** What has a name: labels, statuses, queues, fields, users; and views, which have an id. The same verbs for each, by its name. */
import { withMembers, type Caller } from './caller.js'
import { encodeText, type Fields } from './encoding.js'
import { onceOf, type OnceOptions } from './once.js'
import { itemsOf, pagesFrom, type PageEnd, type WalkOptions } from './pages.js'
import type { CallOptions, GuardOptions, ReadOptions } from './call-options.js'

/** Any of them. */
export interface Named {
  readonly version: number
  readonly [member: string]: unknown
}

export interface DeleteNamedOptions extends GuardOptions {
  /** What becomes of the tickets that have it: they have this one from now on. */
  readonly into?: string
}

export interface ListNamedOptions extends ReadOptions, WalkOptions {}

export interface NamedClient<Thing = Named, ToCreate extends object = object, Change extends object = object> {
  /** Done once, however often it has to be sent. */
  create(thing: ToCreate, options?: OnceOptions): Promise<Thing>
  get(name: string, options?: ReadOptions): Promise<Thing>
  /** With `version` only if that is its version, else `NotCurrent`. Sent once. */
  change(name: string, change: Change, options?: CallOptions): Promise<Thing>
  /** What a ticket has is not deleted (`Conflict`, `in_use`), but where `into` says what takes its place. Sent once. */
  delete(name: string, options?: DeleteNamedOptions): Promise<void>
  list(options?: ListNamedOptions): AsyncGenerator<Thing, void>
}

/** Also one that may become another: labels, and statuses within their category. */
export interface MergeableClient<
  Thing = Named,
  ToCreate extends object = object,
  Change extends object = object,
> extends NamedClient<Thing, ToCreate, Change> {
  /** `name` is `into` from now on, whatever number of tickets it concerns. Resolves to `into`. */
  merge(name: string, into: string, options?: OnceOptions): Promise<Thing>
}

export type Collection = 'labels' | 'statuses' | 'queues' | 'fields' | 'users' | 'views'

const isNamed = withMembers<Named>('version')

export function createNamed(caller: Caller, collection: Collection): NamedClient {
  const path = `/v1/${collection}`
  const isPage = withMembers<Readonly<Record<string, unknown>>>(collection)
  const pages = ({ cursor, limit, consistency, signal }: ListNamedOptions = {}) =>
    pagesFrom(cursor, async (next) => {
      const query: Fields = { limit, cursor: next, consistency }
      const page = await caller.call({ method: 'GET', path, query, signal }, isPage)
      return { things: namedIn(page[collection]), next: typeof page['next'] === 'string' ? page['next'] : null }
    })
  return {
    create: (body, { signal, ...options } = {}) =>
      caller.call({ method: 'POST', path, body, once: onceOf(options), signal }, isNamed),
    get: (name, { consistency, signal } = {}) =>
      caller.call({ method: 'GET', path: pathOf(path, name), query: { consistency }, signal }, isNamed),
    change: (name, body, { signal } = {}) =>
      caller.call({ method: 'PATCH', path: pathOf(path, name), body, signal }, isNamed),
    async delete(name, { into, version, signal } = {}) {
      await caller.send({ method: 'DELETE', path: pathOf(path, name), query: { into }, version, signal })
    },
    list: (options) =>
      itemsOf<{ readonly things: readonly Named[] } & PageEnd, Named>(pages(options), (page) => page.things),
  }
}

export function createMergeable(caller: Caller, collection: 'labels' | 'statuses'): MergeableClient {
  const path = `/v1/${collection}`
  return {
    ...createNamed(caller, collection),
    merge: (name, into, { signal, ...options } = {}) => {
      const request = { method: 'POST', path: `${pathOf(path, name)}/merge`, body: { into } } as const
      return caller.call({ ...request, once: onceOf(options), signal }, isNamed)
    },
  }
}

function namedIn(list: unknown): readonly Named[] {
  return Array.isArray(list) ? list.filter(isNamed) : []
}

/** No URL has room for these: an empty name is the list, and dots are a way up, however they are escaped. */
const unreachable: ReadonlySet<string> = new Set(['', '.', '..'])

function pathOf(path: string, name: string): string {
  if (unreachable.has(name)) throw new RangeError(`No URL leads to the name '${name}'. Give it another name first.`)
  return `${path}/${encodeText(name)}`
}
