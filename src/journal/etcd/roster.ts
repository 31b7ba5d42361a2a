/** What etcd says of the nodes: their records, and who leads. */
import type { EtcdClient } from '../../etcd/client.js'
import { withPrefix, type KeyValue } from '../../etcd/operations.js'
import type { Refusal, Unknown } from '../../etcd/outcome.js'
import { REQUEST_MS } from './head.js'
import { decodeHolder, decodeMember, decodeNodeInfo, LayoutError, type EtcdLayout } from './layout.js'
import { joinNodes, type Listed, type MemberRecord, type PresentRecord } from './listed.js'
import type { KnownNode } from '../journal.js'

export interface Roster {
  readonly type: 'ok'
  readonly nodes: readonly Listed[]
  /** The records of those that are there. */
  readonly there: readonly PresentRecord[]
  /** Whether nobody leads. */
  readonly isVacant: boolean
  /** The id of the node that leads; undefined also where that is not known. */
  readonly leader: string | undefined
}

/** Reads all records of nodes. */
export async function readRoster(client: EtcdClient, layout: EtcdLayout): Promise<Roster | Refusal | Unknown> {
  const [present, announced, timer] = await Promise.all([
    client.range(withPrefix(layout.nodes), { timeoutMs: REQUEST_MS }),
    client.range(withPrefix(layout.members), { timeoutMs: REQUEST_MS }),
    client.get(layout.timer, { timeoutMs: REQUEST_MS }),
  ])
  if (present.type !== 'ok') return present
  if (announced.type !== 'ok') return announced
  if (timer.type !== 'ok') return timer
  const there = present.value.kvs.flatMap(readPresent)
  return {
    type: 'ok',
    there,
    nodes: joinNodes(there, announced.value.kvs.flatMap(readMember), clusterOf(client)),
    isVacant: timer.value === undefined,
    leader: timer.value === undefined ? undefined : leaderOf(timer.value, there),
  }
}

/** The etcd that records belong to: a copy of it elsewhere must not name the nodes of the original. */
export function clusterOf({ clusterId }: EtcdClient): string {
  return (clusterId ?? 0n).toString(16)
}

/** The nodes that others are told of. */
export function knownNodes({ nodes }: Roster): readonly KnownNode[] {
  return nodes.flatMap(({ node, isThere, isListed, member }) => {
    const awaySince = isThere ? null : (member?.awaySince ?? null)
    return isListed ? Object.assign({ isThere, awaySince }, node) : []
  })
}

/** The node that leads: the one with the lease that holds the key. One of an earlier version does not say its id there. */
function leaderOf(timer: KeyValue, there: readonly PresentRecord[]): string | undefined {
  return there.find(({ lease }) => lease === timer.lease)?.node.id ?? decodeHolder(timer.value.toString()).id
}

function readPresent({ value, lease, modRevision }: KeyValue): PresentRecord[] {
  return orNothing(() => ({ node: decodeNodeInfo(value.toString()), lease, revision: modRevision }))
}

function readMember({ value, modRevision }: KeyValue): MemberRecord[] {
  return orNothing(() => ({ ...decodeMember(value.toString()), revision: modRevision }))
}

/** Nothing where another program has put something else there. */
function orNothing<T>(read: () => T): T[] {
  try {
    return [read()]
  } catch (error) {
    if (error instanceof LayoutError) return []
    throw error
  }
}
