/** Who is there: every node knows the others, tells clients of v2 about them, and forgets those that are gone. */
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
import { startServer, waitUntil, type RunningServer, type StartOptions } from '../support/server.js'

test('over a file there is one node, which is all members', async () => {
  const server = await startServer({ args: ['--advertise', 'http://desk.example.net:2224'] })
  onTestFinished(() => server.stop().then(() => undefined))
  const { nodes } = await nodesOf(server)
  expect(nodes).toMatchObject([
    { name: 'etcdesk', deskUrl: 'http://desk.example.net:2224', keysUrl: server.keysUrl, answers: true },
  ])
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

  test('every node names all nodes, and no longer names those that stopped or died', async () => {
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
    await waitUntil('the stopped node to be forgotten', async () => (await membersOf(first)).length === 2)
    await third.kill9()
    await waitUntil('the killed node to be forgotten', async () => (await membersOf(first)).length === 1)
    expect((await membersOf(first)).map(([, url]) => url)).toEqual([first.keysUrl])
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
    const isKnown = async (): Promise<boolean> => {
      const { value } = await okay(client.range(withPrefix(`/nodes${prefixes}/nodes/`)))
      return value.kvs.length === 2
    }
    await waitUntil('both to be known', isKnown)
    await okay(client.delete(withPrefix(`/nodes${prefixes}/nodes/`)))
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
