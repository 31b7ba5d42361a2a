/**
 * How the doors open: each request is noted from its arrival, waits for whatever has to be known of who sends it, and is handled
 * together with all others of its turn.
 *
 * Promises: whatever goes wrong before a request is handled is answered by `fail`; the book has every request, and what was none.
 */
import type { Rates } from './rates.js'
import { boundBody } from './body.js'
import { arrive, DoorBook, type Visit } from './door-book.js'
import { openDoor, reachableUrl } from './door.js'
import type { Door, DoorLimits, DoorOptions, DoorServerOptions } from './door.js'
import { byTurns } from './turns.js'
import type { Who } from './who.js'

/** What such a door is told by whoever opens it. */
export interface VisitedDoorOptions extends DoorOptions {
  /** The base URL that people and clients are told to use; by default the door's own. */
  readonly advertise?: string
  readonly limits?: Partial<DoorLimits>
}

/** How one door deals with its requests. */
export interface Handling extends Pick<DoorServerOptions, 'wireAnswer' | 'repair' | 'onClosing'> {
  readonly who: Who
  readonly rates: Rates
  /** The longest line and headers of a request, in bytes. */
  readonly headerBytesMax: number
  /** Handles all requests of a turn. */
  readonly handleAll: (visits: readonly Visit[]) => void
  /** Answers a request of which it can't be known who sends it. */
  readonly fail: (visit: Visit, error: unknown) => void
}

/** Opens it; `url` is where it is told to be. Rejects with Node's own error where it can not listen. */
export async function openVisitedDoor(
  { listen, book = new DoorBook(), advertise, limits, room, tls }: VisitedDoorOptions,
  { who, rates, headerBytesMax, handleAll, fail, ...wire }: Handling,
): Promise<{ readonly door: Door; readonly url: string }> {
  const handle = byTurns<Visit>((visits, since) => {
    handleAll(visits)
    for (const { request, response } of visits) boundBody(request, response)
    book.noteTurn(visits, since)
  })
  const door = await openDoor({
    listen,
    handler: (request, response) => {
      const visit = arrive(request, response)
      const wait = who.prepare(request, rates)
      if (wait === undefined) handle(visit)
      else {
        const since = performance.now()
        wait.then(
          () => handle(visit),
          (error: unknown) => {
            fail(visit, error)
            boundBody(request, response)
            book.noteTurn([visit], since)
          },
        )
      }
    },
    onRefused: (status) => book.noteMalformed(status),
    limits: { headerBytesMax, ...limits },
    ...wire,
    ...(room && { room }),
    ...(tls && { tls }),
  })
  return { door, url: advertise ?? reachableUrl(door) }
}
