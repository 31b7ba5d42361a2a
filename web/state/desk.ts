/** The desk that this page is of: where it is, and its client. Everything the page knows comes through here. */
import { signal } from '@preact/signals'
import {
  ConnectionError,
  createDeskClient,
  DeskError,
  type DeskClient,
  type Transport,
} from '../../src/client/client.js'
import { fetchTransport } from '../../src/client/transport.js'
import { words } from '../words/words.js'
import { kept } from './keep.js'

function metaOf(name: string): string {
  return document.querySelector(`meta[name="${name}"]`)?.getAttribute('content') ?? ''
}

/** The path below which the desk is, with a slash at its end: `/` unless a proxy has it elsewhere. */
export const base = new URL(metaOf('desk-base') || '/', location.href).pathname

/** Where the keys API has a door of its own; empty where it has none. */
export const keysUrl = metaOf('desk-keys')

/** Whether the desk was closed to whoever is not signed in when this document was sent. */
export const wasClosed = metaOf('desk-access') === 'closed'

/** Where the desk is, as others would write it. */
export const endpoint = new URL(base, location.href).href.replace(/\/$/u, '')

/** On an open desk: the handle that this browser acts as; nobody checks. */
export const actingAs = kept<string | null>('as', null, (value) => value === null || typeof value === 'string')

/** How old what is read is, in seconds, where the desk has lost touch with what is newest; undefined while it has not. */
export const ageSeconds = signal<number | undefined>(undefined)

/** The least index of the states that were read; undefined before the first. */
let leastRead: number | undefined

/** Up to which index everything is known by what was read so far: what came after it has to be told. */
export const firstRead = (): number | undefined => leastRead

/** Every answer says which state it tells, and where that is old. */
const transport: Transport = async (request) => {
  const answer = await fetchTransport(request)
  const index = Number(answer.header('desk-index') ?? 0)
  if (index > 0) leastRead = Math.min(leastRead ?? index, index)
  const age = /seconds=(\d+)/u.exec(answer.header('etcdesk-stale') ?? '')?.[1]
  ageSeconds.value = age === undefined ? undefined : Number(age)
  return answer
}

let made: { as: string | null; client: DeskClient } | undefined

/** The newest index that any part of this page has seen. */
let seen = 0

/** The client of the desk. It says who it acts as, on an open desk. */
export function desk(): DeskClient {
  const as = access.peek() === 'open' ? actingAs.peek() : null
  if (made?.as !== as) {
    if (made !== undefined) seen = Math.max(seen, made.client.index)
    const client = createDeskClient({ endpoint, door: 'page', transport, ...(as !== null && { as }) })
    client.see(seen)
    made = { as, client }
  }
  return made.client
}

/** Whether the desk is open to everybody who reaches it; undefined until it has said so. */
export const access = signal<'open' | 'closed' | undefined>(undefined)

/** What went wrong, as a sentence for people. */
export function sentenceOf(error: unknown): string {
  if (error instanceof DeskError) {
    const [fault] = error.errors
    return fault?.detail ?? error.detail
  }
  // Where the desk is the page knows, and what its browser calls the reason helps nobody.
  if (error instanceof ConnectionError) return words.common.notReached
  return error instanceof Error ? error.message : String(error)
}
