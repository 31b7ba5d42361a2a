/**
 * Everything that can change the key tree, with etcd v2's rules (etcd 3.4's v2 store is the model): what is checked, in
 * which order, with which error, and what the event of it looks like. Each command makes exactly one event, whose JSON is
 * its answer too.
 */
import type { Json } from '../journal/json.js'
import { areEqualTexts, excerptOf, type Text } from '../journal/text.js'
import type { Transaction } from '../store/command.js'
import { KeyError } from './errors.js'
import { Mounts, type Mount } from './mount.js'
import { encodeEvent, encodeNode, encodeRemovedNode } from './node.js'
import { keyTable, type KeyNode } from './tables.js'
import { directoriesBetween, firstMissing, join, parentOf, ROOT } from './tree.js'

/** Digits of the names that POST gives. */
const IN_ORDER_DIGITS = 20

/** The last moment that etcd's clock (nanoseconds in 64 bits) can name, in milliseconds: a later expiry never comes. */
const EXPIRATION_MAX_MS = 9_223_372_036_854

/** Characters of the paths of all directories that one command makes: some 2,000 of them where their names are short. */
const DIRECTORY_CHARACTERS_MAX = 4 * 1024 * 1024

const TOO_DEEP = 'the key lies below too many directories that are not there yet: make those further up first'

/** Bytes that the refusal of a comparison repeats of each value at most. etcd repeats all. */
const REPEATED_BYTES_MAX = 4096

/** What every key command returns. */
export interface KeyAnswer {
  /** etcd's word for what was done. */
  readonly action: string
  /** Whether a node was made that had not been there: etcd answers 201. */
  readonly created: boolean
  /** The event as JSON, without line end. */
  readonly body: Json
}

interface Lifetime {
  /** Seconds that the node lives from now on; undefined for ever. */
  readonly ttl: number | undefined
}

/** `refresh` keeps the value, sets the lifetime, and wakes no watcher. */
interface Refreshable extends Lifetime {
  readonly refresh: boolean
}

/** An empty `prevValue` and a `prevIndex` of 0 compare nothing. */
interface Comparison {
  readonly prevValue: Text
  /** A bigint where a number would not be exact: it equals no index, and the refusal names it digit for digit. */
  readonly prevIndex: number | bigint
}

export interface SetArgs extends Refreshable {
  readonly path: string
  readonly value: Text
  readonly directory: boolean
}

export interface CreateArgs extends Lifetime {
  readonly path: string
  readonly value: Text
  readonly directory: boolean
}

export interface UpdateArgs extends Refreshable {
  readonly path: string
  readonly value: Text
}

export interface CompareAndSwapArgs extends UpdateArgs, Comparison {}

export interface DeleteArgs {
  readonly path: string
  readonly directory: boolean
  readonly recursive: boolean
}

export interface CompareAndDeleteArgs extends Comparison {
  readonly path: string
}

/**
 * What a room that owns a prefix does itself after a write there, in place of its mount's `afterPut`: it knows more of the change than
 * the tree does. Returns what the event is to say beside its body.
 */
export type After = (node: KeyNode) => string

/** The key tree's commands, under the rules of the mounts given. */
export class KeyCommands {
  readonly #mounts: Mounts

  constructor(mounts: readonly Mount[]) {
    this.#mounts = new Mounts(mounts)
  }

  /** Writes a file, or makes a directory, whatever was there before; not over a directory. */
  set(transaction: Transaction, args: SetArgs): KeyAnswer {
    const { path, directory, refresh } = args
    const previous = this.#find(transaction, path)
    if (refresh && previous === undefined) throw notFound(transaction, path)
    const value = refresh ? (previous?.value ?? '') : args.value
    const node = this.#place(transaction, path, directory ? null : value, args.ttl, previous, true)
    return this.#write(transaction, 'set', node, previous, refresh)
  }

  /** Makes a file or a directory that is not there yet. */
  create(transaction: Transaction, args: CreateArgs, after?: After): KeyAnswer {
    const existing = args.path === ROOT ? undefined : this.#find(transaction, args.path)
    const node = this.#place(transaction, args.path, args.directory ? null : args.value, args.ttl, existing, false)
    return this.#write(transaction, 'create', node, undefined, false, node, after)
  }

  /** Makes a node in a directory under the next name in order. */
  createInOrder(transaction: Transaction, args: CreateArgs): KeyAnswer {
    const path = this.nextPath(transaction, args.path)
    return this.create(transaction, { path, value: args.value, directory: args.directory, ttl: args.ttl })
  }

  /** The path that the next node created in order in a directory gets. */
  nextPath(transaction: Transaction, directory: string): string {
    const mount = this.#mounts.at(directory)
    const name = mount?.nextName(transaction) ?? String(transaction.nextIndex).padStart(IN_ORDER_DIGITS, '0')
    return join(directory, name)
  }

