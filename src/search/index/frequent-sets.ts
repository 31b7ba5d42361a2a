/**
 * The sets of frequent words as one connection reads them: where they tell which tickets of a chunk hold a word in title or description, and
 * which those are.
 * All of an answer is read inside one transaction, and begins with `catchUp`.
 */
import type { Database, Statement } from '../../sqlite/database.js'
import { addMembers, clearBit, membersOf, type Members, type Sizes, type SpareBits } from './bits.js'
import { sizesOfPart } from './frequent-tables.js'
import { Kept } from './kept.js'
import type { Chunk } from './reader.js'
import { FACTOR } from './tables.js'

/** Bytes of sets, and of what parts have, that are kept in memory for other answers. */
const SETS_BYTES = 12 * 1024 * 1024
const PARTS_BYTES = 2 * 1024 * 1024

/** What is counted for a word on the list of a part. */
const WORD_BYTES = 32

/** Where sets tell of some words in a chunk, and of which. */
export interface Told {
  /** Of all other tickets the full-text table has to be asked. */
  readonly among: Uint32Array
  /** The parts of the chunk in which they tell, by their places in it. */
  readonly parts: readonly number[]
  /** The ids of those words. */
  readonly words: readonly number[]
  /** Of these it has to be asked for all tickets. */
  readonly others: readonly string[]
}

/** The parts of a chunk that have sets, by their places in it, with the ids of their words. */
type Parts = ReadonlyMap<number, ReadonlySet<number>>

export class FrequentSets {
  readonly #sizes: Sizes
  readonly #state: Statement
  readonly #word: Statement
  readonly #partRows: Statement
  readonly #changedRows: Statement
  readonly #set: Statement
  readonly #sets = new Kept<Members>(SETS_BYTES, (members) => members.byteLength)
  readonly #parts = new Kept<Parts>(PARTS_BYTES, (parts) =>
    [...parts.values()].reduce((sum, { size }) => sum + size * WORD_BYTES, 0),
  )
  /** Of this answer, by chunk. */
  readonly #changed = new Map<number, readonly number[]>()
  readonly #wordIds = new Map<string, number | undefined>()
  #seq = -1

  constructor(database: Database, sizes: Sizes) {
    this.#sizes = sizes
    this.#state = database.prepare('SELECT seq FROM often_state')
    this.#word = database.prepare('SELECT id FROM often_words WHERE word = ?')
    this.#partRows = database.prepare('SELECT part, words FROM often_parts WHERE part >= ? AND part < ?')
    this.#changedRows = database.prepare(
      'SELECT group_concat(number) AS numbers FROM often_changed WHERE number >= ? AND number < ?',
    )
    this.#set = database.prepare('SELECT numbers FROM often_sets WHERE id = ?')
  }

  /** Begins an answer. */
  catchUp(): void {
    const seq = Number(this.#state.get()?.['seq'] ?? 0)
    this.#changed.clear()
    if (seq === this.#seq) return
    this.#seq = seq
    this.#sets.clear()
    this.#parts.clear()
    this.#wordIds.clear()
  }

  /** Whether a word is so frequent somewhere that it has sets. */
  isFrequent(word: string): boolean {
    return this.#idOf(word) !== undefined
  }

  /** Where sets tell of some of the words; undefined where they tell of none. What it says of tickets is of the `spare` bits. */
  told({ chunk }: Chunk, words: readonly string[], spare: SpareBits): Told | undefined {
    const parts = this.#partsOf(chunk)
    if (parts.size === 0) return undefined
    const ids: number[] = []
    const others: string[] = []
    for (const word of words) {
      const id = this.#idOf(word)
      // Of one that is on the lists of few parts the table is asked everywhere, so that those of many serve for the others.
      if (id !== undefined && isOnMost(parts, id)) ids.push(id)
      else others.push(word)
    }
    if (ids.length === 0) return undefined
    const among = spare.take()
    const partWords = (1 << this.#sizes.partBits) >>> 5
    const telling: number[] = []
    for (const [part, known] of parts) {
      if (!ids.every((id) => known.has(id))) continue
      telling.push(part)
      among.fill(0xffff_ffff, part * partWords, (part + 1) * partWords)
    }
    for (const inChunk of this.#changedIn(chunk)) clearBit(among, inChunk)
    return { among, parts: telling, words: ids, others }
  }

  /** Adds the tickets of a chunk that hold one of the words, where all of them are told of. */
  add(chunk: Chunk, { words, parts }: Told, bits: Uint32Array): void {
    const count = 2 ** (this.#sizes.chunkBits - this.#sizes.partBits)
    const partWords = (1 << this.#sizes.partBits) >>> 5
    for (const part of parts) {
      const bitsOfPart = bits.subarray(part * partWords, (part + 1) * partWords)
      for (const word of words) {
        const members = this.#members((chunk.place * count + part) * FACTOR + word)
        if (members !== undefined) addMembers(bitsOfPart, members)
      }
    }
  }

  #members(id: number): Members | undefined {
    return this.#sets.get(id, () => {
      const blob = this.#set.get(id)?.['numbers']
      return blob instanceof Uint8Array ? membersOf(blob, sizesOfPart(this.#sizes)) : undefined
    })
  }

  #idOf(word: string): number | undefined {
    if (!this.#wordIds.has(word)) {
      const id = this.#word.get(word)?.['id']
      this.#wordIds.set(word, id === undefined ? undefined : Number(id))
    }
    return this.#wordIds.get(word)
  }

  #partsOf(chunk: number): Parts {
    const count = 2 ** (this.#sizes.chunkBits - this.#sizes.partBits)
    const read = (): Parts =>
      new Map(
        this.#partRows
          .all(chunk * count, (chunk + 1) * count)
          .map((row) => [Number(row['part']) - chunk * count, new Set(String(row['words']).split(' ').map(Number))]),
      )
    return this.#parts.get(chunk, read) ?? NO_PARTS
  }

  #changedIn(chunk: number): readonly number[] {
    let changed = this.#changed.get(chunk)
    if (changed === undefined) {
      const size = 2 ** this.#sizes.chunkBits
      const numbers = this.#changedRows.get(chunk * size, (chunk + 1) * size)?.['numbers']
      changed = typeof numbers === 'string' ? numbers.split(',').map((number) => Number(number) - chunk * size) : []
      this.#changed.set(chunk, changed)
    }
    return changed
  }
}

const NO_PARTS: Parts = new Map()

function isOnMost(parts: Parts, id: number): boolean {
  let count = 0
  for (const known of parts.values()) if (known.has(id)) count += 1
  return count * 2 > parts.size
}
