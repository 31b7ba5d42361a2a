/** One member of an etcd cluster that tests do harm to: a process that is killed, frozen, started again, robbed of its data. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { startProgram, waitUntil, type RunningProgram } from './server.js'
import { standStill } from './stand-still.js'

export interface EtcdMember {
  readonly name: string
  /** `HOST:PORT` of its client API. */
  readonly endpoint: string
  /** Where the other members reach it. */
  readonly peerUrl: string
  readonly dataFolder: string
  /** Its process, while there is one. */
  readonly pid: number | undefined
  /** Ends it as a power cut would. Its data stays. */
  kill(): Promise<void>
  /** Ends it as an operator would (SIGTERM). Its data stays. */
  stop(): Promise<void>
  /** Resolves when its process has ended, with its last words. */
  ended(): Promise<string>
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
  /** Its id as hexadecimal digits, while it runs. */
  id(): Promise<string>
  /** Removes its data. Kill it first. */
  wipe(): void
}

export interface MemberPlan {
  readonly name: string
  readonly clientPort: number
  readonly peerPort: number
  readonly metricsPort: number
  /** `HOST:PORT` that the other members are told. */
  readonly peerEndpoint: string
}

export interface MemberOptions {
  readonly folder: string
  /** `NAME=PEER URL`, of all members. */
  readonly initialCluster: string
  readonly args?: readonly string[]
  readonly scheme?: 'http' | 'https'
}

export function makeMember(
  { name, clientPort, peerPort, metricsPort, peerEndpoint }: MemberPlan,
  { folder, initialCluster, args = [], scheme = 'http' }: MemberOptions,
): EtcdMember {
  const dataFolder = join(folder, name)
  let running: RunningProgram | undefined
  let last: RunningProgram | undefined
  const endpoint = `127.0.0.1:${clientPort}`
  const peerUrl = `http://${peerEndpoint}`
  // Without TLS and users, whatever the client API has.
  const metrics = `http://127.0.0.1:${metricsPort}`
  const ask = (path: string): Promise<string> =>
    fetch(`${metrics}${path}`, { signal: AbortSignal.timeout(5000) })
      .then((answer) => answer.text())
      .catch(() => '')
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const program = running
    program?.process.kill(signal)
    await program?.ended
  }
  return {
    name,
    endpoint,
    peerUrl,
    dataFolder,
    get pid() {
      return running?.process.pid
    },
    start(extraArgs = []) {
      const program = startProgram(
        [
          'etcd',
          `--name=${name}`,
          `--data-dir=${dataFolder}`,
          `--listen-client-urls=${scheme}://${endpoint}${scheme === 'https' ? `,https://127.0.0.2:${clientPort}` : ''}`,
          `--advertise-client-urls=${scheme}://${endpoint}`,
          `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
          `--initial-advertise-peer-urls=${peerUrl}`,
          `--listen-metrics-urls=${metrics}`,
          `--initial-cluster=${initialCluster}`,
          ...args,
          ...extraArgs,
        ],
        { env: { ETCD_UNSUPPORTED_ARCH: process.arch } },
      )
      running = program
      last = program
      void program.ended.then(() => {
        if (running === program) running = undefined
      })
    },
    async ready() {
      await waitUntil(
        () => `${name} to be ready ${running?.stderr().slice(-1000) ?? ''}`,
        async () => {
          if (running === undefined) throw new Error(`etcd ended: ${last?.stderr().slice(-2000)}`)
          return (await ask('/health')).includes('"true"')
        },
      )
    },
    async isLeader() {
      return /^etcd_server_is_leader 1$/mu.test(await ask('/metrics'))
    },
    async id() {
      let id = ''
      await waitUntil(`${name} to say its id`, async () => {
        id = /^etcd_server_id\{server_id="([0-9a-f]+)"\} 1$/mu.exec(await ask('/metrics'))?.[1] ?? ''
        return id !== ''
      })
      return id
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    async ended() {
      await last?.ended
      return last?.stderr().slice(-2000) ?? ''
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
