/**
 * etcd brought back to an older state while nodes run, or set up anew on its old addresses: no node goes on as if nothing had
 * happened. What is left of the data is what all nodes have in the end, and they write on from there; whoever follows what happens is
 * not left in silence, nor told of other changes as if they came behind those that are gone.
 */
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { EtcdClient } from '#src/etcd/client.js'
import { openEtcdJournal } from '#src/journal/etcd/etcd-journal.js'
import type { Commit, Head, Journal } from '#src/journal/journal.js'
import { openDatabase } from '#src/sqlite/database.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { etcdctl } from '../support/etcdctl.js'
import { temporaryFolder } from '../support/folder.js'
import { missing } from '../support/requirements.js'
import { startServer, waitUntil, type RunningServer } from '../support/server.js'
import { standStill } from '../support/stand-still.js'

const PREFIX = '/restored'

/** Tickets that the snapshot holds, and tickets that were made after it. */
const KEPT = 20
const LOST = 10

describe.skipIf(missing('etcd', 'etcdctl'))('when etcd is brought back to an older state', () => {
  test.each([
    { id: 'its old id', token: [], members: 1, written: 'less than was lost', count: 1 },
    { id: 'its old id', token: [], members: 1, written: 'more than was lost', count: 2 * LOST },
    { id: 'another id', token: ['--initial-cluster-token', 'another'], members: 3, written: 'a little', count: 1 },
  ] as const)(
    'under $id, and $written is written then, all nodes have what is left: that ran, stood still or was away',
    async ({ token, members, count }) => {
      const cluster = await start(members)
      const [one, two, away] = await Promise.all([1, 2, 3].map(() => startNode(cluster)))
      if (one === undefined || two === undefined || away === undefined) throw new Error('no nodes')
      for (let number = 1; number <= KEPT; number++) await create(one, `kept ${number}`)
      const snapshot = join(temporaryFolder(), 'snapshot')
      etcdctl(cluster.endpoints.slice(0, 1), 'snapshot', 'save', snapshot)
      for (let number = 1; number <= LOST; number++) await create(one, `lost ${number}`)
      for (const node of [two, away]) {
        await waitUntil('all to be everywhere', async () => (await headOf(node)) === KEPT + LOST)
      }
      const following = (await Promise.all([one, two].map(follow))).flat()
      await away.stop()
      await standStill(two.process)

      // Of three members one stays away: the others are a cluster all the same.
      await restore(cluster, snapshot, token)
      await waitUntil('the running node to have what is left', async () => (await headOf(one)) === KEPT)
      const anew = await follow(one)
      await waitUntil('it to write', async () => (await tryToCreate(one, 'after')) === 201)
      for (let number = 2; number <= count; number++) await create(one, 'after')
      for (const told of anew) {
        await waitUntil('those who began then to hear of it', () => told.text.split('after').length === count + 1)
      }
      two.process.kill('SIGCONT')
      const again = await startNode(cluster, away.dataDirectory)
      const nodes = [one, two, again]
      for (const node of nodes) {
        await waitUntil('it to write', async () => (await tryToCreate(node, 'after')) === 201)
      }
      await waitUntil('those who followed before to be ended', () => following.every(({ hasEnded }) => hasEnded))
      expect(following.filter(({ text }) => text.includes('after'))).toEqual([])
      const titles = Array.from({ length: KEPT }, (_, place) => `kept ${place + 1}`)
      titles.push(...Array<string>(count + nodes.length).fill('after'))
      for (const node of nodes) {
        await waitUntil('all to be level', async () => (await headOf(node)) === titles.length)
        await waitUntil('it to have said so', () => /made anew/u.test(node.stderr()))
        expect((await fetch(`${node.deskUrl}/readyz`)).status).toBe(200)
      }
      for (const node of nodes) {
        await node.stop()
        expect(titlesIn(node)).toEqual(titles)
      }
    },
  )

  test('a head of before is none, even where another commit has the same revision since', async () => {
    const cluster = await start(1)
    const [endpoint = ''] = cluster.endpoints
    const before = await openJournal(endpoint)
    let head = await before.head()
    for (let number = 1; number <= KEPT; number++) head = await append(before, head)
    const snapshot = join(temporaryFolder(), 'snapshot')
    etcdctl([endpoint], 'snapshot', 'save', snapshot)
    for (let number = 1; number <= LOST; number++) head = await append(before, head)
    await restore(cluster, snapshot, [])

    const after = await openJournal(endpoint)
    let other = await after.head()
    while (revisionOf(other) < revisionOf(head)) other = await append(after, other)
    expect(revisionOf(other)).toBe(revisionOf(head))
    const commit = commitAfter(head)
    expect(await before.append(commit, head)).toEqual({ type: 'conflict', head: other })
    expect(await before.settle(commit, head)).toEqual({ fate: 'never', head: other })
    expect(await after.head()).toEqual(other)
  })

  test('that has users, a running node goes on by itself, although its token is one of before', async () => {
    const cluster = await start(1)
    const root = '--user=root:secret'
    etcdctl(cluster.endpoints, 'user', 'add', 'root:secret')
    etcdctl(cluster.endpoints, 'user', 'grant-role', 'root', 'root')
    etcdctl(cluster.endpoints, 'auth', 'enable')
    const node = await startNode(cluster, temporaryFolder(), { user: 'root', password: 'secret' })
    for (let number = 1; number <= KEPT; number++) await create(node, `kept ${number}`)
    const snapshot = join(temporaryFolder(), 'snapshot')
    etcdctl(cluster.endpoints, root, 'snapshot', 'save', snapshot)
    for (let number = 1; number <= LOST; number++) await create(node, `lost ${number}`)
    await restore(cluster, snapshot, [])
    await waitUntil('the node to have what is left', async () => (await headOf(node)) === KEPT)
    await waitUntil('it to write', async () => (await tryToCreate(node, 'after')) === 201)
  })

  test('an etcd that was set up anew is not written to, and nothing is lost when the right one is back', async () => {
    const cluster = await start(1)
    const [member] = cluster.members
    if (member === undefined) throw new Error('no member')
    const node = await startNode(cluster)
    for (let number = 1; number <= KEPT; number++) await create(node, `kept ${number}`)
    const snapshot = join(temporaryFolder(), 'snapshot')
    etcdctl(cluster.endpoints, 'snapshot', 'save', snapshot)
    await member.kill()
    member.wipe()
    member.start(['--initial-cluster-token=anew'])
    await member.ready()
    await waitUntil('the node to notice', () => /another cluster|restored from a backup/u.test(node.stderr()))
    expect(await tryToCreate(node, 'nowhere')).toBe(503)
    expect((await fetch(`${node.deskUrl}/tickets/${KEPT}`)).status).toBe(200)
    const found = etcdctl(cluster.endpoints, 'get', '--prefix', PREFIX, '--keys-only')
    expect(found.split('\n').filter((key) => key !== '' && !/\/(?:timer|nodes)/u.test(key))).toEqual([])

    await restore(cluster, snapshot, [])
    await waitUntil('the node to write', async () => (await tryToCreate(node, 'after')) === 201)
    await node.stop()
    expect(titlesIn(node)).toEqual([...Array.from({ length: KEPT }, (_, place) => `kept ${place + 1}`), 'after'])
  })
})

