/** An event's detail as it was kept: what the rooms wrote with `encodeDetail`, read back. Which members are there goes by the type. */
import type { NamedByView } from '../../catalogue/views.js'
import type { EventDetail } from '../../names/detail.js'
import type { KeyPart } from '../../users/key-parts.js'
import { wholeFacts, type Facts, type MemberChanges } from '../facts.js'

/** All in numbers. What happened is the desk's own word, so nothing of it is checked again. */
export interface KeptDetail extends EventDetail {
  readonly ticket?: number
  readonly version?: number
  readonly changes?: MemberChanges
  /** Without what is usual: see `wholeFacts`. */
  readonly facts?: Partial<Facts>
  /** Whether only staff may be told. */
  readonly hidden?: boolean
  readonly comment?: number
  readonly link?: { readonly kind: string; readonly other: number }
  readonly user?: number
  /** Numbers of what has a name. */
  readonly status?: number
  readonly queue?: number
  readonly label?: number
  readonly field?: number
  readonly view?: number
  /** The name that it had then. */
  readonly name?: string
  /** The number of what it was merged into. */
  readonly into?: number
  /** Whose view it is; null for everybody's. */
  readonly owner?: number | null
  /** What everybody's view names after the event, and where it was changed before; not there where it was nobody else's. */
  readonly names?: readonly NamedByView[]
  readonly namesBefore?: readonly NamedByView[]
  readonly role?: string
  readonly active?: number
  readonly keys?: readonly KeyPart[]
}

/** An event with its detail. */
export interface DeskEvent {
  readonly index: number
  readonly detail: KeptDetail
}

export function readDetail(text: string): KeptDetail {
  const detail: KeptDetail = JSON.parse(text)
  return detail
}

/** What stood after the event of a ticket that searches and rights go by. */
export function factsAfter({ facts = {} }: KeptDetail): Facts {
  return wholeFacts(facts)
}

/** The same before it; undefined where there was no ticket. */
export function factsBefore(detail: KeptDetail): Facts | undefined {
  if (detail.type === 'ticket.created') return undefined
  const { changes = {} } = detail
  const after = factsAfter(detail)
  const before = Object.keys(after).flatMap((member) => {
    const pair = changes[member]
    return Array.isArray(pair) ? [[member, pair[0]]] : []
  })
  return { ...after, ...Object.fromEntries(before) }
}
