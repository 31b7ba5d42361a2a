/**
 * Starts a real etcd with its v2 API on free ports in a temporary folder, for tests that compare with it or work on it.
 * Guard such tests with `describe.skipIf(missing('etcd'))`.
 */
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { makeEtcdFolder } from './etcd-folder.js'
import { startProgram, waitUntil } from './server.js'

export interface RunningEtcd {
  /** Base URL of its client API, without a slash at the end. */
  readonly url: string
  stop(): Promise<void>
}

/** Ports that were free a moment ago. etcd can not say which port it was given, so it has to be told one. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports: number[] = []
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address !== null && typeof address === 'object') ports.push(address.port)
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** Starts etcd and waits until it takes writes. Tries again with other ports where another process was quicker. */
export async function startEtcd({ enableV2 = true, attempts = 3 } = {}): Promise<RunningEtcd> {
  const folder = makeEtcdFolder('etcdesk-etcd-')
  const [clientPort = 0, peerPort = 0] = await freePorts(2)
  const url = `http://127.0.0.1:${clientPort}`
  const peerUrl = `http://127.0.0.1:${peerPort}`
  const etcd = startProgram(
    [
      'etcd',
      `--enable-v2=${enableV2}`,
      '--name=test',
      `--data-dir=${folder}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=test=${peerUrl}`,
    ],
    { env: { ETCD_UNSUPPORTED_ARCH: process.arch } },
  )
  let hasEnded = false
  void etcd.ended.then(() => (hasEnded = true))
  const stop = async (): Promise<void> => {
    etcd.process.kill('SIGKILL')
    await etcd.ended
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await waitUntil('etcd to be ready', async () => {
      if (hasEnded) throw new Error(`etcd ended: ${etcd.stderr().slice(-2000)}`)
      return fetch(`${url}/health`).then(
        async (answer) => answer.ok && (await answer.text()).includes('true'),
        () => false,
      )
    })
  } catch (error) {
    await stop()
    if (attempts <= 1) throw error
    return startEtcd({ enableV2, attempts: attempts - 1 })
  }
  return { url, stop }
}
