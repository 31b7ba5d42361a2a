/** What `etcdesk nodes` does: lists the nodes of a desk, a line each, and removes one that will not come back. */
import { listNodes, removeNode, type NodeEntry } from '../journal/etcd/removal.js'
import type { StorePlace } from '../journal/open.js'

/** Says each node in a line. Rejects with a JournalOpenError or a JournalUnavailable. */
export async function sayNodes(place: StorePlace, say: (line: string) => void): Promise<void> {
  const nodes = await listNodes(place)
  if (nodes.length === 0) say('No node has been announced.')
  for (const entry of nodes) say(lineOf(entry))
}

/** Removes a node by its name or id. Rejects with a NodeRemovalError where it may not be, or as `sayNodes`. */
export async function removeNamedNode(place: StorePlace, nameOrId: string, say: (line: string) => void): Promise<void> {
  const { id, name, host } = await removeNode(place, nameOrId)
  say(
    `${name} (${id}, on ${host}) was removed: it is no longer listed. If it is started again, it announces itself again.`,
  )
}

function lineOf({ node, isThere, leads, awaySince }: NodeEntry): string {
  const { id, name, host, version, keysUrl, deskUrl } = node
  const since = awaySince === undefined ? '' : ` since ${new Date(awaySince).toISOString()}`
  const state = isThere ? `alive${leads ? ', leads' : ''}` : `away${since}`
  return `${id}  ${name}  ${host}  ${keysUrl ?? deskUrl ?? 'no address'}  ${version}  ${state}`
}