  /** Changes the value of a file, or the lifetime of either; keeps its createdIndex. */
  update(transaction: Transaction, args: UpdateArgs): KeyAnswer {
    refuseRoot(args.path)
    const previous = this.#get(transaction, args.path)
    if (previous.value === null && args.value !== '') throw new KeyError(102, args.path)
    const value = previous.value === null ? null : args.refresh ? previous.value : args.value
    const expiration = expirationOf(transaction, args.ttl)
    const node = { ...previous, value, expiration, modifiedIndex: transaction.nextIndex }
    // etcd's answer shows the new index, yet a directory keeps its old one: its own writing is refused unnoticed.
    const kept = value === null ? { ...node, modifiedIndex: previous.modifiedIndex } : node
    return this.#write(transaction, 'update', node, previous, args.refresh, kept)
  }

  /** Gives a file another value and leaves its lifetime as it is. */
  replaceValue(transaction: Transaction, path: string, value: Text, after: After): KeyAnswer {
    const previous = this.#get(transaction, path)
    const node = { ...previous, value, modifiedIndex: transaction.nextIndex }
    return this.#write(transaction, 'update', node, previous, false, node, after)
  }

  /** Changes a file if it is as the caller believes. */
  compareAndSwap(transaction: Transaction, args: CompareAndSwapArgs): KeyAnswer {
    refuseRoot(args.path)
    const previous = this.#get(transaction, args.path)
    if (previous.value === null) throw new KeyError(102, args.path)
    compare(previous, args)
    const value = args.refresh ? previous.value : args.value
    const expiration = expirationOf(transaction, args.ttl)
    const node = { ...previous, value, expiration, modifiedIndex: transaction.nextIndex }
    return this.#write(transaction, 'compareAndSwap', node, previous, args.refresh)
  }

  /** Removes a file, an empty directory, or, with `recursive`, a directory and all below it. */
  delete(transaction: Transaction, args: DeleteArgs, after?: After): KeyAnswer {
    refuseRoot(args.path)
    const node = this.#get(transaction, args.path)
    if (node.value === null) {
      if (!args.directory && !args.recursive) throw new KeyError(102, args.path)
      if (!args.recursive && hasChildren(transaction, args.path)) throw new KeyError(108, args.path)
    }
    this.#mounts.beforeRemove(transaction, node)
    return this.#remove(transaction, 'delete', node, after)
  }

  /** Removes a file if it is as the caller believes. */
  compareAndDelete(transaction: Transaction, args: CompareAndDeleteArgs): KeyAnswer {
    // etcd reports no cause for the root here: it strips the prefix of its own tree from it.
    if (args.path === ROOT) throw new KeyError(102, '')
    const node = this.#get(transaction, args.path)
    if (node.value === null) throw new KeyError(102, args.path)
    compare(node, args)
    this.#mounts.beforeRemove(transaction, node)
    return this.#remove(transaction, 'compareAndDelete', node)
  }

  /** Removes a node whose time has come, with all below it. */
  expire(transaction: Transaction, node: KeyNode): void {
    this.#remove(transaction, 'expire', node)
  }

  /** What is at a path; undefined where nothing is. A file in the way is an error. */
  #find(transaction: Transaction, path: string): KeyNode | undefined {
    if (path === ROOT) return ROOT_NODE
    if (this.#mounts.isUnused(transaction, path)) return undefined
    const node = transaction.get(keyTable, path)
    if (node === undefined) refuseFileAbove(transaction, path)
    return node
  }

