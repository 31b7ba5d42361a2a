/**
 * Keeps the ledger with the records, in their transactions. Of a ticket that changes what is counted is what came since it was as it was
 * before; of one that is purged all that was counted is taken away again, since nothing is left that it could be counted from. Where all
 * tickets go at once, those that are open go by their number, queue by queue: none of them is looked at.
 */
import type { Change } from '../journal/journal.js'
import type { Database, Statement } from '../sqlite/database.js'
import type { Derived, DerivedKeeper } from '../store/derived.js'
import { isCutShort } from '../tickets/older.js'
import type { RemovalRecord } from '../tickets/tables.js'
import { TICKETS_PATH, ticketNumber } from '../tickets/ticket.js'
import { Told } from '../tickets/told.js'
import type { Entry } from './life.js'
import { Lives, type Ticket } from './lives.js'
import { PREFIX, SCHEMA, STAMP } from './tables.js'
import { Tally, TallyWriter } from './tally.js'

/** How long one part of the work takes that makes the ledger anew, in milliseconds, and how many tickets it takes from the table at once. */
const BUILD_MS = 10
const BUILD_ROWS = 64

/** How long it takes where nobody waits meanwhile, in milliseconds. */
const ALONE_MS = 1000

/** What was, of a ticket that changes in this transaction. */
interface Touched {
  readonly ticket: Ticket | undefined
  /** How it went, where it was in the bin: what is counted since says it again. */
  readonly end: readonly Entry[]
  /** All else that was counted of it: read where nothing of it may be left afterwards. */
  all: readonly Entry[] | undefined
}

/** The ledger, as the store is handed it. */
export function ledger(): Derived {
  return { prefix: PREFIX, schema: SCHEMA, open: (database) => new LedgerKeeper(database) }
}

class LedgerKeeper implements DerivedKeeper {
  readonly #database: Database
  readonly #lives: Lives
  readonly #writer: TallyWriter
  readonly #openQueues: Statement
  readonly #someKeys: Statement
  readonly #setBuilt: Statement
  readonly #touched = new Map<number, Touched>()
  readonly #told = new Told()
  readonly #tally = new Tally()
  /** Indexes of removals that this transaction keeps, unless it has undone them. */
  readonly #removals = new Set<number>()
  /** Whether all keys of tickets went in this transaction, unless it has undone that. */
  #hasCleared = false
  /** The index at which the transaction begins, once it is asked for. */
  #first: number | undefined
  /** Tickets beyond this number are not in the ledger yet. */
  #built = 0
  /** No ticket beyond this number was there before the transaction. */
  #last = 0

