// @ts-check
/**
 * The names of backups, and which of them are kept: for each of the newest days, weeks and months that have a backup, the newest one of it.
 * Periods are counted by the backups that there are, not by the calendar: where none was made for a year, none is removed for it.
 * All times are UTC.
 */

/**
 * @typedef {object} Keep how many days, weeks and months keep a backup
 * @property {number} daily @property {number} weekly @property {number} monthly
 */

const NAME = /^etcdesk-(\d{4})-(\d\d)-(\d\d)T(\d\d)(\d\d)(\d\d)Z\.db$/u

/** The name of a backup that was made then. @param {Date} time */
export function nameOf(time) {
  return `etcdesk-${time.toISOString().slice(0, 19).replaceAll(':', '')}Z.db`
}

/** When the backup of this name was made; undefined for any other name. @param {string} name */
export function timeOf(name) {
  const [, year, month, day, hour, minute, second] = NAME.exec(name) ?? []
  if (year === undefined) return undefined
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  // 30 February and the like are none of ours.
  return !Number.isNaN(time.getTime()) && nameOf(time) === name ? time : undefined
}

/**
 * Which of these names are backups that need no longer be kept. What is no backup's name is never among them, nor is `made`.
 * @param {readonly string[]} names @param {Keep} keep @param {string} made the backup that was just made
 * @returns {string[]}
 */
export function outdated(names, keep, made) {
  const backups = names
    .flatMap((name) => {
      const time = timeOf(name)
      return time === undefined ? [] : [{ name, time }]
    })
    .toSorted((one, other) => other.time.getTime() - one.time.getTime())
  const kept = new Set([made])
  /** @type {[(time: Date) => string, number][]} */
  const rules = [
    [dayOf, keep.daily],
    [weekOf, keep.weekly],
    [monthOf, keep.monthly],
  ]
  for (const [periodOf, count] of rules) {
    const periods = new Set()
    for (const { name, time } of backups) {
      const period = periodOf(time)
      if (periods.has(period) || periods.size >= count) continue
      periods.add(period)
      kept.add(name)
    }
  }
  return backups.map(({ name }) => name).filter((name) => !kept.has(name))
}

/** @param {Date} time */
const dayOf = (time) => time.toISOString().slice(0, 10)

/** @param {Date} time */
const monthOf = (time) => time.toISOString().slice(0, 7)

/** The Monday of its week. @param {Date} time */
function weekOf(time) {
  const monday = new Date(time)
  monday.setUTCDate(time.getUTCDate() - ((time.getUTCDay() + 6) % 7))
  return dayOf(monday)
}
