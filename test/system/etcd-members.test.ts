/**
 * Members of etcd that are restarted, replaced, or whose disk is slow, broken or full, while clients write through all nodes: no
 * write that was answered is lost, and none has to be given up by a client that tries again.
 */
import { mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import type { EtcdMember } from '../support/etcd-member.js'
import { etcdctl } from '../support/etcdctl.js'
import { temporaryFolder } from '../support/folder.js'
import { Client } from '../support/load.js'
import { missing } from '../support/requirements.js'
import { startServer, waitUntil, type RunningServer } from '../support/server.js'
import { smallDisk } from '../support/small-disk.js'
import { giveTrouble } from '../support/trouble.js'

/** How long a client tries one write, in milliseconds, before it gives it up. */
const PATIENCE_MS = 60_000

/** Writes that are to go on in each state that lasts. */
const SOME = 30

/** How long a client rests after each answer, in milliseconds: as fast as it can it would leave the members no time on a busy machine. */
const REST_MS = 20

/** A node that can be started again where it was: on the same data. */
interface Node {
  readonly server: RunningServer
  restart(endpoints: readonly string[]): Promise<void>
}

/** Is told what ends what was started: when the test ends, or when all tests of a group have. */
type Until = (end: () => Promise<void>) => void

async function startNode(endpoints: readonly string[], until: Until): Promise<Node> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'etcdesk-members-'))
  const start = (from: readonly string[]): Promise<RunningServer> =>
    startServer({ args: ['--store', `etcd://${from.join(',')}/members`], dataDirectory })
  let server = await start(endpoints)
  until(async () => {
    await server.stop()
    server.removeData()
  })
  return {
    get server() {
      return server
    },
    async restart(from) {
      await server.stop()
      server = await start(from)
    },
  }
}

interface Cluster {
  readonly etcd: EtcdCluster
  readonly nodes: readonly Node[]
}

interface World extends Cluster {
  readonly writing: Writing
}

async function startCluster(until: Until, folder?: string): Promise<Cluster> {
  const etcd = await startEtcdCluster({ members: 3, ...(folder === undefined ? {} : { folder }) })
  until(() => etcd.stop())
  return { etcd, nodes: await Promise.all([1, 2, 3].map(() => startNode(etcd.endpoints, until))) }
}

function startWriting(cluster: Cluster): World {
  const writing = new Writing(cluster.nodes)
  onTestFinished(() => writing.stop())
  return { ...cluster, writing }
}

async function startWorld(folder?: string): Promise<World> {
  return startWriting(await startCluster(onTestFinished, folder))
}

let writings = 0

/** Clients that set one key after another, each until it is answered, at whichever node is next. */
class Writing {
  /** Keys whose write was answered. */
  readonly written: string[] = []
  /** What could not be written although it was tried for long. */
  readonly givenUp: string[] = []
  readonly #nodes: readonly Node[]
  /** How its keys begin: the nodes may have those of a test before. */
  readonly #prefix = `/w${++writings}`
  readonly #stopping = new AbortController()
  readonly #running: Promise<unknown>

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes
    this.#running = Promise.all(Array.from({ length: 6 }, (_, client) => this.#write(client)))
  }

  /** Resolves when so many more writes were answered, all begun after the call. */
  async goesOn(count = SOME): Promise<void> {
    const from = this.written.length + this.#nodes.length * 2
    await waitUntil('writes to go on', () => this.written.length >= from + count)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #write(client: number): Promise<void> {
    for (let number = 0; !this.#stopping.signal.aborted; number++) {
      const key = `${this.#prefix}-c${client}-${number}`
      const begin = performance.now()
      for (let attempt = client; !(await this.#set(key, attempt)); attempt++) {
        if (performance.now() - begin > PATIENCE_MS) {
          this.givenUp.push(key)
          return
        }
        await delay(REST_MS)
      }
      this.written.push(key)
      await delay(REST_MS)
    }
  }

  async #set(key: string, attempt: number): Promise<boolean> {
    const node = this.#nodes[attempt % this.#nodes.length]
    const client = new Client()
    try {
      const { status } = await client.form('PUT', `${node?.server.keysUrl}/v2/keys${key}`, { value: key })
      return status === 200 || status === 201
    } catch {
      // Its node is being started again.
      return false
    } finally {
      client.close()
    }
  }
}

/** All that was answered is there, at every node. */
async function expectKept({ nodes, writing }: World): Promise<void> {
  await writing.stop()
  expect(writing.givenUp).toEqual([])
  for (const { server } of nodes) {
    const answer = await fetch(`${server.keysUrl}/v2/keys/?quorum=true`)
    const { node }: { node: { nodes: readonly { key: string; value: string }[] } } = JSON.parse(await answer.text())
    const found = new Map(node.nodes.map(({ key, value }) => [key, value]))
    expect(writing.written.filter((key) => found.get(key) !== key)).toEqual([])
  }
}