async function openJournal(endpoint: string): Promise<Journal> {
  const client = await EtcdClient.connect({ endpoints: [endpoint] })
  const journal = await openEtcdJournal({ client, prefix: PREFIX, oldestEvent: () => 0, onNotice: () => undefined })
  onTestFinished(() => journal.close())
  return journal
}

function commitAfter(after: Head): Commit {
  const index = after.index + 1
  const events = [{ index, type: 'set', key: '/k', body: '{}' }]
  return { id: `c${index}-${Math.random()}`, first: index, last: index, time: after.time + 1, changes: [], events }
}

async function append(journal: Journal, after: Head): Promise<Head> {
  const outcome = await journal.append(commitAfter(after), after)
  if (outcome.type !== 'accepted') throw new Error(`a commit ended ${outcome.type}`)
  return outcome.head
}

/** The revision of etcd's at which a head was written. */
function revisionOf({ guard }: Head): number {
  return Number.parseInt(guard, 10)
}

function titlesIn({ dataDirectory }: RunningServer): unknown[] {
  const database = openDatabase(join(dataDirectory, 'replica.db'))
  try {
    return database
      .prepare('SELECT title FROM tickets ORDER BY number')
      .all()
      .map((row) => row['title'])
  } finally {
    database.close()
  }
}

