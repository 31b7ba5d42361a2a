/**
 * The index as one connection reads it: the set of a term and the values of a column, chunk by chunk, with what is pending laid over
 * them. So what stands above sees one index that is current, and knows nothing of what is pending. All of an answer is read inside one
 * transaction, and begins with `catchUp`.
 */
import type { Database, Statement } from '../../sqlite/database.js'
import type { Column } from '../condition.js'
import { linkKinds } from '../../tickets/links.js'
import { leadsToBinTerm, LIVE } from '../terms.js'
import {
  addMembers,
  and,
  andNot,
  clearBit,
  fewPlacesOf,
  hasBit,
  hasMember,
  membersOf,
  newBits,
  placesOf,
  setBit,
  SpareBits,
  takeShared,
  type Some,
  words,
  type Members,
  type Sizes,
} from './bits.js'
import { Kept } from './kept.js'
import type { Packed } from './packed.js'
import { linesOf } from './pending.js'
import { columns, FACTOR, STAMP } from './tables.js'

/** The index is being made: up to this number of tickets are in it. */
export class IndexNotReady extends Error {
  override readonly name = 'IndexNotReady'
  readonly built: number

  constructor(built: number) {
    super(`tickets up to number ${built} are indexed`)
    this.built = built
  }
}

/**
 * What a chunk has pending: which numbers, and what they are. What is in the sets by now may still be here, as long as it is the same there:
 * what changes again becomes pending again, and who has not seen it so before it was brought in forgets all (`merged`).
 */
interface Overlay {
  /** All of them. */
  readonly mask: Uint32Array
  readonly entries: Map<number, Packed>
  /** Those that have a term, by its id. */
  readonly byTerm: Map<number, Set<number>>
}

/** Tickets that are remembered as pending. Beyond that they are read anew, without those that are in the sets by now. */
const REMEMBERED_MAX = 32_768

/** Bytes of sets, of values and of zones that are kept in memory: at a million tickets all sets, and most columns. */
const SETS_BYTES = 24 * 1024 * 1024
const VALUES_BYTES = 20 * 1024 * 1024
const ZONES_BYTES = 1024 * 1024

/** Terms of one condition whose sets are looked at for single tickets; of more of them the sets are joined. */
const LOOKED_UP_TERMS_MAX = 8

export interface Chunk {
  /** Numbers in it are this times the size of a chunk, and more. */
  readonly chunk: number
  readonly place: number
}

/** What a ticket that is pending has in a column: 0 for none, else one more than the value. */
export type PendingValue = readonly [inChunk: number, value: number]

/** The values of a part of a column. */
export interface PartOfColumn {
  readonly low: number
  readonly high: number
  /** Read where it is asked for: 0 for none, else one more than the value. */
  values(): Uint32Array
}

export class IndexReader {
  readonly sizes: Sizes
  /** For the work of an answer. */
  readonly spare: SpareBits
  readonly #state: Statement
  readonly #set: Statement
  readonly #zone: Statement
  readonly #column: Statement
  readonly #term: Statement
  readonly #termsFrom: Statement
  readonly #news: Statement
  readonly #chunkRows: Statement
  readonly #overlays = new Map<number, Overlay>()
  readonly #termIds = new Map<string, number>()
  /**
   * Sets, values and zones that were read. They may have changed since only for what is pending here, which nobody looks up in them, so
   * they are kept for as long as that is.
   */
  readonly #sets = new Kept<Members>(SETS_BYTES, (members) => members.byteLength)
  readonly #values = new Kept<Uint32Array>(VALUES_BYTES, (values) => values.byteLength)
  readonly #zones = new Kept<PartOfColumn>(ZONES_BYTES, () => 0)
  #seq = -1
  #remembered = 0
  #generation = -1
  #chunks: readonly Chunk[] = []
  #live = 0

  constructor(database: Database, sizes: Sizes) {
    this.sizes = sizes
    this.spare = new SpareBits(sizes)
    this.#state = database.prepare('SELECT stamp, built, seq, generation, merged, cleared FROM find_state')
    this.#set = database.prepare('SELECT numbers FROM find_sets WHERE id = ?')
    this.#zone = database.prepare('SELECT low, high FROM find_columns WHERE id = ?')
    this.#column = database.prepare('SELECT numbers FROM find_columns WHERE id = ?')
    this.#term = database.prepare('SELECT id FROM find_terms WHERE term = ?')
    this.#termsFrom = database.prepare('SELECT id, term FROM find_terms WHERE term >= ? AND term < ?')
    this.#news = database.prepare('SELECT seq, lines FROM find_pending WHERE seq > ? ORDER BY seq')
    this.#chunkRows = database.prepare('SELECT chunk, place FROM find_chunks ORDER BY chunk')
  }

