/** What was read and may be asked for again, up to so many bytes: what was not asked for longest goes first. */

/** What keeping one costs beside its own bytes, also where there is none. */
const OVERHEAD = 128

export class Kept<Value> {
  readonly #bytesMax: number
  readonly #bytesOf: (value: Value) => number
  /** The one that was asked for last stands last. */
  readonly #values = new Map<number, Value | undefined>()
  #bytes = 0

  constructor(bytesMax: number, bytesOf: (value: Value) => number) {
    this.#bytesMax = bytesMax
    this.#bytesOf = bytesOf
  }

  /** What is kept under an id, read where it is not; that there is none is kept too. */
  get(id: number, read: () => Value | undefined): Value | undefined {
    const known = this.#values.get(id)
    if (known !== undefined || this.#values.has(id)) {
      this.#values.delete(id)
      this.#values.set(id, known)
      return known
    }
    const value = read()
    this.#values.set(id, value)
    this.#bytes += this.#costOf(value)
    for (const [oldest, old] of this.#values) {
      if (this.#bytes <= this.#bytesMax) break
      this.#values.delete(oldest)
      this.#bytes -= this.#costOf(old)
    }
    return value
  }

  clear(): void {
    this.#values.clear()
    this.#bytes = 0
  }

  #costOf(value: Value | undefined): number {
    return OVERHEAD + (value === undefined ? 0 : this.#bytesOf(value))
  }
}
