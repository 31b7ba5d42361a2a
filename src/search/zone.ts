/**
 * Days as people live them: when one begins and ends in a zone of the world, in whole seconds since 1970. A day in which clocks are set
 * is an hour shorter or longer; one that a zone has left out has no second at all. Days never overlap, and leave no second out.
 */

const DAY = 24 * 60 * 60

/** Such as `Europe/Berlin`. Offsets are not taken: a zone of 2026 has two of them. */
const NAME = /^[a-z][a-z0-9_+/-]{0,63}$/iu

export class Zone {
  static readonly utc = new Zone(undefined)
  /** Undefined for UTC, which needs no calendar. */
  readonly #format: Intl.DateTimeFormat | undefined

  private constructor(format: Intl.DateTimeFormat | undefined) {
    this.#format = format
  }

  /** The zone of an IANA name; undefined where there is none. */
  static named(name: string): Zone | undefined {
    if (!NAME.test(name)) return undefined
    if (['utc', 'etc/utc'].includes(name.toLowerCase())) return Zone.utc
    try {
      return new Zone(
        new Intl.DateTimeFormat('en-US', {
          timeZone: name,
          calendar: 'gregory',
          numberingSystem: 'latn',
          hourCycle: 'h23',
          year: 'numeric',
          month: 'numeric',
          day: 'numeric',
          hour: 'numeric',
          minute: 'numeric',
          second: 'numeric',
        }),
      )
    } catch (error) {
      if (error instanceof RangeError) return undefined
      throw error
    }
  }

  /** The day, as days since 1970, on which a second lies. */
  dayOf(second: number): number {
    return Math.floor(this.#wall(second) / DAY)
  }

  /** The first second of a day. Where a zone has left the day out, that of the next one. */
  startOf(day: number): number {
    const midnight = day * DAY
    if (this.#format === undefined) return midnight
    // What clocks show differs from UTC by less than a day, so what holds a day before and after is all that may hold at that midnight.
    const offsets = [-DAY, 0, DAY].map((away) => this.#wall(midnight + away) - midnight - away)
    const [latest, earliest] = [midnight - Math.min(...offsets), midnight - Math.max(...offsets)]
    const exact = offsets.map((offset) => midnight - offset).filter((second) => this.#wall(second) === midnight)
    return exact.length > 0 ? Math.min(...exact) : this.#firstBehind(midnight, earliest, latest)
  }

  /** The first second at which clocks show more than `wall`, which they never show: they are set from before to behind it. */
  #firstBehind(wall: number, from: number, to: number): number {
    let [before, behind] = [from, to]
    while (behind - before > 1) {
      const middle = Math.floor((before + behind) / 2)
      if (this.#wall(middle) > wall) behind = middle
      else before = middle
    }
    return behind
  }

  /** What clocks show then, as if it were UTC. */
  #wall(second: number): number {
    if (this.#format === undefined) return second
    const shown: Record<string, number> = {}
    for (const { type, value } of this.#format.formatToParts(second * 1000)) shown[type] = Number(value)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: seconds = 0 } = shown
    return Date.UTC(year, month - 1, day, hour, minute, seconds) / 1000
  }
}
