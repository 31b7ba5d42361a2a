/**
 * What the faults strike: etcd members, desk nodes, and proxies that can do harm on each way between a node and a member and
 * between two members. All are real processes on this machine; every node has a data folder of its own.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EtcdClient } from '#src/etcd/client.js'
import { startCuttingProxy, type CuttingProxy } from '../support/cutting-proxy.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import type { PeerNetwork } from '../support/peer-network.js'
import { startServer, type RunningServer } from '../support/server.js'
import { standStill } from '../support/stand-still.js'

const PREFIX = '/faults'

/** More than a round makes: so that everything that happened can be read at its end. */
const HISTORY_EVENTS = 1_000_000

export interface WorldOptions {
  /** Where the nodes keep their data. */
  readonly folder: string
  /** What runs the program; the built one where it is left out. */
  readonly command?: readonly string[] | undefined
  /** 3 unless given. */
  readonly members?: 1 | 3
  /** 3 unless given. */
  readonly nodes?: number
  /** What is left to chance on the ways. */
  readonly random?: () => number
  /** More arguments for every node. */
  readonly args?: readonly string[]
}

export class DeskNode {
  readonly name: string
  readonly dataDirectory: string
  /** One on the way to each etcd member. */
  readonly proxies: readonly CuttingProxy[]
  readonly #options: WorldOptions
  #server: RunningServer | undefined

  constructor(name: string, proxies: readonly CuttingProxy[], options: WorldOptions) {
    this.name = name
    this.dataDirectory = join(options.folder, name)
    this.proxies = proxies
    this.#options = options
  }

  /** Where its doors are; undefined while it is down. */
  get doors(): { readonly deskUrl: string; readonly keysUrl: string } | undefined {
    return this.#server
  }

  get replicaPath(): string {
    return join(this.dataDirectory, 'replica.db')
  }

  /** Starts it; with these etcd endpoints instead of its proxies where they are given. */
  async start(endpoints: readonly string[] = this.proxies.map(({ endpoint }) => endpoint)): Promise<void> {
    const { command, args = [] } = this.#options
    const store = `etcd://${endpoints.join(',')}${PREFIX}`
    this.#server = await startServer({
      args: ['--store', store, '--history', String(HISTORY_EVENTS), ...args],
      dataDirectory: this.dataDirectory,
      ...(command === undefined ? {} : { command }),
    })
  }

  /** What it said on stderr so far in this life. */
  get words(): string {
    return this.#server?.stderr() ?? ''
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

  /** Does something to each of its ways to etcd. */
  everyWay(change: (way: CuttingProxy) => void): void {
    for (const proxy of this.proxies) change(proxy)
  }

  /** Lets everything through again, on new connections. */
  heal(): void {
    for (const proxy of this.proxies) {
      proxy.hold(false)
      proxy.blackhole(false)
      proxy.dropReplies(false)
      proxy.refuse(false)
      proxy.delay(0)
      proxy.lose(0)
      // What was lost on a connection can't be put back: it is worth nothing now.
      proxy.cut()
    }
  }
}

export class World {
  readonly etcd: EtcdCluster
  readonly nodes: readonly DeskNode[]
  readonly #options: WorldOptions
  readonly #proxies: CuttingProxy[]

  private constructor(etcd: EtcdCluster, nodes: readonly DeskNode[], options: WorldOptions) {
    this.etcd = etcd
    this.nodes = nodes
    this.#options = options
    this.#proxies = nodes.flatMap(({ proxies }) => proxies)
  }

  /** The ways between the etcd members. */
  get network(): PeerNetwork {
    if (this.etcd.network === undefined) throw new Error('this etcd has no network')
    return this.etcd.network
  }

  /** Starts everything. */
  static async start(options: WorldOptions): Promise<World> {
    const { members = 3, nodes: count = 3 } = options
    const etcd = await startEtcdCluster({ members, withNetwork: true })
    const names = Array.from({ length: count }, (_, place) => `n${place + 1}`)
    const nodes = await Promise.all(
      names.map(async (name) => new DeskNode(name, await proxiesTo(etcd, options.random), options)),
    )
    const world = new World(etcd, nodes, options)
    try {
      await Promise.all(nodes.map((node) => node.start()))
    } catch (error) {
      await world.stop()
      throw error
    }
    return world
  }

  /** A node that was never there before and gets all it has from etcd. */
  async startFreshNode(): Promise<DeskNode> {
    const proxies = await proxiesTo(this.etcd, this.#options.random)
    this.#proxies.push(...proxies)
    const node = new DeskNode('fresh', proxies, this.#options)
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
    for (const member of this.etcd.members) member.thaw()
    await Promise.all(this.nodes.map((node) => node.kill()))
    await Promise.all(this.#proxies.map((proxy) => proxy.close()))
    await this.etcd.stop()
  }
}

/** A proxy on the way to each member. */
function proxiesTo(etcd: EtcdCluster, random?: () => number): Promise<CuttingProxy[]> {
  return Promise.all(etcd.endpoints.map((endpoint) => startCuttingProxy(endpoint, random)))
}
