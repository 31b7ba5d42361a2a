/**
 * How many requests of each kind a door has answered, and how long they took. A kind is a method, a route and a status, each
 * of a bounded set whatever is sent, so that no client can fill the memory with kinds.
 */
import { Distribution, SECONDS, type DistributionData } from '../measure/distribution.js'

/** The status of a request whose client went away before it was answered. */
export const NO_STATUS = 0

/** Requests of one kind. */
export interface RequestKind {
  readonly method: string
  readonly route: string
  /** `NO_STATUS` where there was no answer. */
  readonly status: number
  /** How long they took, in seconds. */
  readonly times: DistributionData
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])

/** Stands for every method but those. */
const OTHER_METHOD = 'other'

interface Counted {
  readonly method: string
  readonly route: string
  readonly status: number
  readonly times: Distribution
}

export class RequestTimes {
  readonly #all: Counted[] = []
  readonly #counted = new Map<string, Map<string, Map<number, Counted>>>()
  /** The kind that was noted last: nearly always the next one's. */
  #last: Counted | undefined

  /** Notes a request. `route` is one of a fixed few: the set of routes is not bounded here. */
  note(method: string | undefined, route: string, status: number, milliseconds: number): void {
    let counted = this.#last
    if (counted?.route !== route || counted.method !== method || counted.status !== status) {
      counted = this.#find(METHODS.has(method ?? '') ? (method ?? '') : OTHER_METHOD, route, status)
      this.#last = counted
    }
    counted.times.note(milliseconds / 1000)
  }

  kinds(): RequestKind[] {
    return this.#all.map(({ method, route, status, times }) => ({ method, route, status, times: times.data() }))
  }

  #find(method: string, route: string, status: number): Counted {
    const methods = placeIn(this.#counted, route, () => new Map<string, Map<number, Counted>>())
    const statuses = placeIn(methods, method, () => new Map<number, Counted>())
    return placeIn(statuses, status, () => {
      const counted = { method, route, status, times: new Distribution(SECONDS) }
      this.#all.push(counted)
      return counted
    })
  }
}

function placeIn<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}
