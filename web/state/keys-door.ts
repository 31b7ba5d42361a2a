/**
 * The keys API on this desk's own door, as the key tree needs it: one directory read, one key read and written under a guard, and what
 * happens followed without a gap. Every part of a key is escaped by itself, so any name that a key can have works.
 */
import { KeysError } from '../../src/client/client.js'
import { encodeQuery, encodeText, isObject, parseJson, type Fields } from '../../src/client/encoding.js'
import { base } from './desk.js'
import { expiryOf } from './expiry.js'
import type { Found } from './tree-rows.js'

export interface Listed {
  readonly node: Found
  readonly children: readonly Found[]
  /** The index that this is true of. */
  readonly index: number
}

export interface KeyEvent {
  readonly action: string
  readonly index: number
  readonly node: Found
}

/** What an answer may be long, in characters: beyond that a page would stand still. */
const ANSWER_MAX = 96 * 1024 * 1024

/** More was there than this page can show. */
export class TooMuch extends Error {}

export interface Guard {
  readonly prevIndex?: number | undefined
  readonly prevExist?: boolean | undefined
}

export interface Writing extends Guard {
  /** Seconds; for ever where it is undefined. */
  readonly ttl?: number | undefined
}

/** Where a key is on this door. */
export function keyUrl(key: string): string {
  return `${base}v2/keys${key === '/' ? '/' : pathOf(key)}`
}

const pathOf = (key: string): string =>
  key
    .split('/')
    .map((part) => encodeText(part))
    .join('/')

/** What lies at a key. Of a directory also what lies in it; `recursive` counts all below. */
export async function readKey(key: string, signal?: AbortSignal, isRecursive = false): Promise<Listed> {
  const { body, index } = await ask('GET', key, { query: { recursive: isRecursive || undefined }, signal })
  const node = partOf(body, 'node')
  const nodes = partOf(node, 'nodes')
  return {
    node: foundOf(node, true),
    children: Array.isArray(nodes) ? nodes.map((child) => foundOf(child, false)) : [],
    index,
  }
}

/** How many keys lie below a directory, directories not counted. */
export async function countBelow(key: string, signal?: AbortSignal): Promise<number> {
  const { body } = await ask('GET', key, { query: { recursive: true }, signal })
  let count = 0
  const waiting: unknown[] = [partOf(body, 'node')]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const nodes = partOf(node, 'nodes')
    if (Array.isArray(nodes)) for (const child of nodes) waiting.push(child)
    else if (partOf(node, 'dir') !== true) count++
  }
  return count
}

export async function writeKey(key: string, value: string, { ttl, prevIndex, prevExist }: Writing): Promise<Found> {
  const { body } = await ask('PUT', key, { form: { value, ttl, prevIndex, prevExist } })
  return foundOf(partOf(body, 'node'), true)
}

export async function makeDirectory(key: string, ttl: number | undefined): Promise<Found> {
  const { body } = await ask('PUT', key, { form: { dir: true, ttl, prevExist: false } })
  return foundOf(partOf(body, 'node'), true)
}

/** Makes a key under a name that the desk counts up. */
export async function makeInOrder(directory: string, value: string, ttl: number | undefined): Promise<Found> {
  const { body } = await ask('POST', directory, { form: { value, ttl } })
  return foundOf(partOf(body, 'node'), true)
}

export async function removeKey(key: string, how: { readonly prevIndex: number } | 'directory'): Promise<void> {
  await ask('DELETE', key, {
    query: how === 'directory' ? { dir: true, recursive: true } : { prevIndex: how.prevIndex },
  })
}

/**
 * What happens anywhere in the tree from an index on, until the answer ends: ask again from the last that came. What has already happened
 * comes one by one, as etcd has it, then the rest as it happens.
 */
export async function* watchFrom(index: number, signal: AbortSignal): AsyncGenerator<KeyEvent, void> {
  const query = encodeQuery({ wait: true, recursive: true, stream: true, waitIndex: index })
  const stop = new AbortController()
  const end = (): void => stop.abort()
  signal.addEventListener('abort', end)
  try {
    const answer = await fetch(`${keyUrl('/')}${query}`, { signal: stop.signal })
    if (!answer.ok || answer.body === null) throw refusalOf(await answer.text(), answer.status)
    const began = Number(answer.headers.get('x-etcd-index') ?? 0)
    for await (const line of linesOf(answer.body)) {
      const event = eventOf(parseJson(line), began)
      if (event === undefined) continue
      yield event
      // An event of the past is the only one of its answer.
      if (event.index <= began) return
    }
  } finally {
    signal.removeEventListener('abort', end)
    stop.abort()
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let held = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      const lines = (held + decoder.decode(value, { stream: true })).split('\n')
      held = lines.pop() ?? ''
      for (const line of lines) if (line !== '') yield line
    }
    if (held !== '') yield held
  } finally {
    void reader.cancel().catch(() => undefined)
  }
}

