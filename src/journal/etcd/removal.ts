/** The nodes of a desk for its operator: lists them, and removes one that will not come back. */
import type { EtcdClient } from '../../etcd/client.js'
import { unavailable } from './head.js'
import { EtcdLayout } from './layout.js'
import type { Listed } from './listed.js'
import { reachEtcd } from './reach.js'
import { readRoster, type Roster } from './roster.js'
import { dropMember } from './upkeep.js'
import type { StorePlace } from '../open.js'

/** A node as an operator sees it, with those that clients are not told of. */
export interface NodeEntry extends Pick<Listed, 'node' | 'isThere'> {
  readonly leads: boolean
  /** When the others noticed that it is away, in milliseconds since 1970. */
  readonly awaySince: number | undefined
}

/** A node can't be removed. The message is one sentence that says why and what to do. */
export class NodeRemovalError extends Error {
  override readonly name = 'NodeRemovalError'
}

/** All nodes in the order of their ids. Rejects with a JournalOpenError or a JournalUnavailable. */
export function listNodes(place: StorePlace): Promise<readonly NodeEntry[]> {
  return withRoster(place, ({ roster }) =>
    Promise.resolve(
      roster.nodes.map(({ node, isThere, member }) => ({
        node,
        isThere,
        leads: node.id === roster.leader,
        awaySince: member?.awaySince,
      })),
    ),
  )
}

/** Removes the node with this id or name; answers which that was. Rejects with a NodeRemovalError too. */
export function removeNode(place: StorePlace, nameOrId: string): Promise<NodeEntry['node']> {
  return withRoster(place, async ({ client, layout, roster }) => {
    const found = roster.nodes.filter(({ node }) => node.id === nameOrId || node.name === nameOrId)
    const [entry, another] = found
    if (entry === undefined)
      throw new NodeRemovalError(
        `No node is called ${JSON.stringify(nameOrId.slice(0, 100))}: 'etcdesk nodes' lists them.`,
      )
    if (another !== undefined) throw new NodeRemovalError(`Several nodes are called ${nameOrId}: name one by its id.`)
    const { node, member } = entry
    if (member !== undefined) {
      const outcome = await dropMember(client, layout, node.id, member.revision)
      if (outcome.type === 'refused') throw unavailable(outcome, 'The node was not removed: ')
      if (outcome.type === 'unknown')
        throw unavailable(outcome, 'It is not known whether the node was removed, look again: ')
      if (outcome.value.succeeded) return node
    }
    throw new NodeRemovalError(
      `${node.name} on ${node.host} is alive: stop it first. One that has died counts as alive for ten seconds.`,
    )
  })
}

interface Parts {
  readonly client: EtcdClient
  readonly layout: EtcdLayout
  readonly roster: Roster
}

async function withRoster<T>(place: StorePlace, work: (parts: Parts) => Promise<T>): Promise<T> {
  const { client, prefix } = await reachEtcd(place)
  try {
    const layout = new EtcdLayout(prefix)
    const roster = await readRoster(client, layout)
    if (roster.type !== 'ok') throw unavailable(roster, 'The nodes can not be listed: ')
    return await work({ client, layout, roster })
  } finally {
    await client.close()
  }
}
