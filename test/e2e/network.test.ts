/**
 * A desk that other machines reach, as an operator meets it: closed from its first start, with a link for the first admin, and what
 * whoever sits at the machine can do with it, over SQLite and over etcd, while it runs and while it does not.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { EtcdClient } from '#src/etcd/client.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { temporaryFolder } from '../support/folder.js'
import { missing } from '../support/requirements.js'
import { runEtcdesk, startServer, waitUntil, type RunningServer } from '../support/server.js'

const OPEN_TO_ALL = ['--listen', '0.0.0.0:0']
const PASSWORD = 'a password of some length'

const servers: RunningServer[] = []
let etcd: EtcdCluster | undefined
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
  await etcd?.stop()
  etcd = undefined
})

async function start(dataDirectory: string, ...args: readonly string[]): Promise<RunningServer> {
  const server = await startServer({ dataDirectory, args })
  servers.push(server)
  return server
}

/** The desk at an address of this machine that the name of its URL may not be. */
function at({ deskUrl }: RunningServer, path: string): string {
  return `http://127.0.0.1:${new URL(deskUrl).port}${path}`
}

const linkLine =
  /^The desk is closed and nobody can sign in yet\. .* 30 minutes: (http:\/\/127\.0\.0\.1:\d+)\/#link=(edl_\w+)&first$/m

async function linkOf(server: RunningServer): Promise<string> {
  await waitUntil('the link', () => linkLine.test(server.stdout()))
  const [, url, secret = ''] = linkLine.exec(server.stdout()) ?? []
  expect(url).toBe(at(server, ''))
  return secret
}

async function post(url: string, body: object): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
}

async function statusOf(url: string): Promise<number> {
  const answer = await fetch(url)
  await answer.arrayBuffer()
  return answer.status
}

/** Asks on the machine. */
async function onMachine(data: readonly string[], ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runEtcdesk([...words, ...data])
  expect([code, stderr]).toEqual([0, ''])
  return stdout
}

/** What is so over any store: `data` are the flags that name it, for the server and for those who ask on its machine. */
function tests(storeArgs: () => Promise<readonly string[]>): void {
  test('is closed, and its link makes the first admin, who can sign in after a restart, which tells no link', async () => {
    const args = await storeArgs()
    const folder = temporaryFolder()
    const server = await start(folder, ...OPEN_TO_ALL, ...args)
    const secret = await linkOf(server)
    for (const warning of [
      /Passwords and tokens come to 0\.0\.0\.0:\d+ in the clear: give --tls-cert/u,
      /its links name 127\.0\.0\.1: give --advertise/u,
    ]) {
      await waitUntil(`${warning}`, () => warning.test(server.stderr()))
    }
    for (const path of ['/tickets', '/v1/tickets', '/v1/users']) {
      expect([path, await statusOf(at(server, path))]).toEqual([path, 401])
    }
    expect(await statusOf(at(server, '/healthz'))).toBe(200)
    const used = await post(at(server, '/v1/sign-in-links/use'), { secret, handle: 'ann', password: PASSWORD })
    expect([used.status, await used.json()]).toMatchObject([201, { user: 'ann', role: 'admin' }])
    expect(
      (await post(at(server, '/v1/sign-in-links/use'), { secret, handle: 'eve', password: PASSWORD })).status,
    ).toBe(410)
    await server.stop()
    const again = await start(folder, ...OPEN_TO_ALL, ...args)
    expect((await post(at(again, '/v1/sessions'), { user: 'ann', password: PASSWORD })).status).toBe(201)
    expect(again.stdout()).not.toContain('link=')
    expect(await statusOf(at(again, '/v1/tickets'))).toBe(401)
  })

  test('is worked on from its machine while it runs, by a socket that its user alone can open, and while it does not', async () => {
    const args = await storeArgs()
    const folder = temporaryFolder()
    const server = await start(folder, ...OPEN_TO_ALL, ...args)
    await linkOf(server)
    const data = ['--data', folder, ...args]
    const socket = join(folder, args.length === 0 ? 'desk.db.sock' : 'replica.db.sock')
    expect(statSync(socket).mode & 0o777).toBe(0o600)
    expect(await onMachine(data, 'desk')).toBe('The desk is closed.\n')
    expect(await onMachine(data, 'users', 'add', 'bob', '--role', 'admin')).toContain('bob')
    expect(await onMachine(data, 'users', 'link', 'bob')).toMatch(
      /^Open http:\/\/127\.0\.0\.1:\d+\/#link=edl_\w+ within/u,
    )
    expect(await onMachine(data, 'users', 'add', 'app', '--role', 'service', '--write', '/app', '--read', '/b')).toBe(
      'The user app is there, with the role service.\nreads and writes /app\nreads /b\n',
    )
    expect((await runEtcdesk(['users', 'keys', 'app', ...data])).code).toBe(2)
    expect(await onMachine(data, 'users', 'add', 'eva')).toContain('with the role agent')
    expect(await onMachine(data, 'tokens', 'add', 'app')).toMatch(/^Token \d+ of app, for keys:write:\nedk_\w+\n$/u)
    expect(await onMachine(data, 'users', 'keys', 'app', '--none')).toBe('app has no part of the key tree.\n')
    expect(await onMachine(data, 'users', 'deactivate', 'app')).toContain('not active any more')
    expect(await onMachine(data, 'users')).toContain('app  service  not active')
    expect(await onMachine(data, 'users', 'activate', 'app')).toContain('active again')
    const token = (await onMachine(data, 'tokens', 'add', 'bob', '--scopes', 'admin')).trim().split('\n').at(-1) ?? ''
    const asBob = { headers: { Authorization: `Bearer ${token}` } }
    expect((await fetch(at(server, '/v1/tickets'), asBob)).status).toBe(200)
    const refused = await runEtcdesk(['desk', 'link', ...data])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("'etcdesk users link HANDLE'")])
    // Nothing else can be asked there.
    const asking = connect(socket)
    asking.end('{"do":"everything"}')
    expect(String((await once(asking, 'data'))[0])).toContain('nothing that can be asked here')
    // Who asks nothing does not keep the server from its end.
    const silent = connect(socket)
    await once(silent, 'connect')
    await server.stop()
    expect(existsSync(socket)).toBe(false)
    expect(await onMachine(data, 'users')).toMatch(/^bob {2}admin/u)
    expect(await onMachine(data, 'tokens')).toMatch(/bob.*made on the machine/u)
    expect(await onMachine(data, 'desk', 'open')).toBe(
      'The desk is open: whoever reaches it may do all.\nA start that lets other machines reach it closes it again, unless it is given --insecure.\n',
    )
    const again = await start(folder, ...OPEN_TO_ALL, ...args)
    expect(await statusOf(at(again, '/v1/tickets'))).toBe(401)
    // An admin is there who has a token.
    expect(again.stdout()).not.toContain('link=')
  })

  test('is not opened while other machines reach it, but with --insecure or on 127.0.0.1', async () => {
    const args = await storeArgs()
    const folder = temporaryFolder()
    const data = ['--data', folder, ...args]
    const server = await start(folder, ...OPEN_TO_ALL, ...args)
    const refused = await runEtcdesk(['desk', 'open', ...data])
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(
        /^etcdesk: Other machines can reach this desk at 0\.0\.0\.0:\d+, so it is not opened: .+\n$/u,
      ),
    ])
    expect(await statusOf(at(server, '/v1/tickets'))).toBe(401)
    await server.stop()
    const insecure = await start(folder, ...OPEN_TO_ALL, '--insecure', ...args)
    // Once closed it stays so until somebody opens it.
    expect(await statusOf(at(insecure, '/v1/tickets'))).toBe(401)
    expect(await onMachine(data, 'desk', 'open')).toContain('is open')
    expect(await statusOf(at(insecure, '/v1/tickets'))).toBe(200)
    await insecure.stop()
    expect(await statusOf(at(await start(folder, ...args), '/v1/tickets'))).toBe(200)
  })
}

