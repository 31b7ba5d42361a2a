/**
 * Keeps the set index and the full-text tables with the records, in their transactions. A ticket of which anything changed becomes
 * pending as it was and as it is; what is pending is brought into the sets some thousand at a time (`merge.ts`). Texts are current at
 * once. What is remembered between changes is what stood before them, so a change that is undone leaves nothing behind.
 */
import type { Change } from '../../journal/journal.js'
import type { Database, Statement } from '../../sqlite/database.js'
import type { Derived, DerivedKeeper } from '../../store/derived.js'
import { TICKETS_PATH, ticketId, ticketNumber } from '../../tickets/ticket.js'
import { linkKinds } from '../../tickets/links.js'
import { leadsToBinTerm, LIVE } from '../terms.js'
import { SIZES, type Sizes } from './bits.js'
import { EntryReader, type Entry } from './entry.js'
import { Merge } from './merge.js'
import { pack, packedOf, packedText } from './packed.js'
import { Places } from './places.js'
import { FACTOR, PREFIX, SCHEMA, STAMP } from './tables.js'
import { CommentTexts, TicketTexts } from './texts.js'

/** From so many pending tickets on they are brought in. */
const MERGE_FROM = 1024

/** From so many on a commit waits until some are in. */
const PENDING_MAX = 8192

/** How long a commit, and how long one with too many pending, brings in what is pending, in milliseconds. */
const STEP_MS = 4
const LONG_STEP_MS = 16

/** How long a commit of many tickets does so for each of them, so that no more becomes pending than is brought in. */
const TICKET_MS = 0.25

/** How long one part of the work takes that makes the index anew, in milliseconds, and how many tickets it takes from the table at once. */
const BUILD_MS = 20
const BUILD_ROWS = 64

/** What was, of a ticket that changes in this transaction. */
interface Touched {
  /** Undefined where it is pending already, and `was` is known. */
  readonly was: { readonly entry: Entry | undefined } | undefined
}

export interface IndexOptions {
  readonly sizes?: Sizes
  readonly mergeFrom?: number
}

/** The index, as the store is handed it. */
export function searchIndex(options: IndexOptions = {}): Derived {
  return { prefix: PREFIX, schema: SCHEMA, open: (database) => new IndexKeeper(database, options) }
}

class IndexKeeper implements DerivedKeeper {
  readonly #database: Database
  readonly #sizes: Sizes
  readonly #mergeFrom: number
  readonly #entries: EntryReader
  readonly #places: Places
  readonly #ticketTexts: TicketTexts
  readonly #commentTexts: CommentTexts
  readonly #touched = new Map<number, Touched>()
  readonly #termIds = new Map<string, number>()
  readonly #findTerm: Statement
  readonly #addTerm: Statement
  readonly #isPending: Statement
  readonly #putPending: Statement
  readonly #putSequence: Statement
  readonly #linked: Statement
  readonly #isThere: Statement
  #merge: Merge | undefined
  /** Whether this transaction took a term out of all sets, so what a ticket was no longer says what they hold. */
  #hasCleared = false
  /** Titles of those that changed, as they are at the end of the commit. */
  readonly #titles = new Map<number, string | null>()
  #sequence = 0
  #pending = 0
  /** No ticket beyond this number was there before the transaction, so what was of it need not be asked. */
  #last = 0
  /** Tickets beyond this number are not in the index yet. */
  #built = 0

