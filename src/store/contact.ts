/** How long the journal has been away and the replica behind it, as the writer's thread last said, and the time since then. */
export class Contact {
  #sinceMs = 0
  #behindMs = 0
  /** When it was said (performance's clock); never where the journal is the replica's own file. */
  #at = Infinity

  /** Milliseconds since the journal was last known to be there; 0 where it is the replica's own file. */
  get sinceMs(): number {
    return this.#sinceMs + this.#sinceTold
  }

  /** For how long, in milliseconds, the replica has lacked something that the journal is known to have; 0 while it keeps up. */
  get behindMs(): number {
    return this.#behindMs === 0 ? 0 : this.#behindMs + this.#sinceTold
  }

  note({ sinceMs, behindMs }: { readonly sinceMs: number; readonly behindMs: number }): void {
    this.#sinceMs = sinceMs
    this.#behindMs = behindMs
    this.#at = performance.now()
  }

  get #sinceTold(): number {
    return Math.max(0, performance.now() - this.#at)
  }
}