describe('a desk on a network, over SQLite', () => {
  tests(() => Promise.resolve([]))

  test('that was killed leaves a socket behind, which the next one replaces', async () => {
    const folder = temporaryFolder()
    const server = await start(folder)
    await server.kill9()
    expect(existsSync(join(folder, 'desk.db.sock'))).toBe(true)
    const data = ['--data', folder]
    // Nobody listens there: the data is opened instead.
    expect(await onMachine(data, 'desk')).toBe('The desk is open.\n')
    await start(folder)
    expect(await onMachine(data, 'desk', 'close')).toContain('closed')
    expect(await onMachine(data, 'desk')).toBe('The desk is closed.\n')
  })

  test('in a file elsewhere has its socket beside that file', async () => {
    const folder = temporaryFolder()
    const store = ['--store', `sqlite:${join(folder, 'other.db')}`]
    const server = await start(temporaryFolder(), ...store)
    expect(existsSync(join(folder, 'other.db.sock'))).toBe(true)
    expect(await onMachine(store, 'desk', 'close')).toContain('closed')
    expect(await statusOf(at(server, '/v1/tickets'))).toBe(401)
  })

  test('is asked of its own store alone, whatever else lies or is served in its folder', async () => {
    const folder = temporaryFolder()
    const server = await start(folder)
    const other = ['--store', `sqlite:${join(folder, 'other.db')}`]
    const refused = await runEtcdesk(['desk', 'close', ...other])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('There is no data at')])
    const second = await start(temporaryFolder(), ...other)
    expect(await onMachine(other, 'desk', 'close')).toContain('closed')
    expect(await statusOf(at(second, '/v1/tickets'))).toBe(401)
    expect(await statusOf(at(server, '/v1/tickets'))).toBe(200)
    // The end of the one leaves the other its socket.
    await second.stop()
    expect(await onMachine(['--data', folder], 'desk', 'close')).toContain('closed')
    expect(await statusOf(at(server, '/v1/tickets'))).toBe(401)
  })

  test('in a folder whose path no socket can have says so, is looked at all the same, and worked on while it stands still', async () => {
    const folder = join(temporaryFolder(), 'x'.repeat(100))
    mkdirSync(folder)
    const server = await start(folder)
    await waitUntil('the warning', () => server.stderr().includes('(the path is too long)'))
    expect(await onMachine(['--data', folder], 'desk')).toBe('The desk is open.\n')
    const refused = await runEtcdesk(['desk', 'close', '--data', folder])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('Another etcdesk already uses')])
    await server.stop()
    expect(await onMachine(['--data', folder], 'desk', 'close')).toContain('closed')
  })

  test('is held by one process: the second changes nothing, and the socket stays with the first', async () => {
    const folder = temporaryFolder()
    const server = await start(folder, ...OPEN_TO_ALL)
    const second = await runEtcdesk(['serve', ...OPEN_TO_ALL, '--keys-listen', 'off', '--data', folder])
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('Another etcdesk already uses')])
    expect(await onMachine(['--data', folder], 'desk')).toBe('The desk is closed.\n')
    expect(await statusOf(at(server, '/healthz'))).toBe(200)
  })

  test.skipIf(process.getuid?.() !== 0)('lets nobody else on the machine ask', async () => {
    const folder = temporaryFolder()
    await start(folder)
    chmodSync(folder, 0o755)
    const asNobody = ['-e', 'require("net").connect(process.argv[1]).on("error", (e) => console.log(e.code))']
    const { stdout } = spawnSync(process.execPath, [...asNobody, join(folder, 'desk.db.sock')], {
      uid: 65_534,
      encoding: 'utf8',
    })
    expect(stdout).toBe('EACCES\n')
  })
})

