/** How a command finds the ticket that it is about: 404 where there is none or none to be known of, 410 purged, 409 in the bin. */
import { keyTable } from '../keytree/tables.js'
import { join } from '../keytree/tree.js'
import { DeskRefusal } from '../names/refusal.js'
import type { Records } from '../store/records.js'
import { maySee } from '../users/sight.js'
import type { Viewer } from '../users/viewer.js'
import { purgedTable, refTable, ticketTable, type TicketRecord } from './tables.js'
import { TICKETS_PATH, ticketId } from './ticket.js'

/** What a request believes of the ticket that it changes. */
export interface Guard {
  /** The ticket's version. */
  readonly version?: number | undefined
  /** The version of what only staff sees. */
  readonly internalVersion?: number | undefined
}

/** The same of a comment, a link or a watcher, each of which has a version of its own. */
export interface PartGuard {
  readonly version?: number | undefined
}

/** A ticket's path in the key tree. */
export function ticketPath(number: number): string {
  return join(TICKETS_PATH, ticketId(number))
}

/** What an event is about that happens to a ticket and to no key. */
export function aboutTicket(number: number): string {
  return `tickets/${ticketId(number)}`
}

/** Whether the ticket is there: else it is in the bin. */
export function isThere(records: Records, number: number): boolean {
  return records.get(keyTable, ticketPath(number)) !== undefined
}

/** The ticket that is there and has a ref. */
export function holderOfRef(records: Records, ref: string): number | undefined {
  const holder = ref === '' ? undefined : records.get(refTable, ref)?.ticket
  return holder !== undefined && isThere(records, holder) ? holder : undefined
}

/** The ticket, also where it is in the bin; only who may restore it knows of it then. */
export function demandKnown(records: Records, viewer: Viewer, number: number): TicketRecord {
  const id = ticketId(number)
  const record = records.get(ticketTable, id)
  if (record === undefined) {
    if (viewer.isStaff && records.get(purgedTable, id) !== undefined) throw new DeskRefusal('purged')
    throw new DeskRefusal('not_found')
  }
  if (!maySee(viewer, record)) throw new DeskRefusal('not_found')
  if (!viewer.isStaff && !isThere(records, number)) throw new DeskRefusal('not_found')
  return record
}

/** The ticket, which has to be there. */
export function demandThere(records: Records, viewer: Viewer, number: number): TicketRecord {
  const record = demandKnown(records, viewer, number)
  if (!isThere(records, number)) throw new DeskRefusal('in_bin')
  return record
}

/** Throws where the ticket is not what the request believes. */
export function demandCurrent(record: TicketRecord, { version, internalVersion }: Guard): void {
  const isOld = version !== undefined && version !== record.updatedIndex
  const isInternalOld = internalVersion !== undefined && internalVersion !== (record.internalVersion ?? 0)
  if (isOld || isInternalOld) throw new DeskRefusal('not_current', undefined, [], { number: record.number })
}

/** The same of what belongs to a ticket; `version` is undefined where it is not there. */
export function demandSame(version: number | undefined, guard: PartGuard): void {
  if (guard.version !== undefined && guard.version !== version) throw new DeskRefusal('not_current')
}
