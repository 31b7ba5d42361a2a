/** An etcd that takes long for each commit: what waits meanwhile loses nothing by it. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { startCuttingProxy } from '../support/cutting-proxy.js'
import { startEtcdCluster } from '../support/etcd-cluster.js'
import { missing } from '../support/requirements.js'
import { startServer, waitUntil } from '../support/server.js'

const DELAY_MS = 500
const TTL_S = 30

describe.skipIf(missing('etcd'))('while a commit takes long', () => {
  test('the time of every key counts from when it was sent, not from when the commit before began', async () => {
    const cluster = await startEtcdCluster()
    onTestFinished(() => cluster.stop())
    const proxy = await startCuttingProxy(cluster.endpoints[0] ?? '')
    onTestFinished(() => proxy.close())
    const server = await startServer({ args: ['--store', `etcd://${proxy.endpoint}/slow`] })
    onTestFinished(() => server.stop().then(() => undefined))
    const { keysUrl } = server

    /** How much longer a key lives than it was to, in milliseconds, as seen by who sent it. */
    const put = async (path: string): Promise<number | undefined> => {
      const sentAt = Date.now()
      const body = new URLSearchParams({ value: 'x', ttl: String(TTL_S) })
      const answer = await fetch(`${keysUrl}/v2/keys${path}`, { method: 'PUT', body })
      const { node }: { node?: { expiration: string } } = JSON.parse(await answer.text())
      // On a busy machine it may have taken longer than anybody waits.
      if (node === undefined) return undefined
      return Date.parse(node.expiration) - TTL_S * 1000 - sentAt
    }

    await put('/warm')
    proxy.delay(DELAY_MS)
    let isDone = false
    const first = put('/first').finally(() => (isDone = true))
    const more: Promise<number | undefined>[] = []
    await waitUntil('the slow commit', () => {
      for (let few = 0; few < 8 && more.length < 200; few++) more.push(put(`/more/${more.length}`))
      return isDone
    })
    proxy.delay(0)
    const gained = (await Promise.all([first, ...more])).filter((ms) => ms !== undefined)
    expect(gained.length).toBeGreaterThan(20)
    expect(gained.filter((ms) => ms < 0)).toEqual([])
  })
})
