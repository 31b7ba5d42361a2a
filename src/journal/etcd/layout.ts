/**
 * How the journal lies in etcd: plain JSON under plain names, below one prefix, so that `etcdctl get --prefix` shows it.
 *
 * - `PREFIX/head`: where the journal stands. Every commit rewrites it, and is guarded by its revision.
 * - `PREFIX/commits/FIRST`: what happened in one commit, under the index of its first event (20 digits).
 * - `PREFIX/records/TABLE/ID`: each record as it is now.
 * - `PREFIX/copying`: a copy is being made here, or was interrupted; there is no head then.
 * - `PREFIX/nodes/ID`, `PREFIX/timer`: who is there and who runs the timer, each under a lease.
 * - `PREFIX/waiting/ID`: a node that others overtook again and again, and goes before them now.
 * - `PREFIX/members/ID`: who was announced, and is listed until it has been away for long or an operator removes it.
 *
 * What comes back from etcd is checked here, at the border: another program may have written there.
 */
import { encodeOnce } from '../encoded.js'
import { isIdentity } from '../identity.js'
import type { Change, Commit, Event, NodeInfo, RecordRow } from '../journal.js'

/**
 * The newest version of this layout; a node refuses a newer one. Format 2 has events with a detail, which a node that only knows
 * format 1 would lose. Data keeps its format until an operator has it raised: see `raise.ts`.
 */
export const LAYOUT_FORMAT = 3

/** The format from which on events may have a detail. */
export const FORMAT_WITH_DETAILS = 2

/** What is stored under `head`. */
export interface StoredHead {
  readonly format: number
  readonly index: number
  readonly time: number
  /** The commit, or the fence, that wrote this head. */
  readonly id: string
  readonly clusterId: string
}

/** What is stored under `commits/`: the commit without the records it put, which stand under their own names. */
export interface StoredCommit {
  readonly id: string
  readonly first: number
  readonly last: number
  readonly time: number
  readonly removed: readonly Removal[]
  readonly events: readonly Event[]
  /** See `Commit`. */
  readonly forgets?: number
}

/** What is stored under `members/`. */
export interface StoredMember {
  readonly node: NodeInfo
  /** The id of the etcd that it was announced in, hexadecimal: in a copy of that one it says nothing. */
  readonly cluster: string
  /** When it was noticed that the node is away, in milliseconds since 1970, and for how long others have seen it so since. */
  readonly awaySince?: number | undefined
  readonly awayMs?: number | undefined
}

/** What is stored under `timer`. */
export interface StoredHolder {
  /** The id of the node; undefined where it was put by an earlier version. */
  readonly id: string | undefined
  /** Whether it has it only since nobody else took it. */
  readonly lastResort: boolean
}

/** A key of etcd and what is stored there. */
interface Stored {
  readonly key: Buffer
  readonly value: Buffer
}

/** A record, or all those below it, removed by a commit. */
export type Removal = Extract<Change, { type: 'delete' | 'delete-below' }>

/** Something under the prefix is not what it should be: another program's, or damaged. */
export class LayoutError extends Error {
  override readonly name = 'LayoutError'
}

/** Where everything is, below one prefix. */
export class EtcdLayout {
  readonly prefix: string
  readonly head: string
  readonly commits: string
  readonly records: string
  readonly nodes: string
  readonly members: string
  readonly timer: string
  readonly waiting: string
  readonly copying: string
  readonly #tables: ReadonlySet<string> | undefined

  /** `prefix` begins with a slash and does not end in one. What is of none of `tables`, where they are given, is no record. */
  constructor(prefix: string, tables?: readonly string[]) {
    this.#tables = tables === undefined ? undefined : new Set(tables)
    this.prefix = `${prefix}/`
    this.head = `${prefix}/head`
    this.commits = `${prefix}/commits/`
    this.records = `${prefix}/records/`
    this.nodes = `${prefix}/nodes/`
    this.members = `${prefix}/members/`
    this.timer = `${prefix}/timer`
    this.waiting = `${prefix}/waiting/`
    this.copying = `${prefix}/copying`
  }

  /** The name of the commit whose first event has this index. */
  commit(first: number): string {
    return `${this.commits}${String(first).padStart(20, '0')}`
  }

  node(id: string): string {
    return `${this.nodes}${id}`
  }

  member(id: string): string {
    return `${this.members}${id}`
  }

  waitingNode(id: string): string {
    return `${this.waiting}${id}`
  }

  /** Whether a key says that a node waits. */
  isOfWaiting(name: string): boolean {
    return name.startsWith(this.waiting)
  }

  /** Whether a key says something of the nodes. */
  isOfNodes(name: string): boolean {
    return name.startsWith(this.nodes) || name.startsWith(this.members) || name === this.timer
  }

  record(table: string, id: string): string {
    return `${this.records}${table}/${id}`
  }

