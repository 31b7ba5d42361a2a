// @ts-check
/** Who is measured: etcdesk as it ships, a real etcd with its own v2 API, and a bare Fastify server. Each on free ports. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findProgram, freePorts, start, untilAnswered } from './processes.mjs'

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {number} pid
 * @property {string | undefined} deskUrl
 * @property {string | undefined} keysUrl
 * @property {number} readyMs from the start of the process to the line that says it is ready
 * @property {number} firstAnswerMs from the start of the process to the first answer
 * @property {() => Promise<void>} stop
 */

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url))
const etcdProgram = findProgram('etcd')

/** The version of the etcd that is installed. */
export const etcdVersion = findEtcdVersion()

/** Whether that etcd still has the v2 API. */
export const etcdHasV2 = /^3\.[0-5]\./u.test(etcdVersion ?? '')

/**
 * @param {string} name @param {string} dataDirectory
 * @param {{ store?: string, readyMsMax?: number | undefined, more?: readonly string[] }} [options] `store` where its data is not a file in
 * that folder, `more` flags
 * @returns {Promise<Contestant>}
 */
export async function startEtcdesk(name, dataDirectory, { store, readyMsMax, more = [] } = {}) {
  const flags = ['--listen', '127.0.0.1:0', '--keys-listen', '127.0.0.1:0', '--data', dataDirectory, ...more]
  if (store !== undefined) flags.push('--store', store, '--etcd-compact-interval', '0')
  const program = [process.execPath, here('../dist/program/main.js'), 'serve', ...flags]
  // For finding out where time goes: ETCDESK_BENCH_NODE="--cpu-prof --cpu-prof-dir=/tmp/profiles"
  program.splice(1, 0, ...(process.env['ETCDESK_BENCH_NODE'] ?? '').split(' ').filter((flag) => flag !== ''))
  const server = await start(program, /is ready: desk at (\S+), keys API at (\S+), data in/, { readyMsMax })
  const [, deskUrl = '', keysUrl = ''] = server.ready
  await untilAnswered(`${deskUrl}/tickets/1`)
  const firstAnswerMs = performance.now() - server.startedAt
  return { name, pid: server.pid, deskUrl, keysUrl, readyMs: server.readyMs, firstAnswerMs, stop: server.stop }
}

/** An etcd that shows its own v2 API. @param {string} dataDirectory @returns {Promise<Contestant>} */
export async function startEtcd(dataDirectory) {
  const [clientPort = 0, peerPort = 0] = await freePorts(2)
  const member = { name: 'bench', clientPort, peerPort, initialCluster: `bench=http://127.0.0.1:${peerPort}` }
  const server = await startMember(join(dataDirectory, 'etcd'), member, ['--enable-v2=true'])
  const firstAnswerMs = performance.now() - server.startedAt
  const { pid, readyMs, stop } = server
  return { name: 'etcd', pid, deskUrl: undefined, keysUrl: server.url, readyMs, firstAnswerMs, stop }
}

/**
 * One member of an etcd cluster.
 * @param {string} dataDirectory
 * @param {{ name: string, clientPort: number, peerPort: number, initialCluster: string }} member
 * @param {string[]} [args] @param {(text: string) => void} [onOutput]
 */
export async function startMember(
  dataDirectory,
  { name, clientPort, peerPort, initialCluster },
  args = [],
  onOutput = () => undefined,
) {
  const client = `http://127.0.0.1:${clientPort}`
  const peer = `http://127.0.0.1:${peerPort}`
  const server = await start(
    [
      etcdProgram ?? 'etcd',
      ...['--name', name, '--data-dir', dataDirectory, ...args],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', initialCluster],
    ],
    /ready to serve client requests/,
    { onOutput },
  )
  await untilAnswered(`${client}/health`)
  return { ...server, url: client }
}

/** @param {string} title what GET answers @param {string} [ticket] what the same of `/v1` answers @returns {Promise<Contestant>} */
export async function startFastify(title, ticket = '{}') {
  const server = await start([process.execPath, here('fastify-server.mjs'), title, ticket], /listening on (\S+)/)
  const deskUrl = server.ready[1] ?? ''
  await untilAnswered(`${deskUrl}/tickets/1`)
  const firstAnswerMs = performance.now() - server.startedAt
  const { pid, readyMs, stop } = server
  return { name: 'Fastify', pid, deskUrl, keysUrl: undefined, readyMs, firstAnswerMs, stop }
}

function findEtcdVersion() {
  if (etcdProgram === undefined) return undefined
  return /etcd Version: (\S+)/.exec(execFileSync(etcdProgram, ['--version'], { encoding: 'utf8' }))?.[1]
}
