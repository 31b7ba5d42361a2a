/**
 * Keeps the lasting records of the nodes, on the node whose turn it is: notes who is away, and drops who has been away for so long
 * that nobody waits for it, whose address another node has taken, or who came with the copy of another etcd. Every change is made
 * only if the record is still what was read and the node still away.
 *
 * For how long a node has been away is added up in etcd, tick by tick, while some node is there to count. It goes by no clock
 * that can be set: one that is wrong drops nobody, nor does a desk that was switched off for a year.
 */
import type { EtcdClient } from '../../etcd/client.js'
import { ifMissing, ifModRevision, opDelete, opPut } from '../../etcd/operations.js'
import { REQUEST_MS } from './head.js'
import { encodeMember, type EtcdLayout } from './layout.js'
import type { Listed, MemberRecord } from './listed.js'
import { clusterOf } from './roster.js'

/** Records of nodes that are away; of more, those that have been away longest are dropped. */
const AWAY_MAX = 100

export interface MemberUpkeepOptions {
  readonly client: EtcdClient
  readonly layout: EtcdLayout
  /** For how long a node may be away, in milliseconds. */
  readonly awayMsMax: number
}

export class MemberUpkeep {
  readonly #options: MemberUpkeepOptions
  /** Time that has passed and was not added up yet, in milliseconds. */
  #passedMs = 0

  constructor(options: MemberUpkeepOptions) {
    this.#options = options
  }

  /** So much time has passed. */
  pass(ms: number): void {
    this.#passedMs = ms
  }

  /**
   * A node of an earlier version is listed too when it is away: any node that sees it puts its record, since one of that version may
   * be whose turn it is.
   */
  async adopt(nodes: readonly Listed[]): Promise<void> {
    const { client, layout } = this.#options
    for (const { node, member } of nodes) {
      if (member !== undefined) continue
      const success = [opPut(layout.member(node.id), encodeMember({ node, cluster: clusterOf(client) }))]
      await client.txn({ compare: [ifMissing(layout.member(node.id))], success }, { timeoutMs: REQUEST_MS })
    }
  }

  /** Brings the records up to date. */
  async keep(nodes: readonly Listed[]): Promise<void> {
    const passedMs = this.#passedMs
    this.#passedMs = 0
    const away: MemberRecord[] = []
    for (const { node, member, isThere, isForeign, isReplaced } of nodes) {
      if (member === undefined) continue
      if (isThere) {
        // One of an earlier version may have another address than when its record was put.
        const isAsItIs = member.awaySince === undefined && JSON.stringify(member.node) === JSON.stringify(node)
        if (!isAsItIs) await this.#put({ ...member, node, awaySince: undefined, awayMs: undefined }, isThere)
      } else if (isForeign || isReplaced) await this.#drop(member)
      else away.push(member)
    }
    const tooMany = away.length - AWAY_MAX
    const longestFirst = away.toSorted((a, b) => (b.awayMs ?? 0) - (a.awayMs ?? 0))
    for (const [place, member] of longestFirst.entries()) {
      const awayMs = (member.awayMs ?? 0) + passedMs
      if (place < tooMany || awayMs >= this.#options.awayMsMax) await this.#drop(member)
      else if (member.awaySince === undefined) await this.#put({ ...member, awaySince: Date.now(), awayMs: 0 })
      else if (passedMs > 0) await this.#put({ ...member, awayMs })
    }
  }

  async #put(member: MemberRecord, isThere = false): Promise<void> {
    const { client, layout } = this.#options
    const { id } = member.node
    const compare = [ifModRevision(layout.member(id), member.revision)]
    if (!isThere) compare.push(ifMissing(layout.node(id)))
    const success = [opPut(layout.member(id), encodeMember(member))]
    await client.txn({ compare, success }, { timeoutMs: REQUEST_MS })
  }

  #drop({ node, revision }: MemberRecord): Promise<unknown> {
    return dropMember(this.#options.client, this.#options.layout, node.id, revision)
  }
}

/** Drops a node's lasting record if that is still this one and the node is away; answers whether it was. */
export async function dropMember(
  client: EtcdClient,
  layout: EtcdLayout,
  id: string,
  revision: bigint,
): Promise<Awaited<ReturnType<EtcdClient['txn']>>> {
  const compare = [ifModRevision(layout.member(id), revision), ifMissing(layout.node(id))]
  return client.txn({ compare, success: [opDelete({ key: layout.member(id) })] }, { timeoutMs: REQUEST_MS })
}
