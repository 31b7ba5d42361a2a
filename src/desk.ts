/** The table of everything that can change data: each command's name and its handler. Joined here, and nowhere else. */
import { keyChecks } from './keytree/checks.js'
import { KeyCommands } from './keytree/commands.js'
import { keyExpiry } from './keytree/expiry.js'
import { keyTable } from './keytree/tables.js'
import type { StateMachine } from './store/command.js'
import type { Store } from './store/store.js'
import { ticketChecks } from './tickets/checks.js'
import { TicketCommands } from './tickets/commands.js'
import { ticketMount } from './tickets/mount.js'
import { counterTable, ticketTable } from './tickets/tables.js'

const keys = new KeyCommands([ticketMount])
const tickets = new TicketCommands(keys)

const handlers = {
  'keys.set': keys.set.bind(keys),
  'keys.create': keys.create.bind(keys),
  'keys.createInOrder': keys.createInOrder.bind(keys),
  'keys.update': keys.update.bind(keys),
  'keys.compareAndSwap': keys.compareAndSwap.bind(keys),
  'keys.delete': keys.delete.bind(keys),
  'keys.compareAndDelete': keys.compareAndDelete.bind(keys),
  'ticket.create': tickets.create.bind(tickets),
  'ticket.retitle': tickets.retitle.bind(tickets),
  'ticket.delete': tickets.delete.bind(tickets),
  'ticket.deleteAll': tickets.deleteAll.bind(tickets),
}

/** The desk's rules, as the store is handed them. */
export const desk = {
  handlers,
  tables: [keyTable, ticketTable, counterTable],
  timer: keyExpiry(keys),
  checks: [keyChecks, ticketChecks],
} satisfies StateMachine<typeof handlers>

/** A store that runs the desk's commands. */
export type DeskStore = Store<typeof handlers>
