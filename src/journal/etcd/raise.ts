/**
 * Raises the format of the data in etcd, which an operator orders when every node is one that knows it: until then new nodes
 * write the old format, so that old ones go on beside them. One transaction rewrites the head alone; a node that does not know
 * the new format ends when it sees it, the others go by it from their next commit on.
 */
import type { EtcdClient } from '../../etcd/client.js'
import { ifModRevision, opPut, withPrefix } from '../../etcd/operations.js'
import { JournalUnavailable } from '../journal.js'
import type { StorePlace } from '../open.js'
import { readHead, REQUEST_MS, revisionOf, rewriterId, unavailable } from './head.js'
import { decodeNodeFormat, EtcdLayout, LAYOUT_FORMAT, LayoutError } from './layout.js'
import { reachEtcd } from './reach.js'

/** How often it is tried while nodes write: each of their commits comes in between. */
const ATTEMPTS = 100

/** What came of it: the format before, that of now, and the names of nodes that do not know that one. */
export interface Raised {
  readonly from: number
  readonly to: number
  /** The format that this program writes by itself. */
  readonly newest: number
  readonly oldNodes: readonly string[]
}

/**
 * Does nothing where the format is the newest, or where nodes that do not know it are there and `force` does not say that they
 * may end: `to` is the old format then. Rejects with a JournalOpenError or a JournalUnavailable.
 */
export async function raiseInEtcd(place: StorePlace, { force }: { readonly force: boolean }): Promise<Raised> {
  const { client, prefix } = await reachEtcd(place)
  try {
    const layout = new EtcdLayout(prefix)
    const { format } = (await readHead(client, layout)).stored
    const newest = LAYOUT_FORMAT
    if (format === newest) return { from: format, to: format, newest, oldNodes: [] }
    const oldNodes = await findOldNodes(client, layout)
    if (oldNodes.length > 0 && !force) return { from: format, to: format, newest, oldNodes }
    await rewriteHead(client, layout)
    return { from: format, to: newest, newest, oldNodes }
  } finally {
    await client.close()
  }
}

async function rewriteHead(client: EtcdClient, layout: EtcdLayout): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const { stored, head } = await readHead(client, layout)
    if (stored.format === LAYOUT_FORMAT) return
    const id = rewriterId('raise')
    const raised = JSON.stringify({ ...stored, format: LAYOUT_FORMAT, id })
    const outcome = await client.txn(
      { compare: [ifModRevision(layout.head, revisionOf(head))], success: [opPut(layout.head, raised)] },
      { timeoutMs: REQUEST_MS },
    )
    // An unknown outcome shows when the head is read again.
    if (outcome.type === 'refused') throw unavailable(outcome, 'etcd does not let the format be raised: ')
  }
  throw new JournalUnavailable('The nodes write so much that the format could not be raised: try again when they rest.')
}

/** The names of the nodes that are there and do not say that they know the newest format. */
async function findOldNodes(client: EtcdClient, layout: EtcdLayout): Promise<string[]> {
  const outcome = await client.range(withPrefix(layout.nodes), { timeoutMs: REQUEST_MS })
  if (outcome.type !== 'ok') throw unavailable(outcome)
  return outcome.value.kvs.flatMap(({ value }) => {
    try {
      const { name, format } = decodeNodeFormat(value.toString())
      return format < LAYOUT_FORMAT ? [name] : []
    } catch (error) {
      if (error instanceof LayoutError) return []
      throw error
    }
  })
}