  constructor(database: Database, { sizes = SIZES, mergeFrom = MERGE_FROM }: IndexOptions) {
    this.#database = database
    this.#sizes = sizes
    this.#mergeFrom = mergeFrom
    this.#entries = new EntryReader(database)
    this.#places = new Places(database, sizes)
    this.#ticketTexts = new TicketTexts(database, this.#places, (number) => this.#titles.get(number) ?? null)
    this.#commentTexts = new CommentTexts(database, this.#places)
    this.#findTerm = database.prepare('SELECT id FROM find_terms WHERE term = ?')
    this.#addTerm = database.prepare('INSERT INTO find_terms (term) VALUES (?) RETURNING id')
    this.#isPending = database.prepare('SELECT 1 FROM find_pending WHERE number = ?')
    this.#putPending = database.prepare(
      `INSERT INTO find_pending (number, seq, was, now, live, mixed) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (number) DO UPDATE SET seq = excluded.seq, now = excluded.now, live = excluded.live`,
    )
    this.#putSequence = database.prepare('UPDATE find_state SET seq = ? WHERE id = 1')
    this.#linked = database.prepare('SELECT DISTINCT other FROM links WHERE ticket = ?')
    this.#isThere = database.prepare(`SELECT 1 FROM keys WHERE parent = '${TICKETS_PATH}' AND name = ?`)
    this.#begin()
  }

  /** There is also some where more is pending than commits of few tickets, or none, bring in. */
  get hasWork(): boolean {
    return this.#built < Infinity || this.#pending >= 2 * this.#mergeFrom
  }

  before(change: Change): void {
    const { table, id, type } = change
    switch (table) {
      case 'tickets': {
        const number = this.#touch(id)
        if (number !== undefined) this.#ticketTexts.beforeTitle(number, number > this.#last)
        return
      }
      case 'descriptions': {
        const number = this.#touch(id)
        if (number !== undefined) this.#ticketTexts.beforeDescription(number, number > this.#last)
        return
      }
      case 'comments': {
        const [ticket = '', index] = id.split('/')
        const number = this.#touch(ticket)
        if (number === undefined) return
        if (type === 'delete-below') this.#commentTexts.beforeAllGo(number)
        else this.#commentTexts.before(number, Number(index))
        return
      }
      case 'watchers':
      case 'links':
        this.#touch(id.split('/')[0] ?? '')
        return
      case 'keys':
        if (type === 'delete-below') this.#beforeKeysGo(id)
        else if (id.startsWith(`${TICKETS_PATH}/`))
          this.#beforeKey(id.slice(TICKETS_PATH.length + 1), type === 'delete')
        return
      default:
    }
  }

  applied(): void {
    const touched = this.#touched.size
    if (touched > 0) {
      this.#nextSequence()
      for (const [number, { was }] of this.#touched) this.#note(number, was)
      this.#ticketTexts.applied()
      this.#commentTexts.applied()
      for (const number of this.#touched.keys()) if (number > this.#last) this.#last = number
      this.#touched.clear()
      this.#titles.clear()
    }
    this.#hasCleared = false
    if (!this.#isToMerge) return
    if (this.#pending < PENDING_MAX) this.#mergeSome(STEP_MS)
    else this.#mergeFor(Math.max(LONG_STEP_MS, touched * TICKET_MS))
  }

  rolledBack(): void {
    this.#touched.clear()
    this.#titles.clear()
    this.#hasCleared = false
    this.#ticketTexts.forget()
    this.#commentTexts.forget()
    this.#termIds.clear()
    this.#places.forget()
    this.#entries.forget()
    this.#merge = undefined
    this.#read()
  }

  reset(): void {
    for (const name of ['sets', 'columns', 'pending', 'terms', 'chunks'])
      this.#database.exec(`DELETE FROM find_${name}`)
    this.#ticketTexts.clear()
    this.#commentTexts.clear()
    const sequence = this.#sequence + 1
    this.#database
      .prepare(
        `INSERT INTO find_state (id, stamp, built, seq, generation) VALUES (1, ?, 0, ?, 1)
         ON CONFLICT (id) DO UPDATE SET stamp = excluded.stamp, built = 0, seq = excluded.seq, generation = generation + 1`,
      )
      .run(STAMP, sequence)
    this.rolledBack()
    // Readers add it to what is pending, so it has a number before any ticket is there.
    this.#termId(LIVE)
  }

  work(): void {
    if (this.#isToMerge) return this.#mergeSome(BUILD_MS)
    const until = performance.now() + BUILD_MS
    this.#nextSequence()
    while (this.#built < Infinity && performance.now() < until && !this.#isToMerge) {
      const rows = this.#database
        .prepare('SELECT number FROM tickets WHERE number > ? ORDER BY number LIMIT ?')
        .all(this.#built, BUILD_ROWS)
      for (const row of rows) this.#build(Number(row['number']))
      this.#built = rows.length < BUILD_ROWS ? Infinity : Number(rows.at(-1)?.['number'])
    }
    this.#database
      .prepare('UPDATE find_state SET built = ? WHERE id = 1')
      .run(this.#built === Infinity ? null : this.#built)
  }

  /** The number of the ticket, whose state before the transaction is remembered from here on; undefined where it is none of the index. */
  #touch(id: string): number | undefined {
    const number = ticketNumber(id)
    if (number === undefined || number > this.#built) return undefined
    if (!this.#touched.has(number)) {
      this.#touched.set(number, { was: this.#was(number) })
    }
    return number
  }

  #was(number: number): Touched['was'] {
    if (number > this.#last) return { entry: undefined }
    return this.#isPending.get(number) === undefined ? { entry: this.#entries.read(number) } : undefined
  }

  /** A ticket comes or goes, or has another title. Where it comes or goes, its links lead elsewhere from their other ends. */
  #beforeKey(id: string, goes: boolean): void {
    this.#touch(id)
    const number = ticketNumber(id)
    if (number === undefined || number > this.#last) return
    const linked = this.#linked.all(number)
    if (linked.length === 0 || (this.#isThere.get(id) !== undefined) !== goes) return
    for (const row of linked) this.#touch(ticketId(Number(row['other'])))
  }

  /** All keys below a path go at once: where all tickets are among them, none is there any more. */
  #beforeKeysGo(path: string): void {
    if (!`${TICKETS_PATH}/`.startsWith(path === '/' ? '/' : `${path}/`)) return
    const binned = linkKinds.map((kind) => this.#termId(leadsToBinTerm(kind)))
    const remove = this.#database.prepare('DELETE FROM find_sets WHERE id = ?')
    for (const row of this.#database.prepare('SELECT place FROM find_chunks').all()) {
      for (const term of [this.#termId(LIVE), ...binned]) remove.run(Number(row['place']) * FACTOR + term)
    }
    this.#takeFromPending(binned)
    this.#nextSequence()
    this.#database.prepare('UPDATE find_pending SET live = 0, mixed = 1, seq = ?').run(this.#sequence)
    // What readers remember of tickets that are pending no more says that they are live.
    this.#database.exec('UPDATE find_state SET generation = generation + 1')
    this.#hasCleared = true
    // What it was to bring in is no longer so.
    this.#merge = undefined
  }

  /** Takes terms from all that is pending. */
  #takeFromPending(taken: readonly number[]): void {
    const put = this.#database.prepare('UPDATE find_pending SET now = ? WHERE number = ?')
    for (const row of this.#database.prepare('SELECT number, now FROM find_pending WHERE now IS NOT NULL').all()) {
      const { terms, values } = packedOf(row['now'])
      const left = terms.filter((term) => !taken.includes(term))
      if (left.length < terms.length) put.run(packedText({ terms: left, values }), Number(row['number']))
    }
  }

  #note(number: number, was: Touched['was']): void {
    const now = this.#entries.read(number)
    this.#titles.set(number, now?.title ?? null)
    if (!this.#hasCleared && was?.entry !== undefined && now !== undefined && isSame(was.entry, now)) return
    const text = (entry: Entry | undefined): string | null =>
      entry === undefined ? null : packedText(pack(this.#withLive(entry), (term) => this.#termId(term)))
    const nowText = now === undefined ? null : packedText(pack(now, (term) => this.#termId(term)))
    this.#putPending.get(
      number,
      this.#sequence,
      was === undefined ? null : text(was.entry),
      nowText,
      now?.isLive === true ? 1 : 0,
      this.#hasCleared ? 1 : 0,
    )
    if (was !== undefined) this.#pending += 1
  }

  #withLive(entry: Entry): Entry {
    return entry.isLive ? { ...entry, terms: [...entry.terms, LIVE] } : entry
  }

  #build(number: number): void {
    const entry = this.#entries.read(number)
    if (entry === undefined) return
    this.#built = number
    this.#last = Math.max(this.#last, number)
    const packed = pack(entry, (term) => this.#termId(term))
    this.#putPending.get(number, this.#sequence, null, packedText(packed), entry.isLive ? 1 : 0, 0)
    this.#pending += 1
    this.#ticketTexts.add(number)
    if (packed.values.length > 0) this.#commentTexts.addAll(number)
  }

  get #isToMerge(): boolean {
    return this.#merge !== undefined || this.#pending >= this.#mergeFrom
  }

  /** Brings in what is too much, as far as there is time. */
  #mergeFor(milliseconds: number): void {
    const until = performance.now() + milliseconds
    do this.#mergeSome(until - performance.now())
    while (this.#pending >= PENDING_MAX && performance.now() < until)
  }

  #mergeSome(milliseconds: number): void {
    this.#merge ??= Merge.begin(this.#database, this.#termId(LIVE), this.#places, this.#sizes)
    if (!this.#merge.step(milliseconds)) return
    this.#merge = undefined
    this.#countPending()
  }

  #nextSequence(): void {
    this.#sequence += 1
    this.#putSequence.get(this.#sequence)
  }

  #termId(term: string): number {
    let id = this.#termIds.get(term)
    if (id === undefined) {
      id = Number((this.#findTerm.get(term) ?? this.#addTerm.get(term))?.['id'])
      this.#termIds.set(term, id)
    }
    return id
  }

  /** Makes what there is the index of these records: where it was made by other rules it is begun anew. */
  #begin(): void {
    const state = this.#database.prepare('SELECT stamp FROM find_state').get()
    if (state?.['stamp'] === STAMP) return this.#read()
    this.#database.begin()
    this.reset()
    if (this.#database.prepare('SELECT 1 FROM tickets LIMIT 1').get() === undefined) {
      this.#database.prepare('UPDATE find_state SET built = NULL').run()
    }
    this.#database.commit()
    this.#read()
  }

  #read(): void {
    const state = this.#database.prepare('SELECT built, seq FROM find_state').get()
    this.#sequence = Number(state?.['seq'] ?? 0)
    this.#built = state?.['built'] === null ? Infinity : Number(state?.['built'] ?? 0)
    this.#last = Number(this.#database.prepare('SELECT max(number) AS last FROM tickets').get()?.['last'] ?? 0)
    this.#countPending()
  }

  #countPending(): void {
    this.#pending = Number(this.#database.prepare('SELECT count(*) AS count FROM find_pending').get()?.['count'])
  }
}

function isSame(one: Entry, other: Entry): boolean {
  return (
    one.isLive === other.isLive &&
    one.values.every((value, place) => value === other.values[place]) &&
    one.terms.length === other.terms.length &&
    one.terms.every((term, place) => term === other.terms[place])
  )
}
