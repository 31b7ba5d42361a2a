/**
 * Which tickets may be seen now, for telling events: of each ticket that a batch of events is about, who it is of and whether it is
 * there, read once however many follow.
 */
import type { Database, Statement } from '../../sqlite/database.js'
import { maySee, type Sighted } from '../../users/sight.js'
import type { Viewer } from '../../users/viewer.js'
import { IS_THERE } from '../there.js'
import type { DeskEvent } from './detail.js'

/** A ticket as it stands; one that was purged, or never made, has no standing. */
interface Standing extends Sighted {
  /** Else it is in the bin. */
  readonly isThere: boolean
}

/** How the tickets of some events stand. */
export class Standings {
  readonly #tickets: ReadonlyMap<number, Standing | undefined>

  constructor(tickets: ReadonlyMap<number, Standing | undefined>) {
    this.#tickets = tickets
  }

  /** Whether a viewer may see a ticket: in the bin only who may restore it. */
  sees(viewer: Viewer, ticket: number): boolean {
    const standing = this.#tickets.get(ticket)
    if (standing === undefined || !maySee(viewer, standing)) return false
    return standing.isThere || viewer.isStaff
  }
}

export class StandingReader {
  readonly #find: Statement

  constructor(reader: Database) {
    this.#find = reader.prepare(`SELECT requester, internal, ${IS_THERE} AS there FROM tickets WHERE number = ?`)
  }

  /** How the tickets stand that the events are about, at either end of a link. Call it in the `snapshot` that the events were read in. */
  of(events: readonly DeskEvent[]): Standings {
    const tickets = new Map<number, Standing | undefined>()
    for (const { detail } of events) {
      for (const number of [detail.ticket, detail.link?.other]) {
        if (number !== undefined && !tickets.has(number)) tickets.set(number, this.#read(number))
      }
    }
    return new Standings(tickets)
  }

  #read(number: number): Standing | undefined {
    const row = this.#find.get(number)
    if (row === undefined) return undefined
    const requester = row['requester']
    return {
      requester: typeof requester === 'number' ? requester : null,
      internal: Number(row['internal']),
      isThere: row['there'] === 1,
    }
  }
}
