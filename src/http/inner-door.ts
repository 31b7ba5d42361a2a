/** A door within a door: another API that answers some of the requests that come to this one, before it looks at them, with limits of its own. */
import type { IncomingMessage } from 'node:http'
import type { WireAnswer, WireProblem } from './door.js'
import type { Visit } from './door-book.js'
import type { WireOptions } from './wire.js'

export interface InnerDoor {
  /** The base URL that clients are told to use; whoever opens the outer door sets it. */
  url: string
  /** The longest line and headers of a request, in bytes: the outer door reads as much. */
  readonly headerBytesMax: number
  /**
   * How it reads a request that Node refuses though it is one. The outer door reads all so: whose the request is shows only once it
   * is read.
   */
  readonly repair: NonNullable<WireOptions['repair']>
  /** Whether a request is for it. What is written oddly is so only where `isOuters` finds nothing of the outer door's at that URL. */
  takes(request: IncomingMessage, isOuters: (url: string) => boolean): boolean
  /** How it words what is wrong below HTTP with a request that is for it. */
  wireAnswer(problem: WireProblem): WireAnswer
  handleAll(visits: readonly Visit[]): void
  /** Ends what would never end by itself. */
  close(): void
}
