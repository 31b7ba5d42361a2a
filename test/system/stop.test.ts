/** What clients that wait for a change see when their server stops in good order: an error, so that they go on with another. */
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { startDeskNodes } from '../support/desk-nodes.js'
import { patienceOfV2 } from '../support/etcdctl.js'
import { keyRequest, send } from '../support/keys-door.js'
import { missing } from '../support/requirements.js'
import { startProgram, waitUntil, type RunningProgram, type RunningServer } from '../support/server.js'
import { serverOfTest } from './limits.js'

test.skipIf(missing('etcd', 'python3-etcd'))('a watch of python3-etcd goes on at another node', async () => {
  const desk = await startDeskNodes()
  onTestFinished(() => desk.stop())
  const script = fileURLToPath(new URL('fixtures/python-etcd-watch.py', import.meta.url))
  const ports = desk.nodes.map(({ keysUrl }) => new URL(keysUrl).port)
  const program = startProgram(['/usr/bin/python3', script, ...ports])
  expect(await sawAfterStop(program, desk.nodes)).toBe('seen\n')
})

test.skipIf(missing('etcdctl'))('a watch of etcdctl goes on at another server', async () => {
  // It takes any server for the same cluster.
  const servers = [await serverOfTest(), await serverOfTest()]
  const endpoints = servers.map(({ keysUrl }) => keysUrl).join(',')
  const command = ['etcdctl', ...patienceOfV2, '--no-sync', '--endpoints', endpoints, 'watch', '/failover']
  const program = startProgram(command, { env: { ETCDCTL_API: '2' } })
  expect(await sawAfterStop(program, servers)).toBe('seen\n')
})

/** Stops the server that a program watches through, then changes the key; resolves with what the program says. */
async function sawAfterStop(program: RunningProgram, servers: readonly RunningServer[]): Promise<string> {
  // A client may begin, and go on, with any of those that it knows.
  const watched = await watchedOf(program, servers)
  expect(await watched.stop()).toEqual({ code: 0, signal: null })
  const next = await watchedOf(
    program,
    servers.filter((server) => server !== watched),
  )
  await send(next.keysUrl, keyRequest('PUT', '/failover', 'value=seen'))
  await program.ended
  return program.stdout()
}

/** Waits until one of the servers is watched through. */
async function watchedOf(program: RunningProgram, servers: readonly RunningServer[]): Promise<RunningServer> {
  let watched: RunningServer | undefined
  await waitUntil(
    () => `a watch: ${program.stdout()}${program.stderr()}`,
    async () => {
      for (const server of servers) if ((await watchers(server)) === 1) watched = server
      return watched !== undefined
    },
  )
  if (watched === undefined) throw new Error('nobody watches')
  return watched
}

async function watchers({ keysUrl }: RunningServer): Promise<number> {
  const { body } = await send(keysUrl, { method: 'GET', target: '/v2/stats/store' })
  return Number(/"watchers":(\d+)/u.exec(body)?.[1])
}
