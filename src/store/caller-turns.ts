/**
 * What waits to be done for several callers, one at a time. They take turns, however many things one of them wants: of each the oldest, and then
 * that of the caller after it.
 */
export class CallerTurns<T> {
  /** By caller, in the order of their turns; none has nothing that waits. */
  readonly #waiting = new Map<string, T[]>()
  #size = 0

  /** How many things wait. */
  get size(): number {
    return this.#size
  }

  add(caller: string, one: T): void {
    const own = this.#waiting.get(caller)
    if (own === undefined) this.#waiting.set(caller, [one])
    else own.push(one)
    this.#size += 1
  }

  /** Puts back what was taken out, in the order in which it was: it is before all else of its caller again, and these have the next turns. */
  putBack(taken: readonly (readonly [caller: string, one: T])[]): void {
    const before = new Map<string, T[]>()
    for (const [caller, one] of taken) {
      const own = before.get(caller)
      if (own === undefined) before.set(caller, [one])
      else own.push(one)
    }
    const others = [...this.#waiting]
    this.#waiting.clear()
    for (const [caller, own] of before) this.#waiting.set(caller, own)
    for (const [caller, own] of others) this.#waiting.set(caller, [...(before.get(caller) ?? []), ...own])
    this.#size += taken.length
  }

  /** Takes out what is next; its caller's turn comes again behind those of all others who wait now. */
  next(): T | undefined {
    const [first] = this.#waiting
    if (first === undefined) return undefined
    const [caller, own] = first
    const one = own.shift()
    this.#waiting.delete(caller)
    if (own.length > 0) this.#waiting.set(caller, own)
    this.#size -= 1
    return one
  }

  /** Takes one out that is waited for no more, where it is still there. */
  delete(caller: string, one: T): void {
    const own = this.#waiting.get(caller)
    const place = own?.indexOf(one) ?? -1
    if (own === undefined || place === -1) return
    own.splice(place, 1)
    if (own.length === 0) this.#waiting.delete(caller)
    this.#size -= 1
  }

  /** The newest thing of whoever has the most waiting, where that is more than a caller would have with another one. */
  newestOfMost(caller: string): T | undefined {
    let most = this.#waiting.get(caller) ?? []
    const least = most.length + 1
    for (const own of this.#waiting.values()) if (own.length > most.length) most = own
    return most.length > least ? most.at(-1) : undefined
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (const own of this.#waiting.values()) yield* own
  }
}
