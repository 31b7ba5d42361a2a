/**
 * How many segments a full-text table has, as its own record of them says: SQLite's FTS5 keeps it in the row 10 of the table's data, in the
 * file format that all its versions read (fts5_index.c, "Structure record"). There is no other way to ask.
 */
import type { Database, Statement } from '../../sqlite/database.js'

/** The row of the data in which the record is. */
const STRUCTURE_ROW = 10

/** A number that changes with each setting, before all else. */
const COOKIE_BYTES = 4

/** Where this follows the cookie, segments have numbers of their deleted rows behind them. This desk makes no such table. */
const WITH_TOMBSTONES = Buffer.from('ff000001', 'hex')

/** FTS5 has no more segments in all; more levels or segments than that are damage. */
const SEGMENTS_MAX = 2000

/** A number has seven bits in each byte but the ninth, which has eight. */
const NUMBER_BYTES_MAX = 9

class Numbers {
  readonly #bytes: Uint8Array
  #at: number

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  /** NaN beyond the end. */
  next(): number {
    let value = 0
    for (let count = 1; count < NUMBER_BYTES_MAX; count++) {
      const byte = this.#bytes[this.#at++] ?? NaN
      if (!(byte >= 0x80)) return value * 0x80 + byte
      value = value * 0x80 + (byte - 0x80)
    }
    return value * 0x100 + (this.#bytes[this.#at++] ?? NaN)
  }
}

export class TextSegments {
  readonly #structure: Statement

  /** `name` is the table's. */
  constructor(database: Database, name: string) {
    this.#structure = database.prepare(`SELECT block FROM ${name}_data WHERE id = ${STRUCTURE_ROW}`)
  }

  /**
   * The most segments that a level has, without what this transaction has not flushed yet. Infinity where the record is in a form that is
   * not known here: so there is nothing that could be trusted to be few.
   */
  most(): number {
    const record = this.#structure.get()?.['block']
    if (!(record instanceof Uint8Array)) return Infinity
    const start = record.subarray(COOKIE_BYTES, COOKIE_BYTES + WITH_TOMBSTONES.length)
    if (WITH_TOMBSTONES.equals(start)) return Infinity
    const numbers = new Numbers(record, COOKIE_BYTES)
    const levels = numbers.next()
    if (!(levels <= SEGMENTS_MAX)) return Infinity
    numbers.next() // All segments.
    numbers.next() // Pages that were ever written.
    let most = 0
    for (let level = 0; level < levels; level++) {
      numbers.next() // Segments that are being merged.
      const segments = numbers.next()
      if (!(segments <= SEGMENTS_MAX)) return Infinity
      for (let part = 0; part < 3 * segments; part++) numbers.next() // Number, first and last page of each.
      most = Math.max(most, segments)
    }
    return most
  }
}
