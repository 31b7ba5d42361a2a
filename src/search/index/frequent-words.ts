/**
 * Keeps the sets of frequent words (`frequent-tables.ts`). They are made part by part, in the background, once a part is behind the newest
 * ticket and in the full-text table: some of its tickets say which words are frequent in it, and the table which tickets hold them. A part
 * in which the texts of many tickets changed is made anew. Writing a new ticket costs nothing here.
 */
import type { Change } from '../../journal/journal.js'
import { encodeText, type Database, type Statement } from '../../sqlite/database.js'
import type { Derived, DerivedKeeper } from '../../store/derived.js'
import { ticketNumber } from '../../tickets/ticket.js'
import { preparedText } from '../text.js'
import { blobOf, newBits, setBit, SIZES, type Sizes } from './bits.js'
import { FREQUENT_PREFIX, FREQUENT_SCHEMA, FREQUENT_STAMP, sizesOfPart } from './frequent-tables.js'
import { placesIn, TICKETS } from './full-text.js'
import { FACTOR } from './tables.js'
import { TicketTextReader } from './ticket-texts.js'

/** Tickets that are looked at for the words of a part. */
const SAMPLE = 128

/** A word is frequent that so many of them hold; one that is on the list of the part before stays there with half of that. */
const SHARE = 1 / 8

/** Words of a part at most, counted by the share that holds each: what making it costs grows with the hits. */
const SHARES_MAX = 24

/** A part is made anew when of its tickets so many have changed. */
const CHANGED_SHARE = 1 / 4

/** How long one part of the work takes, in milliseconds. */
const WORK_MS = 10

/** How long it takes where nobody waits meanwhile, in milliseconds: as a rule for one part of the numbers. */
const ALONE_MS = 1000

/** What consists of these is a word to the full-text table. */
const WORDS = /[\da-z\u0081-\u{10ffff}]+/gu

/** The sets of frequent words, as the store is handed them. */
export function frequentWords(sizes: Sizes = SIZES): Derived {
  return {
    prefix: FREQUENT_PREFIX,
    schema: FREQUENT_SCHEMA,
    open: (database) => new FrequentWordsKeeper(database, sizes),
  }
}

/** A part that is being made. */
interface Making {
  readonly part: number
  readonly words: readonly string[]
  readonly ids: number[]
}

class FrequentWordsKeeper implements DerivedKeeper {
  readonly #database: Database
  readonly #sizes: Sizes
  readonly #title: Statement
  readonly #note: Statement
  readonly #putSet: Statement
  /** How many tickets of each part that is made, or being made, have changed since. */
  readonly #changed = new Map<number, number>()
  readonly #touched = new Set<number>()
  readonly #wordIds = new Map<string, number>()
  /** Parts that are to be made anew. */
  readonly #again = new Set<number>()
  #making: Making | undefined
  /** Whether the transaction that was last has written anything here. */
  #hasWritten = false
  /** The words of the part that was made last. */
  #lastWords: ReadonlySet<string> = new Set()
  /** The highest number there is; undefined where it has to be asked. */
  #last: number | undefined
  /** All parts below it were looked at. */
  #next = 0

