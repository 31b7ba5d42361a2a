/** Links between tickets, seen from both ends: each is two records. None leads to itself, and `blocks` and `duplicates` make no ring. */
import { entriesMax, ticketLinksMax } from '../contract/limits.js'
import { emitDesk, encodeDetail } from '../names/detail.js'
import { DeskRefusal } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import { demand, viewerOf } from '../users/viewer.js'
import { unusualFacts } from './facts.js'
import { aboutTicket, demandKnown, demandSame, demandThere, isThere, type PartGuard } from './finding.js'
import { withActivity } from './keeping.js'
import type { ChangeKind } from './kinds.js'
import { changeTable, linkTable, ticketTable, type TicketRecord } from './tables.js'
import { ticketId } from './ticket.js'

export const linkKinds = ['blocks', 'blocked-by', 'duplicates', 'duplicated-by', 'relates-to'] as const

export type LinkKind = (typeof linkKinds)[number]

/** The same link from its other end. */
const reversed: Readonly<Record<LinkKind, LinkKind>> = {
  blocks: 'blocked-by',
  'blocked-by': 'blocks',
  duplicates: 'duplicated-by',
  'duplicated-by': 'duplicates',
  'relates-to': 'relates-to',
}

/** The kinds of which a chain may not lead back, and how they are walked. */
const chained: Readonly<Partial<Record<LinkKind, true>>> = { blocks: true, duplicates: true }

/**
 * Characters that a purge writes of the other ends of links until the rest waits for a commit of its own. With one more ticket and the one that
 * is purged, each as large as any, they are what etcd takes at once, in whatever script they are.
 */
const PURGED_CHARACTERS_MAX = 128 * 1024

export function isLinkKind(text: string): text is LinkKind {
  return linkKinds.some((kind) => kind === text)
}

/** Links two tickets; a link that is there already stays as it is. */
export function addLink(transaction: Transaction, number: number, kind: LinkKind, other: number): void {
  const viewer = viewerOf(transaction, transaction.asker)
  demandKnown(transaction, viewer, number)
  demand(viewer, 'ticket.change')
  if (number === other) {
    throw new DeskRefusal('invalid_value', 'A ticket is not linked to itself. Name another one.', [
      { pointer: '/ticket', detail: 'A ticket is not linked to itself. Name another one.' },
    ])
  }
  const otherTicket = demandLinkable(transaction, other)
  const ticket = demandThere(transaction, viewer, number)
  if (transaction.get(linkTable, linkId(number, kind, other)) !== undefined) return
  for (const { links, number: at } of [ticket, otherTicket]) {
    if (links >= ticketLinksMax)
      throw new DeskRefusal('full', `Ticket ${at} has ${links} links, which is as many as one may have.`)
  }
  refuseRing(transaction, number, kind, other)
  write(transaction, 'link.added', ticket, kind, otherTicket)
}

/** Takes a link away; one that is not there is no fault, but for who believes in a version of it. */
export function removeLink(
  transaction: Transaction,
  number: number,
  kind: LinkKind,
  other: number,
  guard: PartGuard = {},
): void {
  const viewer = viewerOf(transaction, transaction.asker)
  const ticket = demandThere(transaction, viewer, number)
  demand(viewer, 'ticket.change')
  const link = transaction.get(linkTable, linkId(number, kind, other))
  demandSame(link?.index, guard)
  if (link === undefined) return
  const otherTicket = transaction.get(ticketTable, ticketId(other))
  if (otherTicket !== undefined) write(transaction, 'link.removed', ticket, kind, otherTicket)
}

/**
 * Takes the links away of a ticket that is to be purged, as many as there is room for in a commit of any journal: what leads here from a large
 * ticket is as large; and no more than `most`. Whether those were all. What its other ends said of them stays in their history.
 */
export function removeLinks(transaction: Transaction, ticket: TicketRecord, most: number): boolean {
  const links = transaction.query('SELECT kind, other FROM links WHERE ticket = ?', ticket.number)
  for (const [place, row] of links.entries()) {
    const kind = String(row['kind'])
    const end = transaction.get(ticketTable, ticketId(Number(row['other'])))
    if (end === undefined || !isLinkKind(kind)) continue
    writeEnd(transaction, 'link.removed', end, reversed[kind], ticket.number)
    writeLink(transaction, 'link.removed', ticket.number, kind, end.number)
    const isMuch = place + 1 >= most || transaction.written > PURGED_CHARACTERS_MAX
    const isFull = isMuch && place + 1 < links.length
    // Its own record goes at the end, so it is written only where that has to wait.
    if (isFull) writeCount(transaction, ticket, links.length - place - 1)
    tell(transaction, 'link.removed', end, reversed[kind], ticket.number)
    if (isFull) return false
  }
  return true
}

