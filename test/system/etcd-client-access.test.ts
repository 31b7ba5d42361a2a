/**
 * Who may speak with etcd, against a real one: users whose tokens run out, and certificates. Nothing secret ever gets into an
 * error.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { EtcdClient, type EtcdOptions } from '#src/etcd/client.js'
import type { Outcome } from '#src/etcd/outcome.js'
import { Authority } from '../support/authority.js'
import { startCuttingProxy, type CuttingProxy } from '../support/cutting-proxy.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { etcdctl as runEtcdctl } from '../support/etcdctl.js'
import { missing } from '../support/requirements.js'
import { runEtcdesk, waitUntil } from '../support/server.js'
import { asLines, record } from '../support/watched.js'

const clients: EtcdClient[] = []

async function connect(endpoints: readonly string[], options: Partial<EtcdOptions> = {}): Promise<EtcdClient> {
  const client = await EtcdClient.connect({ endpoints, ...options })
  clients.push(client)
  return client
}

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
})

function done<T>(outcome: Outcome<T>): bigint {
  if (outcome.type !== 'ok') throw new Error(`${outcome.type}: ${outcome.message}`)
  return outcome.revision
}

const refused = (reason: string): object => expect.objectContaining({ type: 'refused', reason })

/** How long a token lives without use, in seconds: etcd's shortest that is not a nuisance here. */
const TOKEN_SECONDS = 1

describe.skipIf(missing('etcd', 'etcdctl'))('an etcd with users', () => {
  const root = { user: 'root', password: 'correct horse battery' }
  const desk = { user: 'desk', password: 'staple' }
  let cluster: EtcdCluster
  let proxy: CuttingProxy

  const etcdctl = (...args: string[]): string => runEtcdctl(cluster.endpoints, ...args)
  const asRoot = ['--user', `${root.user}:${root.password}`]

  beforeAll(async () => {
    cluster = await startEtcdCluster({ args: ['--auth-token=simple', `--auth-token-ttl=${TOKEN_SECONDS}`] })
    proxy = await startCuttingProxy(cluster.endpoints[0] ?? '')
  })
  afterAll(async () => {
    await proxy.close()
    await cluster.stop()
  })

  test('is open until users are turned on, and goes on for those who have given theirs', async () => {
    const client = await connect([proxy.endpoint], root)
    done(await client.put('/desk/1', 'open'))
    etcdctl('user', 'add', `${root.user}:${root.password}`)
    etcdctl('user', 'grant-role', 'root', 'root')
    etcdctl('role', 'add', 'desk')
    etcdctl('role', 'grant-permission', 'desk', '--prefix=true', 'readwrite', '/desk/')
    etcdctl('user', 'add', `${desk.user}:${desk.password}`)
    etcdctl('user', 'grant-role', 'desk', 'desk')
    etcdctl('auth', 'enable')
    done(await client.put('/desk/1', 'with a token'))
    const stranger = await connect([proxy.endpoint])
    expect(await stranger.put('/desk/1', 'x')).toEqual(refused('auth'))
  })

  test('refuses a wrong password, a stranger and what is not permitted, and says no secret', async () => {
    const wrong = await connect([proxy.endpoint], { user: desk.user, password: 'hunter2' })
    const outcome = await wrong.put('/desk/1', 'x')
    expect(outcome).toEqual(refused('auth'))
    expect(inspect(outcome) + inspect(wrong, { depth: 10, showHidden: true })).not.toContain('hunter2')
    const client = await connect([proxy.endpoint], desk)
    done(await client.put('/desk/1', 'x'))
    expect(await client.put('/elsewhere', 'x')).toEqual(refused('auth'))
  })

  test('says to an operator what it does not let a user do, and what that takes', async () => {
    const run = (verb: string, prefix: string, user?: string): Promise<{ code: number | null; told: string }> => {
      const store = ['--store', `etcd://${cluster.endpoints.join(',')}${prefix}`]
      const own = user === undefined ? [] : ['--etcd-user', user]
      const env: Record<string, string> = user === undefined ? {} : { ETCDESK_ETCD_PASSWORD: desk.password }
      return runEtcdesk([verb, ...store, ...own], { env }).then(({ code, stdout, stderr }) => ({
        code,
        told: stdout + stderr,
      }))
    }
    const takesRoot = 'etcd says "permission denied": give a user (--etcd-user) that has the role root'
    expect(await run('nodes', '/desk')).toEqual({
      code: 1,
      told: 'etcdesk: The nodes can not be listed: etcd asks for a user: give one with --etcd-user and ETCDESK_ETCD_PASSWORD.\n',
    })
    expect(await run('nodes', '/elsewhere', 'desk')).toMatchObject({
      told: expect.stringContaining(
        'can not be listed: etcd says "permission denied": give the user (etcd-user) a role',
      ),
    })
    expect(await run('compact', '/elsewhere', 'desk')).toEqual({
      code: 1,
      told: `etcdesk: etcd did not compact its history: ${takesRoot}.\n`,
    })
    expect(await run('compact', '/desk', 'desk')).toMatchObject({
      code: 1,
      told: expect.stringContaining(`${cluster.endpoints.join('')}: not defragmented: ${takesRoot}\n`),
    })
  })

  test('gives new tokens for those that run out and for those of before a restart', async () => {
    const client = await connect([proxy.endpoint], desk)
    done(await client.put('/desk/token', '1'))
    await cluster.members[0]?.kill()
    cluster.members[0]?.start()
    await cluster.members[0]?.ready()
    done(await client.put('/desk/token', '2'))
    // Time must pass: nothing else ends a token.
    const idleUntil = performance.now() + (TOKEN_SECONDS + 2) * 1000
    await waitUntil('the token to run out', () => performance.now() > idleUntil)
    done(await client.put('/desk/token', '3'))
    const found = await client.get('/desk/token')
    expect(found).toMatchObject({ type: 'ok', value: { version: 3n } })
  })

  test('goes on telling what changes although the token of the watch ran out, without a gap', async () => {
    const client = await connect([proxy.endpoint], desk)
    const writer = await connect(cluster.endpoints, desk)
    const startRevision = done(await writer.put('/desk/watch', '0'))
    const watched = record(client, { prefix: '/desk/watch', startRevision })
    await waitUntil('the first', () => watched.watch.position >= startRevision)
    const idleUntil = performance.now() + (TOKEN_SECONDS + 2) * 1000
    await waitUntil('the token to run out', () => performance.now() > idleUntil)
    proxy.refuse(true)
    proxy.cut()
    for (let number = 1; number <= 5; number++) done(await writer.put('/desk/watch', `${number}`))
    proxy.refuse(false)
    const last = done(await writer.put('/desk/watch', '6'))
    await waitUntil(
      () => `the last ${JSON.stringify(watched.told)}`,
      () => watched.watch.position >= last,
    )
    expect(asLines(watched.revisions).map((line) => line.split('=')[1])).toEqual(['0', '1', '2', '3', '4', '5', '6'])
  })

  test('lets a watch begin as soon as it is permitted', async () => {
    const client = await connect([proxy.endpoint], desk)
    const owner = await connect(cluster.endpoints, root)
    const startRevision = done(await owner.put('/later/1', ''))
    const watched = record(client, { prefix: '/later/', startRevision })
    await waitUntil('the loss', () => watched.told.some((text) => text.includes('permission denied')))
    etcdctl(...asRoot, 'role', 'grant-permission', 'desk', '--prefix=true', 'read', '/later/')
    await waitUntil('the first', () => watched.watch.position >= startRevision)
  })

  test('keeps the lease of one who has a token', async () => {
    const client = await connect([proxy.endpoint], desk)
    let granted = 0
    const lease = client.keepLease(5, { granted: () => void granted++ })
    await waitUntil('the lease', () => lease.id !== undefined)
    const liveUntil = performance.now() + 6500
    await waitUntil('longer than the lease', () => performance.now() > liveUntil)
    expect(lease.id).toBeDefined()
    expect(granted).toBe(1)
    await lease.revoke()
  })
})

