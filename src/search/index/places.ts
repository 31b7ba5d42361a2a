/**
 * Where a ticket lies in the index: chunks of numbers are counted in the order in which they first held a ticket, so that numbers which
 * lie far apart cost nothing. A place is the chunk's place and, behind it, the number's own bits.
 */
import type { Database, Statement } from '../../sqlite/database.js'
import type { Sizes } from './bits.js'

export class Places {
  readonly #sizes: Sizes
  readonly #find: Statement
  readonly #add: Statement
  readonly #known = new Map<number, number>()

  constructor(database: Database, sizes: Sizes) {
    this.#sizes = sizes
    this.#find = database.prepare('SELECT place FROM find_chunks WHERE chunk = ?')
    this.#add = database.prepare('INSERT INTO find_chunks (chunk) VALUES (?) RETURNING place')
  }

  /** The place of a number, given to its chunk where it has none yet: inside a transaction alone. */
  of(number: number): number {
    const size = 2 ** this.#sizes.chunkBits
    const chunk = Math.floor(number / size)
    let place = this.#known.get(chunk)
    if (place === undefined) {
      place = Number((this.#find.get(chunk) ?? this.#add.get(chunk))?.['place'])
      this.#known.set(chunk, place)
    }
    return place * size + (number % size)
  }

  /** What was given may not have come to be. */
  forget(): void {
    this.#known.clear()
  }
}