export function linkId(number: number, kind: string, other: number): string {
  return `${ticketId(number)}/${kind}/${other}`
}

export function reverseOf(kind: LinkKind): LinkKind {
  return reversed[kind]
}

/** The ticket at the other end: what is wrong with it is a fault of the body. */
function demandLinkable(transaction: Transaction, other: number): TicketRecord {
  const viewer = viewerOf(transaction, transaction.asker)
  try {
    const ticket = demandKnown(transaction, viewer, other)
    if (isThere(transaction, other)) return ticket
  } catch (error) {
    if (!(error instanceof DeskRefusal)) throw error
  }
  const detail = `There is no ticket ${other} to link to. Check the number.`
  throw new DeskRefusal('unknown_name', detail, [{ pointer: '/ticket', detail }])
}

/** Throws where the link would lead back to where it begins. */
function refuseRing(transaction: Transaction, number: number, kind: LinkKind, other: number): void {
  const isForward = chained[kind] === true
  const walked = isForward ? kind : reversed[kind]
  if (chained[walked] !== true) return
  // `a blocked-by b` is `b blocks a`.
  const [from, to] = isForward ? [number, other] : [other, number]
  const seen = new Set([to])
  for (const at of seen) {
    if (at === from) {
      throw new DeskRefusal(
        'ring',
        `Ticket ${to} ${walked} ticket ${from} already, directly or through others. Remove that link first.`,
      )
    }
    if (seen.size > entriesMax) {
      throw new DeskRefusal(
        'ring',
        `More than ${entriesMax} tickets follow from ticket ${to}: whether the link closes a ring can't be told.`,
      )
    }
    const next = transaction.query('SELECT other FROM links WHERE ticket = ? AND kind = ?', at, walked)
    for (const { other: following } of next) seen.add(Number(following))
  }
}

type LinkChange = 'link.added' | 'link.removed'

function write(
  transaction: Transaction,
  change: LinkChange,
  ticket: TicketRecord,
  kind: LinkKind,
  other: TicketRecord,
): void {
  writeEnd(transaction, change, ticket, kind, other.number)
  writeEnd(transaction, change, other, reversed[kind], ticket.number)
  tell(transaction, change, ticket, kind, other.number)
}

/** One end of a link, and what its ticket counts. */
function writeEnd(
  transaction: Transaction,
  change: LinkChange,
  ticket: TicketRecord,
  kind: LinkKind,
  other: number,
): void {
  writeLink(transaction, change, ticket.number, kind, other)
  writeCount(transaction, ticket, ticket.links + (change === 'link.added' ? 1 : -1))
}

function writeLink(transaction: Transaction, change: LinkChange, ticket: number, kind: LinkKind, other: number): void {
  const { nextIndex: index, time, asker } = transaction
  const id = linkId(ticket, kind, other)
  if (change === 'link.removed') transaction.delete(linkTable, id)
  else transaction.put(linkTable, id, { ticket, kind, other, index, time, actor: asker.actor })
  keepEntry(transaction, ticket, change, { kind, other })
}

/** Whoever sees one end may not see the other, so nobody is told that something moved. */
function writeCount(transaction: Transaction, ticket: TicketRecord, links: number): void {
  transaction.put(ticketTable, ticketId(ticket.number), { ...withActivity(transaction, ticket, false), links })
}

function tell(transaction: Transaction, change: LinkChange, ticket: TicketRecord, kind: LinkKind, other: number): void {
  const type = change === 'link.added' ? 'link.created' : 'link.deleted'
  const detail = encodeDetail(transaction, type, {
    ticket: ticket.number,
    version: ticket.updatedIndex,
    link: { kind, other },
    facts: unusualFacts(ticket),
  })
  emitDesk(transaction, aboutTicket(ticket.number), detail)
}

/** An entry of the history that says what was linked, or who watches. */
export function keepEntry(transaction: Transaction, ticket: number, kind: ChangeKind, what: object): void {
  const { nextIndex: index, time, asker } = transaction
  transaction.put(changeTable, `${ticketId(ticket)}/${index}`, {
    ticket,
    index,
    time,
    actor: asker.actor,
    door: asker.door,
    kind,
    before: JSON.stringify(what),
    comment: null,
    redacted: 0,
    text: null,
  })
}