describe.skipIf(missing('etcd', 'openssl'))('an etcd with certificates', () => {
  const folder = mkdtempSync(join(tmpdir(), 'etcdesk-certificates-'))
  const file = (name: string): string => join(folder, name)
  const text = (name: string): string => readFileSync(file(name), 'utf8')
  let cluster: EtcdCluster

  beforeAll(async () => {
    new Authority(folder, 'ours').sign('server').sign('client')
    new Authority(folder, 'strange').sign('stranger')
    cluster = await startEtcdCluster({
      scheme: 'https',
      args: [
        `--cert-file=${file('server.pem')}`,
        `--key-file=${file('server.key')}`,
        `--trusted-ca-file=${file('ours.pem')}`,
        '--client-cert-auth',
      ],
    })
  })
  afterAll(async () => {
    await cluster.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(['127.0.0.1', 'localhost'])('at %s takes who brings one that its authority signed', async (host) => {
    const options = { ca: text('ours.pem'), cert: text('client.pem'), key: text('client.key') }
    const endpoints = cluster.endpoints.map((endpoint) => endpoint.replace('127.0.0.1', host))
    const client = await connect(endpoints, options)
    const startRevision = done(await client.put('/tls', 'x'))
    const watched = record(client, { prefix: '/tls', startRevision })
    await waitUntil('the event', () => watched.watch.position >= startRevision)
  })

  test.each([
    ['no certificate', 'ours', undefined],
    ['one of another authority', 'ours', 'stranger'],
    ['a name that the server does not have', 'ours', 'client', '127.0.0.2'],
    ['doubts about the server', 'strange', 'client'],
  ])(
    'refuses, or is refused by, who brings %s, in time and with no secret',
    async (_, authority, name, host = '127.0.0.1') => {
      const own = name === undefined ? {} : { cert: text(`${name}.pem`), key: text(`${name}.key`) }
      const endpoints = cluster.endpoints.map((endpoint) => endpoint.replace('127.0.0.1', host))
      const client = await connect(endpoints, { ca: text(`${authority}.pem`), ...own })
      // Once that is known nobody waits for the rest of the time.
      const outcome = await client.put('/tls', 'x', { timeoutMs: 60_000 })
      expect(outcome).toEqual(refused('certificate'))
      expect(inspect(outcome)).not.toContain('PRIVATE KEY')
    },
  )

  test('ends the start of a node with a certificate that it does not take at once', async () => {
    const own = ['--etcd-ca', file('ours.pem'), '--etcd-cert', file('stranger.pem'), '--etcd-key', file('stranger.key')]
    const doors = ['--listen', '127.0.0.1:0', '--keys-listen', 'off', '--data', join(folder, 'data')]
    const store = ['--store', `etcd://${cluster.endpoints.join(',')}/tls`]
    const { code, stderr } = await runEtcdesk(['serve', ...doors, ...store, ...own])
    expect([code, stderr]).toEqual([1, expect.stringContaining('certificate')])
    expect(stderr).not.toContain('waits for it')
  })

  test('is out of reach without TLS', async () => {
    const client = await connect(cluster.endpoints)
    expect((await client.put('/tls', 'x', { timeoutMs: 500 })).type).not.toBe('ok')
  })
})
