// @ts-check
/**
 * What searches cost over a store with full tickets, in milliseconds of the processor: each is answered as the reading thread answers
 * it, from the text of the search to the JSON of the page, with its total.
 *
 *     node bench/search/search.mjs FOLDER [SEARCHES OF EACH KIND] [HANDLE]
 *
 * With a handle they are that user's, whose part of a closed desk is all that is found.
 */
import { join } from 'node:path'
import { writePlace } from '#src/http/desk-api/v1/cursor.js'
import { ticketList } from '#src/http/desk-api/v1/finding/list.js'
import { DeskRoom } from '#src/http/desk-api/v1/finding/questions.js'
import { ticketStats } from '#src/http/desk-api/v1/finding/stats.js'
import { openDatabase } from '#src/sqlite/database.js'
import { RecordReader } from '#src/store/records.js'
import { findUser } from '#src/users/finding.js'
import { querySet, worst, worstWords } from './queries.mjs'

/** @typedef {import('./queries.mjs').Query} Query */

const pageSize = 50

/** Other searches of each kind come first: those that are measured meet code that was compiled, as in a desk that has been up for a minute. */
const warmUpEach = 40
const warmUpSeed = 98

/** As of a walk in which nothing moved. */
const NEVER = 999_999_999_999_999

const patience = { until: Infinity, isCancelled: () => false }
/** Who asks; nobody in particular where no handle is given. */
let asker = { actor: /** @type {number | null} */ (null), door: 'api' }

/** @param {DeskRoom} room @param {Query & { offset?: number }} query */
function list(room, { q, sort, after, offset }) {
  const name = JSON.stringify(['tickets', q, sort ?? '', ''])
  const cursor = after && writePlace(name, { value: after[0], number: after[1], since: NEVER })
  const asked = { asker, q, sort, tz: undefined, now: Date.now(), limit: pageSize, cursor, offset, snippets: false }
  return ticketList.answer(room, asked, { ...patience, until: performance.now() + 1000 })
}

/** With its offset, of which the search only says behind which part it is. @param {DeskRoom} room @param {Query} query */
function placed(room, query) {
  if (query.behind === undefined) return query
  const { page } = measured(() => list(room, { q: query.q }))
  return { ...query, offset: Math.floor(page.total * query.behind) }
}

/** @param {DeskRoom} room @param {Query} query */
function stats(room, { q }) {
  return ticketStats.answer(
    room,
    { asker, q, tz: undefined, now: Date.now(), days: undefined, queue: undefined },
    { ...patience, until: performance.now() + 1000 },
  )
}

/** @param {() => import('#src/http/desk-api/v1/finding/room.js').Answered} answer */
function measured(answer) {
  const before = process.cpuUsage()
  const answered = answer()
  const { user, system } = process.cpuUsage(before)
  const milliseconds = (user + system) / 1000
  if (answered.type !== 'refused') return { milliseconds, page: JSON.parse(answered.body) }
  // A user may not name all that the searches name.
  if (asker.actor === null) throw new Error(answered.detail)
  return { milliseconds, page: { tickets: [], total: 0 } }
}

/** @param {readonly number[]} values @param {number} share */
function quantile(values, share) {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** @param {string} name @param {readonly number[]} values */
function line(name, values) {
  const [middle, high, most] = [0.5, 0.99, 1].map((share) => quantile(values, share).toFixed(1).padStart(8))
  return `${name.padEnd(28)} ${middle} ${high} ${most}`
}

/** @param {string} folder @param {number} each @param {string | undefined} handle */
function measure(folder, each, handle) {
  const database = openDatabase(join(folder, 'desk.db'), { readOnly: true, cacheKibibytes: 64 * 1024 })
  if (handle !== undefined) asker = { ...asker, actor: numberOf(database, handle) }
  const room = new DeskRoom(database)
  const sets = querySet(each)
  for (const query of [...querySet(warmUpEach, warmUpSeed).values()].flat().map((one) => placed(room, one))) {
    list(room, query)
    stats(room, query)
  }
  console.log(
    `${''.padEnd(28)} ${['p50', 'p99', 'most'].map((word) => word.padStart(8)).join(' ')}  (ms of the processor)`,
  )
  for (const [name, queries] of sets) {
    console.log(
      line(
        name,
        queries.map((query) => placed(room, query)).map((query) => measured(() => list(room, query)).milliseconds),
      ),
    )
  }
  const counted = [...sets.values()].flat()
  console.log(
    line(
      'counts (stats)',
      counted.map((query) => measured(() => stats(room, query)).milliseconds),
    ),
  )
  for (const query of [...worst, ...worstWords].map((one) => placed(room, one))) {
    const times = Array.from({ length: 5 }, () => measured(() => list(room, query)))
    const { total, incomplete, tickets } = times[0]?.page ?? {}
    const order = query.sort === undefined ? '' : `sort:${query.sort}`
    const said = `${query.q} ${order} ${query.behind === undefined ? '' : `behind ${query.behind}`}`
    const cost = quantile(
      times.map(({ milliseconds }) => milliseconds),
      0.5,
    ).toFixed(1)
    console.log(`${cost.padStart(8)}  ${said}  (${tickets.length} of ${total}${incomplete ? ', incomplete' : ''})`)
  }
  database.close()
}

/** @param {import('#src/sqlite/database.js').Database} database @param {string} handle */
function numberOf(database, handle) {
  const user = findUser(new RecordReader(database), handle)
  if (user === undefined) throw new Error(`there is no user ${handle}`)
  return user.number
}

const [, , folder, each = '120', handle] = process.argv
if (folder === undefined) {
  console.error('Usage: node bench/search/search.mjs FOLDER [SEARCHES OF EACH KIND] [HANDLE]')
  process.exit(1)
}
measure(folder, Number(each), handle)
