/** The lives of tickets, read from the records as a connection sees them. */
import { categoryAt } from '../tickets/rules.js'
import type { Database, Statement } from '../sqlite/database.js'
import { RecordReader } from '../store/records.js'
import { OWN_KINDS } from '../tickets/kinds.js'
import { removalOf } from '../tickets/removals.js'
import { removalTable, ticketPart, type RemovalRecord } from '../tickets/tables.js'
import { HAS_KEY } from '../tickets/ticket.js'
import { entriesOf, isOpen, standingMembers, type Entry, type Standing, type Step, type Surroundings } from './life.js'
import type { SqlRow } from '../sqlite/database.js'

/** What a ticket is, as far as it is counted. */
export interface Ticket {
  readonly standing: Standing
  /** Whether it is there, and not in the bin. */
  readonly isThere: boolean
}

/** A ticket's number, and all that is counted of it. */
export interface Life {
  readonly number: number
  readonly entries: readonly Entry[]
}

const standingPart = ticketPart(...standingMembers)

/** In SQL: tickets, each with whether it is there. */
const TICKETS = `SELECT ${standingPart.packed} AS packed, ${HAS_KEY} AS there FROM tickets`

const STEPS = `SELECT ticket, idx, time, kind, before FROM changes WHERE kind IN (${OWN_KINDS})`

export class Lives implements Surroundings {
  readonly #records: RecordReader
  readonly #ticket: Statement
  readonly #next: Statement
  readonly #steps: Statement
  readonly #stepsOfMany: Statement
  readonly #removal: Statement
  readonly #head: Statement
  readonly #done = new Map<number, boolean>()

  constructor(database: Database) {
    this.#records = new RecordReader(database)
    this.#ticket = database.prepare(`${TICKETS} WHERE number = ?`)
    this.#next = database.prepare(`${TICKETS} WHERE number > ? ORDER BY number LIMIT ?`)
    this.#steps = database.prepare(`${STEPS} AND ticket = ? AND idx > ? AND idx <= ? ORDER BY idx`)
    this.#stepsOfMany = database.prepare(`${STEPS} AND ticket BETWEEN ? AND ? ORDER BY ticket, idx`)
    this.#removal = database.prepare(
      `SELECT ${removalTable.columns.join(', ')} FROM removals WHERE idx > ? ORDER BY idx LIMIT 1`,
    )
    this.#head = database.prepare('SELECT idx FROM head')
  }

  /** Undefined where nothing is left of the ticket, or never was. */
  ticket(number: number): Ticket | undefined {
    const row = this.#ticket.get(number)
    return row === undefined ? undefined : ticketOf(row)
  }

  /** The next tickets behind a number, and all that is counted of each. */
  livesBehind(after: number, limit: number): Life[] {
    const tickets = this.#next.all(after, limit).map(ticketOf)
    const [first, last] = [tickets[0]?.standing.number ?? 0, tickets.at(-1)?.standing.number ?? 0]
    // Asked together: most have none, and to be told so by itself takes longer than all the rest.
    const rows = this.#stepsOfMany.iterate(first, last)[Symbol.iterator]()
    let row = rows.next()
    return tickets.map((ticket) => {
      const { number } = ticket.standing
      const steps: Step[] = []
      for (; row.done !== true && Number(row.value['ticket']) <= number; row = rows.next()) {
        if (row.value['ticket'] === number) steps.push(stepOf(row.value))
      }
      return { number, entries: this.#all(ticket, steps) }
    })
  }

  removal(index: number): RemovalRecord | undefined {
    return this.#records.get(removalTable, String(index))
  }

  isOpen({ standing, isThere }: Ticket): boolean {
    return isThere && isOpen(this, standing)
  }

  /** All that is counted of a ticket that is there, and has no history yet. */
  ofNew(standing: Standing): Entry[] {
    return entriesOf(this, { today: standing, isThere: true, steps: [], isWhole: true, until: Infinity })
  }

  /** All that is counted of a ticket as it is. */
  all(ticket: Ticket): Entry[] {
    return this.#all(ticket, this.#stepsOf(ticket.standing, 0, Number.MAX_SAFE_INTEGER))
  }

  /** The same of one as it was when a transaction began, whatever of it is there already, without how it went where it is not there. */
  allBefore({ standing }: Ticket): Entry[] {
    const steps = this.#stepsOf(standing, 0, standing.updatedIndex)
    return entriesOf(this, { today: standing, isThere: true, steps, isWhole: true, until: Infinity })
  }

  /** What is counted of a ticket since its record was another: all that is counted of it now begins with what was counted before that. */
  since(before: Standing, { standing, isThere }: Ticket): Entry[] {
    const steps = this.#stepsOf(standing, before.updatedIndex, Number.MAX_SAFE_INTEGER)
    return entriesOf(this, { today: standing, isThere, steps, isWhole: false, until: Infinity })
  }

  /** How a ticket went that is in the bin, as far as that was before an index. What is counted since says it again. */
  endBefore({ standing, isThere }: Ticket, until: number): Entry[] {
    return entriesOf(this, { today: standing, isThere, steps: [], isWhole: false, until })
  }

  /** A status's category never changes, so it is asked once. */
  isDone(status: number): boolean {
    let isDone = this.#done.get(status)
    if (isDone === undefined) {
      isDone = categoryAt(this.#records, status) === 'done'
      this.#done.set(status, isDone)
    }
    return isDone
  }

  removedAt(standing: Standing, before: number): number | undefined {
    const removal = this.removalOf(standing)
    return removal !== undefined && removal.index < before ? removal.time : undefined
  }

  /** The removal that a ticket of the bin went with. */
  removalOf(standing: Standing): RemovalRecord | undefined {
    return removalOf(standing, (index) => {
      const row = this.#removal.get(index)
      return row === undefined ? undefined : removalTable.decode(row)
    })
  }

  /** The newest index that a commit has made. Inside one that is under way it is the one before, until that ends. */
  head(): number {
    return Number(this.#head.get()?.['idx'])
  }

  /** What was read may not have come to be. */
  forget(): void {
    this.#done.clear()
  }

  #all({ standing, isThere }: Ticket, steps: readonly Step[]): Entry[] {
    return entriesOf(this, { today: standing, isThere, steps, isWhole: true, until: Infinity })
  }

  #stepsOf({ number }: Standing, after: number, until: number): Step[] {
    return this.#steps.all(number, after, until).map(stepOf)
  }
}

function stepOf({ idx, time, kind, before }: SqlRow): Step {
  const held: Partial<Standing> = JSON.parse(String(before))
  return { index: Number(idx), time: Number(time), kind: String(kind), before: held }
}

function ticketOf({ packed, there }: SqlRow): Ticket {
  return { standing: standingPart.unpack(String(packed)), isThere: there === 1 }
}
