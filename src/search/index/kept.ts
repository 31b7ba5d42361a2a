/** What was read and may be asked for again, up to so many bytes. What was not asked for since it was last passed over goes first. */

/** What keeping one costs beside its own bytes, also where there is none: a small array is several objects. */
const OVERHEAD = 256

interface Entry<Value> {
  readonly value: Value | undefined
  /** Whether it was asked for again since it was passed over. */
  isWanted: boolean
}

export class Kept<Value> {
  readonly #bytesMax: number
  readonly #bytesOf: (value: Value) => number
  /** In the order in which they were read, or passed over: moving one with each look would make garbage of the table itself. */
  readonly #entries = new Map<number, Entry<Value>>()
  #bytes = 0

  constructor(bytesMax: number, bytesOf: (value: Value) => number) {
    this.#bytesMax = bytesMax
    this.#bytesOf = bytesOf
  }

  /** What is kept under an id, read where it is not; that there is none is kept too. */
  get(id: number, read: () => Value | undefined): Value | undefined {
    const known = this.#entries.get(id)
    if (known !== undefined) {
      known.isWanted = true
      return known.value
    }
    const value = read()
    this.#bytes += this.#costOf(value)
    this.#makeRoom()
    this.#entries.set(id, { value, isWanted: false })
    return value
  }

  clear(): void {
    this.#entries.clear()
    this.#bytes = 0
  }

  /** One that is passed over goes the next time, so this ends. */
  #makeRoom(): void {
    for (const [id, entry] of this.#entries) {
      if (this.#bytes <= this.#bytesMax) break
      this.#entries.delete(id)
      if (entry.isWanted) {
        entry.isWanted = false
        // It comes again behind the others.
        this.#entries.set(id, entry)
      } else this.#bytes -= this.#costOf(entry.value)
    }
  }

  #costOf(value: Value | undefined): number {
    return OVERHEAD + (value === undefined ? 0 : this.#bytesOf(value))
  }
}
