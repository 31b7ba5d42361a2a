/**
 * A disk that fails, always or now and then: SQLite is told that what it wrote did not reach the disk. Nobody may be told that a change was made, nor that
 * it was not, where a crash could still bring it to light; reads go on; and when the disk works again so does the desk.
 */
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { extent, seed } from '../faults/extent.js'
import { temporaryFolder } from '../support/folder.js'
import { Client } from '../support/load.js'
import { parseMetrics, valueOf } from '../support/metrics.js'
import { missing } from '../support/requirements.js'
import { startServer, waitUntil } from '../support/server.js'
import { giveTrouble } from '../support/trouble.js'
import { copyStore, randomOf } from './copies.js'
import { examine } from './evidence.js'
import { modifiedIndexOf, outcomeOf, Writer, type Log } from './traffic.js'

const CLIENTS = 8

/** Changes that are made in a life in which the disk fails now and then. */
const ENOUGH = 100

/** What happens to which calls, and to each which of them: by and by every step of a commit, and of what is done where one fails. */
const NOW_AND_THEN = [
  { calls: 'fsync,fdatasync', error: 'EIO', every: 3 },
  { calls: 'pwrite64', error: 'EIO', every: 211 },
  { calls: 'pwrite64', error: 'ENOSPC', every: 199 },
  { calls: 'pwrite64,pread64', error: 'EIO', every: 151 },
]

describe.skipIf(missing('strace'))('a disk that fails', () => {
  test.each([
    ['at every sync', 'fsync,fdatasync', extent({ short: 2, long: 20 })],
    ['at every write', 'pwrite64,ftruncate', extent({ short: 1, long: 20 })],
  ])(
    '%s loses nothing, and takes nothing back, also where the server is then killed',
    { timeout: 300_000 },
    async (_, calls, lives) => {
      const random = randomOf(seed)
      const folder = temporaryFolder()
      const dataDirectory = join(folder, 'data')
      const log: Log = { attempts: [], complaints: [] }
      const writers = Array.from({ length: CLIENTS }, (_value, place) => new Writer(`w${place}`, log))
      for (let life = 1; life <= lives; life++) {
        const server = await startServer({ dataDirectory, args: ['--history', '1000000'] })
        onTestFinished(() => server.kill9())
        const killed = new AbortController()
        const running = writers.map((writer) => writer.run(server, killed.signal))
        const before = log.attempts.length
        await waitUntil('some answers', () => log.attempts.length > before + 50)
        const trouble = await giveTrouble(server.process.pid, calls, 'error=EIO')
        const struck = log.attempts.length
        await waitUntil('everybody to be told that it fails', () => log.attempts.length >= struck + CLIENTS)
        expect((await fetch(`${server.keysUrl}/v2/keys/`)).status).toBe(200)
        expect((await fetch(`${server.deskUrl}/readyz`)).status).toBe(503)
        await new Promise((resolve) => setTimeout(resolve, random() * 300))
        if (life % 2 === 0) {
          await trouble.stop()
          const healed = log.attempts.length
          await waitUntil('writes to be done again', () =>
            log.attempts.slice(healed).some(({ outcome }) => outcome === 'done'),
          )
        }
        await server.kill9()
        await trouble.stop()
        killed.abort()
        await Promise.all(running)
        const { faults } = examine(copyStore(dataDirectory, join(folder, `life-${life}`)), log)
        expect(faults, `after life ${life} of seed ${seed}`).toEqual([])
      }
    },
  )

  test(
    'now and then, or has no room now and then, leaves nobody in error about any change, also where the server is then killed',
    { timeout: 300_000 },
    async () => {
      const folder = temporaryFolder()
      const dataDirectory = join(folder, 'data')
      const log: Log = { attempts: [], complaints: [] }
      const writers = Array.from({ length: CLIENTS }, (_value, place) => new Writer(`w${place}`, log))
      const lives = Array.from({ length: extent({ short: 1, long: 10 }) }, () => NOW_AND_THEN).flat()
      for (const [life, { calls, error, every }] of lives.entries()) {
        const server = await startServer({ dataDirectory, args: ['--history', '1000000'] })
        onTestFinished(() => server.kill9())
        const trouble = await giveTrouble(server.process.pid, calls, `error=${error}`, `${2 + life}+${every}`)
        const killed = new AbortController()
        const running = writers.map((writer) => writer.run(server, killed.signal))
        const before = log.attempts.length
        await waitUntil('many changes to be made, and some to fail or to be looked into', async () => {
          const since = log.attempts.slice(before)
          const failed = since.filter(({ status = 0 }) => status >= 500).length
          const metrics = await (await fetch(`${server.deskUrl}/metrics`)).text()
          const unknown = valueOf(parseMetrics(metrics), 'etcdesk_unknown_outcomes_total')
          return failed + unknown >= CLIENTS && since.filter(({ outcome }) => outcome === 'done').length > ENOUGH
        })
        await server.kill9()
        await trouble.stop()
        killed.abort()
        await Promise.all(running)
        const { faults } = examine(copyStore(dataDirectory, join(folder, `life-${life}`)), log)
        expect(faults, `after life ${life}, with ${error} at ${calls}`).toEqual([])
      }
    },
  )

  test('leaves nobody in error about the last change before the server is killed', async () => {
    const folder = temporaryFolder()
    const dataDirectory = join(folder, 'data')
    const log: Log = { attempts: [], complaints: [] }
    const server = await startServer({ dataDirectory, args: ['--history', '1000000'] })
    onTestFinished(() => server.kill9())
    const put = async (value: string): Promise<void> => {
      const client = new Client()
      onTestFinished(() => client.close())
      const reply = await client.form('PUT', `${server.keysUrl}/v2/keys/last/${value}`, { value })
      log.attempts.push({ value, kind: 'write', outcome: outcomeOf(reply), index: modifiedIndexOf(reply.body) })
    }
    await put('before')
    await giveTrouble(server.process.pid, 'fsync,fdatasync', 'error=EIO')
    await Promise.all(['one', 'two', 'three'].map(put))
    expect(log.attempts.map(({ outcome }) => outcome)).toEqual(['done', 'unknown', 'unknown', 'unknown'])
    await server.kill9()
    expect(examine(copyStore(dataDirectory, join(folder, 'copy')), log).faults).toEqual([])
  })
})