  constructor(database: Database) {
    this.#database = database
    this.#lives = new Lives(database)
    this.#writer = new TallyWriter(database)
    this.#openQueues = database.prepare('SELECT queue, open FROM ledger_queues WHERE open <> 0')
    this.#someKeys = database.prepare(
      `SELECT name FROM keys WHERE parent = '${TICKETS_PATH}' AND name >= '0' AND name < ':' ORDER BY name LIMIT ?`,
    )
    this.#setBuilt = database.prepare('UPDATE ledger_state SET built = ? WHERE id = 1')
    this.#begin()
  }

  get hasWork(): boolean {
    return this.#built < Infinity
  }

  before(change: Change): void {
    const { table, id, type } = change
    switch (table) {
      case 'tickets': {
        const touched = this.#touch(id, change)
        if (type === 'delete') this.#readAll(touched)
        return
      }
      case 'changes':
        if (type === 'delete-below') this.#readAll(this.#touch(id, change))
        else this.#noteHistory(id.split('/')[0] ?? '', change)
        return
      case 'keys':
        if (type !== 'delete-below') {
          if (id.startsWith(`${TICKETS_PATH}/`)) this.#touch(id.slice(TICKETS_PATH.length + 1), change)
        } else if (holdsTickets(id)) {
          this.#told.lose()
          this.#hasCleared ||= this.#built > 0
        }
        return
      case 'removals':
        // Before the first ticket is in the ledger none of those that came with a listing concerns it.
        if (type === 'put' && this.#built > 0) this.#removals.add(Number(id))
        return
      default:
    }
  }

  undone(): void {
    this.#told.lose()
  }

  applied(): void {
    if (this.#touched.size === 0 && !this.#hasCleared && this.#removals.size === 0) return this.#told.end()
    if (this.#isLost()) {
      this.reset()
      return
    }
    this.#settle()
    const [first] = this.#keptRemovals()
    if (first !== undefined) this.#countGone(first)
    for (const [number, touched] of this.#touched) {
      if (!this.#countNew(number, touched)) this.#count(touched, this.#lives.ticket(number))
      if (number > this.#last) this.#last = number
    }
    this.#writeTally()
    this.#forget()
  }

  rolledBack(): void {
    this.#forget()
    this.#lives.forget()
    this.#read()
  }

  reset(): void {
    for (const name of ['queues', 'slots']) this.#database.exec(`DELETE FROM ledger_${name}`)
    this.#database
      .prepare(
        `INSERT INTO ledger_state (id, stamp, built) VALUES (1, ?, 0)
         ON CONFLICT (id) DO UPDATE SET stamp = excluded.stamp, built = 0`,
      )
      .run(STAMP)
    this.rolledBack()
  }

  work(isAlone = false): void {
    const until = performance.now() + (isAlone ? ALONE_MS : BUILD_MS)
    while (this.#built < Infinity && performance.now() < until) {
      const lives = this.#lives.livesBehind(this.#built, BUILD_ROWS)
      for (const { number, entries } of lives) {
        this.#tally.add(entries)
        this.#last = Math.max(this.#last, number)
      }
      this.#built = lives.length < BUILD_ROWS ? Infinity : (lives.at(-1)?.number ?? Infinity)
    }
    this.#writeTally()
    this.#setBuilt.run(this.#built === Infinity ? null : this.#built)
  }

  /** Remembers what a ticket was before the transaction; undefined where it is none of the ledger. */
  #touch(id: string, change: Change): Touched | undefined {
    const number = ticketNumber(id)
    if (number === undefined || number > this.#built) return undefined
    let touched = this.#touched.get(number)
    if (touched === undefined) {
      const ticket = number > this.#last ? undefined : this.#lives.ticket(number)
      touched = { ticket, end: this.#endOf(ticket), all: undefined }
      this.#touched.set(number, touched)
    }
    this.#told.note(number, change)
    return touched
  }

  /** What is said of the history of a ticket that is touched otherwise. */
  #noteHistory(id: string, change: Change): void {
    const number = ticketNumber(id)
    if (number !== undefined && number <= this.#built) this.#told.note(number, change)
  }

  /** To be asked before the transaction ends. */
  #endOf(ticket: Ticket | undefined): readonly Entry[] {
    if (ticket === undefined || ticket.isThere || ticket.standing.deletedIndex !== null) return []
    this.#first ??= this.#lives.head() + 1
    return this.#lives.endBefore(ticket, this.#first)
  }

  /** Of a ticket that came here after all had gone in this transaction it shows only now that it was there before. */
  #settle(): void {
    const first = this.#first
    if (!this.#hasCleared || first === undefined) return
    for (const [number, { ticket, all }] of this.#touched) {
      if (ticket === undefined || ticket.isThere) continue
      const removal = this.#lives.removalOf(ticket.standing)
      if (removal === undefined || removal.index < first) continue
      this.#touched.set(number, { ticket: { ...ticket, isThere: true }, end: [], all })
    }
  }

  /** While its changes are there still: they go before anybody knows whether that is undone. */
  #readAll(touched: Touched | undefined): void {
    if (touched?.ticket === undefined) return
    touched.all ??= this.#lives.allBefore(touched.ticket)
  }

  /** Counts a ticket of which its changes have said all: that it was made, and nothing since. */
  #countNew(number: number, { ticket }: Touched): boolean {
    const told = this.#told.of(number)
    if (ticket !== undefined || number <= this.#last || told?.record === undefined) return false
    if (told.isThere !== true || told.hasHistory) return false
    this.#tally.add(this.#lives.ofNew(told.record))
    return true
  }

  #count({ ticket, end, all }: Touched, now: Ticket | undefined): void {
    if (ticket === undefined) {
      if (now !== undefined) this.#tally.add(this.#lives.all(now))
    } else if (now === undefined) {
      this.#tally.add([...(all ?? []), ...end], -1)
    } else if (now.isThere !== ticket.isThere || now.standing.updatedIndex !== ticket.standing.updatedIndex) {
      this.#tally.add(end, -1)
      this.#tally.add(this.#lives.since(ticket.standing, now))
    }
  }

  /** All that was open and is not looked at one by one went with the first removal of this transaction. */
  #countGone({ time }: RemovalRecord): void {
    for (const [queue, open] of this.#untouched()) if (open !== 0) this.#tally.addGone(queue, time, open)
  }

  /** How many tickets were open before, by queue, without those that are looked at one by one. */
  #untouched(): Map<number, number> {
    const left = new Map(this.#openQueues.all().map(({ queue, open }) => [Number(queue), Number(open)]))
    for (const { ticket } of this.#touched.values()) {
      if (ticket === undefined || !this.#lives.isOpen(ticket)) continue
      const { queue } = ticket.standing
      left.set(queue, (left.get(queue) ?? 0) - 1)
    }
    return left
  }

  /** The removals that this transaction has kept and not undone, oldest first. */
  #keptRemovals(): RemovalRecord[] {
    return [...this.#removals]
      .toSorted((one, other) => one - other)
      .flatMap((index) => this.#lives.removal(index) ?? [])
  }

  /**
   * Whether only a look at all tickets can tell what to count: all went and no removal says when, as older nodes do it; or one removal
   * is taken since to have taken more tickets than it did.
   */
  #isLost(): boolean {
    if (!this.#hasCleared) return false
    const removals = this.#keptRemovals()
    if (removals.length > 0) return removals.some(isCutShort)
    if ([...this.#untouched().values()].every((open) => open === 0)) return false
    // One key of a ticket that did not come in this transaction is enough: nothing went, or that was undone.
    const keys = this.#someKeys.all(this.#touched.size + 1).map(({ name }) => ticketNumber(String(name)))
    return keys.every((number) => number === undefined || this.#touched.has(number))
  }

  #writeTally(): void {
    this.#writer.write(this.#tally)
    this.#tally.clear()
  }

  #forget(): void {
    this.#touched.clear()
    this.#told.end()
    this.#tally.clear()
    this.#removals.clear()
    this.#hasCleared = false
    this.#first = undefined
  }

  /** Makes what there is the ledger of these records: where it was made by other rules it is begun anew. */
  #begin(): void {
    const state = this.#database.prepare('SELECT stamp FROM ledger_state').get()
    if (state?.['stamp'] === STAMP) return this.#read()
    this.#database.begin()
    this.reset()
    if (this.#database.prepare('SELECT 1 FROM tickets LIMIT 1').get() === undefined) this.#setBuilt.run(null)
    this.#database.commit()
    this.#read()
  }

  #read(): void {
    const built = this.#database.prepare('SELECT built FROM ledger_state').get()?.['built']
    this.#built = built === null ? Infinity : Number(built ?? 0)
    this.#last = Number(this.#database.prepare('SELECT max(number) AS last FROM tickets').get()?.['last'] ?? 0)
  }
}

/** Whether all tickets are below a path. */
function holdsTickets(path: string): boolean {
  return `${TICKETS_PATH}/`.startsWith(path === '/' ? '/' : `${path}/`)
}
