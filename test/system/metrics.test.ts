/** What an operator sees of two nodes over a real etcd: in the metrics of each, and in its log when etcd goes away. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { parseMetrics, valueOf, type Family } from '../support/metrics.js'
import { missing } from '../support/requirements.js'
import { startServer, waitUntil, type RunningServer } from '../support/server.js'

describe.skipIf(missing('etcd'))('two nodes over etcd', () => {
  let cluster: EtcdCluster
  let nodes: RunningServer[]

  beforeAll(async () => {
    cluster = await startEtcdCluster()
    const args = ['--store', `etcd://${cluster.endpoints.join(',')}/metrics`]
    nodes = await Promise.all([startServer({ args }), startServer({ args })])
  })

  afterAll(async () => {
    for (const member of cluster.members) member.thaw()
    await Promise.all(nodes.map((node) => node.stop()))
    await cluster.stop()
  })

  test('count their commits, and what they had to run again because the other was first', async () => {
    let created = 0
    await waitUntil('both to write and one to be second', async () => {
      const answers = await Promise.all(nodes.flatMap((node) => [create(node), create(node), create(node)]))
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201))
      created += answers.length
      const conflicts = await sum('etcdesk_conflicts_total')
      return conflicts > 0
    })
    await waitUntil('the writers to tell of all', async () => (await sum('etcdesk_batch_commands_sum')) === created)
    expect(await sum('etcdesk_commands_total', { outcome: 'done' })).toBe(created)
    const commits = await sum('etcdesk_commits_total')
    expect(commits).toBeLessThanOrEqual(created)
    expect(await sum('etcdesk_commit_duration_seconds_count')).toBeGreaterThan(commits)
    for (const node of nodes) {
      await waitUntil(
        'the copy to be complete',
        async () => valueOf(await scrape(node), 'etcdesk_head_index') === created,
      )
      const metrics = await scrape(node)
      expect(valueOf(metrics, 'etcdesk_build_info', { store: 'etcd' })).toBe(1)
      expect(valueOf(metrics, 'etcdesk_replica_lag_indexes')).toBe(0)
      expect(valueOf(metrics, 'etcdesk_contact_age_seconds')).toBeLessThan(10)
      expect(valueOf(metrics, 'etcdesk_writable')).toBe(1)
    }
  })

  test('tell how etcd answers and how much room it says it has', async () => {
    for (const node of nodes) {
      await waitUntil('etcd to have said', async () => {
        const { samples = [] } = (await scrape(node)).get('etcdesk_etcd_database_bytes') ?? {}
        return samples.length > 0
      })
      const metrics = await scrape(node)
      const requests = 'etcdesk_etcd_request_duration_seconds_count'
      expect(valueOf(metrics, requests, { method: 'Txn', outcome: 'ok' })).toBeGreaterThan(0)
      expect(valueOf(metrics, requests, { method: 'Range', outcome: 'ok' })).toBeGreaterThan(0)
      const inUse = valueOf(metrics, 'etcdesk_etcd_database_in_use_bytes')
      expect(inUse).toBeGreaterThan(0)
      expect(valueOf(metrics, 'etcdesk_etcd_database_bytes')).toBeGreaterThanOrEqual(inUse)
      expect(valueOf(metrics, 'etcdesk_etcd_no_space')).toBe(0)
    }
  })

  test('show that etcd has gone, and log each request that failed for it under the id that its client has', async () => {
    const [node] = nodes
    if (node === undefined) throw new Error('there is no node')
    const [member] = cluster.members
    const unknownBefore = valueOf(await scrape(node), 'etcdesk_unknown_outcomes_total')
    await member?.freeze()
    const failed = await create(node)
    const id = failed.headers.get('x-request-id')
    expect([failed.status, typeof id]).toEqual([503, 'string'])
    await waitUntil('the metrics to show it', async () => {
      const metrics = await scrape(node)
      return valueOf(metrics, 'etcdesk_contact_age_seconds') > 3 && valueOf(metrics, 'etcdesk_writable') === 0
    })
    const metrics = await scrape(node)
    expect(valueOf(metrics, 'etcdesk_unknown_outcomes_total')).toBe(unknownBefore + 1)
    expect(valueOf(metrics, 'etcdesk_commands_total', { outcome: 'done' })).toBeGreaterThan(0)
    const lines = node.stderr().trim().split('\n')
    const logged = lines.map((line): Record<string, unknown> => JSON.parse(line))
    expect(logged.filter(({ requestId }) => requestId === id)).toEqual([
      {
        level: 40,
        time: expect.any(String),
        door: 'desk',
        requestId: id,
        method: 'POST',
        path: '/tickets',
        status: 503,
        durationMs: expect.any(Number),
        msg: 'a request failed',
      },
    ])

    member?.thaw()
    await waitUntil('all to be well again', async () => {
      const metrics = await scrape(node)
      return valueOf(metrics, 'etcdesk_contact_age_seconds') < 3 && valueOf(metrics, 'etcdesk_writable') === 1
    })
    expect((await create(node)).status).toBe(201)
  })

  async function scrape(node: RunningServer): Promise<ReadonlyMap<string, Family>> {
    return parseMetrics(await (await fetch(`${node.deskUrl}/metrics`)).text())
  }

  /** Of all nodes. */
  async function sum(name: string, labels?: Record<string, string>): Promise<number> {
    const values = await Promise.all(nodes.map(async (node) => valueOf(await scrape(node), name, labels)))
    return values.reduce((all, one) => all + one, 0)
  }

  async function create(node: RunningServer): Promise<Response> {
    const answer = await fetch(`${node.deskUrl}/tickets`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ value: 'a ticket' }),
    })
    await answer.arrayBuffer()
    return answer
  }
})