describe.skipIf(missing('etcd'))('no write is lost or given up', () => {
  test('when every member and every node is started again, one after another', async () => {
    const world = await startWorld()
    const { etcd, nodes, writing } = world
    for (const member of etcd.members) {
      await writing.goesOn()
      await member.stop()
      await writing.goesOn()
      member.start()
      await member.ready()
    }
    for (const node of nodes) {
      await writing.goesOn()
      await node.restart(etcd.endpoints)
    }
    await writing.goesOn()
    await expectKept(world)
  })

  test.skipIf(missing('etcdctl'))(
    'when a member is replaced by another, which learns first, and the nodes are told one after another',
    async () => {
      const world = await startWorld()
      const { etcd, nodes, writing } = world
      const [gone, ...others] = etcd.members
      if (gone === undefined) throw new Error('no members')
      const left = others.map(({ endpoint }) => endpoint)
      await writing.goesOn()
      const goneId = await gone.id()
      await gone.kill()
      gone.wipe()
      await permitted(left, 'member', 'remove', goneId)
      const came = await etcd.plan('m4')
      const asLearner = await permitted(left, 'member', 'add', 'm4', '--learner', `--peer-urls=${came.peerUrl}`)
      const [, id = ''] = /^Member\s+([0-9a-f]+) added/u.exec(asLearner) ?? []
      const cluster = /ETCD_INITIAL_CLUSTER="(.*)"/u.exec(asLearner)?.[1]
      came.start([`--initial-cluster=${cluster}`, '--initial-cluster-state=existing'])
      await permitted(left, 'member', 'promote', id)
      await came.ready()
      await writing.goesOn()
      const now = [...left, came.endpoint]
      for (const node of nodes) {
        await node.restart(now)
        await writing.goesOn()
      }
      // The new one counts: without it there would be no majority any more.
      await others[0]?.stop()
      await writing.goesOn()
      await expectKept(world)
    },
  )

  describe.skipIf(missing('strace'))('when the disk of a member is in trouble,', () => {
    let cluster: Cluster
    const ends: (() => Promise<void>)[] = []
    beforeAll(async () => {
      cluster = await startCluster((end) => ends.unshift(end))
    })
    afterAll(async () => {
      for (const end of ends) await end()
    })

    describe.each([
      { which: 'a follower', choose: followerOf },
      { which: 'the leader', choose: (etcd: EtcdCluster): Promise<EtcdMember> => etcd.leader() },
    ])('which is that of $which and', ({ choose }) => {
      test('takes 150 ms for each fsync', async () => {
        const world = startWriting(cluster)
        const { etcd, writing } = world
        await writing.goesOn()
        const slow = await giveTrouble((await choose(etcd)).pid, 'fdatasync', 'delay_exit=150000')
        await writing.goesOn()
        await slow.stop()
        await writing.goesOn()
        await expectKept(world)
      })

      test('can no longer write to its disk', async () => {
        const world = startWriting(cluster)
        const { etcd, writing } = world
        await writing.goesOn()
        const member = await choose(etcd)
        const broken = await giveTrouble(member.pid, 'fdatasync', 'error=EIO')
        await member.ended()
        await broken.stop()
        await writing.goesOn()
        member.start()
        await member.ready()
        await writing.goesOn()
        await expectKept(world)
      })
    })
  })

  test.skipIf(missing('tmpfs'))('when the disk of a member is full', async () => {
    // etcd takes 64 MB for the next piece of its log before it needs it.
    const folder = temporaryFolder()
    const disk = smallDisk({ megabytes: 200, ballastMegabytes: 8 })
    symlinkSync(disk.folder, join(folder, 'm1'))
    const world = await startWorld(folder)
    const { etcd, writing } = world
    const [member] = etcd.members
    await writing.goesOn()
    disk.fill()
    await member?.ended()
    await writing.goesOn()
    disk.makeRoom()
    member?.start()
    await member?.ready()
    await writing.goesOn()
    await expectKept(world)
  })
})

async function followerOf(etcd: EtcdCluster): Promise<EtcdMember> {
  const leader = await etcd.leader()
  const follower = etcd.members.find((member) => member !== leader)
  if (follower === undefined) throw new Error('no followers')
  return follower
}

/**
 * Runs etcdctl until etcd permits it: it waits for a leader, for members to know each other, and for a learner to have caught up.
 * What an attempt has done whose answer did not come is done.
 */
async function permitted(endpoints: readonly string[], ...args: readonly string[]): Promise<string> {
  let answer: string | undefined
  let refusal = ''
  await waitUntil(
    () => `etcd to permit ${args.join(' ')}: ${refusal}`,
    () => {
      try {
        // One that has no answer soon is asked again: nothing else goes on in this process meanwhile.
        answer = etcdctl(endpoints, '--command-timeout=5s', ...args)
      } catch (error) {
        refusal = String(error)
        if (/member not found/iu.test(refusal)) answer = refusal
      }
      return answer !== undefined
    },
  )
  return answer ?? ''
}
