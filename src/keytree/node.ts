/**
 * How a node looks outside: etcd v2's JSON, field for field in etcd's order, with what is empty left out. Written by hand
 * because it is made for every write and every read.
 */
import { concatJson, type Json } from '../journal/json.js'
import type { KeyNode } from './tables.js'

/** What etcd's JSON escapes beyond what JSON must: `<`, `>`, `&` and the two line separators. */
const ESCAPED_BY_GO = /[<>&\u2028\u2029]/
const ESCAPED_BY_GO_ALL = /[<>&\u2028\u2029]/g

/** Text as a JSON string in the way of etcd (Go's encoder). */
export function escapeJson(text: string): string {
  const json = JSON.stringify(text)
  return ESCAPED_BY_GO.test(json) ? json.replace(ESCAPED_BY_GO_ALL, escapeCharacter) : json
}

/**
 * A node as etcd shows it. `now` (milliseconds since 1970) is what the remaining seconds of a TTL are counted from.
 * `children`: the JSON of a directory's nodes, comma-separated; not shown when empty.
 */
export function encodeNode(node: KeyNode, now: number, children = ''): Json {
  const { path, value, modifiedIndex, createdIndex } = node
  const expiry = node.expiration === null ? '' : encodeExpiry(node.expiration, now)
  const nodes = children === '' ? '' : `,"nodes":[${children}]`
  const end = `${expiry}${nodes},"modifiedIndex":${modifiedIndex},"createdIndex":${createdIndex}}`
  if (value === null) return `{"key":${escapeJson(path)},"dir":true${end}`
  if (typeof value === 'string') return `{"key":${escapeJson(path)},"value":${escapeJson(value)}${end}`
  return [`{"key":${escapeJson(path)},"value":`, value, end]
}

/** An event as etcd shows it. `node` and `previous` are JSON; no `previous` where there was none. */
export function encodeEvent(action: string, node: Json, previous?: Json): Json {
  const previousField: Json = previous === undefined ? '' : concatJson(',"prevNode":', previous)
  return concatJson(`{"action":"${action}","node":`, node, previousField, '}')
}

/** What is left of a node in the event of its removal: no value, and its own indexes. */
export function encodeRemovedNode(node: KeyNode, index: number): string {
  const directory = node.value === null ? ',"dir":true' : ''
  return `{"key":${escapeJson(node.path)}${directory},"modifiedIndex":${index},"createdIndex":${node.createdIndex}}`
}

/**
 * `expiration` in RFC 3339 with trailing zeros of the fraction cut, and the seconds left, rounded up. As in etcd `ttl` is left
 * out where it is zero, and negative where the key should be gone for a second or more, but nobody could remove it.
 */
export function encodeExpiry(expiration: number, now: number): string {
  const time = new Date(expiration).toISOString().replace(/\.?0*Z$/, 'Z')
  const ttl = Math.ceil((expiration - now) / 1000)
  return `,"expiration":"${time}"${ttl === 0 ? '' : `,"ttl":${ttl}`}`
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
