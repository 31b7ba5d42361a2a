/**
 * A prefix of the key tree with rules of its own. The tree asks the mount before it changes anything there, tells it what it does, and
 * whoever owns the prefix stands higher and implements it. So it hears of every change, whatever made it: a write, a removal, a
 * range that goes with a directory above the prefix, a key whose time has come.
 *
 * What happens is one event, the tree's own, to which the mount may add; it makes none.
 */
import type { Transaction } from '../store/command.js'
import type { KeyNode } from './tables.js'
import { parentOf } from './tree.js'

/** What a mount may do: all but events of its own, which would take the index that the tree's event was promised. */
export type MountTransaction = Omit<Transaction, 'emit' | 'forgetEvents'>

export interface Mount {
  /** The directory whose nodes have rules, such as `/tickets`. */
  readonly path: string
  /** The name for a node that is created in order in this directory (etcd's own is the event's index, 20 digits). */
  nextName(transaction: MountTransaction): string
  /** Whether nothing was ever at a path in this directory, nor a file above it: then it is not looked for. */
  isUnused?(transaction: MountTransaction, path: string): boolean
  /** A node at or below the path is about to be written in the place of `previous`: throws a KeyError where it may not. */
  beforePut?(transaction: MountTransaction, node: KeyNode, previous: KeyNode | undefined): void
  /** It was written: writes the records beside it. Returns what the event is to say of it beside its body: JSON. */
  afterPut?(transaction: MountTransaction, node: KeyNode, previous: KeyNode | undefined): string | undefined
  /**
   * A node at, below or above the path is about to be removed, with all that is below it: throws a KeyError where it may not.
   * Is not asked where its time has come, which nothing can refuse.
   */
  beforeRemove?(transaction: MountTransaction, node: KeyNode): void
  /** It is removed now, and is still there with all below it: as `afterPut`. */
  onRemove?(transaction: MountTransaction, node: KeyNode): string | undefined
}

/** The mounts of a tree, asked and told. */
export class Mounts {
  readonly #mounts: readonly Mount[]

  constructor(mounts: readonly Mount[]) {
    this.#mounts = mounts
  }

  /** The mount whose directory this is. */
  at(directory: string): Mount | undefined {
    return this.#mounts.find(({ path }) => path === directory)
  }

  isUnused(transaction: Transaction, path: string): boolean {
    return this.at(parentOf(path))?.isUnused?.(transaction, path) === true
  }

  beforePut(transaction: Transaction, node: KeyNode, previous: KeyNode | undefined): void {
    for (const mount of this.#mounts) {
      if (isWithin(mount.path, node.path))
        withoutEvents(transaction, () => mount.beforePut?.(transaction, node, previous))
    }
  }

  /** What the event is to say. */
  afterPut(transaction: Transaction, node: KeyNode, previous: KeyNode | undefined): string | undefined {
    let detail: string | undefined
    for (const mount of this.#mounts) {
      if (!isWithin(mount.path, node.path)) continue
      const said = withoutEvents(transaction, () => mount.afterPut?.(transaction, node, previous))
      detail ??= said
    }
    return detail
  }

  beforeRemove(transaction: Transaction, node: KeyNode): void {
    for (const mount of this.#mounts) {
      if (concerns(mount.path, node)) withoutEvents(transaction, () => mount.beforeRemove?.(transaction, node))
    }
  }

  /** What the event is to say; where a directory goes that holds several mounts, in the words of the first that has any. */
  onRemove(transaction: Transaction, node: KeyNode): string | undefined {
    let detail: string | undefined
    for (const mount of this.#mounts) {
      if (!concerns(mount.path, node)) continue
      const said = withoutEvents(transaction, () => mount.onRemove?.(transaction, node))
      detail ??= said
    }
    return detail
  }
}

/** Whether `path` is the directory or below it. */
function isWithin(directory: string, path: string): boolean {
  return path === directory || path.startsWith(`${directory}/`)
}

/** Whether a mount's directory, something in it, or it as a whole goes with a node. */
function concerns(directory: string, { path, value }: KeyNode): boolean {
  return isWithin(directory, path) || (value === null && isWithin(path, directory))
}

function withoutEvents<T>(transaction: Transaction, tell: () => T): T {
  const index = transaction.nextIndex
  const said = tell()
  if (transaction.nextIndex !== index)
    throw new Error('a mount makes no event of its own: it may add to that of the tree')
  return said
}
