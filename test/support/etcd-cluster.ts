/**
 * Starts a real etcd cluster of one or three members on free ports, for tests that work on it or do it harm. Guard such tests
 * with `describe.skipIf(missing('etcd'))`.
 */
import { rmSync } from 'node:fs'
import { makeEtcdFolder } from './etcd-folder.js'
import { makeMember, type EtcdMember, type MemberPlan } from './etcd-member.js'
import { freePorts } from './etcd.js'
import { PeerNetwork } from './peer-network.js'
import { waitUntil } from './server.js'

export interface EtcdCluster {
  readonly members: readonly EtcdMember[]
  readonly endpoints: readonly string[]
  /** The ways between the members, where they can be cut. */
  readonly network: PeerNetwork | undefined
  /** The member that leads now. */
  leader(): Promise<EtcdMember>
  /** Plans one more member. Tell the cluster of it (`etcdctl member add`), then start it with the arguments that joining needs. */
  plan(name: string): Promise<EtcdMember>
  /** Ends all members and removes their data. */
  stop(): Promise<void>
}

export interface ClusterOptions {
  readonly members?: 1 | 3
  /** More arguments for every member. */
  readonly args?: readonly string[]
  /** What clients speak with it. */
  readonly scheme?: 'http' | 'https'
  /** Whether the ways between the members are to be cut: then each stands behind a proxy. */
  readonly withNetwork?: boolean
  /** Where the members keep their data, each in a folder of its own name; a temporary folder, in memory where that can be, where none is given. */
  readonly folder?: string
}

/** Starts a cluster and waits until it takes writes. Tries again with other ports where another process was quicker. */
export async function startEtcdCluster(options: ClusterOptions = {}, attempts = 3): Promise<EtcdCluster> {
  const folder = options.folder ?? makeEtcdFolder('etcdesk-cluster-')
  const count = options.members ?? 1
  const network = options.withNetwork === true ? new PeerNetwork() : undefined
  const plans = await planMembers(
    Array.from({ length: count }, (_, place) => `m${place + 1}`),
    network,
  )
  const initialCluster = plans.map(({ name, peerEndpoint }) => `${name}=http://${peerEndpoint}`).join(',')
  const make = (plan: MemberPlan): EtcdMember => makeMember(plan, { ...options, folder, initialCluster })
  const members = plans.map(make)
  const planned: EtcdMember[] = []
  const stop = async (): Promise<void> => {
    await Promise.all([...members, ...planned].map((member) => member.kill()))
    await network?.close()
    for (const member of [...members, ...planned]) member.wipe()
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
  }
  for (const member of members) member.start()
  try {
    await Promise.all(members.map((member) => member.ready()))
    for (const member of members) network?.know(await member.id(), member.name)
  } catch (error) {
    await stop()
    if (attempts <= 1) throw error
    return startEtcdCluster(options, attempts - 1)
  }
  return {
    members,
    endpoints: members.map(({ endpoint }) => endpoint),
    network,
    stop,
    async leader() {
      let leader: EtcdMember | undefined
      await waitUntil('a leader', async () => {
        for (const member of members) if (await member.isLeader()) leader = member
        return leader !== undefined
      })
      if (leader === undefined) throw new Error('there is no leader')
      return leader
    },
    async plan(name) {
      const [plan] = await planMembers([name], network)
      if (plan === undefined) throw new Error('nothing was planned')
      const member = make(plan)
      planned.push(member)
      return member
    },
  }
}

/** Ports for members, and a proxy before each where there is a network. */
async function planMembers(names: readonly string[], network: PeerNetwork | undefined): Promise<MemberPlan[]> {
  const ports = await freePorts(names.length * 3)
  return Promise.all(
    names.map(async (name, place) => {
      const [clientPort = 0, peerPort = 0, metricsPort = 0] = ports.slice(place * 3)
      const address = `127.0.0.1:${peerPort}`
      const peerEndpoint = (await network?.place(name, address)) ?? address
      return { name, clientPort, peerPort, metricsPort, peerEndpoint }
    }),
  )
}
