/**
 * The nodes of the desk. Each has two records: one under an etcd lease, which says that it is there and goes with it; and a
 * lasting one, which says that it was announced, so that its clients find it listed while it is away. Whoever wants to know is
 * told of every change; while etcd is away what was known last is the best that there is.
 */
import type { EtcdClient } from '../../etcd/client.js'
import { opPut } from '../../etcd/operations.js'
import { Coalesced } from '../coalesced.js'
import { REQUEST_MS } from './head.js'
import { encodeMember, encodeNode, type EtcdLayout } from './layout.js'
import type { PresentRecord } from './listed.js'
import { clusterOf, knownNodes, readRoster } from './roster.js'
import { MemberUpkeep } from './upkeep.js'
import type { KnownNode, NodeInfo } from '../journal.js'

/** How long after a failed attempt the next one is made, in milliseconds. */
const RETRY_MS = 1000

/** How often it is counted for how long a node has been away, and for how long it may be, in milliseconds. */
const TICK_MS = 3_600_000
const AWAY_MS_MAX = 7 * 24 * 3_600_000

export interface EtcdNodesOptions {
  readonly client: EtcdClient
  readonly layout: EtcdLayout
  /** Whether this node is the one that keeps the records of those that are away. */
  readonly isOurTurn: () => boolean
  /** Told which nodes there are, in the order of their ids, when that may have changed. */
  readonly onNodes: (nodes: readonly KnownNode[]) => void
  /** Told that nobody leads. */
  readonly onVacant?: () => void
  /** Told in a sentence what an operator should know. */
  readonly onNotice: (sentence: string) => void
  /** Other times than the usual, in milliseconds, for tests. */
  readonly tickMs?: number
  readonly awayMsMax?: number
}

export class EtcdNodes {
  readonly #options: EtcdNodesOptions
  readonly #read = new Coalesced(() => this.#list())
  readonly #upkeep: MemberUpkeep
  readonly #ticking: NodeJS.Timeout
  #retrying: NodeJS.Timeout | undefined
  #self: NodeInfo | undefined
  #lease: bigint | undefined
  #leader: string | undefined
  #isDouble = false
  #wasOurTurn = false
  #isClosed = false

  constructor(options: EtcdNodesOptions) {
    const { client, layout, tickMs = TICK_MS, awayMsMax = AWAY_MS_MAX } = options
    this.#options = options
    this.#upkeep = new MemberUpkeep({ client, layout, awayMsMax })
    this.#ticking = setInterval(() => this.#tick(tickMs), tickMs).unref()
  }

  /** The id of the node that leads, as etcd said it last; undefined where none does. */
  get leader(): string | undefined {
    return this.#leader
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

  close(): void {
    this.#isClosed = true
    clearInterval(this.#ticking)
    clearTimeout(this.#retrying)
  }

  /** The time counts that this node alone has kept the records for. */
  #tick(ms: number): void {
    const isOurTurn = this.#options.isOurTurn()
    if (isOurTurn && this.#wasOurTurn) this.#upkeep.pass(ms)
    this.#wasOurTurn = isOurTurn
    this.refresh()
  }

  async #put(): Promise<void> {
    const { client, layout } = this.#options
    if (this.#self === undefined || this.#lease === undefined || this.#isClosed) return
    const { id } = this.#self
    const present = opPut(layout.node(id), encodeNode(this.#self), this.#lease)
    const lasting = opPut(layout.member(id), encodeMember({ node: this.#self, cluster: clusterOf(client) }))
    const outcome = await client.txn({ success: [present, lasting] }, { timeoutMs: REQUEST_MS })
    if (outcome.type !== 'ok') this.#retry()
  }

  async #list(): Promise<void> {
    const { client, layout, isOurTurn, onNodes, onVacant } = this.#options
    const roster = await readRoster(client, layout)
    if (this.#isClosed) return
    if (roster.type !== 'ok') {
      this.#retry()
      return
    }
    const { nodes, there, leader, isVacant } = roster
    this.#leader = leader
    this.#lookForDouble(there)
    onNodes(knownNodes(roster))
    if (isVacant) onVacant?.()
    // Somebody removed it, such as with all that was below the prefix.
    const own = nodes.find(({ node }) => node.id === this.#self?.id)
    if (own?.isThere !== true || own.member === undefined || own.isForeign) await this.#put()
    await this.#upkeep.adopt(nodes.filter(({ node }) => node.id !== this.#self?.id))
    if (isOurTurn()) await this.#upkeep.keep(nodes)
  }

  #retry(): void {
    if (this.#isClosed) return
    this.#retrying ??= setTimeout(() => {
      this.#retrying = undefined
      this.refresh()
    }, RETRY_MS).unref()
  }

  /** A data folder that was copied from one node to another gives both the same id. */
  #lookForDouble(there: readonly PresentRecord[]): void {
    const self = this.#self
    const other = there.find(({ node }) => node.id === self?.id)?.node
    const isDouble = other !== undefined && JSON.stringify(other) !== JSON.stringify(self)
    if (isDouble && !this.#isDouble) {
      this.#options.onNotice(
        `The node on ${other.host} (${other.keysUrl ?? other.deskUrl}) has the id of this one: its data folder was copied. Stop one of them and remove its folder; it is made anew.`,
      )
    }
    this.#isDouble = isDouble
  }
}
