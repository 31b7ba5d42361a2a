/**
 * Whether the store can be written. Who is told that nothing can be written sends no writes, so nobody else would find out
 * that it works again: while something is wrong this tries by itself.
 */

/** How often a store that can't be written tries whether it can again, in milliseconds. */
const TRY_MS = 1000

export class Health {
  readonly #canWrite: () => Promise<boolean>
  readonly #onChange: (failure: string | undefined) => void
  #failure: string | undefined
  #trying: NodeJS.Timeout | undefined
  #isClosed = false

  /** `onChange` is told when writing begins to fail (a sentence), why it fails now, and when it works again (undefined). */
  constructor(canWrite: () => Promise<boolean>, onChange: (failure: string | undefined) => void) {
    this.#canWrite = canWrite
    this.#onChange = onChange
  }

  /** A sentence that says why nothing can be written; undefined while all is well. */
  get failure(): string | undefined {
    return this.#failure
  }

  set(failure: string | undefined): void {
    if (failure !== undefined) this.#tryLater()
    if (failure === this.#failure) return
    this.#failure = failure
    this.#onChange(failure)
  }

  /** Tries no more. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#trying)
  }

  #tryLater(): void {
    if (this.#trying !== undefined || this.#isClosed) return
    this.#trying = setTimeout(() => {
      this.#trying = undefined
      void this.#try()
    }, TRY_MS).unref()
  }

  async #try(): Promise<void> {
    if (this.#failure === undefined || this.#isClosed) return
    // A trial that fails says no.
    if (await this.#canWrite().catch(() => false)) this.set(undefined)
    else this.#tryLater()
  }
}
