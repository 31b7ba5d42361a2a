/**
 * Answers that take long, such as a list of all tickets to a slow client: each ends within a second of the end of the rights by which it
 * was begun. What follows events is looked at by its own hub.
 */
const LOOK_MS = 250

interface Open {
  readonly mayGoOn: () => boolean
  readonly end: () => void
}

export class OpenAnswers {
  readonly #open = new Set<Open>()
  #timer: NodeJS.Timeout | undefined

  /** Calls `end` once `mayGoOn` is no more so. Returns what ends the watch. */
  watch(mayGoOn: () => boolean, end: () => void): () => void {
    const one = { mayGoOn, end }
    this.#open.add(one)
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref()
    return () => {
      this.#open.delete(one)
      if (this.#open.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  #look(): void {
    for (const one of this.#open) if (!stands(one)) one.end()
  }
}

/** Where that can't be read nobody goes on. */
function stands({ mayGoOn }: Open): boolean {
  try {
    return mayGoOn()
  } catch {
    return false
  }
}
