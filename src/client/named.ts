/** What has a name: labels, statuses, queues, fields, users; and views, which have an id. The same verbs for each. */
import { withMembers, type Caller } from './caller.js'
import type { CallOptions, GuardOptions, ReadOptions, Sendable } from './call-options.js'
import { encodeText } from './encoding.js'
import { onceOf, type OnceOptions } from './once.js'

/** `Key` is what one is called: its name, or a view's id. */
export interface NamedClient<Thing, ToCreate, Change, Key = string> {
  /** Done once, however often it has to be sent. */
  create(thing: Sendable<ToCreate>, options?: OnceOptions): Promise<Thing>
  get(key: Key, options?: ReadOptions): Promise<Thing>
  /** With `version` only if that is its version, else `NotCurrent`. Sent once. */
  change(key: Key, change: Sendable<Change>, options?: CallOptions): Promise<Thing>
  /** All that one may see, in one answer. */
  list(options?: ReadOptions): AsyncGenerator<Thing, void>
}

/** One that may also be deleted. */
export interface DeletableClient<Thing, ToCreate, Change, Key = string> extends NamedClient<
  Thing,
  ToCreate,
  Change,
  Key
> {
  /** What a ticket has is not deleted (`Conflict`, `in_use`). Sent once. */
  delete(key: Key, options?: GuardOptions): Promise<void>
}

export interface DeleteMergeableOptions extends GuardOptions {
  /** What becomes of the tickets that have it: they have this one from now on. */
  readonly into?: string
}

/** Also one that may become another. */
export interface MergeableClient<Thing, ToCreate, Change> extends NamedClient<Thing, ToCreate, Change> {
  /** What a ticket has is not deleted (`Conflict`, `in_use`), but where `into` says what takes its place. Sent once. */
  delete(name: string, options?: DeleteMergeableOptions): Promise<void>
  /** `name` is `into` from now on, whatever number of tickets it concerns. Resolves to `into`. */
  merge(name: string, into: string, options?: OnceOptions & GuardOptions): Promise<Thing>
}

type IsThing<Thing> = (body: unknown) => body is Thing

export function createNamed<Thing, ToCreate, Change, Key extends string | number>(
  caller: Caller,
  collection: string,
  isThing: IsThing<Thing>,
): NamedClient<Thing, ToCreate, Change, Key> {
  const path = `/v1/${collection}`
  const isList = withMembers<Readonly<Record<string, unknown>>>(collection)
  return {
    create: (body, { signal, ...options } = {}) =>
      caller.call({ method: 'POST', path, body, once: onceOf(options), signal }, isThing),
    get: (key, { consistency, signal } = {}) =>
      caller.call({ method: 'GET', path: pathOf(collection, key), query: { consistency }, signal }, isThing),
    change: (key, body, { signal } = {}) =>
      caller.call({ method: 'PATCH', path: pathOf(collection, key), body, signal }, isThing),
    async *list({ consistency, signal } = {}) {
      const { [collection]: list } = await caller.call({ method: 'GET', path, query: { consistency }, signal }, isList)
      if (Array.isArray(list)) yield* list.filter(isThing)
    },
  }
}

export function createDeletable<Thing, ToCreate, Change, Key extends string | number>(
  caller: Caller,
  collection: string,
  isThing: IsThing<Thing>,
): DeletableClient<Thing, ToCreate, Change, Key> {
  return {
    ...createNamed<Thing, ToCreate, Change, Key>(caller, collection, isThing),
    async delete(key, { version, signal } = {}) {
      await caller.send({ method: 'DELETE', path: pathOf(collection, key), version, signal })
    },
  }
}

export function createMergeable<Thing, ToCreate, Change>(
  caller: Caller,
  collection: 'labels' | 'statuses',
  isThing: IsThing<Thing>,
): MergeableClient<Thing, ToCreate, Change> {
  return {
    ...createNamed<Thing, ToCreate, Change, string>(caller, collection, isThing),
    async delete(name, { into, version, signal } = {}) {
      await caller.send({ method: 'DELETE', path: pathOf(collection, name), query: { into }, version, signal })
    },
    merge: (name, into, { version, signal, ...options } = {}) => {
      const request = { method: 'POST', path: `${pathOf(collection, name)}/merge`, body: { into } } as const
      return caller.call({ ...request, once: onceOf(options), version, signal }, isThing)
    },
  }
}

/** No URL has room for these: an empty name is the list, and dots are a way up, however they are escaped. */
const unreachable: ReadonlySet<string> = new Set(['', '.', '..'])

function pathOf(collection: string, key: string | number): string {
  const name = String(key)
  if (unreachable.has(name)) throw new RangeError(`No URL leads to the name '${name}', and nothing has it.`)
  return `/v1/${collection}/${encodeText(name)}`
}
