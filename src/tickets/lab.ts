/**
 * What the lab's doors do to tickets, of which they know number and title. A ticket is a key, so each command is the key tree's own
 * under the ticket's path, and the mount sees to the rest: the event, the history and the watchers see what a v2 client would have done.
 */
import type { Transaction } from '../store/command.js'
import type { KeyCommands } from '../keytree/commands.js'
import { keyTable } from '../keytree/tables.js'
import { join, nameOf } from '../keytree/tree.js'
import { TICKETS_PATH } from './ticket.js'

export interface CreateTicketArgs {
  readonly title: string
}

export interface RetitleTicketArgs {
  /** In full, 20 digits. */
  readonly id: string
  readonly title: string
}

export interface DeleteTicketArgs {
  /** In full, 20 digits. */
  readonly id: string
}

/** Names a ticket, in full. */
export interface TicketAnswer {
  readonly id: string
}

export class LabCommands {
  readonly #keys: KeyCommands

  constructor(keys: KeyCommands) {
    this.#keys = keys
  }

  /** Makes a ticket under the next number. Refuses a bad title (209). */
  create(transaction: Transaction, { title }: CreateTicketArgs): TicketAnswer {
    const path = this.#keys.nextPath(transaction, TICKETS_PATH)
    this.#keys.create(transaction, { path, value: title, directory: false, ttl: undefined })
    return { id: nameOf(path) }
  }

  /** Gives a ticket another title. Refuses a bad title (209) and a ticket that is not there (100). */
  retitle(transaction: Transaction, { id, title }: RetitleTicketArgs): TicketAnswer {
    const path = join(TICKETS_PATH, id)
    this.#keys.update(transaction, { path, value: title, ttl: undefined, refresh: false })
    return { id }
  }

  /** Puts a ticket into the bin. Refuses one that is not there (100). */
  delete(transaction: Transaction, { id }: DeleteTicketArgs): TicketAnswer {
    this.#keys.delete(transaction, { path: join(TICKETS_PATH, id), directory: false, recursive: false })
    return { id }
  }

  /** Puts all tickets into the bin, as one change. Succeeds where there are none. */
  deleteAll(transaction: Transaction, _args: object): object {
    if (transaction.get(keyTable, TICKETS_PATH) === undefined) return {}
    this.#keys.delete(transaction, { path: TICKETS_PATH, directory: true, recursive: true })
    return {}
  }
}

/** The commands by their names. */
export function labHandlers(tickets: LabCommands) {
  return {
    'lab.create': tickets.create.bind(tickets),
    'lab.retitle': tickets.retitle.bind(tickets),
    'lab.delete': tickets.delete.bind(tickets),
    'lab.deleteAll': tickets.deleteAll.bind(tickets),
  }
}
