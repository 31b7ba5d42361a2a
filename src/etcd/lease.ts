/** Leases: the types of what is held and of what is told. */

export interface LeaseHandlers {
  /** There is a lease now, or another than before: put what is to go with it again. */
  granted(id: bigint): void | Promise<void>
  /** The lease is gone, or may be: its time passed with no sign of etcd. */
  lost?(): void
}

export interface KeptLease {
  /** The lease while it is known to be alive. */
  readonly id: bigint | undefined
  /** Stops, and gives the lease back at once rather than when its time is up. Never rejects. */
  revoke(): Promise<void>
  /** Stops; the lease ends when its time is up. */
  stop(): void
}
