/**
 * What the log says of requests: a line for each that failed or took long, and for every one at the level debug. While
 * everything fails it says so in few lines: of what goes wrong only so many requests a second are told one by one.
 */
import type { EndedRequest } from '../http/door-book.js'
import { NO_STATUS } from '../http/request-times.js'
import type { Logger } from './log.js'

/** Lines about trouble in one second; each is written at once, so that many more would cost all requests time. */
const LINES_MAX = 20

const SECOND_MS = 1000

/** A secret that somebody wrote into a path, where none belongs. */
const SECRET = /(ed[ksl])_\w+/gu

export class RequestLog {
  readonly #log: Logger
  readonly #tellsAll: boolean
  #lines = 0
  #leftOut = 0
  #isCounting = false

  constructor(log: Logger) {
    this.#log = log
    this.#tellsAll = log.isLevelEnabled('debug')
  }

  /** Whether every request is to be told. */
  get tellsAll(): boolean {
    return this.#tellsAll
  }

  /** Tells of a request at a door. */
  tell(door: string, { requestId, method, path, status, durationMs }: EndedRequest): void {
    const name = { door, requestId, method, path: path.replaceAll(SECRET, '$1_…') }
    const isFailed = status >= 500
    if (status === NO_STATUS) this.#log.debug({ ...name, durationMs }, 'a client went away before it was answered')
    else if (isFailed || durationMs > SECOND_MS) this.#tellTrouble({ ...name, status, durationMs }, isFailed)
    else this.#log.debug({ ...name, status, durationMs }, 'a request was answered')
  }

  #tellTrouble(fields: object, isFailed: boolean): void {
    if (!this.#isCounting) setTimeout(() => this.#nextSecond(), SECOND_MS).unref()
    this.#isCounting = true
    if (this.#lines >= LINES_MAX && !this.#tellsAll) {
      this.#leftOut += 1
      return
    }
    this.#lines += 1
    if (isFailed) this.#log.warn(fields, 'a request failed')
    else this.#log.info(fields, 'a request took long')
  }

  #nextSecond(): void {
    if (this.#leftOut > 0) this.#log.warn({ leftOut: this.#leftOut }, 'more requests failed or took long')
    this.#lines = 0
    this.#leftOut = 0
    this.#isCounting = false
  }
}
