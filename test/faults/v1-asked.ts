/** What clients of `/v1` note while faults strike: what they asked for, and what they were told. `v1-checker.ts` judges by it. */
import type { Outcome } from '../crash/traffic.js'

/** Something that a request wanted to be so. */
export interface V1Change {
  /** A title, a description, or a comment: sent for this alone. */
  readonly text: string
  readonly kind: 'title' | 'description' | 'comment'
  readonly outcome: Outcome
  /** The newest index that anybody had been told when it was asked for. */
  readonly floor: number
  /** The ticket and the index, where the client was told. */
  readonly ticket?: number | undefined
  readonly index?: number | undefined
  /**
   * The version that the answer showed, where it shows the ticket as it stands: the change came by then, and another one may have
   * come behind it.
   */
  readonly shown?: number | undefined
  /** The ticket's version that it was to follow upon. */
  readonly guard?: number | undefined
  /** What was asked for as one has the same name here. */
  readonly batch?: string | undefined
  /** The status that the same change was to give. */
  readonly status?: string | undefined
}

/** That a ticket was to have a label, or to have it no more. Of a label and a ticket one client alone asks so, one after another. */
export interface LabelChange {
  readonly ticket: number
  readonly label: string
  readonly isAdded: boolean
  readonly outcome: Outcome
  readonly floor: number
  readonly shown?: number | undefined
}

/** A ticket as it was shown. */
export interface ShownTicket {
  readonly version: number
  readonly title: string
  readonly description: string | null
  readonly labels: readonly string[]
  readonly status: string
}

/** A look at a ticket, with what was known when it was asked for. */
export interface Look {
  readonly ticket: number
  readonly node: string
  /** The newest index that anybody had been told by then: what was read is as new. */
  readonly floor: number
  /** Where the state that was read stood. */
  readonly index: number
  /** The index of before at which it was looked at. */
  readonly at?: number | undefined
  readonly shown: ShownTicket
}

/** A look at a ticket's history: its entries, each as `entryLine` writes it. */
export interface HistoryLook extends Omit<Look, 'at' | 'shown'> {
  readonly entries: readonly string[]
  /** Whether there were more. */
  readonly hasMore: boolean
}

/** What is asked of tickets; undefined for what does not matter. */
export interface Search {
  readonly label?: string | undefined
  readonly status?: string | undefined
  /** A whole text: of a title, a description or a comment. */
  readonly text?: string | undefined
  /** What a title begins with. */
  readonly beginning?: string | undefined
}

/** A search and what it found: tickets, the newest first, each as `foundLine` writes it. */
export interface SearchLook extends Omit<Look, 'ticket' | 'at' | 'shown'>, Search {
  readonly q: string
  readonly limit: number
  readonly found: readonly string[]
  readonly total: { readonly total: number; readonly isExact: boolean }
  /** Whether it says of itself that it was not looked at all that belongs here. */
  readonly isIncomplete: boolean
}

/** A search as it is written in a URL. */
export function searchText({ label, status, text, beginning }: Search): string {
  return [
    ...(label === undefined ? [] : [`label:${label}`]),
    ...(status === undefined ? [] : [`status:${status}`]),
    ...(text === undefined ? [] : [`"${text}"`]),
    ...(beginning === undefined ? [] : [`in:title ${beginning}`]),
  ].join(' ')
}

/** All of it. */
export interface V1Log {
  readonly changes: V1Change[]
  readonly labels: LabelChange[]
  readonly looks: Look[]
  readonly histories: HistoryLook[]
  readonly searches: SearchLook[]
}

/** A ticket, and the index from which on there is one. */
export interface KnownTicket {
  readonly number: number
  readonly index: number
}

/** What the client that follows `/v1/events` was told. */
export interface ToldV1 {
  readonly index: number
  readonly type: string
  readonly ticket?: number
  readonly version?: number | null
}

/** What a change gave to a ticket; undefined for what it left as it was. */
export interface Given {
  readonly title?: string | undefined
  readonly description?: string | undefined
  readonly added?: readonly string[] | undefined
  readonly removed?: readonly string[] | undefined
}

/** An entry of a history in a line. What a ticket was made with is left out: its past tells that. */
export function entryLine(index: number, type: string, { title, description, added, removed }: Given): string {
  const labels = [...(added ?? []).map((name) => `+${name}`), ...(removed ?? []).map((name) => `-${name}`)]
  const given = type === 'ticket.created' ? [] : [title, description, ...labels.toSorted()]
  return [index, type, ...given.filter((text) => text !== undefined)].join(' ')
}