async function start(members: 1 | 3): Promise<EtcdCluster> {
  const cluster = await startEtcdCluster({ members })
  onTestFinished(() => cluster.stop())
  return cluster
}

async function startNode(
  cluster: EtcdCluster,
  dataDirectory = temporaryFolder(),
  credentials?: { readonly user: string; readonly password: string },
): Promise<RunningServer> {
  const user = credentials === undefined ? [] : ['--etcd-user', credentials.user]
  const node = await startServer({
    args: ['--store', `etcd://${cluster.endpoints.join(',')}${PREFIX}`, '--etcd-compact-interval', '0', ...user],
    dataDirectory,
    ...(credentials === undefined ? {} : { env: { ETCDESK_ETCD_PASSWORD: credentials.password } }),
  })
  onTestFinished(() => node.kill9())
  return node
}

/** Ends etcd, puts the snapshot in place of its data, and starts it again at the same addresses; of three members two. */
async function restore({ members }: EtcdCluster, snapshot: string, token: readonly string[]): Promise<void> {
  await Promise.all(members.map((member) => member.kill()))
  const all = members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',')
  const restored = members.slice(0, 2)
  for (const member of restored) {
    const { name, peerUrl, dataFolder } = member
    member.wipe()
    const where = ['--name', name, '--initial-cluster', all, '--initial-advertise-peer-urls', peerUrl]
    etcdctl([], 'snapshot', 'restore', snapshot, '--data-dir', dataFolder, ...where, ...token)
  }
  for (const member of restored) member.start()
  await Promise.all(restored.map((member) => member.ready()))
}

/** What somebody who follows was told, until it ended. */
interface Told {
  text: string
  hasEnded: boolean
}

/** Follows what happens on a node, through both doors. */
function follow({ keysUrl, deskUrl }: RunningServer): Promise<Told[]> {
  const urls = [`${keysUrl}/v2/keys/tickets?wait=true&recursive=true&stream=true`, `${deskUrl}/v1/events`]
  return Promise.all(
    urls.map(async (url) => {
      const { body } = await fetch(url)
      const told = { text: '', hasEnded: false }
      void read(body, told)
      return told
    }),
  )
}

async function read(body: ReadableStream<Uint8Array> | null, told: Told): Promise<void> {
  const decoder = new TextDecoder()
  try {
    for await (const piece of body ?? []) told.text += decoder.decode(piece, { stream: true })
  } catch {
    // Cut off, as a watch is that can't go on: etcd's clients have no other sign.
  }
  told.hasEnded = true
}

async function headOf({ keysUrl }: RunningServer): Promise<number> {
  const answer = await fetch(`${keysUrl}/v2/keys/`)
  await answer.arrayBuffer()
  return Number(answer.headers.get('x-etcd-index'))
}

async function tryToCreate({ deskUrl }: RunningServer, value: string): Promise<number> {
  const headers = { 'Content-Type': 'application/json' }
  const answer = await fetch(`${deskUrl}/tickets`, { method: 'POST', headers, body: JSON.stringify({ value }) })
  await answer.arrayBuffer()
  return answer.status
}

async function create(node: RunningServer, value: string): Promise<void> {
  expect(await tryToCreate(node, value)).toBe(201)
}
