/**
 * Shares one question among all who ask it at the same time. Who asks while an answer is on its way gets the next one, never
 * that one: it may have been given before they asked.
 */
export class Coalesced<T> {
  readonly #ask: () => Promise<T>
  #running: Promise<unknown> | undefined
  #next: Promise<T> | undefined

  constructor(ask: () => Promise<T>) {
    this.#ask = ask
  }

  /** An answer to a question that is asked after this call. */
  run(): Promise<T> {
    if (this.#running === undefined) return this.#start()
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      return this.#start()
    })
    return this.#next
  }

  #start(): Promise<T> {
    const asked = this.#ask()
    const running = asked.then(
      () => undefined,
      () => undefined,
    )
    this.#running = running
    void running.then(() => {
      if (this.#running === running) this.#running = undefined
    })
    return asked
  }
}
