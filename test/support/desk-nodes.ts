/**
 * Three desk nodes as they ship, `etcdesk serve`, over a real etcd of their own. Guard tests that start them with
 * `describe.skipIf(missing('etcd'))`.
 */
import { startEtcdCluster, type EtcdCluster } from './etcd-cluster.js'
import { startServer, type RunningServer } from './server.js'

export type ThreeNodes = readonly [RunningServer, RunningServer, RunningServer]

export interface DeskNodes {
  readonly nodes: ThreeNodes
  readonly etcd: EtcdCluster
  /** Ends the nodes and their etcd, and removes their data. */
  readonly stop: () => Promise<void>
}

export interface DeskNodesOptions {
  /** How many members their etcd has; one if nothing else is said. */
  readonly members?: 1 | 3
  /** More arguments for each node. */
  readonly args?: readonly string[]
}

/** Starts an etcd and three nodes on it, and waits until all are ready. */
export async function startDeskNodes({ members = 1, args = [] }: DeskNodesOptions = {}): Promise<DeskNodes> {
  const etcd = await startEtcdCluster({ members })
  const store = `etcd://${etcd.endpoints.join(',')}/desk`
  const started: RunningServer[] = []
  const start = async (): Promise<RunningServer> => {
    const server = await startServer({ args: ['--store', store, ...args] })
    started.push(server)
    return server
  }
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()))
    await etcd.stop()
  }
  try {
    return { nodes: await Promise.all([start(), start(), start()]), etcd, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
