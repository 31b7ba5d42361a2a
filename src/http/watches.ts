/**
 * Answers that stay open until something happens, by whoever holds them: where they are too many, the oldest of whoever holds the most goes,
 * so that nobody is cut off by what one other opens. Each step takes constant time, however many there are.
 */
import type { ServerResponse } from 'node:http'

export class Watches {
  readonly #holders = new Map<ServerResponse, string>()
  /** What each holds, the oldest first. */
  readonly #held = new Map<string, Set<ServerResponse>>()
  /** Who holds how many: at each number those who do, in the order in which they came to. */
  readonly #byCount: Set<string>[] = []
  #most = 0

  get size(): number {
    return this.#holders.size
  }

  has(watch: ServerResponse): boolean {
    return this.#holders.has(watch)
  }

  add(watch: ServerResponse, holder: string): void {
    this.delete(watch)
    const held = this.#held.get(holder) ?? new Set()
    this.#held.set(holder, held)
    this.#move(holder, held.size, held.size + 1)
    held.add(watch)
    this.#holders.set(watch, holder)
  }

  delete(watch: ServerResponse): void {
    const holder = this.#holders.get(watch)
    const held = holder === undefined ? undefined : this.#held.get(holder)
    if (holder === undefined || held === undefined) return
    this.#move(holder, held.size, held.size - 1)
    held.delete(watch)
    if (held.size === 0) this.#held.delete(holder)
    this.#holders.delete(watch)
  }

  /** The one that goes where there are too many; undefined where there is none. */
  first(): ServerResponse | undefined {
    const [holder] = this.#byCount[this.#most] ?? []
    const [oldest] = holder === undefined ? [] : (this.#held.get(holder) ?? [])
    return oldest
  }

  #move(holder: string, from: number, to: number): void {
    this.#byCount[from]?.delete(holder)
    const there = (this.#byCount[to] ??= new Set())
    if (to > 0) there.add(holder)
    if (to > this.#most) this.#most = to
    else if (from === this.#most && (this.#byCount[from]?.size ?? 0) === 0) this.#most = to
  }
}
