/**
 * What the faults strike: three etcd members, three desk nodes, and a proxy that can do harm on each way between them. All are
 * real processes on this machine; every node has a data folder of its own.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EtcdClient } from '#src/etcd/client.js'
import { startCuttingProxy, type CuttingProxy } from '../support/cutting-proxy.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { startServer, type RunningServer } from '../support/server.js'
import { standStill } from '../support/stand-still.js'

const PREFIX = '/faults'

/** How long a node may take from its start until it is ready, in milliseconds. */
const START_MS = 30_000

/** More than a round makes: so that everything that happened can be read at its end. */
const HISTORY_EVENTS = 1_000_000

export class DeskNode {
  readonly name: string
  readonly dataDirectory: string
  /** One on the way to each etcd member. */
  readonly proxies: readonly CuttingProxy[]
  /** What runs the program; the built one where it is undefined. */
  readonly #command: readonly string[] | undefined
  #server: RunningServer | undefined

  constructor(name: string, folder: string, proxies: readonly CuttingProxy[], command: readonly string[] | undefined) {
    this.name = name
    this.dataDirectory = join(folder, name)
    this.proxies = proxies
    this.#command = command
  }

  /** Where its doors are; undefined while it is down. */
  get doors(): { readonly deskUrl: string; readonly keysUrl: string } | undefined {
    return this.#server
  }

  get replicaPath(): string {
    return join(this.dataDirectory, 'replica.db')
  }

  async start(): Promise<void> {
    const store = `etcd://${this.proxies.map(({ endpoint }) => endpoint).join(',')}${PREFIX}`
    this.#server = await startServer({
      args: ['--store', store, '--history', String(HISTORY_EVENTS)],
      dataDirectory: this.dataDirectory,
      deadlineMs: START_MS,
      ...(this.#command === undefined ? {} : { command: this.#command }),
    })
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    await server?.kill9()
  }

  /** SIGTERM; what it said on stderr. */
  async stop(): Promise<string> {
    const server = this.#server
    this.#server = undefined
    await server?.stop()
    return server?.stderr() ?? ''
  }

  async freeze(): Promise<void> {
    if (this.#server !== undefined) await standStill(this.#server.process)
  }

  thaw(): void {
    this.#server?.process.kill('SIGCONT')
  }

  /** Removes its data. Kill it first. */
  wipe(): void {
    rmSync(this.dataDirectory, { recursive: true, force: true })
  }

  /** Lets everything through again, on new connections. */
  heal(): void {
    for (const proxy of this.proxies) {
      proxy.blackhole(false)
      proxy.dropReplies(false)
      proxy.refuse(false)
      proxy.delay(0)
      // What was lost on a connection can't be put back: it is worth nothing now.
      proxy.cut()
    }
  }
}

export class World {
  readonly etcd: EtcdCluster
  readonly nodes: readonly DeskNode[]
  readonly #folder: string
  readonly #command: readonly string[] | undefined
  readonly #proxies: readonly CuttingProxy[]

  private constructor(etcd: EtcdCluster, nodes: readonly DeskNode[], folder: string, command?: readonly string[]) {
    this.etcd = etcd
    this.nodes = nodes
    this.#folder = folder
    this.#command = command
    this.#proxies = nodes.flatMap(({ proxies }) => proxies)
  }

  /** Starts everything; `folder` is where the nodes keep their data. */
  static async start(folder: string, command?: readonly string[]): Promise<World> {
    const etcd = await startEtcdCluster({ members: 3 })
    const nodes = await Promise.all(
      ['n1', 'n2', 'n3'].map(async (name) => {
        const proxies = await Promise.all(etcd.endpoints.map(startCuttingProxy))
        return new DeskNode(name, folder, proxies, command)
      }),
    )
    const world = new World(etcd, nodes, folder, command)
    try {
      await Promise.all(nodes.map((node) => node.start()))
    } catch (error) {
      await world.stop()
      throw error
    }
    return world
  }

  /** A node that was never there before and gets all it has from etcd, without a proxy. */
  async startFreshNode(): Promise<DeskNode> {
    const proxies = await Promise.all(this.etcd.endpoints.map(startCuttingProxy))
    const node = new DeskNode('fresh', this.#folder, proxies, this.#command)
    await node.start()
    return node
  }

  /** Has etcd forget its history up to now. */
  async compact(): Promise<void> {
    const client = await EtcdClient.connect({ endpoints: this.etcd.endpoints })
    try {
      for (let attempt = 0; attempt < 20; attempt++) {
        const head = await client.get(`${PREFIX}/head`)
        if (head.type === 'ok') {
          const outcome = await client.compact(head.revision)
          if (outcome.type === 'ok' || (outcome.type === 'refused' && outcome.reason === 'compacted')) return
        }
        await delay(100)
      }
    } finally {
      await client.close()
    }
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) node.thaw()
    await Promise.all(this.nodes.map((node) => node.kill()))
    await Promise.all(this.#proxies.map((proxy) => proxy.close()))
    await this.etcd.stop()
  }
}