describe.skipIf(missing('etcd'))('a desk on a network, over etcd', () => {
  async function storeOfEtcd(): Promise<readonly string[]> {
    etcd = await startEtcdCluster()
    return ['--store', `etcd://${etcd.endpoints.join(',')}/desk`]
  }
  tests(storeOfEtcd)

  test('is not taken for another store that is asked with its data folder', async () => {
    const args = await storeOfEtcd()
    const folder = temporaryFolder()
    const [node, file] = [await start(folder, ...args), await start(folder)]
    const elsewhere = ['--data', folder, '--store', `${args[1]}-2`]
    const refused = await runEtcdesk(['desk', 'close', ...elsewhere])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('Another etcdesk already uses')])
    expect(await onMachine(['--data', folder, ...args], 'desk', 'close')).toContain('closed')
    expect(await statusOf(at(node, '/v1/tickets'))).toBe(401)
    expect(await statusOf(at(file, '/v1/tickets'))).toBe(200)
  })

  test('is closed once where several nodes start at the same time, and each tells a link that is good', async () => {
    const args = await storeOfEtcd()
    const starting = [1, 2, 3].map(() => start(temporaryFolder(), ...OPEN_TO_ALL, ...args))
    const nodes = await Promise.all(starting)
    const secrets = await Promise.all(nodes.map(linkOf))
    expect(new Set(secrets).size).toBe(3)
    const [first, , third] = nodes
    if (first === undefined || third === undefined) throw new Error('a node is missing')
    for (const node of nodes) expect(await statusOf(at(node, '/v1/tickets'))).toBe(401)
    // A link of one node is good at another.
    const body = { secret: secrets[0], handle: 'ann', password: PASSWORD }
    expect((await post(at(third, '/v1/sign-in-links/use'), body)).status).toBe(201)
    // And with it the others are over.
    const another = { secret: secrets[1], handle: 'eve', password: PASSWORD }
    expect((await post(at(first, '/v1/sign-in-links/use'), another)).status).toBe(410)
    expect((await post(at(first, '/v1/sessions'), { user: 'ann', password: PASSWORD })).status).toBe(201)
  })

  test('whose data is of an older format is not started, since it can not be closed, until it is raised', async () => {
    const args = await storeOfEtcd()
    const endpoints = etcd?.endpoints ?? []
    const client = await EtcdClient.connect({ endpoints })
    await client.put('/desk/head', JSON.stringify({ format: 2, index: 0, time: 0, id: 'begin', clusterId: 'f00d' }))
    await client.close()
    const folder = temporaryFolder()
    const refused = await runEtcdesk(['serve', ...OPEN_TO_ALL, '--keys-listen', 'off', '--data', folder, ...args])
    expect([refused.code, refused.stdout]).toEqual([1, ''])
    expect(refused.stderr).toMatch(
      /can not be closed to them: run 'etcdesk upgrade' first, listen on 127\.0\.0\.1, or start with --insecure/u,
    )
    const insecure = await start(folder, ...OPEN_TO_ALL, '--insecure', ...args)
    expect(await statusOf(at(insecure, '/tickets'))).toBe(200)
    await insecure.stop()
    expect((await runEtcdesk(['upgrade', ...args])).code).toBe(0)
    rmSync(folder, { recursive: true })
    const raised = await start(folder, ...OPEN_TO_ALL, ...args)
    expect(await linkOf(raised)).not.toBe('')
  })
})
