/** Lets one use of something run at a time, in the order in which they ask. */
export class Exclusive {
  #last: Promise<void> = Promise.resolve()

  /** Runs `use` once all earlier uses have ended, however they ended. */
  async run<T>(use: () => T | Promise<T>): Promise<T> {
    const before = this.#last
    let end = (): void => {}
    this.#last = new Promise((resolve) => {
      end = resolve
    })
    await before
    try {
      return await use()
    } finally {
      end()
    }
  }
}
