/**
 * When a ticket was internal. Whoever is not staff is told nothing of what happened to it then, also once it is public again: neither
 * what changed, nor what stood before the change that made it public. To whom it belonged then hides nothing: its history goes with it.
 */
import { entriesMax } from '../contract/limits.js'
import type { Database } from '../sqlite/database.js'
import { isBefore, type Happened, type Moment } from '../names/moment.js'
import { maySeeThen } from '../users/sight.js'
import type { Viewer } from '../users/viewer.js'
import { says } from './before.js'
import { OWN_KINDS } from './kinds.js'

/** In SQL: whether an entry says that `internal` changed. */
export const CHANGES_INTERNAL = `kind IN (${OWN_KINDS}) AND ${says('internal')}`

/** A change of `internal`. */
interface Turn extends Happened {
  readonly internalBefore: number
}

export class HiddenTimes {
  readonly #viewer: Viewer
  /** From the oldest to the newest. */
  readonly #turns: readonly Turn[]
  /** What lies before is too long ago to tell whether it was hidden. */
  readonly #knownFrom: number
  readonly #internalNow: number

  constructor(viewer: Viewer, turns: readonly Turn[], knownFrom: number, internalNow: number) {
    this.#viewer = viewer
    this.#turns = turns
    this.#knownFrom = knownFrom
    this.#internalNow = internalNow
  }

  /** Whether the viewer may be told how the ticket stood at a moment. */
  isOpenAt(moment: Moment): boolean {
    if (this.#viewer.isStaff) return true
    if ('index' in moment && moment.index < this.#knownFrom) return false
    const next = this.#turns.find((turn) => isBefore(moment, turn))
    return maySeeThen(this.#viewer, { internal: next?.internalBefore ?? this.#internalNow })
  }

  /** Whether what happened at an index brought the ticket back into sight: then the viewer is told of what it became alone. */
  opensAt(index: number): boolean {
    return this.isOpenAt({ index }) && !this.isOpenAt({ index: index - 1 })
  }

  /** The index behind which the viewer may be told of something again: the index itself where that is so already. */
  skipFrom(index: number): number {
    if (this.isOpenAt({ index: index + 1 })) return index
    if (index + 1 < this.#knownFrom) return this.skipFrom(this.#knownFrom - 1)
    const opening = this.#turns.find((turn) => turn.index > index + 1 && turn.internalBefore === 1)
    return opening === undefined ? index : opening.index - 1
  }

  /** The same from the newest: the index before which the viewer may be told of something. */
  skipBackFrom(index: number): number {
    if (this.isOpenAt({ index: index - 1 })) return index
    const hiding = this.#turns.findLast((turn) => turn.index < index && turn.internalBefore === 0)
    return hiding?.index ?? 0
  }
}

/** When a ticket was hidden from the viewer, as far back as a look into the past goes. */
export function hiddenTimesOf(
  reader: Database,
  viewer: Viewer,
  { number, internal }: { readonly number: number; readonly internal: number },
): HiddenTimes {
  if (viewer.isStaff) return new HiddenTimes(viewer, [], 0, internal)
  const beyond = reader
    .prepare('SELECT idx FROM changes WHERE ticket = ? ORDER BY idx DESC LIMIT 1 OFFSET ?')
    .get(number, entriesMax)
  const knownFrom = beyond === undefined ? 0 : Number(beyond['idx'])
  const turns = reader
    .prepare(
      `SELECT idx, time, json_extract(before, '$.internal') AS internal FROM changes WHERE ticket = ? AND idx > ? AND ${CHANGES_INTERNAL} ORDER BY idx`,
    )
    .all(number, knownFrom)
    .map(({ idx, time, internal: before }): Turn => ({
      index: Number(idx),
      time: Number(time),
      internalBefore: Number(before),
    }))
  return new HiddenTimes(viewer, turns, knownFrom, internal)
}
