/**
 * What the rooms bring, joined here and nowhere else: everything that can change data, by its name; tables with their steps from
 * older formats; what happens by itself; and what must hold.
 */
import { keyChecks } from './keytree/checks.js'
import { KeyCommands, keyHandlers } from './keytree/commands.js'
import { keyExpiry } from './keytree/expiry.js'
import { keyTable } from './keytree/tables.js'
import type { StateMachine } from './store/command.js'
import type { Store } from './store/store.js'
import { ticketChecks } from './tickets/checks.js'
import { TicketCommands, ticketHandlers } from './tickets/commands.js'
import { ticketMount } from './tickets/mount.js'
import { counterTable, ticketTable } from './tickets/tables.js'

const keys = new KeyCommands([ticketMount])
const handlers = { ...keyHandlers(keys), ...ticketHandlers(new TicketCommands(keys)) }

/** The desk's rules, as the store is handed them. */
export const desk = {
  handlers,
  tables: [keyTable, ticketTable, counterTable],
  timer: keyExpiry(keys),
  checks: [keyChecks, ticketChecks],
} satisfies StateMachine<typeof handlers>

/** A store that runs the desk's commands. */
export type DeskStore = Store<typeof handlers>
