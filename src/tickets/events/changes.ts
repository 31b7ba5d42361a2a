/** What an event says that changed: of each member what it was and what it is, of a description only that it changed. */
import type { Directory } from '../../catalogue/directory.js'
import type { Viewer } from '../../users/viewer.js'
import { afterAlone, shownChange, shownFields, type FromTo, type Pair, type SetChange } from '../shown.js'
import { factsAfter, factsBefore, type DeskEvent } from './detail.js'

export type ToldChange = FromTo | SetChange | Readonly<Record<string, FromTo>> | true

export type ToldChanges = Readonly<Record<string, ToldChange>>

/**
 * The changes that a viewer may be told; undefined where there were some and none is left. Where the ticket was hidden until then, what
 * stood before is left out.
 */
export function toldChanges(
  viewer: Viewer,
  directory: Directory,
  { index, detail }: DeskEvent,
  wasHidden: boolean,
): ToldChanges | undefined {
  const { changes = {} } = detail
  const side = (pair: Pair): Pair => (wasHidden ? afterAlone(pair) : pair)
  const told: Record<string, ToldChange> = {}
  let isLess = false
  for (const [member, change] of Object.entries(changes)) {
    if (member === 'fields') {
      const { queue } = factsAfter(detail)
      const pairs = Object.entries(Object(change)).map(([number, pair]) => [number, side(pairOf(pair))] as const)
      const fields = shownFields(viewer, directory, pairs, [factsBefore(detail)?.queue ?? queue, queue], index)
      if (fields === undefined) isLess = true
      else told[member] = fields
    } else {
      const shown = change === true || shownChange(directory, member, side(pairOf(change)))
      if (shown !== undefined) told[member] = shown
    }
  }
  return isLess && Object.keys(told).length === 0 ? undefined : told
}

/** What an event holds of a member before and after. */
export function pairOf(pair: unknown): Pair {
  return Array.isArray(pair) ? [pair[0], pair[1]] : [undefined, undefined]
}