  constructor(database: Database, sizes: Sizes) {
    this.#database = database
    this.#sizes = sizes
    this.#title = database.prepare('SELECT title FROM tickets WHERE number = ?')
    this.#note = database.prepare('INSERT INTO often_changed (number) VALUES (?) ON CONFLICT (number) DO NOTHING')
    this.#putSet = database.prepare(
      'INSERT INTO often_sets (id, numbers) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET numbers = excluded.numbers',
    )
    const stamp = database.prepare('SELECT stamp FROM often_state').get()?.['stamp']
    if (stamp !== FREQUENT_STAMP) {
      database.begin()
      this.reset()
      database.commit()
    }
    this.#read()
  }

  get hasWork(): boolean {
    if (this.#last === undefined || this.#making !== undefined) return true
    return this.#again.size > 0 || this.#partOf(this.#last) > this.#next
  }

  before(change: Change): void {
    const { table, id, type } = change
    if (table !== 'tickets' && table !== 'descriptions') return
    const number = ticketNumber(id)
    if (number === undefined) return
    if (this.#last !== undefined && number > this.#last) this.#last = number
    if (!this.#changed.has(this.#partOf(number))) return
    if (table === 'tickets' && type === 'put') {
      const { title } = change.row
      if (typeof title === 'string' && encodeText(title) === this.#title.get(number)?.['title']) return
    }
    this.#touched.add(number)
  }

  /** Marking too much is harmless: a part is looked at anew. */
  undone(): void {}

  applied(): void {
    this.#hasWritten = this.#touched.size > 0
    for (const number of this.#touched) {
      const part = this.#partOf(number)
      const changed = this.#changed.get(part)
      if (changed === undefined || Number(this.#note.run(number).changes) === 0) continue
      this.#changed.set(part, changed + 1)
      if (changed + 1 > CHANGED_SHARE * this.#partSize) this.#giveUp(part)
    }
    this.#touched.clear()
  }

  rolledBack(): void {
    this.#touched.clear()
    if (this.#hasWritten) this.#forget()
  }

  reset(): void {
    for (const name of ['words', 'parts', 'sets', 'changed']) this.#database.exec(`DELETE FROM often_${name}`)
    this.#database
      .prepare(
        `INSERT INTO often_state (id, stamp, seq) VALUES (1, ?, 1)
         ON CONFLICT (id) DO UPDATE SET stamp = excluded.stamp, seq = seq + 1`,
      )
      .run(FREQUENT_STAMP)
    this.#hasWritten = true
    this.#forget()
  }

  work(isAlone = false): void {
    this.#hasWritten = true
    const until = performance.now() + (isAlone ? ALONE_MS : WORK_MS)
    this.#last ??= Number(this.#database.prepare('SELECT max(number) AS last FROM tickets').get()?.['last'] ?? 0)
    this.#making ??= this.#begin()
    if (this.#making === undefined) return
    const { part, words, ids } = this.#making
    do {
      const word = words[ids.length]
      if (word === undefined) return this.#end(part, words, ids)
      ids.push(this.#make(part, word))
    } while (performance.now() < until)
  }

  get #partSize(): number {
    return 2 ** this.#sizes.partBits
  }

  #partOf(number: number): number {
    return Math.floor(number / this.#partSize)
  }

  /** The next part that is to be made; undefined where there is none yet. */
  #begin(): Making | undefined {
    const [again] = this.#again
    const part = again ?? this.#nextPart()
    if (part === undefined) return undefined
    const built = this.#database.prepare('SELECT built FROM find_state').get()?.['built']
    if (built !== null && Number(built ?? 0) < (part + 1) * this.#partSize) return undefined
    this.#again.delete(part)
    if (again === undefined) this.#next = part + 1
    // One that was made meanwhile.
    if (this.#changed.has(part)) return undefined
    const words = this.#placeOf(part) === undefined ? [] : this.#frequentIn(part)
    if (words.length === 0) return undefined
    this.#giveUp(part)
    this.#again.delete(part)
    this.#changed.set(part, 0)
    return { part, words, ids: [] }
  }

  /** The next part that holds tickets and has others behind it. */
  #nextPart(): number | undefined {
    while (this.#changed.has(this.#next)) this.#next += 1
    const row = this.#database
      .prepare('SELECT number FROM tickets WHERE number >= ? ORDER BY number LIMIT 1')
      .get(this.#next * this.#partSize)
    const part = this.#partOf(Number(row?.['number'] ?? this.#last))
    this.#next = part
    return part < this.#partOf(this.#last ?? 0) ? part : undefined
  }

  /** The words that are frequent among some tickets of a part, those that most hold first; none where it holds few tickets. */
  #frequentIn(part: number): string[] {
    const texts = new TicketTextReader(this.#database)
    // Odd, since what alternates from ticket to ticket, as of two sources, is looked at alike.
    const step = Math.floor(this.#partSize / SAMPLE) | 1
    const holding = new Map<string, number>()
    let [looked, found] = [0, 0]
    for (let number = part * this.#partSize; number < (part + 1) * this.#partSize; number += step) {
      looked += 1
      const { title, description } = texts.texts(number, false)
      if (title === '') continue
      found += 1
      const prepared = `${preparedText(title)} ${preparedText(description ?? '')}`
      const words = new Set(prepared.toLowerCase().match(WORDS))
      for (const word of words) holding.set(word, (holding.get(word) ?? 0) + 1)
    }
    if (found < looked / 4) return []
    const chosen: string[] = []
    let shares = 0
    for (const [word, count] of [...holding].toSorted(([, one], [, other]) => other - one)) {
      const share = count / found
      shares += share
      if (share < SHARE / 2 || shares > SHARES_MAX) break
      if (share >= SHARE || this.#lastWords.has(word)) chosen.push(word)
    }
    return chosen
  }

  /** Makes the set of a word for a part; gives its id. */
  #make(part: number, word: string): number {
    const id = this.#wordId(word)
    const place = this.#placeOf(part) ?? 0
    const from = place * this.#partSize
    const bits = newBits(sizesOfPart(this.#sizes))
    for (const found of placesIn(this.#database, TICKETS, `"${word}"`, from, from + this.#partSize)) {
      setBit(bits, found - from)
    }
    const blob = blobOf(bits)
    if (blob !== undefined) this.#putSet.run(place * FACTOR + id, blob)
    return id
  }

  /** Where a part lies, counted in parts; undefined where its chunk has no place, since it holds no ticket. */
  #placeOf(part: number): number | undefined {
    const parts = 2 ** (this.#sizes.chunkBits - this.#sizes.partBits)
    const row = this.#database.prepare('SELECT place FROM find_chunks WHERE chunk = ?').get(Math.floor(part / parts))
    return row === undefined ? undefined : Number(row['place']) * parts + (part % parts)
  }

  #end(part: number, words: readonly string[], ids: readonly number[]): void {
    this.#database.prepare('INSERT INTO often_parts (part, words) VALUES (?, ?)').run(part, ids.join(' '))
    this.#countUp()
    this.#lastWords = new Set(words)
    this.#making = undefined
  }

  /** A part is asked of the tables from here on, until it is made anew. */
  #giveUp(part: number): void {
    this.#database.prepare('DELETE FROM often_parts WHERE part = ?').run(part)
    const place = this.#placeOf(part)
    if (place !== undefined) {
      this.#database
        .prepare('DELETE FROM often_sets WHERE id >= ? AND id < ?')
        .run(place * FACTOR, (place + 1) * FACTOR)
    }
    this.#database
      .prepare('DELETE FROM often_changed WHERE number >= ? AND number < ?')
      .run(part * this.#partSize, (part + 1) * this.#partSize)
    this.#countUp()
    this.#changed.delete(part)
    if (this.#making?.part === part) this.#making = undefined
    this.#again.add(part)
  }

  #countUp(): void {
    this.#database.exec('UPDATE often_state SET seq = seq + 1')
  }

  #wordId(word: string): number {
    let id = this.#wordIds.get(word)
    if (id === undefined) {
      const known = this.#database.prepare('SELECT id FROM often_words WHERE word = ?').get(word)
      const added = known ?? this.#database.prepare('INSERT INTO often_words (word) VALUES (?) RETURNING id').get(word)
      id = Number(added?.['id'])
      this.#wordIds.set(word, id)
    }
    return id
  }

  #forget(): void {
    this.#touched.clear()
    this.#wordIds.clear()
    this.#making = undefined
    this.#read()
  }

  /** What is there. Parts that were given up, or never made for want of tickets, are looked at again. */
  #read(): void {
    this.#changed.clear()
    this.#again.clear()
    this.#last = undefined
    this.#next = 0
    for (const row of this.#database.prepare('SELECT part FROM often_parts').all())
      this.#changed.set(Number(row['part']), 0)
    const counted = this.#database.prepare(
      `SELECT number / ${this.#partSize} AS part, count(*) AS count FROM often_changed GROUP BY 1`,
    )
    for (const row of counted.all()) {
      const part = Number(row['part'])
      if (this.#changed.has(part)) this.#changed.set(part, Number(row['count']))
    }
  }
}
