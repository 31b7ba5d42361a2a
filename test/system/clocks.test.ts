/**
 * Machines whose clock is wrong, or is set while the desk runs: nobody waits for it, keys expire about when they should, each
 * once, and no commit bears an earlier time than the one before.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isLong } from '../faults/extent.js'
import { startEtcdCluster } from '../support/etcd-cluster.js'
import { temporaryFolder } from '../support/folder.js'
import { Client } from '../support/load.js'
import { missing } from '../support/requirements.js'
import { startServer, waitUntil, type RunningServer } from '../support/server.js'

const HOUR = 3600

/** What the clock is set to, one after another, in seconds before or after the true time. */
const STEPS = isLong ? [0, HOUR, 0, -HOUR, -HOUR, 3 * HOUR, 0] : [0, HOUR, -HOUR, 0]

/** The same for three nodes. */
const ROUNDS = [[-HOUR, 0, HOUR], ...(isLong ? [[-HOUR, 0, 0]] : []), [0, HOUR, -HOUR]]

interface Clocked {
  readonly server: RunningServer
  /** Sets the clock so many seconds before or after the true time. */
  readonly set: (seconds: number) => void
}

/** A server that sees another time than the machine it runs on. */
async function startClocked(seconds: number, args: readonly string[] = []): Promise<Clocked> {
  const file = join(temporaryFolder(), 'clock')
  const set = (now: number): void => writeFileSync(file, `${now < 0 ? '' : '+'}${now}s\n`)
  set(seconds)
  const env = {
    // Not by the program `faketime` itself: it stands between a process and its signals.
    LD_PRELOAD: execFileSync('faketime', ['-m', '-f', '+0s', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' }).trim(),
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  }
  const server = await startServer({ args, env })
  onTestFinished(() => server.stop().then(() => undefined))
  return { server, set }
}

/** Makes a key that lasts for a while. A write that waits for a clock would be refused after 4.5 s. */
async function put({ keysUrl }: RunningServer, path: string, ttl?: number): Promise<void> {
  const client = new Client()
  const fields = ttl === undefined ? { value: 'x' } : { value: 'x', ttl: String(ttl) }
  const { status, body } = await client.form('PUT', `${keysUrl}/v2/keys${path}`, fields)
  client.close()
  expect([status, body]).toEqual([201, expect.any(String)])
}

/** Whether nobody says that it is gone: a slow machine may say nothing in time. */
async function isThere({ keysUrl }: RunningServer, path: string): Promise<boolean> {
  const { status } = await fetch(`${keysUrl}/v2/keys${path}?quorum=true`)
  return status !== 404
}

/** It is another node's turn some seconds after the first is found to be unfit. */
async function expires(server: RunningServer, path: string): Promise<void> {
  await waitUntil(`${path} to expire`, async () => !(await isThere(server, path)))
}

describe.skipIf(missing('faketime'))('a clock', () => {
  test('that is set, and set back, while the desk runs delays nobody, and keys expire all the same', async () => {
    const { server, set } = await startClocked(0)
    for (const [step, seconds] of STEPS.entries()) {
      const path = `/passing/${step}`
      await put(server, path, 2)
      set(seconds)
      await put(server, `/staying/${step}`)
      expect((await fetch(`${server.keysUrl}/v2/keys/?quorum=true`)).status).toBe(200)
      await expires(server, path)
      expect(await isThere(server, `/staying/${step}`)).toBe(true)
    }
    expect(await expiries(server)).toEqual(STEPS.map((_, step) => `/passing/${step}`))
  })

  test.skipIf(missing('etcd'))('that is wrong on one node of three hinders none of them', async () => {
    const cluster = await startEtcdCluster()
    onTestFinished(() => cluster.stop())
    const args = ['--store', `etcd://${cluster.endpoints.join(',')}/clocks`]
    // The first has the timer.
    const behind = await startClocked(-HOUR, args)
    const right = await startClocked(0, args)
    const ahead = await startClocked(HOUR, args)
    const nodes = [behind, right, ahead]
    for (const [round, settings] of ROUNDS.entries()) {
      nodes.forEach(({ set }, place) => set(settings[place] ?? 0))
      for (const [place, { server }] of nodes.entries()) {
        await put(server, `/passing/${round}-${place}`, 2)
        await put(server, `/staying/${round}-${place}`, 600)
      }
      for (const place of nodes.keys()) await expires(right.server, `/passing/${round}-${place}`)
    }
    for (const { server } of nodes)
      expect((await expiries(server)).filter((key) => key.startsWith('/passing/'))).toHaveLength(3 * ROUNDS.length)
    expect(behind.server.stderr() + right.server.stderr()).toMatch(/The clock of this machine is more than 5 s behind/u)
  })
})

/** The keys that expired, in order, as the history has them. */
async function expiries({ keysUrl }: RunningServer): Promise<string[]> {
  const keys: string[] = []
  for (let index = 1; ; index++) {
    const answer = await fetch(`${keysUrl}/v2/keys/?quorum=true`)
    await answer.arrayBuffer()
    if (index > Number(answer.headers.get('x-etcd-index'))) return keys
    const event = await fetch(`${keysUrl}/v2/keys/?wait=true&recursive=true&waitIndex=${index}`)
    const { action, node }: { action: string; node: { key: string } } = JSON.parse(await event.text())
    if (action === 'expire') keys.push(node.key)
  }
}
