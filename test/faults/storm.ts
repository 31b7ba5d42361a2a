/**
 * A storm of unknown outcomes: of every few transactions that the nodes send, etcd's answer is forgotten, while clients write as
 * fast as they can. Nothing may happen twice, nothing answered may be missing.
 */
import { join } from 'node:path'
import { randomOf } from '../crash/copies.js'
import { startEtcdCluster } from '../support/etcd-cluster.js'
import { startForgetfulEtcd, type ForgetfulEtcd } from '../support/forgetful-etcd.js'
import { startServer, waitUntil, type RunningServer } from '../support/server.js'
import { judge } from './checker.js'
import { newShared, Roamer } from './clients.js'
import { V1Roamer } from './v1-clients.js'

const NODES = ['n1', 'n2']
const CLIENTS = 16
const V1_CLIENTS = 6

/** The share of transactions whose answer is forgotten. */
const FORGOTTEN = 0.2

export interface StormOptions {
  readonly folder: string
  readonly seed: number
  /** How many requests the clients send at least. */
  readonly operations: number
  /** What runs the program; the built one where it is left out. */
  readonly command?: readonly string[]
  /** Complaints of one kind that are told; a few where it is left out. */
  readonly toldMax?: number
}

export interface StormResult {
  readonly violations: readonly string[]
  readonly attempts: number
  /** How many answers were forgotten of transactions that etcd had done, did a little later, or never saw. */
  readonly forgotten: ForgetfulEtcd['forgotten']
}

/** Lets a storm pass over two nodes, and judges. */
export async function storm({ folder, seed, operations, command, toldMax }: StormOptions): Promise<StormResult> {
  const etcd = await startEtcdCluster()
  const ways: ForgetfulEtcd[] = []
  const servers: RunningServer[] = []
  const shared = newShared()
  const { history } = shared
  const working = new AbortController()
  try {
    for (const [place, name] of NODES.entries()) {
      const way = await startForgetfulEtcd(etcd.endpoints[0] ?? '', randomOf(seed * 10 + place))
      ways.push(way)
      const args = ['--store', `etcd://${way.endpoint}/storm`, '--history', '1000000']
      servers.push(await startServer({ args, dataDirectory: join(folder, name), ...(command && { command }) }))
    }
    const nodes = NODES.map((name, place) => ({ name, doors: servers[place] }))
    for (const way of ways) way.forget(FORGOTTEN)
    const clients = Array.from({ length: CLIENTS }, (_, place) =>
      new Roamer(`s${place}`, shared, randomOf(seed * 1000 + place)).run(nodes, 0, working.signal),
    )
    const v1Roamers = Array.from(
      { length: V1_CLIENTS },
      (_, place) => new V1Roamer(`v${place}`, shared, randomOf(seed * 1000 + CLIENTS + place)),
    )
    clients.push(...v1Roamers.map((roamer) => roamer.run(nodes, 0, working.signal)))
    await waitUntil('the clients to be through', () => history.attempts.length >= operations, operations * 250 + 60_000)
    working.abort()
    await Promise.all(clients)
    for (const way of ways) way.forget(0)
    await Promise.all(v1Roamers.map((roamer) => roamer.finish(nodes)))
    await waitUntil('the nodes to be level, and the keys to be gone that expire', () => areLevel(servers))
    for (const server of servers) await server.stop()
    const replicas = NODES.map((node) => ({ node, path: join(folder, node, 'replica.db') }))
    const sum = (kind: keyof ForgetfulEtcd['forgotten']): number =>
      ways.reduce((total, { forgotten }) => total + forgotten[kind], 0)
    return {
      violations: judge({ history, followed: [], replicas }, toldMax),
      attempts: history.attempts.length,
      forgotten: { done: sum('done'), late: sum('late'), never: sum('never') },
    }
  } finally {
    working.abort()
    for (const server of servers) await server.kill9()
    for (const way of ways) way.close()
    await etcd.stop()
  }
}

async function areLevel(servers: readonly RunningServer[]): Promise<boolean> {
  const answers = await Promise.all(
    servers.map(async ({ keysUrl }) => {
      const answer = await fetch(`${keysUrl}/v2/keys/passing?quorum=true`)
      const isStill = answer.status < 500 && !(await answer.text()).includes('"/passing/')
      return isStill ? answer.headers.get('x-etcd-index') : undefined
    }),
  )
  return answers[0] !== undefined && answers.every((index) => index === answers[0])
}
