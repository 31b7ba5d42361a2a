/** The nodes as the main thread knows them: what the writer's thread was told of the others, and this one's own word. */
import type { KnownNode, NodeInfo } from '../journal/journal.js'
import { monotonicMs } from './clock.js'

/** The node that leads, as the writer's thread tells it. `until` is on `monotonicMs`: it holds no longer than that. */
export interface ToldLeader {
  readonly id: string
  readonly until: number
}

/** The node that leads, and since when this one has known that, in milliseconds since 1970. */
export interface KnownLeader {
  readonly id: string
  readonly since: number
}

export class KnownNodes {
  #self: KnownNode | undefined
  #told: readonly KnownNode[] = []
  #leader: (ToldLeader & KnownLeader) | undefined

  /** All that were announced, in the order of their ids: this one from when it was. */
  get all(): readonly KnownNode[] {
    const self = this.#self
    if (self === undefined) return this.#told
    return [self, ...this.#told.filter(({ id }) => id !== self.id)].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Undefined where none is known to lead. */
  get leader(): KnownLeader | undefined {
    return this.#leader !== undefined && monotonicMs() < this.#leader.until ? this.#leader : undefined
  }

  /** This node says who it is. */
  announce(self: NodeInfo): void {
    this.#self = { ...self, isThere: true, awaySince: null }
  }

  noteNodes(nodes: readonly KnownNode[]): void {
    this.#told = nodes
  }

  noteLeader(told: ToldLeader | undefined): void {
    const { leader } = this
    const since = told?.id === leader?.id ? leader?.since : undefined
    this.#leader = told === undefined ? undefined : { ...told, since: since ?? Date.now() }
  }
}
