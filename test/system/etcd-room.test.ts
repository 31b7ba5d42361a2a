/** An etcd without room: what the doors say, how an operator gets out of it, and what the nodes do against it by themselves. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EtcdClient } from '#src/etcd/client.js'
import { openEtcdJournal } from '#src/journal/etcd/etcd-journal.js'
import { JournalUnavailable } from '#src/journal/journal.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { parseMetrics, valueOf } from '../support/metrics.js'
import { missing } from '../support/requirements.js'
import { runEtcdesk, startServer, waitUntil, type RunningServer } from '../support/server.js'

describe.skipIf(missing('etcd'))('an etcd of little room', () => {
  let cluster: EtcdCluster
  let client: EtcdClient
  let server: RunningServer
  let store: string

  beforeAll(async () => {
    cluster = await startEtcdCluster({ members: 3, args: [`--quota-backend-bytes=${16 * 1024 * 1024}`] })
    client = await EtcdClient.connect({ endpoints: cluster.endpoints })
    store = `etcd://${cluster.endpoints.join(',')}/room`
  })

  afterAll(async () => {
    await client.close()
    await server.stop()
    await cluster.stop()
  })

  test('that is full lets the desk answer 507 and read on; etcdesk compact makes room, and the desk writes again', async () => {
    server = await startServer({ args: ['--store', store, '--etcd-compact-interval', '0'] })
    expect((await create()).status).toBe(201)
    const journal = await openEtcdJournal({
      client: await EtcdClient.connect({ endpoints: cluster.endpoints }),
      prefix: '/settled',
      oldestEvent: () => 0,
      onNotice: () => undefined,
    })
    const before = await journal.head()
    const commit = { id: 'ours', first: 1, last: 1, time: 1, changes: [], events: [] }
    expect(await journal.append(commit, before)).toMatchObject({ type: 'accepted' })
    const head = await journal.head()
    await waitUntil('etcd to be full', async () => {
      const outcome = await client.put('/filler', 'x'.repeat(1_000_000))
      return outcome.type === 'refused' && outcome.reason === 'no-room'
    })
    expect((await create()).status).toBe(507)
    // What became of a commit that was sent before is found out all the same, where the head has moved on.
    expect(await journal.settle(commit, before)).toEqual({ fate: 'happened', head })
    expect(await journal.settle({ ...commit, id: 'of another' }, before)).toEqual({ fate: 'never', head })
    await expect(journal.settle({ ...commit, first: 2, last: 2 }, head)).rejects.toThrow(JournalUnavailable)
    await journal.close()
    await waitUntil('the metrics to say so', async () => (await noSpace()) === 1)
    const keys = await fetch(`${server.keysUrl}/v2/keys/more`, {
      method: 'PUT',
      body: new URLSearchParams({ value: 'x' }),
    })
    expect([keys.status, await keys.json()]).toMatchObject([500, { errorCode: 300 }])
    expect(await (await fetch(`${server.deskUrl}/tickets/1`)).text()).toBe('a ticket')

    const { code, stdout, stderr } = await runEtcdesk(['compact', '--store', store])
    expect([code, stderr]).toEqual([0, ''])
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^history compacted up to revision \d+$/u)
    for (const endpoint of cluster.endpoints) {
      expect(lines).toContainEqual(
        expect.stringMatching(new RegExp(`^${endpoint}: defragmented, .+ MiB before, `, 'u')),
      )
    }
    expect(lines.at(-1)).toBe('alarm for lack of room taken back: etcd takes writes again')
    await waitUntil('the desk to write again', async () => (await create()).status === 201)
    await waitUntil('the metrics to say so', async () => (await noSpace()) === 0)
  })

  test('is compacted by the nodes every interval, up to where it stood one interval before', async () => {
    // Before there is a node that could be quicker than this test.
    const { type, ...put } = await client.put('/old', '1')
    if (type !== 'ok' || !('revision' in put)) throw new Error('the put failed')
    await client.put('/old', '2')
    const atThat = () => client.range({ key: '/old' }, { revision: put.revision })
    expect(await atThat()).toMatchObject({ type: 'ok' })
    const other = await startServer({ args: ['--store', `${store}2`, '--etcd-compact-interval', '1'] })
    await waitUntil('a compaction', async () => {
      // Time passes in revisions: what is newest is never compacted.
      await client.put('/old', '3')
      const outcome = await atThat()
      return outcome.type === 'refused' && outcome.reason === 'compacted'
    })
    await other.stop()
  })

  test('a store that is no etcd is refused with a sentence', async () => {
    const { code, stderr } = await runEtcdesk(['compact', '--store', 'sqlite::memory:'])
    expect([code, stderr]).toEqual([
      2,
      'etcdesk: compact works on etcd alone: name it with --store etcd://HOST:PORT/PREFIX.\n',
    ])
  })

  async function noSpace(): Promise<number> {
    return valueOf(parseMetrics(await (await fetch(`${server.deskUrl}/metrics`)).text()), 'etcdesk_etcd_no_space')
  }

  function create(): Promise<Response> {
    return fetch(`${server.deskUrl}/tickets`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"value":"a ticket"}',
    })
  }
})
