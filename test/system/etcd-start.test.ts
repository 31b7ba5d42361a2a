/**
 * A start that meets an etcd which is not there yet, or breaks connections: it tries every member again and again, says once
 * what it waits for, and ends at once only for what waiting can't mend.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startCuttingProxy, type CuttingProxy } from '../support/cutting-proxy.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { etcdctl } from '../support/etcdctl.js'
import { freePorts } from '../support/etcd.js'
import { temporaryFolder } from '../support/folder.js'
import { missing } from '../support/requirements.js'
import { runEtcdesk, startEtcdesk, startServer, waitUntil, type RunningProgram } from '../support/server.js'

const WAITS = /The store can not be reached yet: (.+?)\. The start waits for it, for up to \d+ s more\./gu

/** Values of the keys that a new node has to list: several pages. */
const VALUE = 'v'.repeat(200_000)
const KEYS = 60

/** `etcdesk serve` on free ports and a new folder. */
function startNode(store: string, ...more: readonly string[]): RunningProgram {
  const doors = ['--listen', '127.0.0.1:0', '--keys-listen', '127.0.0.1:0']
  const program = startEtcdesk(['serve', ...doors, '--data', temporaryFolder(), '--store', store, ...more])
  onTestFinished(async () => {
    program.process.kill('SIGKILL')
    await program.ended
  })
  return program
}

function waitsOf(program: RunningProgram): string[] {
  return [...program.stderr().matchAll(WAITS)].map(([, why = '']) => why)
}

function isReady(program: RunningProgram): boolean {
  return program.stdout().includes(' is ready: ')
}

describe.skipIf(missing('etcd'))('a start', () => {
  let cluster: EtcdCluster
  let proxies: readonly CuttingProxy[] = []

  beforeAll(async () => {
    cluster = await startEtcdCluster()
    proxies = await Promise.all([1, 2, 3].map(() => startCuttingProxy(cluster.endpoints[0] ?? '')))
  })
  afterAll(async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()))
    await cluster.stop()
  })

  const storeAt = (prefix: string): string => `etcd://${proxies.map(({ endpoint }) => endpoint).join(',')}/${prefix}`

  test('while every member resets every connection waits, says so once, and goes on when one no longer does', async () => {
    for (const proxy of proxies) proxy.refuse(true)
    const node = startNode(storeAt('reset'))
    await waitUntil(node.stderr, () => waitsOf(node).length > 0)
    proxies[2]?.refuse(false)
    await waitUntil(node.stderr, () => isReady(node))
    expect(waitsOf(node)).toHaveLength(1)
    for (const proxy of proxies) proxy.refuse(false)
  })

  test('whose listing breaks off again and again has all of it in the end', async () => {
    const first = await startServer({ args: ['--store', storeAt('listing')] })
    onTestFinished(() => first.stop().then(() => undefined))
    for (let number = 0; number < KEYS; number++) {
      const answer = await fetch(`${first.keysUrl}/v2/keys/k${number}`, {
        method: 'PUT',
        body: new URLSearchParams({ value: VALUE }),
      })
      expect(answer.status).toBe(201)
    }
    // Two connections to each: for requests and for the watch.
    for (const proxy of proxies) proxy.cutAfter([3e6, 3e6, 3e6, 3e6])
    const node = await startServer({ args: ['--store', storeAt('listing')] })
    onTestFinished(() => node.stop().then(() => undefined))
    const { node: root }: { node: { nodes: unknown[] } } = Object(await (await fetch(`${node.keysUrl}/v2/keys`)).json())
    expect(root.nodes).toHaveLength(KEYS)
  })

  test.each([
    ['after the time that it was told', '1', 'reached within 1 s'],
    ['after one attempt, where it was told no time', '0', 'reached'],
  ])('ends %s, with why', async (_, seconds, within) => {
    const [port = 0] = await freePorts(1)
    const node = startNode(`etcd://127.0.0.1:${port}/nobody`, '--etcd-start-timeout', seconds)
    expect((await node.ended).code).toBe(1)
    const sentence = `etcdesk: The store could not be ${within}: etcd at 127.0.0.1:${port}: nothing listens there: start it, or correct the address.`
    expect(node.stderr().split('\n')).toContain(sentence)
  })

  test('that waits is ended by a signal, whatever it is about to do', async () => {
    const [port = 0] = await freePorts(1)
    for (const proxy of proxies) proxy.refuse(true)
    const nodes = Array.from({ length: 6 }, (_, place) =>
      startNode(place === 0 ? `etcd://127.0.0.1:${port}/nobody` : storeAt('ended')),
    )
    const ends = nodes.map(async (node) => {
      await waitUntil(node.stderr, () => waitsOf(node).length > 0)
      node.process.kill('SIGTERM')
      return node.ended
    })
    expect(await Promise.all(ends)).toEqual(nodes.map(() => ({ code: 0, signal: null })))
    for (const proxy of proxies) proxy.refuse(false)
  })

  test('of a backup, with members that reset every connection, asks the others', async () => {
    const store = storeAt('backup')
    await (await startServer({ args: ['--store', store] })).stop()
    proxies[0]?.refuse(true)
    proxies[1]?.refuse(true)
    const file = join(temporaryFolder(), 'backup.db')
    const backup = await runEtcdesk(['backup', '--store', store, file])
    for (const proxy of proxies) proxy.refuse(false)
    expect([backup.code, backup.stderr]).toEqual([0, expect.any(String)])
    expect((await runEtcdesk(['check', '--store', `sqlite:${file}`])).code).toBe(0)
  })

  test.skipIf(missing('etcdctl'))('with a wrong password ends at once', async () => {
    const locked = await startEtcdCluster()
    onTestFinished(() => locked.stop())
    etcdctl(locked.endpoints, 'user', 'add', 'root:right')
    etcdctl(locked.endpoints, 'user', 'grant-role', 'root', 'root')
    etcdctl(locked.endpoints, 'auth', 'enable')
    const args = ['serve', '--listen', '127.0.0.1:0', '--keys-listen', 'off', '--data', temporaryFolder()]
    const store = ['--store', `etcd://${locked.endpoints.join(',')}/locked`, '--etcd-user', 'root']
    const { code, stderr } = await runEtcdesk([...args, ...store], { env: { ETCDESK_ETCD_PASSWORD: 'wrong' } })
    expect([code, stderr]).toEqual([1, expect.stringContaining('another password')])
    expect(stderr).not.toMatch(WAITS)
  })
})
