/**
 * Keeps the set index and the full-text tables with the records, in their transactions. A ticket of which anything changed becomes
 * pending as it was and as it is (`pending.ts`); what is pending is brought into the sets some thousand at a time (`merge.ts`). Texts are
 * current at once. What stood before the changes is remembered, and what they say; where some were undone the records are asked instead.
 */
import type { Change } from '../../journal/journal.js'
import type { Database, Statement } from '../../sqlite/database.js'
import type { Derived, DerivedKeeper } from '../../store/derived.js'
import { linkKinds } from '../../tickets/links.js'
import { TICKETS_PATH, ticketNumber } from '../../tickets/ticket.js'
import { Told } from '../../tickets/told.js'
import { leadsToBinTerm, LIVE } from '../terms.js'
import { SIZES, type Sizes } from './bits.js'
import { EntryReader, hasComments, isSame, type Entry } from './entry.js'
import { Merge } from './merge.js'
import { NOTHING, pack, type Packed } from './packed.js'
import { PendingLog } from './pending.js'
import { Places } from './places.js'
import { FACTOR, PREFIX, renewTables, SCHEMA, STAMP } from './tables.js'
import { CommentTexts, TicketTexts, type TextsNow } from './texts.js'

/** From so many pending changes of tickets on they are brought in. */
const MERGE_FROM = 1024

/** From so many on a commit waits until some are in. */
const PENDING_MAX = 8192

/** How long a commit, and how long one with too many pending, brings in what is pending, in milliseconds. */
const STEP_MS = 4
const LONG_STEP_MS = 16

/** How long it is done at once between commits, where these do not bring in enough, in milliseconds. */
const WORK_MS = 10

/** How long a commit of many tickets does so for each of them, so that no more becomes pending than is brought in. */
const TICKET_MS = 0.25

/** How long one part of the work takes that makes the index anew, in milliseconds, and how many tickets it takes from the table at once. */
const BUILD_MS = 20
const BUILD_ROWS = 64

/** How long such a part takes where nobody waits meanwhile, in milliseconds: a transaction of some thousand tickets. */
const ALONE_MS = 1000

/** What was, of a ticket that changes in this transaction. */
interface Touched {
  /** Undefined where there was none. */
  readonly was: Entry | undefined
  readonly isNew: boolean
}

export interface IndexOptions {
  readonly sizes?: Sizes
  readonly mergeFrom?: number
  /** How long a commit brings in what is pending, in milliseconds. */
  readonly stepMs?: number
}

/** The index, as the store is handed it. */
export function searchIndex(options: IndexOptions = {}): Derived {
  const open = (database: Database): DerivedKeeper => {
    renewTables(database)
    return new IndexKeeper(database, options)
  }
  return { prefix: PREFIX, schema: SCHEMA, open }
}

const NO_TEXTS: TextsNow = { title: null, description: null }

class IndexKeeper implements DerivedKeeper {
  readonly #database: Database
  readonly #sizes: Sizes
  readonly #mergeFrom: number
  readonly #stepMs: number
  readonly #entries: EntryReader
  readonly #places: Places
  readonly #ticketTexts: TicketTexts
  readonly #commentTexts: CommentTexts
  readonly #touched = new Map<number, Touched>()
  readonly #told = new Told()
  readonly #log: PendingLog
  readonly #termIds = new Map<string, number>()
  readonly #findTerm: Statement
  readonly #addTerm: Statement
  readonly #putSequence: Statement
  readonly #linked: Statement
  readonly #isThere: Statement
  #merge: Merge | undefined
  /** Whether this transaction took a term out of all sets, so what a ticket was no longer says what they hold. */
  #hasCleared = false
  /** Texts of those that changed, as they are at the end of the commit. */
  readonly #texts = new Map<number, TextsNow>()
  #sequence = 0
  #pending = 0
  /** No ticket beyond this number was there before the transaction, so what was of it need not be asked. */
  #last = 0
  /** Tickets beyond this number are not in the index yet. */
  #built = 0

