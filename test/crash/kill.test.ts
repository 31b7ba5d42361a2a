/**
 * kill -9 in the middle of concurrent writes, again and again on one data folder. After each death the file is held against
 * what the clients were told; at the end so is what a follower was shown.
 */
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { extent } from '../faults/extent.js'
import { temporaryFolder } from '../support/folder.js'
import { startEtcdesk, startServer, waitUntil } from '../support/server.js'
import { copyStore, randomOf } from './copies.js'
import { examine } from './evidence.js'
import { Follower, Writer, type Log } from './traffic.js'

const LIVES = extent({ short: 12, long: 40 })
const CLIENTS = 20
/** How long a life lasts under load at least and at most, in milliseconds. */
const LIFE_MS = [40, 600] as const

test('every answered write survives kill -9, once and at its index, and nothing else does', async () => {
  const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000)
  const random = randomOf(seed)
  const folder = temporaryFolder()
  const dataDirectory = join(folder, 'data')
  const start = () => startServer({ dataDirectory, args: ['--history', '1000000'] })
  const log: Log = { attempts: [], complaints: [] }
  const writers = Array.from({ length: CLIENTS }, (_, place) => new Writer(`w${place}`, log))
  const follower = new Follower()

  for (let life = 1; life <= LIVES; life++) {
    const server = await start()
    onTestFinished(() => server.kill9())
    const killed = new AbortController()
    const running = [...writers, follower].map((client) => client.run(server, killed.signal))
    const answered = log.attempts.length
    await waitUntil('the first answers', () => log.attempts.length > answered)
    await new Promise((resolve) => setTimeout(resolve, LIFE_MS[0] + random() * (LIFE_MS[1] - LIFE_MS[0])))
    await server.kill9()
    killed.abort()
    await Promise.all(running)
    const { faults } = examine(copyStore(dataDirectory, join(folder, `life-${life}`)), log)
    expect(faults, `after life ${life} of seed ${seed}`).toEqual([])
    if (life % 4 === 0) {
      // Death while starting: nothing to lose, but the file must open the next time.
      const starting = startEtcdesk([
        'serve',
        '--listen=127.0.0.1:0',
        '--keys-listen=127.0.0.1:0',
        '--data',
        dataDirectory,
      ])
      await new Promise((resolve) => setTimeout(resolve, random() * 300))
      starting.process.kill('SIGKILL')
      await starting.ended
    }
  }

  const server = await start()
  onTestFinished(() => server.kill9())
  const stopped = new AbortController()
  const following = follower.run(server, stopped.signal)
  const sharedIndex = await lastShared(server.keysUrl)
  await waitUntil('the follower to have caught up', () =>
    (follower.events.at(-1) ?? '').includes(`"modifiedIndex":${sharedIndex},`),
  )
  stopped.abort()
  await following
  expect(await server.stop()).toEqual({ code: 0, signal: null })

  const { events, faults } = examine(join(dataDirectory, 'desk.db'), log)
  expect(faults, `at the end of seed ${seed}`).toEqual([])
  const shared = events.filter(({ key }) => key.startsWith('/shared/')).map(({ body }) => body)
  expect(follower.events).toEqual(shared)
  const count = (outcome: string): number => log.attempts.filter((attempt) => attempt.outcome === outcome).length
  // The test is worth something only if all three happened.
  expect(count('done')).toBeGreaterThan(LIVES)
  expect(count('refused')).toBeGreaterThan(LIVES)
  expect(count('unknown')).toBeGreaterThan(LIVES)
})

/** The newest index of anything below `/shared`. */
async function lastShared(keysUrl: string): Promise<number> {
  const text = await (await fetch(`${keysUrl}/v2/keys/shared?recursive=true`)).text()
  return Math.max(...[...text.matchAll(/"value":"[^"]*","modifiedIndex":(\d+)/gu)].map(([, index]) => Number(index)))
}
