// @ts-check
/** Who is measured: etcdesk as it ships, a real etcd with its own v2 API, and a bare Fastify server. Each on free ports. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findProgram, freePort, start, untilAnswered } from './processes.mjs'

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

/** The version of the etcd that is installed, if it still has the v2 API. */
export const etcdVersion = findEtcdVersion()

/** @param {string} name @param {string} dataDirectory @returns {Promise<Contestant>} */
export async function startEtcdesk(name, dataDirectory) {
  const doors = ['--listen', '127.0.0.1:0', '--keys-listen', '127.0.0.1:0', '--data', dataDirectory]
  const program = [process.execPath, here('../dist/cli/main.js'), 'serve', ...doors]
  // For finding out where time goes: ETCDESK_BENCH_NODE="--cpu-prof --cpu-prof-dir=/tmp/profiles"
  program.splice(1, 0, ...(process.env['ETCDESK_BENCH_NODE'] ?? '').split(' ').filter((flag) => flag !== ''))
  const server = await start(program, /is ready: desk at (\S+), keys API at (\S+), data in/)
  const [, deskUrl = '', keysUrl = ''] = server.ready
  await untilAnswered(`${deskUrl}/tickets/1`)
  const firstAnswerMs = performance.now() - server.startedAt
  return { name, pid: server.pid, deskUrl, keysUrl, readyMs: server.readyMs, firstAnswerMs, stop: server.stop }
}

/** @param {string} dataDirectory @returns {Promise<Contestant>} */
export async function startEtcd(dataDirectory) {
  const client = `http://127.0.0.1:${await freePort()}`
  const peer = `http://127.0.0.1:${await freePort()}`
  const server = await start(
    [
      etcdProgram ?? 'etcd',
      ...['--name', 'bench', '--data-dir', join(dataDirectory, 'etcd'), '--enable-v2=true'],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `bench=${peer}`],
    ],
    /ready to serve client requests/,
  )
  await untilAnswered(`${client}/version`)
  const firstAnswerMs = performance.now() - server.startedAt
  const { pid, readyMs, stop } = server
  return { name: 'etcd', pid, deskUrl: undefined, keysUrl: client, readyMs, firstAnswerMs, stop }
}

/** @param {string} title what GET answers @returns {Promise<Contestant>} */
export async function startFastify(title) {
  const server = await start([process.execPath, here('fastify-server.mjs'), title], /listening on (\S+)/)
  const deskUrl = server.ready[1] ?? ''
  await untilAnswered(`${deskUrl}/tickets/1`)
  const firstAnswerMs = performance.now() - server.startedAt
  const { pid, readyMs, stop } = server
  return { name: 'Fastify', pid, deskUrl, keysUrl: undefined, readyMs, firstAnswerMs, stop }
}

function findEtcdVersion() {
  if (etcdProgram === undefined) return undefined
  const version = /etcd Version: (\S+)/.exec(execFileSync(etcdProgram, ['--version'], { encoding: 'utf8' }))?.[1]
  const [major, minor] = (version ?? '').split('.').map(Number)
  return major === 3 && minor !== undefined && minor <= 5 ? version : undefined
}