  #get(transaction: Transaction, path: string): KeyNode {
    const node = this.#find(transaction, path)
    if (node === undefined) throw notFound(transaction, path)
    return node
  }

  /** A new node, once the directories above it that are missing were made. */
  #place(
    transaction: Transaction,
    path: string,
    value: Text | null,
    ttl: number | undefined,
    existing: KeyNode | undefined,
    replace: boolean,
  ): KeyNode {
    refuseRoot(path)
    if (existing !== undefined) {
      if (!replace) throw new KeyError(105, path)
      if (existing.value === null) throw new KeyError(102, path)
    }
    const index = transaction.nextIndex
    const expiration = expirationOf(transaction, ttl)
    const node: KeyNode = { path, value, createdIndex: index, modifiedIndex: index, expiration }
    this.#makeDirectories(transaction, path, index)
    return node
  }

  /** They carry the index of the write that made them, and make no event of their own. */
  #makeDirectories(transaction: Transaction, path: string, index: number): void {
    const parent = parentOf(path)
    const top = firstMissingOf(transaction, parent)
    if (top === undefined) return
    // Each is stored under its whole path: without a bound one short request could write gigabytes.
    let characters = 0
    for (const directory of directoriesBetween(top, path)) characters += directory.length
    if (characters > DIRECTORY_CHARACTERS_MAX) throw new KeyError(209, TOO_DEEP)
    for (const ancestor of directoriesBetween(top, path)) {
      const directory = { path: ancestor, value: null, createdIndex: index, modifiedIndex: index, expiration: null }
      this.#put(transaction, directory, undefined)
    }
  }

  /** Puts a node; returns what the event of it is to say. */
  #put(transaction: Transaction, node: KeyNode, previous: KeyNode | undefined, after?: After): string | undefined {
    this.#mounts.beforePut(transaction, node, previous)
    transaction.put(keyTable, node.path, node)
    return after === undefined ? this.#mounts.afterPut(transaction, node, previous) : after(node)
  }

  /** Writes a node and makes the event of it; `kept` is the node as it is kept, where the event shows another. */
  #write(
    transaction: Transaction,
    action: string,
    node: KeyNode,
    previous: KeyNode | undefined,
    refresh: boolean,
    kept = node,
    after?: After,
  ): KeyAnswer {
    const detail = this.#put(transaction, kept, previous, after)
    const { time } = transaction
    const before = previous === undefined ? undefined : encodeNode(previous, time)
    const body = encodeEvent(action, encodeNode(node, time), before)
    transaction.emit(refresh ? 'refresh' : action, node.path, body, detail)
    return { action, created: previous === undefined, body }
  }

  #remove(transaction: Transaction, action: string, node: KeyNode, after?: After): KeyAnswer {
    const detail = after === undefined ? this.#mounts.onRemove(transaction, node) : after(node)
    if (node.value === null) transaction.deleteBelow(keyTable, node.path)
    transaction.delete(keyTable, node.path)
    const removed = encodeRemovedNode(node, transaction.nextIndex)
    const body = encodeEvent(action, removed, encodeNode(node, transaction.time))
    transaction.emit(action, node.path, body, detail)
    return { action, created: false, body }
  }
}

/** The commands by their names. */
export function keyHandlers(keys: KeyCommands) {
  return {
    'keys.set': keys.set.bind(keys),
    'keys.create': keys.create.bind(keys),
    'keys.createInOrder': keys.createInOrder.bind(keys),
    'keys.update': keys.update.bind(keys),
    'keys.compareAndSwap': keys.compareAndSwap.bind(keys),
    'keys.delete': keys.delete.bind(keys),
    'keys.compareAndDelete': keys.compareAndDelete.bind(keys),
  }
}

const ROOT_NODE: KeyNode = { path: ROOT, value: null, createdIndex: 0, modifiedIndex: 0, expiration: null }

function refuseRoot(path: string): void {
  if (path === ROOT) throw new KeyError(107, ROOT)
}

/** Throws where something above `path`, which does not exist, is a file; what is missing is no error yet. */
function refuseFileAbove(transaction: Transaction, path: string): void {
  const missing = firstMissingOf(transaction, parentOf(path))
  const above = parentOf(missing ?? path)
  if (above !== ROOT && transaction.get(keyTable, above)?.value !== null) throw new KeyError(104, above)
}

/** etcd names the first part of the path that is missing. */
function notFound(transaction: Transaction, path: string): KeyError {
  return new KeyError(100, firstMissingOf(transaction, path) ?? path)
}

/** Looks at the lowest first: mostly it is there. */
function firstMissingOf(transaction: Transaction, path: string): string | undefined {
  const exists = (at: string): boolean => at === ROOT || transaction.get(keyTable, at) !== undefined
  return exists(path) ? undefined : firstMissing(path, exists)
}

function hasChildren(transaction: Transaction, path: string): boolean {
  const below = keyTable.below?.(path)
  if (below === undefined) return false
  return transaction.query(`SELECT 1 FROM keys WHERE ${below.where} LIMIT 1`, ...below.parameters).length > 0
}

/** Throws a 101 that names what did not match, in etcd's form. */
function compare(node: KeyNode, { prevValue, prevIndex }: Comparison): void {
  const failed: string[] = []
  const value = node.value ?? ''
  if (prevValue !== '' && !areEqualTexts(prevValue, value)) {
    failed.push(`[${excerptOf(prevValue, REPEATED_BYTES_MAX)} != ${excerptOf(value, REPEATED_BYTES_MAX)}]`)
  }
  if (prevIndex !== 0 && prevIndex !== node.modifiedIndex) failed.push(`[${prevIndex} != ${node.modifiedIndex}]`)
  if (failed.length > 0) throw new KeyError(101, failed.join(' '))
}

function expirationOf(transaction: Transaction, ttl: number | undefined): number | null {
  if (ttl === undefined) return null
  const expiration = transaction.time + ttl * 1000
  return expiration > EXPIRATION_MAX_MS ? null : expiration
}
