/** Who is listed among the nodes: all that were announced or are there, each once, and no address twice. */
import type { StoredMember } from './layout.js'
import type { NodeInfo } from '../journal.js'

/** A record under a lease. */
export interface PresentRecord {
  readonly node: NodeInfo
  readonly lease: bigint
  readonly revision: bigint
}

/** A lasting record, and the revision that it was written at. */
export interface MemberRecord extends StoredMember {
  readonly revision: bigint
}

export interface Listed {
  readonly node: NodeInfo
  readonly isThere: boolean
  /** Undefined where it was never announced by a lasting record: a node of an earlier version does not write one. */
  readonly member: MemberRecord | undefined
  /** Whether its lasting record came here with the copy of another etcd. */
  readonly isForeign: boolean
  /** Whether another node has taken its address: it came back with a new folder, say. */
  readonly isReplaced: boolean
  /** Whether others are to be told of it. */
  readonly isListed: boolean
}

/** All nodes in the order of their ids. `cluster` is the etcd that the records were read from. */
export function joinNodes(
  there: readonly PresentRecord[],
  members: readonly MemberRecord[],
  cluster: string,
): readonly Listed[] {
  const present = new Map(there.map((record) => [record.node.id, record]))
  const announced = new Map(members.map((record) => [record.node.id, record]))
  const ids = [...new Set([...present.keys(), ...announced.keys()])].toSorted()
  const all = ids.flatMap((id): Candidate[] => {
    const [record, member] = [present.get(id), announced.get(id)]
    const node = record?.node ?? member?.node
    if (node === undefined) return []
    const revision = record?.revision ?? member?.revision ?? 0n
    return [{ node, member, isThere: record !== undefined, revision }]
  })
  return all.map((candidate) => {
    const { node, member, isThere } = candidate
    const isForeign = member !== undefined && member.cluster !== cluster
    const isReplaced = all.some((other) => other !== candidate && replaces(other, candidate))
    return { node, member, isThere, isForeign, isReplaced, isListed: !isReplaced && (isThere || !isForeign) }
  })
}

type Candidate = Pick<Listed, 'node' | 'member' | 'isThere'> & { readonly revision: bigint }

/** Whether `newer` stands where `older` stood. */
function replaces(newer: Candidate, older: Candidate): boolean {
  if (!haveOneAddress(newer.node, older.node)) return false
  if (newer.isThere !== older.isThere) return newer.isThere
  if (newer.revision < older.revision) return false
  // Several that are there may be called by one address, that of a proxy before them; but not if all that they say is the same.
  const isOneMachine = newer.node.host === older.node.host && newer.node.deskUrl === older.node.deskUrl
  return !newer.isThere || isOneMachine
}

function haveOneAddress(one: NodeInfo, other: NodeInfo): boolean {
  const [url, otherUrl] = [one.keysUrl ?? one.deskUrl, other.keysUrl ?? other.deskUrl]
  // Every machine has a loopback address of its own.
  return url === otherUrl && url !== null && (one.host === other.host || !isLoopback(url))
}

function isLoopback(url: string): boolean {
  return /^https?:\/\/(?:127\.|localhost[:/]|localhost$|\[::1\])/u.test(url)
}
