/**
 * A power cut at random instants: the server is halted in the middle of its writes, its files are copied as they lie there,
 * and it goes on. A copy must open and hold every write that was answered before. Of the last commit, the only one whose
 * sync may not have ended, any part may be missing or rubbish: then the copy ends with the commit before.
 */
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '#src/sqlite/database.js'
import { temporaryFolder } from '../support/folder.js'
import { Client } from '../support/load.js'
import { startServer, waitUntil } from '../support/server.js'
import { standStill } from '../support/stand-still.js'
import { copyStore, randomOf, readLog, scrambled, withLog } from './copies.js'
import { examine } from './evidence.js'
import { Writer, type Attempt, type Log } from './traffic.js'

const CUTS = 8
const TORN_COPIES = 5
const CLIENTS = 16

/** The log of attempts as it stood when so many had ended: of later ones nothing can be said. */
function logAt({ attempts, complaints }: Log, count: number): Log {
  const doubt = (attempt: Attempt): Attempt =>
    attempt.outcome === 'done' ? { ...attempt, outcome: 'unknown', index: undefined } : attempt
  return { attempts: attempts.map((attempt, place) => (place < count ? attempt : doubt(attempt))), complaints }
}

test.skipIf(process.platform !== 'linux')('every copy of the files opens, whole up to its last commit', async () => {
  const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000)
  const random = randomOf(seed)
  const folder = temporaryFolder()
  const server = await startServer({ dataDirectory: join(folder, 'data'), args: ['--history', '1000000'] })
  onTestFinished(() => server.kill9())
  const log: Log = { attempts: [], complaints: [] }
  const stop = new AbortController()
  const running = Array.from({ length: CLIENTS }, (_, place) => new Writer(`w${place}`, log).run(server, stop.signal))

  const copies: { path: string; answered: number }[] = []
  for (let cut = 1; cut <= CUTS; cut++) {
    const before = log.attempts.length
    await new Promise((resolve) => setTimeout(resolve, 50 + random() * 400))
    await waitUntil('answers to go on', () => log.attempts.length > before + CLIENTS)
    const answered = log.attempts.length
    await standStill(server.process)
    copies.push({ path: copyStore(server.dataDirectory, join(folder, `cut-${cut}`)), answered })
    server.process.kill('SIGCONT')
  }
  stop.abort()
  await Promise.all(running)
  expect(await server.stop()).toEqual({ code: 0, signal: null })
  expect(copies.at(-1)?.answered).toBeGreaterThan(CUTS * CLIENTS)

  for (const [cut, { path, answered }] of copies.entries()) {
    const name = `cut ${cut + 1} of seed ${seed}`
    const { log: bytes, ends } = readLog(path)
    const whole = examine(copyAgain(path, bytes), logAt(log, answered))
    expect(whole.faults, `the copy of ${name}`).toEqual([])

    const before = ends.at(-2) ?? ends.at(-1) ?? 0
    const least = examine(withLog(path, bytes.subarray(0, before), `${path}-before`), logAt(log, 0))
    expect(least.faults, `${name} without its last commit`).toEqual([])
    for (let copy = 1; copy <= TORN_COPIES; copy++) {
      const from = before + Math.floor(random() * (bytes.length - before))
      const isCut = copy % 2 === 0
      const torn = isCut ? bytes.subarray(0, from) : scrambled(bytes, from, random)
      const { events, faults } = examine(withLog(path, torn, `${path}-torn-${copy}`), logAt(log, 0))
      const what = `${name}, ${isCut ? 'cut off' : 'scrambled'} at byte ${from} of ${bytes.length}`
      expect(faults, `the copy of ${what}`).toEqual([])
      expect([least.events.length, whole.events.length], `the copy of ${what}`).toContain(events.length)
      expect(events, `the copy of ${what}`).toEqual(whole.events.slice(0, events.length))
    }
  }

  // A server takes the last torn copy for what it is: a store that ends a little earlier.
  const torn = join(folder, 'torn-data')
  mkdirSync(torn)
  for (const file of ['desk.db', 'desk.db-wal']) {
    copyFileSync(`${copies.at(-1)?.path}-torn-${TORN_COPIES}/${file}`, join(torn, file))
  }
  const next = await startServer({ dataDirectory: torn })
  onTestFinished(() => next.kill9())
  const client = new Client()
  onTestFinished(() => client.close())
  const head = Number((await client.get(`${next.keysUrl}/v2/keys/`)).headers['x-etcd-index'])
  const { body } = await client.form('PUT', `${next.keysUrl}/v2/keys/next`, { value: 'here' })
  expect(body).toContain(`"modifiedIndex":${head + 1},`)
})

test('the examination notices what is wrong', async () => {
  const folder = temporaryFolder()
  const server = await startServer({ dataDirectory: join(folder, 'data') })
  onTestFinished(() => server.kill9())
  const log: Log = { attempts: [], complaints: [] }
  const stop = new AbortController()
  const running = [new Writer('a', log).run(server, stop.signal), new Writer('b', log).run(server, stop.signal)]
  await waitUntil('some writes', () => log.attempts.length > 100)
  stop.abort()
  await Promise.all(running)
  await server.stop()
  const file = join(folder, 'data', 'desk.db')
  // A stopped server's file is whole by itself: whoever copies it need not know of the log beside it.
  expect(examine(withLog(file, Buffer.alloc(0), join(folder, 'alone')), log).faults).toEqual([])
  expect(examine(file, log).faults).toEqual([])
  const done = log.attempts.findIndex(({ outcome }) => outcome === 'done')
  const change = (outcome: Attempt['outcome']): Log => ({
    complaints: [],
    attempts: log.attempts.map((attempt, place) => (place === done ? { ...attempt, outcome } : attempt)),
  })
  expect(examine(file, change('refused')).faults).toHaveLength(1)
  expect(examine(file, { ...log, attempts: log.attempts.toSpliced(done, 1) }).faults).toHaveLength(1)
  expect(
    examine(file, { ...log, attempts: [...log.attempts, { kind: 'write', value: 'x', outcome: 'done' }] }).faults,
  ).toHaveLength(1)
  for (const damage of [
    'DELETE FROM events WHERE idx = (SELECT max(idx) FROM events)',
    'UPDATE head SET idx = idx + 1',
    'UPDATE events SET idx = idx + 1 WHERE idx = (SELECT max(idx) FROM events)',
    "UPDATE keys SET value = 'other' WHERE value = (SELECT max(value) FROM keys)",
    "DELETE FROM keys WHERE name = (SELECT max(name) FROM keys WHERE parent = '/queue')",
    'DELETE FROM tickets WHERE number = 1',
    'UPDATE counters SET value = value - 1',
  ]) {
    const copy = withLog(
      file,
      Buffer.alloc(0),
      join(folder, 'damaged'.concat(String(damage.length), damage.slice(0, 8))),
    )
    const database = openDatabase(copy)
    database.exec(damage)
    database.close()
    expect(examine(copy, log).faults, `after ${damage}`).not.toEqual([])
  }
})

function copyAgain(path: string, bytes: Buffer): string {
  return withLog(path, bytes, `${path}-whole`)
}
