/**
 * Variables of the environment that look like settings and are none: a slip that would go unseen, since what is not known is not
 * read. Their values are not repeated, as one may be a password.
 */
import { shortened } from '../http/repeated.js'
import { configSetting, settingsTable, variableName } from './settings-table.js'

const PREFIX = 'ETCDESK_'

/** All that some verb reads: the settings, and what `etcdesk menu` has for where it works and as whom. */
const OF_MENU = ['endpoint', 'user', 'password', 'token'].map((flag) => ({ flag }))
const KNOWN = [...Object.values(settingsTable), configSetting, ...OF_MENU].map(({ flag }) => variableName(flag))

/** `NAME=VALUE` as Kubernetes and Docker set it in a container beside a service that is called etcdesk. */
const OF_A_SERVICE = /^\w+_(?:SERVICE_(?:HOST|PORT)|PORT_\d+_(?:TCP|UDP|SCTP))|=(?:tcp|udp|sctp):\/\//u

/** Which share of a setting's name may be wrong, missing or too much where it is meant. */
const SLIPS_SHARE = 1 / 3

/** A sentence for each, with what was likely meant. One that is empty counts as not set. */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  const isUnknown = ([name, value = '']: [string, string | undefined]): boolean =>
    name.startsWith(PREFIX) && value !== '' && !KNOWN.includes(name) && !OF_A_SERVICE.test(`${name}=${value}`)
  return Object.entries(env)
    .filter(isUnknown)
    .map(([name]) => {
      const meant = nearest(name)
      const advice = meant === undefined ? "'etcdesk help serve' shows all there are." : `is ${meant} meant?`
      return `The environment sets ${shortened(name)}, which is no setting of etcdesk: ${advice}`
    })
}

function nearest(name: string): string | undefined {
  const near = KNOWN.map((known) => ({ known, slips: slipsBetween(name, known) }))
    .filter(({ known, slips }) => slips <= (known.length - PREFIX.length) * SLIPS_SHARE)
    .toSorted((one, other) => one.slips - other.slips)
  return near[0]?.known
}

/** How many letters have to be changed, left out or put in to make one of the other (Levenshtein's distance). */
function slipsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, place) => place)
  for (let place = 0; place < one.length; place++) {
    const next = [place + 1]
    for (let at = 0; at < other.length; at++) {
      const changed = (row[at] ?? 0) + (one[place] === other[at] ? 0 : 1)
      next.push(Math.min(changed, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
