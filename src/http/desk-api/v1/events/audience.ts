/** Those who are told the same: they see as much and asked for the same. What is found out for one of them is found out for all. */
import type { Condition } from '../../../../search/condition.js'
import { may, type Viewer } from '../../../../users/viewer.js'
import type { Batch, Portion, Wish } from './batch.js'

/** Who listens. Its functions must not throw. */
export interface Listener {
  readonly wish: Wish
  /** The index up to which all was dealt with. */
  readonly at: number
  /** Who it is now; undefined for whom no events are any more. */
  viewer(): Viewer | undefined
  /** When that ends by itself, in milliseconds since 1970; not there where nothing does. */
  readonly until?: () => number
  /** Takes what there is for it of a batch; returns whether it takes more: else it says when it does, by `resume`. */
  take(portion: Portion, user: number | null): boolean
  /** Shows that the connection stands. */
  beat(): void
  /** Nothing more will come. The client goes on from `at`, here or on another node. */
  end(): void
}

export class Audience {
  readonly key: string
  readonly #kind: string
  readonly #viewer: Viewer
  readonly #wish: Wish
  /** All who belong to it. */
  readonly members = new Set<Listener>()
  /** Those of them who have everything up to the hub's cursor. */
  readonly live = new Set<Listener>()
  /** Those who have less. */
  readonly late = new Set<Listener>()

  constructor(viewer: Viewer, wish: Wish) {
    this.key = keyOf(viewer, wish)
    this.#kind = kindOf(viewer)
    this.#viewer = viewer
    this.#wish = wish
  }

  portion(batch: Batch): Portion {
    return batch.portion(this.#kind, this.#viewer, this.#wish)
  }
}

/** Whether any events are for a viewer. */
export function mayListen(viewer: Viewer): boolean {
  return may(viewer, 'catalogue.read')
}

/** The same text for all who are told the same. */
export function keyOf(viewer: Viewer, { types, condition }: Wish): string {
  return JSON.stringify([kindOf(viewer), types === undefined ? null : [...types].toSorted(), plain(condition)])
}

/** What is seen goes by the role alone, but for requesters: each has tickets of their own. */
function kindOf({ role, user }: Viewer): string {
  return role === 'requester' ? `requester ${user}` : `${role}`
}

function plain(condition: Condition | undefined): Condition | null {
  return condition ?? null
}
