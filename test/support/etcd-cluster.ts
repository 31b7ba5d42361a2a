/**
 * Starts a real etcd cluster of one or three members on free ports, for tests that work on it or do it harm: each member can
 * be killed, frozen, started again, and robbed of its data. Guard such tests with `describe.skipIf(missing('etcd'))`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './etcd.js'
import { startProgram, waitUntil, type RunningProgram } from './server.js'
import { standStill } from './stand-still.js'

export interface EtcdMember {
  readonly name: string
  /** `HOST:PORT` of its client API. */
  readonly endpoint: string
  /** Ends it as a power cut would. Its data stays. */
  kill(): Promise<void>
  /** Stops it in its tracks (SIGSTOP), down to its last thread: connections stay open and nobody answers. */
  freeze(): Promise<void>
  /** Lets it go on. */
  thaw(): void
  /** Starts it on its data, or on none, and waits for its process only: see `ready`. */
  start(extraArgs?: readonly string[]): void
  /** Waits until it answers as part of a cluster that has a leader. */
  ready(): Promise<void>
  /** Whether it is the leader, as it sees it itself. */
  isLeader(): Promise<boolean>
  /** Removes its data. Kill it first. */
  wipe(): void
}

export interface EtcdCluster {
  readonly members: readonly EtcdMember[]
  readonly endpoints: readonly string[]
  /** The member that leads now. */
  leader(): Promise<EtcdMember>
  /** Ends all members and removes their data. */
  stop(): Promise<void>
}

export interface ClusterOptions {
  readonly members?: 1 | 3
  /** More arguments for every member. */
  readonly args?: readonly string[]
  /** What clients speak with it. */
  readonly scheme?: 'http' | 'https'
}

/** Starts a cluster and waits until it takes writes. Tries again with other ports where another process was quicker. */
export async function startEtcdCluster(options: ClusterOptions = {}, attempts = 3): Promise<EtcdCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'etcdesk-cluster-'))
  const count = options.members ?? 1
  const ports = await freePorts(count * 3)
  const plans = Array.from({ length: count }, (_, place) => {
    const [clientPort = 0, peerPort = 0, metricsPort = 0] = ports.slice(place * 3)
    return { name: `m${place + 1}`, clientPort, peerPort, metricsPort }
  })
  const initialCluster = plans.map(({ name, peerPort }) => `${name}=http://127.0.0.1:${peerPort}`).join(',')
  const members = plans.map((plan) => makeMember(plan, { ...options, folder, initialCluster }))
  const stop = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.kill()))
    rmSync(folder, { recursive: true, force: true })
  }
  for (const member of members) member.start()
  try {
    await Promise.all(members.map((member) => member.ready()))
  } catch (error) {
    await stop()
    if (attempts <= 1) throw error
    return startEtcdCluster(options, attempts - 1)
  }
  return {
    members,
    endpoints: members.map(({ endpoint }) => endpoint),
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
  }
}

interface MemberPlan {
  readonly name: string
  readonly clientPort: number
  readonly peerPort: number
  readonly metricsPort: number
}

function makeMember(
  { name, clientPort, peerPort, metricsPort }: MemberPlan,
  { folder, initialCluster, args = [], scheme = 'http' }: ClusterOptions & { folder: string; initialCluster: string },
): EtcdMember {
  const dataFolder = join(folder, name)
  let running: RunningProgram | undefined
  let ended = ''
  const endpoint = `127.0.0.1:${clientPort}`
  // Without TLS and users, whatever the client API has.
  const metrics = `http://127.0.0.1:${metricsPort}`
  const ask = (path: string): Promise<string> =>
    fetch(`${metrics}${path}`, { signal: AbortSignal.timeout(2000) })
      .then((answer) => answer.text())
      .catch(() => '')
  return {
    name,
    endpoint,
    start(extraArgs = []) {
      const program = startProgram(
        [
          'etcd',
          `--name=${name}`,
          `--data-dir=${dataFolder}`,
          `--listen-client-urls=${scheme}://${endpoint}${scheme === 'https' ? `,https://127.0.0.2:${clientPort}` : ''}`,
          `--advertise-client-urls=${scheme}://${endpoint}`,
          `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
          `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
          `--listen-metrics-urls=${metrics}`,
          `--initial-cluster=${initialCluster}`,
          ...args,
          ...extraArgs,
        ],
        { env: { ETCD_UNSUPPORTED_ARCH: process.arch } },
      )
      running = program
      void program.ended.then(() => {
        ended = program.stderr().slice(-2000)
        if (running === program) running = undefined
      })
    },
    async ready() {
      await waitUntil(
        () => `${name} to be ready ${running?.stderr().slice(-1000) ?? ''}`,
        async () => {
          if (running === undefined) throw new Error(`etcd ended: ${ended}`)
          return (await ask('/health')).includes('"true"')
        },
      )
    },
    async isLeader() {
      return /^etcd_server_is_leader 1$/mu.test(await ask('/metrics'))
    },
    async kill() {
      const program = running
      program?.process.kill('SIGKILL')
      await program?.ended
    },
    async freeze() {
      if (running !== undefined) await standStill(running.process)
    },
    thaw() {
      running?.process.kill('SIGCONT')
    },
    wipe() {
      rmSync(dataFolder, { recursive: true, force: true })
    },
  }
}