interface Asked {
  readonly query?: Fields
  readonly form?: Fields
  readonly signal?: AbortSignal | undefined
}

async function ask(
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  key: string,
  { query = {}, form, signal }: Asked,
): Promise<{ readonly body: unknown; readonly index: number }> {
  const answer = await fetch(`${keyUrl(key)}${encodeQuery(query)}`, {
    method,
    ...(form !== undefined && { body: formOf(form) }),
    ...(signal !== undefined && { signal }),
  })
  const text = await textOf(answer)
  if (!answer.ok) throw refusalOf(text, answer.status)
  return { body: parseJson(text), index: Number(answer.headers.get('x-etcd-index') ?? 0) }
}

function formOf(fields: Fields): URLSearchParams {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.set(name, String(value))
  return form
}

/** The whole of an answer, unless it is longer than a page can take. */
async function textOf(answer: Response): Promise<string> {
  if (Number(answer.headers.get('content-length') ?? 0) < 1_000_000 && answer.headers.has('content-length'))
    return answer.text()
  if (answer.body === null) return ''
  const reader = answer.body.getReader()
  const decoder = new TextDecoder()
  const parts: string[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > ANSWER_MAX) {
      void reader.cancel().catch(() => undefined)
      throw new TooMuch()
    }
    parts.push(decoder.decode(value, { stream: true }))
  }
  return parts.join('') + decoder.decode()
}

function refusalOf(text: string, status: number): Error {
  const body = parseJson(text)
  const errorCode = partOf(body, 'errorCode')
  const message = partOf(body, 'message')
  const cause = partOf(body, 'cause')
  const index = partOf(body, 'index')
  if (typeof message !== 'string') return new Error(text.slice(0, 300) || `HTTP ${status}`)
  return new KeysError({
    errorCode: typeof errorCode === 'number' ? errorCode : status === 401 || status === 403 ? 110 : 0,
    message,
    cause: typeof cause === 'string' ? cause : '',
    index: typeof index === 'number' ? index : 0,
    status,
  })
}

function partOf(value: unknown, name: string): unknown {
  return isObject(value) && name in value ? Object.entries(value).find(([member]) => member === name)?.[1] : undefined
}

interface Sent {
  readonly key?: unknown
  readonly dir?: unknown
  readonly value?: unknown
  readonly createdIndex?: unknown
  readonly modifiedIndex?: unknown
  readonly expiration?: unknown
  readonly ttl?: unknown
}

const numberIn = (value: unknown): number => (typeof value === 'number' ? value : 0)

/**
 * A node as it was sent; its value only where it is asked for, since a directory may list a hundred thousand of them. `isPast` says that it
 * is told as it was.
 */
function foundOf(value: unknown, hasValue: boolean, isPast = false): Found {
  const sent: Sent = isObject(value) ? value : {}
  const isDir = sent.dir === true
  return {
    key: typeof sent.key === 'string' ? sent.key : '/',
    isDir,
    value: hasValue && !isDir ? (typeof sent.value === 'string' ? sent.value : '') : undefined,
    created: numberIn(sent.createdIndex),
    modified: numberIn(sent.modifiedIndex),
    expires: expiryOf(sent.expiration, isPast ? undefined : sent.ttl),
  }
}

/** An event as it was sent; those up to an index have happened before they were asked for. */
function eventOf(body: unknown, began: number): KeyEvent | undefined {
  const action = partOf(body, 'action')
  const sent = partOf(body, 'node')
  const node = foundOf(sent, true, numberIn(partOf(sent, 'modifiedIndex')) <= began)
  if (typeof action !== 'string' || node.modified === 0) return undefined
  // What was removed says what it was in the node before.
  const isDir = node.isDir || partOf(partOf(body, 'prevNode'), 'dir') === true
  return { action, index: node.modified, node: { ...node, isDir } }
}