  /** Begins an answer. Throws IndexNotReady. */
  catchUp(): void {
    this.spare.reclaim()
    const state = this.#state.get()
    const [stamp, seq] = [String(state?.['stamp']), Number(state?.['seq'] ?? 0)]
    if (stamp !== STAMP || state?.['built'] !== null) throw new IndexNotReady(Number(state?.['built'] ?? 0))
    const generation = Number(state['generation'])
    if (generation !== this.#generation || Number(state['merged']) > this.#seq) this.#forget()
    this.#generation = generation
    this.#chunks = this.#chunkRows.all().map((row) => ({ chunk: Number(row['chunk']), place: Number(row['place']) }))
    this.#live = this.termId(LIVE) ?? 0
    this.#readPending(seq, Number(state['cleared']))
  }

  /** The chunks that hold tickets, by their numbers; those with pending ones alone among them. */
  get chunks(): readonly Chunk[] {
    const known = new Set(this.#chunks.map(({ chunk }) => chunk))
    const fresh = [...this.#overlays.keys()].filter((chunk) => !known.has(chunk)).map((chunk) => ({ chunk, place: 0 }))
    if (fresh.length === 0) return this.#chunks
    return [...this.#chunks, ...fresh].toSorted((one, other) => one.chunk - other.chunk)
  }

  termId(term: string): number | undefined {
    let id = this.#termIds.get(term)
    if (id === undefined) {
      const row = this.#term.get(term)
      if (row === undefined) return undefined
      id = Number(row['id'])
      this.#termIds.set(term, id)
    }
    return id
  }

  /** All terms that begin so, such as `label=`. */
  termsFrom(prefix: string): readonly { readonly id: number; readonly term: string }[] {
    const until = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)
    return this.#termsFrom.all(prefix, until).map((row) => ({ id: Number(row['id']), term: String(row['term']) }))
  }

  /** Adds to `bits` those of a chunk that have one of the terms. */
  addTerms({ chunk, place }: Chunk, terms: readonly number[], bits: Uint32Array): void {
    for (const term of terms) {
      const members = this.#members(place, term)
      if (members !== undefined) addMembers(bits, members)
    }
    const overlay = this.#overlays.get(chunk)
    if (overlay === undefined) return
    andNot(bits, overlay.mask)
    for (const term of terms) for (const inChunk of overlay.byTerm.get(term) ?? NONE) setBit(bits, inChunk)
  }

  /** Leaves out of `bits` those of a chunk that have none of the terms: one by one where they are few, since a set may be of most tickets. */
  keepTerms(chunk: Chunk, terms: readonly number[], bits: Uint32Array): void {
    const places = terms.length <= LOOKED_UP_TERMS_MAX ? fewPlacesOf(bits) : undefined
    if (places === undefined) {
      const others = this.spare.take()
      this.addTerms(chunk, terms, others)
      and(bits, others)
      return this.spare.release(others)
    }
    const overlay = this.#overlays.get(chunk.chunk)
    const sets = terms.flatMap((term) => this.#members(chunk.place, term) ?? [])
    for (const place of places) {
      const isIn =
        overlay !== undefined && hasBit(overlay.mask, place)
          ? terms.some((term) => overlay.byTerm.get(term)?.has(place))
          : sets.some((members) => hasMember(members, place))
      if (!isIn) clearBit(bits, place)
    }
  }

  /** How many of `bits` have a term; `settled` are those of them that are not pending. */
  countWith({ chunk, place }: Chunk, term: number, bits: Uint32Array, settled: Some): number {
    const members = this.#members(place, term)
    let count = members === undefined ? 0 : settled.countIn(members)
    const overlay = this.#overlays.get(chunk)
    if (overlay === undefined) return count
    for (const at of overlay.byTerm.get(term) ?? NONE) count += ((bits[at >>> 5] ?? 0) >>> (at & 31)) & 1
    return count
  }

  /** Leaves out what is pending. */
  dropPending({ chunk }: Chunk, bits: Uint32Array): void {
    const overlay = this.#overlays.get(chunk)
    if (overlay !== undefined) andNot(bits, overlay.mask)
  }

  /**
   * Takes what is pending out of `bits`, and gives the values of those in a column. However many are pending, no more are looked at than are
   * selected.
   */
  takePending({ chunk }: Chunk, column: Column, bits: Uint32Array): PendingValue[] {
    const overlay = this.#overlays.get(chunk)
    if (overlay === undefined) return []
    const place = columns.indexOf(column)
    const taken = takeShared(bits, overlay.mask)
    return taken.map((inChunk) => [inChunk, overlay.entries.get(inChunk)?.values[place] ?? 0])
  }

  /** The pending tickets of a chunk with their values in a column. */
  *pendingValues({ chunk }: Chunk, column: Column): Iterable<PendingValue> {
    const place = columns.indexOf(column)
    for (const [inChunk, { values }] of this.#overlays.get(chunk)?.entries ?? []) yield [inChunk, values[place] ?? 0]
  }

  hasPending({ chunk }: Chunk): boolean {
    return this.#overlays.has(chunk)
  }

  /** A part of a column, which tickets that are pending are not looked up in; undefined where no ticket of it has a value. */
  partOf({ place }: Chunk, part: number, column: Column): PartOfColumn | undefined {
    const parts = 2 ** (this.sizes.chunkBits - this.sizes.partBits)
    const id = (place * parts + part) * FACTOR + columns.indexOf(column)
    if (place === 0) return undefined
    return this.#zones.get(id, () => {
      const zone = this.#zone.get(id)
      if (zone === undefined) return undefined
      const values = (): Uint32Array => this.#values.get(id, () => this.#readValues(id)) ?? NO_VALUES
      return { low: Number(zone['low']), high: Number(zone['high']), values }
    })
  }

  /** The sum of the values that some tickets of a chunk have in a column; leaves out of `bits` what is pending. */
  sumOf(chunk: Chunk, column: Column, bits: Uint32Array): number {
    let sum = 0
    // As columns keep them: one more than the value, and 0 for none.
    const add = (value: number): void => void (sum += Math.max(0, value - 1))
    for (const [, value] of this.takePending(chunk, column, bits)) add(value)
    const { partBits } = this.sizes
    for (const inChunk of placesOf(bits)) {
      const part = this.partOf(chunk, inChunk >>> partBits, column)
      if (part !== undefined && part.high > 1) add(part.values()[inChunk & ((1 << partBits) - 1)] ?? 0)
    }
    return sum
  }

  #readValues(id: number): Uint32Array {
    const blob = this.#column.get(id)?.['numbers']
    return blob instanceof Uint8Array ? words(blob) : new Uint32Array(2 ** this.sizes.partBits)
  }

  #members(place: number, term: number): Members | undefined {
    const id = place * FACTOR + term
    return this.#sets.get(id, () => {
      const blob = this.#set.get(id)?.['numbers']
      return blob instanceof Uint8Array ? membersOf(blob, this.sizes) : undefined
    })
  }

  /** Takes over what became pending. */
  #readPending(seq: number, cleared: number): void {
    if (seq === this.#seq) return
    if (this.#remembered > REMEMBERED_MAX) this.#forget()
    const gone = new Set(linkKinds.flatMap((kind) => this.termId(leadsToBinTerm(kind)) ?? []))
    for (const row of this.#news.iterate(this.#seq)) {
      const isCleared = Number(row['seq']) <= cleared
      for (const { number, now, isLive } of linesOf(String(row['lines']), isCleared ? gone : undefined)) {
        this.#note(number, isLive ? { terms: [...now.terms, this.#live], values: now.values } : now)
      }
    }
    this.#seq = seq
  }

  #note(number: number, packed: Packed): void {
    const size = 2 ** this.sizes.chunkBits
    const [chunk, inChunk] = [Math.floor(number / size), number % size]
    let overlay = this.#overlays.get(chunk)
    if (overlay === undefined) {
      overlay = { mask: newBits(this.sizes), entries: new Map(), byTerm: new Map() }
      this.#overlays.set(chunk, overlay)
    }
    const before = overlay.entries.get(inChunk)
    if (before === undefined) this.#remembered += 1
    for (const term of before?.terms ?? []) overlay.byTerm.get(term)?.delete(inChunk)
    setBit(overlay.mask, inChunk)
    overlay.entries.set(inChunk, packed)
    for (const term of packed.terms) {
      const numbers = overlay.byTerm.get(term)
      if (numbers === undefined) overlay.byTerm.set(term, new Set([inChunk]))
      else numbers.add(inChunk)
    }
  }

  #forget(): void {
    this.#overlays.clear()
    this.#sets.clear()
    this.#values.clear()
    this.#zones.clear()
    this.#remembered = 0
    this.#termIds.clear()
    this.#seq = -1
  }
}

const NONE: ReadonlySet<number> = new Set()
const NO_VALUES = new Uint32Array(0)
