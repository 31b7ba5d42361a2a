/**
 * What the changes of a transaction say of tickets. Who keeps something that follows from tickets is told of each change anyway, so what
 * was said need not be asked of SQLite when the transaction ends: that would cost more than all else about a new ticket. The last word
 * counts. Where changes were undone, or many keys went at once, nobody knows which of them that was: then nothing is known until the
 * transaction ends, and all has to be asked.
 */
import type { Change } from '../journal/journal.js'
import type { Text } from '../journal/text.js'
import { descriptionTable, ticketTable, type TicketRecord } from './tables.js'

export interface ToldTicket {
  /** Its record; undefined where nothing was said of it, or it went. */
  readonly record: TicketRecord | undefined
  /** Whether it is there, and not in the bin; undefined where nothing was said of it. */
  readonly isThere: boolean | undefined
  /** Its description, null for none or an erased one; undefined where nothing was said of it. */
  readonly description: Text | null | undefined
  /** Whether something was said of its history. */
  readonly hasHistory: boolean
}

interface Said {
  record: TicketRecord | undefined
  isThere: boolean | undefined
  description: Text | null | undefined
  hasHistory: boolean
}

export class Told {
  readonly #said = new Map<number, Said>()
  #isLost = false

  /** Takes in a change that concerns the ticket with this number. */
  note(number: number, change: Change): void {
    if (this.#isLost) return
    let said = this.#said.get(number)
    if (said === undefined) {
      said = { record: undefined, isThere: undefined, description: undefined, hasHistory: false }
      this.#said.set(number, said)
    }
    const row = change.type === 'put' ? change.row : undefined
    switch (change.table) {
      case 'tickets':
        said.record = row === undefined ? undefined : ticketTable.complete(row)
        return
      case 'keys':
        said.isThere = row !== undefined
        return
      case 'descriptions':
        said.description = row === undefined ? null : descriptionTable.complete(row).text
        return
      case 'changes':
        said.hasHistory = true
        return
      default:
    }
  }

  /** Undefined where nothing is known of it. */
  of(number: number): ToldTicket | undefined {
    return this.#said.get(number)
  }

  /** Something that was said may not be so: nothing is known until `end`. */
  lose(): void {
    this.#said.clear()
    this.#isLost = true
  }

  /** The transaction ends. */
  end(): void {
    this.#said.clear()
    this.#isLost = false
  }
}