  constructor(database: Database, { sizes = SIZES, mergeFrom = MERGE_FROM, stepMs = STEP_MS }: IndexOptions) {
    this.#database = database
    this.#sizes = sizes
    this.#mergeFrom = mergeFrom
    this.#stepMs = stepMs
    this.#entries = new EntryReader(database)
    this.#places = new Places(database, sizes)
    this.#ticketTexts = new TicketTexts(database, this.#places, (number) => this.#texts.get(number) ?? NO_TEXTS)
    this.#commentTexts = new CommentTexts(database, this.#places)
    this.#findTerm = database.prepare('SELECT id FROM find_terms WHERE term = ?')
    this.#addTerm = database.prepare('INSERT INTO find_terms (term) VALUES (?) RETURNING id')
    this.#log = new PendingLog(database, () => this.#nextSequence())
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
        const number = this.#touch(id, change)
        if (number !== undefined) this.#ticketTexts.beforeTitle(number, number > this.#last)
        return
      }
      case 'descriptions': {
        const number = this.#touch(id, change)
        if (number !== undefined) this.#ticketTexts.beforeDescription(number, number > this.#last)
        return
      }
      case 'comments': {
        const [ticket = '', index] = id.split('/')
        const number = this.#touch(ticket, change)
        if (number === undefined) return
        if (type === 'delete-below') this.#commentTexts.beforeAllGo(number)
        else this.#commentTexts.before(number, Number(index))
        return
      }
      case 'watchers':
      case 'links':
        this.#touch(id.split('/')[0] ?? '', change)
        return
      case 'keys':
        if (type === 'delete-below') this.#beforeKeysGo(id)
        else if (id.startsWith(`${TICKETS_PATH}/`)) this.#beforeKey(id.slice(TICKETS_PATH.length + 1), change)
        return
      default:
    }
  }

  undone(): void {
    this.#told.lose()
    // A term that was first named as all tickets went has no number any more.
    if (this.#hasCleared) this.#termIds.clear()
  }

  applied(): void {
    const touched = this.#touched.size
    if (touched > 0) {
      for (const [number, was] of this.#touched) this.#note(number, was)
      this.#pending += this.#log.write(this.#hasCleared)
      this.#ticketTexts.applied()
      this.#commentTexts.applied()
      for (const number of this.#touched.keys()) if (number > this.#last) this.#last = number
      this.#touched.clear()
      this.#texts.clear()
    }
    this.#told.end()
    this.#hasCleared = false
    if (!this.#isToMerge) return
    if (this.#pending < PENDING_MAX) this.#mergeSome(this.#stepMs)
    else this.#mergeFor(Math.max(LONG_STEP_MS, touched * TICKET_MS))
  }

  rolledBack(): void {
    this.#touched.clear()
    this.#told.end()
    this.#texts.clear()
    this.#log.forget()
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
         ON CONFLICT (id) DO UPDATE SET stamp = excluded.stamp, built = 0, seq = excluded.seq, generation = generation + 1, merging = 0`,
      )
      .run(STAMP, sequence)
    this.rolledBack()
    // Readers add it to what is pending, so it has a number before any ticket is there.
    this.#termId(LIVE)
  }

  work(isAlone = false): void {
    if (this.#isToMerge && !isAlone) return this.#mergeSome(WORK_MS)
    const until = performance.now() + (isAlone ? ALONE_MS : BUILD_MS)
    while (performance.now() < until) {
      if (this.#isToMerge) {
        if (!isAlone) break
        this.#mergeSome(WORK_MS)
      } else if (this.#built < Infinity) this.#buildSome()
      else break
    }
    // The longer the part, the fewer segments the texts are written in, and the less often they are merged.
    this.#ticketTexts.applied(isAlone)
    this.#commentTexts.applied(isAlone)
    this.#database
      .prepare('UPDATE find_state SET built = ? WHERE id = 1')
      .run(this.#built === Infinity ? null : this.#built)
  }

  #buildSome(): void {
    const rows = this.#database
      .prepare('SELECT number FROM tickets WHERE number > ? ORDER BY number LIMIT ?')
      .all(this.#built, BUILD_ROWS)
    for (const row of rows) this.#build(Number(row['number']))
    this.#built = rows.length < BUILD_ROWS ? Infinity : Number(rows.at(-1)?.['number'])
    this.#pending += this.#log.write(false)
  }

  /** The number of the ticket, whose state before the transaction is remembered from here on; undefined where it is none of the index. */
  #touch(id: string, change: Change): number | undefined {
    const number = ticketNumber(id)
    if (number === undefined || number > this.#built) return undefined
    this.#remember(number)
    this.#told.note(number, change)
    return number
  }

  #remember(number: number): void {
    if (this.#touched.has(number) || number > this.#built) return
    const isNew = number > this.#last
    this.#touched.set(number, { was: isNew ? undefined : this.#entries.read(number), isNew })
  }

  /** The terms of tickets that are there whose links lead to none that is: no ticket has one once all are gone. */
  #binTerms(): readonly number[] {
    return linkKinds.map((kind) => this.#termId(leadsToBinTerm(kind)))
  }

  /** A ticket comes or goes, or has another title. Where it comes or goes, its links lead elsewhere from their other ends. */
  #beforeKey(id: string, change: Change): void {
    const number = ticketNumber(id)
    this.#touch(id, change)
    // A new one has no links yet. One that the index does not have yet may be linked with one that it has.
    if (number === undefined || (number > this.#last && number <= this.#built)) return
    const linked = this.#linked.all(number)
    const goes = change.type === 'delete'
    if (linked.length === 0 || (this.#isThere.get(id) !== undefined) !== goes) return
    for (const row of linked) this.#remember(Number(row['other']))
  }

  /** All keys below a path go at once: where all tickets are among them, none is there any more. */
  #beforeKeysGo(path: string): void {
    if (!`${TICKETS_PATH}/`.startsWith(path === '/' ? '/' : `${path}/`)) return
    const gone = [this.#termId(LIVE), ...this.#binTerms()]
    const remove = this.#database.prepare('DELETE FROM find_sets WHERE id = ?')
    for (const row of this.#database.prepare('SELECT place FROM find_chunks').all()) {
      for (const term of gone) remove.run(Number(row['place']) * FACTOR + term)
    }
    this.#nextSequence()
    // What readers remember of tickets says that they are there.
    this.#database.prepare('UPDATE find_state SET cleared = ?, generation = generation + 1').run(this.#sequence)
    this.#hasCleared = true
    this.#told.lose()
    // What it was to bring in is no longer so.
    this.#merge = undefined
  }

  #note(number: number, { was, isNew }: Touched): void {
    const now = this.#now(number, was, isNew)
    this.#texts.set(number, this.#textsNow(number, now, isNew))
    if (!this.#hasCleared && (was === now || (was !== undefined && now !== undefined && isSame(was, now)))) return
    this.#log.add({
      number,
      was: was === undefined ? NOTHING : this.#pack(was.isLive ? { ...was, terms: [...was.terms, LIVE] } : was),
      now: now === undefined ? NOTHING : this.#pack(now),
      isLive: now?.isLive === true,
    })
  }

  /** What the ticket is at the end of the transaction: as its changes have said, or asked where they have not said all. */
  #now(number: number, was: Entry | undefined, isNew: boolean): Entry | undefined {
    const told = this.#told.of(number)
    const isLive = told?.isThere ?? (isNew ? undefined : was?.isLive)
    if (told?.record === undefined || isLive === undefined) return this.#entries.read(number)
    return this.#entries.entryOf(told.record, isLive)
  }

  #textsNow(number: number, now: Entry | undefined, isNew: boolean): TextsNow {
    if (now === undefined) return NO_TEXTS
    const told = this.#told.of(number)
    const said = told?.description
    return { title: now.title, description: said === undefined && told !== undefined && isNew ? null : said }
  }

  #pack(entry: Entry): Packed {
    return pack(entry, (term) => this.#termId(term))
  }

  #build(number: number): void {
    const entry = this.#entries.read(number)
    if (entry === undefined) return
    this.#built = number
    this.#last = Math.max(this.#last, number)
    this.#log.add({ number, was: NOTHING, now: this.#pack(entry), isLive: entry.isLive })
    this.#ticketTexts.add(number, entry.title)
    if (hasComments(entry)) this.#commentTexts.addAll(number)
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

  /** Does a part of it. To begin is one by itself, which takes about as long as another. */
  #mergeSome(milliseconds: number): void {
    if (this.#merge === undefined) {
      this.#merge = Merge.begin(
        this.#database,
        this.#termId(LIVE),
        new Set(this.#binTerms()),
        this.#places,
        this.#sizes,
      )
      return
    }
    if (!this.#merge.step(milliseconds)) return
    this.#merge = undefined
    this.#countPending()
  }

  #nextSequence(): number {
    this.#sequence += 1
    this.#putSequence.get(this.#sequence)
    return this.#sequence
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
    this.#pending = Number(this.#database.prepare('SELECT sum(count) AS count FROM find_pending').get()?.['count'] ?? 0)
  }
}
