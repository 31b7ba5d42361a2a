/**
 * Which nodes are there: each keeps a record under an etcd lease, which goes with it. Whoever wants to know is told of every
 * change; while etcd is away the nodes that were there last are the best that is known.
 */
import type { EtcdClient } from '../../etcd/client.js'
import { withPrefix } from '../../etcd/operations.js'
import { Coalesced } from '../coalesced.js'
import { REQUEST_MS } from './head.js'
import { decodeNodeInfo, LayoutError, type EtcdLayout } from './layout.js'
import type { NodeInfo } from '../journal.js'

export interface EtcdNodesOptions {
  readonly client: EtcdClient
  readonly layout: EtcdLayout
  /** Told which nodes are there, in the order of their ids, when that may have changed. */
  readonly onNodes: (nodes: readonly NodeInfo[]) => void
  /** Told in a sentence what an operator should know. */
  readonly onNotice: (sentence: string) => void
}

export class EtcdNodes {
  readonly #options: EtcdNodesOptions
  readonly #read = new Coalesced(() => this.#list())
  #self: NodeInfo | undefined
  #lease: bigint | undefined
  #isDouble = false

  constructor(options: EtcdNodesOptions) {
    this.#options = options
  }

  /** Tells the others who this node is. */
  announce(node: NodeInfo): void {
    this.#self = node
    void this.#put()
  }

  /** There is a lease to keep the record under. */
  async granted(lease: bigint): Promise<void> {
    this.#lease = lease
    await this.#put()
  }

  lost(): void {
    this.#lease = undefined
  }

  /** Looks who is there. */
  refresh(): void {
    void this.#read.run()
  }

  async #put(): Promise<void> {
    const { client, layout } = this.#options
    if (this.#self === undefined || this.#lease === undefined) return
    const { id } = this.#self
    await client.put(layout.node(id), JSON.stringify(this.#self), { lease: this.#lease, timeoutMs: REQUEST_MS })
  }

  async #list(): Promise<void> {
    const { client, layout, onNodes } = this.#options
    const outcome = await client.range(withPrefix(layout.nodes), { timeoutMs: REQUEST_MS })
    if (outcome.type !== 'ok') return
    const nodes = outcome.value.kvs.flatMap(({ value }) => readNode(value.toString()))
    this.#lookForDouble(nodes)
    onNodes(nodes)
    // Somebody removed it, such as with all that was below the prefix.
    if (!nodes.some(({ id }) => id === this.#self?.id)) await this.#put()
  }

  /** A data folder that was copied from one node to another gives both the same id. */
  #lookForDouble(nodes: readonly NodeInfo[]): void {
    const self = this.#self
    const other = nodes.find((node) => node.id === self?.id)
    const isDouble = other !== undefined && JSON.stringify(other) !== JSON.stringify(self)
    if (isDouble && !this.#isDouble) {
      this.#options.onNotice(
        `The node on ${other.host} (${other.keysUrl ?? other.deskUrl}) has the id of this one: its data folder was copied. Stop one of them and remove its folder; it is made anew.`,
      )
    }
    this.#isDouble = isDouble
  }
}

/** Nothing where another program has put something else there. */
function readNode(text: string): NodeInfo[] {
  try {
    return [decodeNodeInfo(text)]
  } catch (error) {
    if (error instanceof LayoutError) return []
    throw error
  }
}
