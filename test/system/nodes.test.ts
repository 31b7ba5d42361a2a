/**
 * Who is there: every node knows the others and tells clients of v2 about them, also about those that are away; one of them leads,
 * and all say which.
 */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { NodeList } from '#src/contract/service.js'
import { EtcdClient } from '#src/etcd/client.js'
import { withPrefix } from '#src/etcd/operations.js'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { temporaryFolder } from '../support/folder.js'
import { okay } from '../support/okay.js'
import { missing } from '../support/requirements.js'
import { runEtcdesk, startServer, waitUntil, type RunningServer, type StartOptions } from '../support/server.js'

test('over a file there is one node, which is all members', async () => {
  const server = await startServer({ args: ['--advertise', 'http://desk.example.net:2224'] })
  onTestFinished(() => server.stop().then(() => undefined))
  const { nodes } = await nodesOf(server)
  expect(nodes).toMatchObject([
    {
      name: 'etcdesk',
      deskUrl: 'http://desk.example.net:2224',
      keysUrl: server.keysUrl,
      answers: true,
      alive: true,
      leads: true,
      awaySince: null,
    },
  ])
  expect(await leaderAt(server)).toEqual({ state: 'StateLeader', leader: nodes[0]?.id, member: nodes[0]?.id })
  expect(await membersOf(server)).toEqual([[nodes[0]?.id, server.keysUrl]])
})

