/** What a viewer is told of an event, and what is looked at for that. */
import type { Directory } from '../../catalogue/directory.js'
import type { Viewer } from '../../users/viewer.js'
import type { Facts } from '../facts.js'
import type { DeskEvent } from './detail.js'
import type { Standings } from './sight.js'

/** Who looks, what things are called, and how the tickets stand. */
export interface Telling {
  readonly viewer: Viewer
  readonly directory: Directory
  readonly standings: Standings
}

/** What a viewer is told. */
export interface Told {
  readonly index: number
  readonly type: string
  readonly data: object
  /** Of an event of a ticket. */
  readonly ticket?: ToldTicket
  /** The only user who is told; everybody who sees as much where it is not there. */
  readonly only?: number
}

/** What is known of a ticket beside what happened to it. */
export interface ToldTicket {
  readonly number: number
  /** Undefined where it was not there, or not to be seen. */
  readonly before: Facts | undefined
  readonly after: Facts | undefined
}

/** When it was, and who did it. */
export function headOf({ directory }: Telling, { index, detail }: DeskEvent) {
  return { index, time: timeText(detail.time), actor: directory.handle(detail.actor), door: detail.door }
}

export function timeText(time: number): string {
  return new Date(time).toISOString()
}
