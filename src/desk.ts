/**
 * What the rooms bring, joined here and nowhere else: everything that can change data, by its name; tables with their steps from
 * older formats; what happens by itself; and what must hold.
 */
import { accessChecks } from './access/checks.js'
import { accessHandlers } from './access/commands.js'
import { guardedBy, guardedByPath } from './access/demand.js'
import { accessTables } from './access/tables.js'
import { catalogueChecks } from './catalogue/checks.js'
import { catalogueHandlers } from './catalogue/commands.js'
import { fieldTable, labelTable, queueTable, statusTable, viewTable } from './catalogue/tables.js'
import { keyChecks } from './keytree/checks.js'
import { KeyCommands, keyHandlers } from './keytree/commands.js'
import { keyExpiry } from './keytree/expiry.js'
import { keyTable } from './keytree/tables.js'
import { ledgerChecks } from './ledger/checks.js'
import { ledger } from './ledger/keeper.js'
import { nameChecks } from './names/checks.js'
import { counterTable, nameTable, onceTable } from './names/tables.js'
import { indexChecks } from './search/index/checks.js'
import { frequentWords } from './search/index/frequent-words.js'
import { searchIndex } from './search/index/keeper.js'
import { viewSearches } from './search/saved.js'
import type { StateMachine } from './store/command.js'
import type { Store } from './store/store.js'
import { ticketChecks } from './tickets/checks.js'
import { ticketHandlers } from './tickets/commands.js'
import { LabCommands, labHandlers } from './tickets/lab.js'
import { ticketMount } from './tickets/mount.js'
import { changeTable, descriptionTable, ticketTable, ticketTables } from './tickets/tables.js'
import { userChecks } from './users/checks.js'
import { auditHandlers } from './users/audit.js'
import { userHandlers } from './users/commands.js'
import { auditTable, settingTable, userTable } from './users/tables.js'

const keys = new KeyCommands([ticketMount])

const handlers = {
  ...guardedByPath(keyHandlers(keys)),
  // The lab knows no requesters: its tickets are everybody's.
  ...guardedBy('write', labHandlers(new LabCommands(keys)), 'ticket.change'),
  ...guardedBy('write', {
    ...ticketHandlers(keys),
    ...catalogueHandlers(viewSearches),
    ...userHandlers(),
  }),
  ...accessHandlers(),
  ...auditHandlers(),
}

/** The desk's rules, as the store is handed them. */
export const desk = {
  handlers,
  tables: [
    keyTable,
    ...ticketTables.filter((table) => table !== ticketTable && table !== descriptionTable && table !== changeTable),
    { ...ticketTable, derived: searchIndex() },
    // Follows from what the tickets' index has made, so it stands behind it.
    { ...descriptionTable, derived: frequentWords() },
    { ...changeTable, derived: ledger() },
    counterTable,
    nameTable,
    onceTable,
    userTable,
    settingTable,
    auditTable,
    ...accessTables,
    statusTable,
    queueTable,
    labelTable,
    fieldTable,
    viewTable,
  ],
  timer: keyExpiry(keys),
  checks: [keyChecks, nameChecks, ticketChecks, userChecks, accessChecks, catalogueChecks, ledgerChecks, indexChecks],
} satisfies StateMachine<typeof handlers>

/** A store that runs the desk's commands. */
export type DeskStore = Store<typeof handlers>