describe.skipIf(missing('etcd'))('over etcd', () => {
  let cluster: EtcdCluster
  let prefixes = 0

  beforeAll(async () => {
    cluster = await startEtcdCluster({ members: 1 })
  })
  afterAll(() => cluster.stop())

  async function start(options: StartOptions = {}): Promise<RunningServer> {
    const store = `etcd://${cluster.endpoints.join(',')}/nodes${prefixes}`
    const server = await startServer({ ...options, args: ['--store', store, ...(options.args ?? [])] })
    onTestFinished(() => server.stop().then(() => undefined))
    return server
  }

  test('every node names all nodes, also those that stopped or died, and says which are alive', async () => {
    prefixes += 1
    const servers = await Promise.all([start(), start(), start()])
    const urls = servers.map(({ keysUrl }) => keysUrl).toSorted()
    for (const server of servers) {
      await waitUntil('the node to know all three', async () => (await membersOf(server)).length === 3)
      expect((await membersOf(server)).map(([, url]) => url).toSorted()).toEqual(urls)
      expect(await textOf(`${server.keysUrl}/v2/machines`)).toBe(urls.join(', '))
      const { nodes } = await nodesOf(server)
      expect(nodes.filter(({ answers }) => answers).map(({ keysUrl }) => keysUrl)).toEqual([server.keysUrl])
      expect(nodes.map(({ deskUrl }) => String(deskUrl)).toSorted()).toEqual(
        servers.map(({ deskUrl }) => deskUrl).toSorted(),
      )
    }
    const ids = await Promise.all(servers.map((server) => clusterIdOf(server)))
    expect(new Set(ids).size).toBe(1)

    const [first, second, third] = servers
    await second.stop()
    await waitUntil('the stopped node to be away', async () => (await aliveOf(first)).length === 2)
    await third.kill9()
    await waitUntil('the killed node to be away', async () => (await aliveOf(first)).length === 1)
    expect(await aliveOf(first)).toEqual([first.keysUrl])
    expect((await membersOf(first)).map(([, url]) => url).toSorted()).toEqual(urls)
    expect(await textOf(`${first.keysUrl}/v2/machines`)).toBe(urls.join(', '))
    await waitUntil('it to be noted since when', async () =>
      (await nodesOf(first)).nodes.every(({ alive, awaySince }) => alive === (awaySince === null)),
    )

    const back = await start({ dataDirectory: third.dataDirectory })
    await waitUntil('the node to be back', async () => (await aliveOf(first)).length === 2)
    // Its new port is another address; its id is the same.
    expect((await membersOf(first)).map(([, url]) => url).toSorted()).toEqual(
      [first.keysUrl, second.keysUrl, back.keysUrl].toSorted(),
    )
    third.removeData()
  })

  test('one node leads, all say which, and when it is gone another does', async () => {
    prefixes += 1
    const servers = await Promise.all([start(), start(), start()])
    await waitUntil('all to be known', async () =>
      (await everywhere(servers, membersOf)).every(({ length }) => length === 3),
    )
    const leader = await agreedLeader(servers)
    for (const server of servers) {
      const answer = await fetch(`${server.keysUrl}/v2/stats/leader`)
      const body = await answer.text()
      const { id } = await selfOf(server)
      if (id !== leader) expect([answer.status, body]).toEqual([403, '{"message":"not current leader"}'])
      else {
        const { followers } = JSON.parse(body)
        expect([answer.status, Object.keys(followers).length]).toEqual([200, 2])
      }
      expect((await nodesOf(server)).nodes.filter(({ leads }) => leads).map((node) => node.id)).toEqual([leader])
    }
    const ids = new Map(await Promise.all(servers.map(async (server) => [(await selfOf(server)).id, server] as const)))
    const gone = ids.get(leader)
    await gone?.stop()
    const others = servers.filter((server) => server !== gone)
    await waitUntil('another to lead', async () =>
      (await everywhere(others, leaderAt)).every((told) => told.leader !== leader && told.leader !== ''),
    )
    expect(await agreedLeader(others)).not.toBe(leader)
  })

  test('without a majority of etcd there is an election, and nobody says that it leads', async () => {
    const own = await startEtcdCluster({ members: 1 })
    onTestFinished(() => own.stop())
    const store = `etcd://${own.endpoints.join(',')}/election`
    const servers = await Promise.all([1, 2].map(() => startServer({ args: ['--store', store] })))
    onTestFinished(() => Promise.all(servers.map((server) => server.stop())).then(() => undefined))
    await waitUntil('all to be known', async () =>
      (await everywhere(servers, membersOf)).every(({ length }) => length === 2),
    )
    const leader = await agreedLeader(servers)
    const [member] = own.members
    await member?.freeze()
    const nobody = { state: 'StateFollower', leader: '', member: 'During election' }
    await waitUntil('nobody to lead', async () =>
      (await everywhere(servers, leaderAt)).every((told) => JSON.stringify(told) === JSON.stringify(nobody)),
    )
    expect((await fetch(`${servers[0]?.keysUrl}/v2/members/leader`)).status).toBe(503)
    expect((await everywhere(servers, membersOf)).map(({ length }) => length)).toEqual([2, 2])
    member?.thaw()
    await waitUntil('one to lead', async () =>
      (await everywhere(servers, leaderAt)).every((told) => told.leader !== ''),
    )
    // Whose lease outlived it.
    expect([leader, ...(await everywhere(servers, selfOf)).map(({ id }) => id)]).toContain(await agreedLeader(servers))
  })

  test('an operator lists the nodes, and removes one that is away but none that is alive', async () => {
    prefixes += 1
    const [first, second] = await Promise.all([start(), start()])
    await waitUntil('both to be known', async () => (await membersOf(first)).length === 2)
    await agreedLeader([first, second])
    const { id = '', name = '' } = (await nodesOf(second)).nodes.find(({ answers }) => answers) ?? {}
    const store = ['--store', `etcd://${cluster.endpoints.join(',')}/nodes${prefixes}`]
    const alive = await runEtcdesk(['nodes', 'remove', name, ...store])
    expect([alive.code, alive.stderr]).toEqual([1, expect.stringContaining(`${name} on`)])
    expect(alive.stderr).toContain('is alive: stop it first')
    expect((await runEtcdesk(['nodes', ...store])).stdout).toMatch(
      /^\S+ .* alive, leads\n\S+ .* alive\n|alive\n.*, leads\n$/u,
    )

    const folder = temporaryFolder()
    // The socket for whoever sits at the machine is none of the data.
    cpSync(second.dataDirectory, folder, { recursive: true, filter: (path) => !path.endsWith('.sock') })
    await second.stop()
    await waitUntil('it to be away', async () => (await aliveOf(first)).length === 1)
    expect((await runEtcdesk(['nodes', ...store])).stdout).toMatch(new RegExp(`^${id} .* away(?: since .*)?$`, 'mu'))
    const removed = await runEtcdesk(['nodes', 'remove', id, ...store])
    expect([removed.code, removed.stdout]).toEqual([0, expect.stringContaining('was removed')])
    await waitUntil('it to be gone', async () => (await membersOf(first)).length === 1)
    const again = await runEtcdesk(['nodes', 'remove', id, ...store])
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining(`No node is called "${id}": `)])

    rmSync(join(folder, 'replica.db.lock'), { force: true })
    await start({ dataDirectory: folder })
    await waitUntil('it to be back', async () => (await membersOf(first)).some(([known]) => known === id))
  })

  test('an operator is told what etcd answers where it has no leader, and not that it does not answer', async () => {
    const own = await startEtcdCluster({ members: 3 })
    onTestFinished(() => own.stop())
    const [first, ...others] = own.members
    await Promise.all(others.map((member) => member.kill()))
    const store = ['--store', `etcd://${first?.endpoint}/nobody`]
    let told = ''
    await waitUntil(
      () => `the answer: ${told}`,
      async () => {
        told = (await runEtcdesk(['nodes', ...store])).stderr
        return told.includes('no leader')
      },
    )
    expect(told).toMatch(/^etcdesk: The nodes can not be listed: etcd has no leader: see to it that [^:]+\.\n$/u)
  })

  test('a node that comes back with a new folder stands in the place of the one that it was', async () => {
    prefixes += 1
    const first = await start()
    const args = ['--keys-advertise', 'http://node1.example.net:2379']
    const old = await start({ args })
    await waitUntil('both to be known', async () => (await membersOf(first)).length === 2)
    const { id } = await selfOf(old)
    await old.stop()
    const anew = await start({ args })
    await waitUntil('the new one to be known', async () => (await aliveOf(first)).length === 2)
    expect((await membersOf(first)).map(([known]) => known).toSorted()).toEqual(
      (await everywhere([first, anew], selfOf)).map((self) => self.id).toSorted(),
    )
    expect((await everywhere([first, anew], membersOf)).flat().map(([known]) => known)).not.toContain(id)
  })

  test('a node of an earlier version beside new ones is listed too, also when it is away, and may lead', async () => {
    prefixes += 1
    const prefix = `/nodes${prefixes}`
    const client = await EtcdClient.connect({ endpoints: cluster.endpoints })
    onTestFinished(() => client.close())
    let lease = 0n
    const held = client.keepLease(10, { granted: (granted) => void (lease = granted) })
    await waitUntil('a lease', () => lease !== 0n)
    const older = { name: 'etcdesk-older', host: 'elsewhere', version: '0.0.9', deskUrl: null }
    const record = { id: 'feedface00000001', ...older, keysUrl: 'http://older.example.net:2379' }
    await okay(client.put(`${prefix}/timer`, '{"node":"elsewhere"}', { lease }))
    await okay(client.put(`${prefix}/nodes/${record.id}`, JSON.stringify(record), { lease }))
    const server = await start()
    await waitUntil('it to be known', async () => (await membersOf(server)).length === 2)
    await waitUntil('it to lead', async () => (await leaderAt(server)).leader === record.id)
    expect(await leaderAt(server)).toEqual({ state: 'StateFollower', leader: record.id, member: record.id })
    // Whose turn it is to keep the records does not write one.
    await waitUntil(
      'its record',
      async () => (await okay(client.get(`${prefix}/members/${record.id}`))).value !== undefined,
    )
    await okay(client.delete({ key: `${prefix}/timer` }))
    await waitUntil('the new one to lead', async () => (await leaderAt(server)).state === 'StateLeader')
    await held.revoke()
    await waitUntil('it to be away', async () => (await aliveOf(server)).length === 1)
    expect((await membersOf(server)).map(([id]) => id)).toContain(record.id)
  })

  test('a node keeps its id from start to start, and is called by what it advertises', async () => {
    prefixes += 1
    const dataDirectory = temporaryFolder()
    const first = await start({ dataDirectory })
    const other = await start()
    await waitUntil('both to be known', async () => (await membersOf(other)).length === 2)
    const { id } = (await nodesOf(first)).nodes.find(({ answers }) => answers) ?? {}
    await first.stop()
    const args = ['--keys-advertise', 'http://node1.example.net:2379', '--advertise', 'http://node1.example.net:2224']
    await start({ dataDirectory, args })
    await waitUntil('the other to be told', async () =>
      (await membersOf(other)).some(([known, url]) => known === id && url === 'http://node1.example.net:2379'),
    )
    expect((await nodesOf(other)).nodes.find((node) => node.id === id)).toMatchObject({
      deskUrl: 'http://node1.example.net:2224',
    })
  })

  test('nodes whose records somebody removed are there again', async () => {
    prefixes += 1
    const servers = [await start(), await start()]
    const client = await EtcdClient.connect({ endpoints: cluster.endpoints })
    onTestFinished(() => client.close())
    const kinds = ['nodes', 'members']
    const isKnown = async (): Promise<boolean> => {
      const counts = await Promise.all(
        kinds.map((kind) => okay(client.range(withPrefix(`/nodes${prefixes}/${kind}/`)))),
      )
      return counts.every(({ value }) => value.kvs.length === 2)
    }
    await waitUntil('both to be known', isKnown)
    for (const kind of kinds) await okay(client.delete(withPrefix(`/nodes${prefixes}/${kind}/`)))
    await waitUntil('both to be known again', isKnown)
    for (const server of servers) {
      await waitUntil('the node to know both', async () => (await membersOf(server)).length === 2)
    }
  })

  test('two nodes on copies of one data folder are told so', async () => {
    prefixes += 1
    const [one, copy] = [temporaryFolder(), join(temporaryFolder(), 'copy')]
    await (await start({ dataDirectory: one })).stop()
    cpSync(one, copy, { recursive: true })
    rmSync(join(copy, 'replica.db.lock'), { force: true })
    const first = await start({ dataDirectory: one })
    await start({ dataDirectory: copy })
    await waitUntil('the notice', () => /has the id of this one: its data folder was copied/u.test(first.stderr()))
  })
})