  /** Table and id of the record under a name; undefined where the name is none of a record. */
  parseRecord(name: string): { readonly table: string; readonly id: string } | undefined {
    if (!name.startsWith(this.records)) return undefined
    const slash = name.indexOf('/', this.records.length)
    const table = name.slice(this.records.length, slash)
    if (slash === -1 || this.#tables?.has(table) === false) return undefined
    return { table, id: name.slice(slash + 1) }
  }
}

/** A commit as it is stored. */
export function encodeCommit(commit: Commit): string {
  const { id, first, last, time, events, forgets } = commit
  const removed = commit.changes.filter((change) => change.type !== 'put')
  const rest: Omit<StoredCommit, 'events'> = {
    id,
    first,
    last,
    time,
    removed,
    ...(forgets !== undefined && { forgets }),
  }
  return `${JSON.stringify(rest).slice(0, -1)},"events":[${events.map(encodeOnce).join(',')}]}`
}

/** Reads what is stored under a name, whatever it is. Throws a LayoutError that says the name. */
export function decodeAt<T>(decode: (text: string) => T, { key, value }: Stored): T {
  try {
    return decode(value.toString())
  } catch (error) {
    if (!(error instanceof LayoutError)) throw error
    throw new LayoutError(`${error.message} (under ${key.toString()})`)
  }
}

/** Reads what is under `head`. Throws a LayoutError. */
export function decodeHead(text: string): StoredHead {
  const { format, index, time, id, clusterId } = parse(text, 'head')
  if (!isIndex(format) || format < 1 || !isIndex(index) || !isNumber(time) || !isText(id) || !isIdentity(clusterId))
    throw wrong('head', text)
  return { format, index, time, id, clusterId }
}

/** Reads what is under `commits/`. Throws a LayoutError. */
export function decodeCommit(text: string): StoredCommit {
  const { id, first, last, time, removed, events, forgets } = parse(text, 'commit')
  if (!isText(id) || !isIndex(first) || !isIndex(last) || !isNumber(time)) throw wrong('commit', text)
  if (!Array.isArray(removed) || !Array.isArray(events)) throw wrong('commit', text)
  if (forgets !== undefined && !isIndex(forgets)) throw wrong('commit', text)
  const told = isIndex(forgets) ? { forgets } : {}
  return { id, first, last, time, removed: removed.map(toRemoval), events: events.map(toEvent), ...told }
}

/** Reads what is under `nodes/`. Throws a LayoutError. */
export function decodeNodeInfo(text: string): NodeInfo {
  return toNodeInfo(parse(text, 'node'), text)
}

/** What is stored under `nodes/`: also which format the node knows. */
export function encodeNode(node: NodeInfo): string {
  return JSON.stringify({ ...node, format: LAYOUT_FORMAT })
}

/** The newest format that a node under `nodes/` knows, and its name. Throws a LayoutError. */
export function decodeNodeFormat(text: string): { readonly name: string; readonly format: number } {
  const { name, format } = parse(text, 'node')
  if (!isText(name)) throw wrong('node', text)
  // Nodes of before did not say.
  return { name, format: isIndex(format) ? format : 1 }
}

/** A node's lasting record as it is stored. */
export function encodeMember({ node, cluster, awaySince, awayMs }: StoredMember): string {
  return JSON.stringify({ ...node, cluster, awaySince, awayMs })
}

/** Reads what is under `members/`. Throws a LayoutError. */
export function decodeMember(text: string): StoredMember {
  const fields = parse(text, 'node')
  const { cluster, awaySince, awayMs } = fields
  if (!isText(cluster) || !isNumberOrNone(awaySince) || !isNumberOrNone(awayMs)) throw wrong('node', text)
  return { node: toNodeInfo(fields, text), cluster, awaySince, awayMs }
}

/** Reads what is under `timer`, whoever wrote it. */
export function decodeHolder(text: string): StoredHolder {
  try {
    const { id, lastResort } = parse(text, 'timer')
    return { id: isText(id) ? id : undefined, lastResort: lastResort === true }
  } catch {
    return { id: undefined, lastResort: false }
  }
}

/** Reads what is under `waiting/`: for how long a node is waited for, in milliseconds. What can't be read is waited for no more. */
export function decodePatience(text: string): number {
  try {
    const { ms } = parse(text, 'waiting node')
    return isNumber(ms) ? ms : 0
  } catch {
    return 0
  }
}

function toNodeInfo(fields: Readonly<Record<string, unknown>>, text: string): NodeInfo {
  const { id, name, host, version, deskUrl, keysUrl } = fields
  if (!isText(id) || !isText(name) || !isText(host) || !isText(version)) throw wrong('node', text)
  if (!isTextOrNull(deskUrl) || !isTextOrNull(keysUrl)) throw wrong('node', text)
  return { id, name, host, version, deskUrl, keysUrl }
}

/** Reads a record. Throws a LayoutError. */
export function decodeRecord(text: string): RecordRow {
  const row = parse(text, 'record')
  if (!isRow(row)) throw wrong('record', text)
  return row
}

function isRow(fields: Readonly<Record<string, unknown>>): fields is RecordRow {
  for (const name in fields) {
    const value = fields[name]
    if (value !== null && !isText(value) && !isNumber(value)) return false
  }
  return true
}

function toRemoval(value: unknown): Removal {
  const { type, table, id } = fieldsOf(value, 'removal')
  if ((type !== 'delete' && type !== 'delete-below') || !isText(table) || !isText(id)) {
    throw wrong('removal', JSON.stringify(value))
  }
  return { type, table, id }
}

function toEvent(value: unknown): Event {
  const { index, type, key, body, detail } = fieldsOf(value, 'event')
  if (!isIndex(index) || !isText(type) || !isText(key) || !isText(body)) throw wrong('event', JSON.stringify(value))
  if (detail === undefined) return { index, type, key, body }
  if (!isText(detail)) throw wrong('event', JSON.stringify(value))
  return { index, type, key, body, detail }
}

function parse(text: string, what: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw wrong(what, text)
  }
  return fieldsOf(value, what)
}

function fieldsOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (!isFields(value)) throw wrong(what, JSON.stringify(value))
  return value
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(what: string, text: string): LayoutError {
  return new LayoutError(`In etcd lies what is no ${what} of etcdesk: ${text.slice(0, 100)}`)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || isText(value)
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

function isNumberOrNone(value: unknown): value is number | undefined {
  return value === undefined || isNumber(value)
}

function isIndex(value: unknown): value is number {
  return isNumber(value) && Number.isSafeInteger(value) && value >= 0
}
