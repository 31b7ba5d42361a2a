/** What calls of several kinds take. */

/** A body as it may be given: what is undefined is not sent. Null is sent: it empties. */
export type Sendable<T> = { [K in keyof T]: Partial<Pick<T, K>> extends Pick<T, K> ? T[K] | undefined : T[K] }

export interface CallOptions {
  readonly signal?: AbortSignal
}

export interface ReadOptions extends CallOptions {
  /** `strong`: the newest state of all nodes, not what this node has. */
  readonly consistency?: 'local' | 'strong'
}

export interface GuardOptions extends CallOptions {
  /** Only if it has this version, else `NotCurrent`. */
  readonly version?: number
}