async function nodesOf({ deskUrl }: RunningServer): Promise<NodeList> {
  const list: NodeList = JSON.parse(await textOf(`${deskUrl}/nodes`))
  return list
}

/** What monitoring reads of who leads: what this node says of itself, and whom it names. */
async function leaderAt(server: RunningServer): Promise<{ state: string; leader: string; member: string }> {
  const { state, leaderInfo } = await selfOf(server)
  const { id, message }: { id?: string; message?: string } = JSON.parse(
    await textOf(`${server.keysUrl}/v2/members/leader`),
  )
  return { state, leader: leaderInfo.leader, member: id ?? message ?? '' }
}

interface Self {
  readonly id: string
  readonly state: string
  readonly leaderInfo: { readonly leader: string }
}

async function selfOf({ keysUrl }: RunningServer): Promise<Self> {
  const self: Self = JSON.parse(await textOf(`${keysUrl}/v2/stats/self`))
  return self
}

/** The id of the one that leads, once all say the same. */
async function agreedLeader(servers: readonly RunningServer[]): Promise<string> {
  let leader = ''
  let last: unknown
  await waitUntil(
    () => `all to name one leader: ${JSON.stringify(last)}`,
    async () => {
      const told = await everywhere(servers, leaderAt)
      last = told
      leader = told[0]?.leader ?? ''
      const leaders = told.filter(({ state }) => state === 'StateLeader')
      return leaders.length === 1 && told.every((each) => each.leader === leader && each.member === leader)
    },
  )
  return leader
}

function everywhere<T>(servers: readonly RunningServer[], ask: (server: RunningServer) => Promise<T>): Promise<T[]> {
  return Promise.all(servers.map(ask))
}

/** The addresses of those that are alive, as this node knows it. */
async function aliveOf(server: RunningServer): Promise<(string | null)[]> {
  return (await nodesOf(server)).nodes.flatMap(({ alive, keysUrl }) => (alive ? [keysUrl] : []))
}

async function membersOf({ keysUrl }: RunningServer): Promise<[id: string, url: string][]> {
  const { members }: { members: { id: string; clientURLs: string[] }[] } = JSON.parse(
    await textOf(`${keysUrl}/v2/members`),
  )
  return members.map(({ id, clientURLs }) => [id, String(clientURLs[0])])
}

async function clusterIdOf({ keysUrl }: RunningServer): Promise<string | null> {
  return (await fetch(`${keysUrl}/v2/members`)).headers.get('x-etcd-cluster-id')
}

async function textOf(url: string): Promise<string> {
  return (await fetch(url)).text()
}
