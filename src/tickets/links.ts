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

/** Takes all links away of a ticket that is to be purged. What its other ends said of them stays in their history. */
export function removeLinks(transaction: Transaction, ticket: TicketRecord): void {
  const links = transaction.query('SELECT kind, other FROM links WHERE ticket = ?', ticket.number)
  for (const row of links) {
    const kind = String(row['kind'])
    const end = transaction.get(ticketTable, ticketId(Number(row['other'])))
    if (end !== undefined && isLinkKind(kind)) write(transaction, 'link.removed', end, reversed[kind], ticket)
  }
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

function write(
  transaction: Transaction,
  change: 'link.added' | 'link.removed',
  ticket: TicketRecord,
  kind: LinkKind,
  other: TicketRecord,
): void {
  const { nextIndex: index, time, asker } = transaction
  const ends = [
    [ticket, kind, other],
    [other, reversed[kind], ticket],
  ] as const
  for (const [end, endKind, { number: otherNumber }] of ends) {
    const id = linkId(end.number, endKind, otherNumber)
    if (change === 'link.removed') transaction.delete(linkTable, id)
    else {
      transaction.put(linkTable, id, {
        ticket: end.number,
        kind: endKind,
        other: otherNumber,
        index,
        time,
        actor: asker.actor,
      })
    }
    keepEntry(transaction, end.number, change, { kind: endKind, other: otherNumber })
    const links = end.links + (change === 'link.added' ? 1 : -1)
    // Whoever sees one end may not see the other, so nobody is told that something moved.
    transaction.put(ticketTable, ticketId(end.number), { ...withActivity(transaction, end, false), links })
  }
  const type = change === 'link.added' ? 'link.created' : 'link.deleted'
  const detail = encodeDetail(transaction, type, {
    ticket: ticket.number,
    version: ticket.updatedIndex,
    link: { kind, other: other.number },
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
