// @ts-check
/** etcd clusters of the bench: one member or three on free ports, each with data of its own, and what they tell of themselves. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EtcdClient } from '#src/etcd/client.js'
import { decodeHead } from '#src/journal/etcd/layout.js'
import { startMember } from '../contestants.mjs'
import { freePorts, runToEnd } from '../processes.mjs'

const program = fileURLToPath(new URL('../../dist/program/main.js', import.meta.url))

/** Everything of the desk lies below it. */
const prefix = '/etcdesk'

/**
 * @typedef {object} Member
 * @property {string} endpoint `HOST:PORT`
 * @property {() => Promise<void>} kill ends it as a power cut would
 * @property {() => Promise<void>} restart starts it again on its data
 */

/**
 * What has happened in the cluster so far: the desk's newest index, its commits, and the transactions that etcd was asked for.
 * @typedef {{ index: number, commits: number, transactions: number }} Counts
 */

/**
 * @typedef {object} Members
 * @property {readonly Member[]} members
 * @property {() => Promise<Member>} leader
 * @property {string} store the address of a desk on them
 * @property {() => Promise<Counts>} counts
 * @property {() => Promise<void>} stop ends them all and removes their data
 */

/** Fills an empty etcd from a folder with a filled store, as an operator would. @param {string} folder @param {string} store */
export async function copyIntoEtcd(folder, store) {
  const command = [process.execPath, program, 'copy', '--from', `sqlite:${join(folder, 'desk.db')}`, '--to', store]
  await runToEnd(command)
}

/**
 * Starts a cluster. `onOutput` gets what the members log.
 * @param {string} folder @param {{ count?: number, args?: string[], onOutput?: (text: string) => void }} [options]
 * @returns {Promise<Members>}
 */
export async function startMembers(folder, { count = 1, args = [], onOutput } = {}) {
  const ports = await freePorts(count * 2)
  const plans = Array.from({ length: count }, (_, place) => {
    const [clientPort = 0, peerPort = 0] = ports.slice(place * 2)
    return { name: `m${place + 1}`, clientPort, peerPort }
  })
  const initialCluster = plans.map(({ name, peerPort }) => `${name}=http://127.0.0.1:${peerPort}`).join(',')
  const members = await Promise.all(
    plans.map(async (plan) => {
      const start = () => startMember(join(folder, plan.name), { ...plan, initialCluster }, args, onOutput)
      let server = await start()
      return {
        endpoint: `127.0.0.1:${plan.clientPort}`,
        url: server.url,
        kill: () => server.kill(),
        restart: async () => {
          server = await start()
        },
      }
    }),
  )
  const endpoints = members.map(({ endpoint }) => endpoint)
  const client = await EtcdClient.connect({ endpoints })
  return {
    members,
    store: `etcd://${endpoints.join(',')}${prefix}`,
    async leader() {
      for (const member of members) {
        const outcome = await client.status(member.endpoint)
        if (outcome.type === 'ok' && outcome.value.leader === outcome.value.header?.memberId) return member
      }
      throw new Error('etcd has no leader')
    },
    async counts() {
      const head = await client.get(`${prefix}/head`)
      if (head.type !== 'ok') throw new Error(head.message)
      const metrics = await Promise.all(members.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()))
      const transactions = metrics.map(
        (text) => /^grpc_server_handled_total\{grpc_code="OK",grpc_method="Txn",.*\} (\S+)$/mu.exec(text)?.[1],
      )
      // Every commit rewrites the head, once; etcd counts how often a key was written.
      return {
        index: head.value === undefined ? 0 : decodeHead(head.value.value.toString()).index,
        commits: Number(head.value?.version ?? 0n),
        transactions: transactions.reduce((sum, count) => sum + Number(count ?? 0), 0),
      }
    },
    async stop() {
      await client.close()
      // What they have taken is on their disks, and nobody wants it any more.
      await Promise.all(members.map((member) => member.kill()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
