/**
 * A prefix of the key tree with rules of its own. The tree asks the mount before it changes anything at or below the
 * prefix; whoever owns the prefix stands higher and implements it.
 */
import type { Transaction } from '../store/command.js'
import type { KeyNode } from './tables.js'

export interface Mount {
  /** The directory whose nodes have rules, such as `/tickets`. */
  readonly path: string
  /** The name for a node that is created in order in this directory (etcd's own is the event's index, 20 digits). */
  nextName(transaction: Transaction): string
  /**
   * A node at or below the path is about to be written: refuses with a KeyError, or writes the records beside it.
   * `previous` is what it replaces.
   */
  beforePut(transaction: Transaction, node: KeyNode, previous: KeyNode | undefined): void
}

/** The mount that a path belongs to. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  return mounts.find((mount) => path === mount.path || path.startsWith(`${mount.path}/`))
}
