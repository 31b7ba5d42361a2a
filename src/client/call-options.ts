/** Options that calls of several kinds take. */

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
