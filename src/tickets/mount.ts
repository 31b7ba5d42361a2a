/**
 * The rules for `/tickets` in the key tree. Whatever is written there, through whichever door, passes here: so a ticket
 * is the same ticket for a script that speaks etcd v2, the REST API and the menu.
 */
import { plainText } from '../journal/text.js'
import { KeyError } from '../keytree/errors.js'
import type { Mount, MountTransaction } from '../keytree/mount.js'
import type { KeyNode } from '../keytree/tables.js'
import { nameOf, parentOf } from '../keytree/tree.js'
import { counterTable, ticketTable } from './tables.js'
import {
  TICKET_NUMBER_AHEAD_MAX,
  TICKET_NUMBER_MAX,
  TICKETS_PATH,
  ticketId,
  ticketNumber,
  titleProblem,
} from './ticket.js'

const COUNTER = 'tickets'

export const ticketMount: Mount = {
  path: TICKETS_PATH,

  nextName(transaction) {
    const number = lastNumber(transaction) + 1
    if (number > TICKET_NUMBER_MAX) throw new KeyError(209, 'all ticket numbers are used up')
    return ticketId(number)
  },

  beforePut(transaction, node, previous) {
    if (node.path === TICKETS_PATH) {
      if (node.value !== null) throw new KeyError(209, `${TICKETS_PATH} is where tickets are: it is always a directory`)
      return
    }
    const number = numberOf(node)
    if (number === undefined) return
    if (node.value === null) throw new KeyError(209, `${node.path} is a ticket's number: a ticket is never a directory`)
    const problem = titleProblem(node.value)
    if (problem !== undefined) throw new KeyError(209, problem)
    if (previous === undefined) refuseTooFarAhead(transaction, number)
  },

  afterPut(transaction, node, previous) {
    const number = numberOf(node)
    if (number === undefined) return undefined
    const isNew = previous === undefined && raiseCounter(transaction, number)
    const { time, nextIndex } = transaction
    const id = ticketId(number)
    // A number above the counter never had a record, so nothing is looked for: most writes make a new ticket.
    const record = isNew ? undefined : transaction.get(ticketTable, id)
    transaction.put(ticketTable, id, {
      number,
      title: plainText(node.value ?? ''),
      createdTime: record?.createdTime ?? time,
      createdIndex: record?.createdIndex ?? nextIndex,
      updatedTime: time,
      updatedIndex: nextIndex,
    })
    return undefined
  },
}

/** The number of the ticket that a node is. */
function numberOf({ path }: KeyNode): number | undefined {
  return parentOf(path) === TICKETS_PATH ? ticketNumber(nameOf(path)) : undefined
}

function refuseTooFarAhead(transaction: MountTransaction, number: number): void {
  const last = lastNumber(transaction)
  if (number <= last + TICKET_NUMBER_AHEAD_MAX) return
  throw new KeyError(
    209,
    `ticket number ${number} is too far ahead: the last one is ${last}, and a new one may be at most ${TICKET_NUMBER_AHEAD_MAX} above it`,
  )
}

/** Sees to it that the counter is at least `number`; true where it was below. */
function raiseCounter(transaction: MountTransaction, number: number): boolean {
  if (number <= lastNumber(transaction)) return false
  transaction.put(counterTable, COUNTER, { name: COUNTER, value: number })
  return true
}

/** The highest number given so far; it never falls, also when all tickets are removed. */
function lastNumber(transaction: MountTransaction): number {
  return transaction.get(counterTable, COUNTER)?.value ?? 0
}
