/** How long a node that is away stays listed: by time that nodes have counted together, and by no clock that can be wrong. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { EtcdClient } from '#src/etcd/client.js'
import { withPrefix } from '#src/etcd/operations.js'
import { decodeMember, encodeMember, EtcdLayout, type StoredMember } from '#src/journal/etcd/layout.js'
import { EtcdNodes } from '#src/journal/etcd/nodes.js'
import type { KnownNode, NodeInfo } from '#src/journal/journal.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { missing } from '../support/requirements.js'
import { okay } from '../support/okay.js'
import { waitUntil } from '../support/server.js'

const HOUR = 3_600_000

describe.skipIf(missing('etcd'))('a node that is away', () => {
  let cluster: EtcdCluster
  let client: EtcdClient
  let prefixes = 0

  beforeAll(async () => {
    cluster = await startEtcdCluster()
    client = await EtcdClient.connect({ endpoints: cluster.endpoints })
    await okay(client.get('/any'))
  })
  afterAll(async () => {
    await client.close()
    await cluster.stop()
  })

  const infoOf = (id: string): NodeInfo => {
    const doors = { deskUrl: null, keysUrl: `http://${id}.example:2379` }
    return { id, name: `name-${id}`, host: `host-${id}`, version: '1', ...doors }
  }

  /** A desk with these lasting records, and how a node sees it. */
  async function open(records: readonly Partial<StoredMember>[], times: { tickMs: number; awayMsMax: number }) {
    const layout = new EtcdLayout(`/away${++prefixes}`)
    const ours = (client.clusterId ?? 0n).toString(16)
    for (const [place, record] of records.entries()) {
      const member = { node: infoOf(`id${place}`), cluster: ours, ...record }
      await okay(client.put(layout.member(member.node.id), encodeMember(member)))
    }
    let seen: readonly KnownNode[] = []
    let isOurTurn = true
    const nodes = new EtcdNodes({
      client,
      layout,
      isOurTurn: () => isOurTurn,
      onNodes: (known) => (seen = known),
      onNotice: () => {},
      ...times,
    })
    onTestFinished(() => nodes.close())
    return {
      layout,
      nodes,
      seen: () => seen.map(({ id }) => id),
      give: (turn: boolean) => (isOurTurn = turn),
      async stored(): Promise<StoredMember[]> {
        const { value } = await okay(client.range(withPrefix(layout.members)))
        return value.kvs.map((kv) => decodeMember(kv.value.toString()))
      },
    }
  }

  test('is dropped when the time that was counted is over, and not by when it is said to have gone', async () => {
    // A clock that was years behind has noted the one; of the other's time the last tick is left.
    const records = [
      { awaySince: 1, awayMs: 0 },
      { awaySince: 1, awayMs: 7 * 24 * HOUR - 10 },
    ]
    const desk = await open(records, { tickMs: 10, awayMsMax: 7 * 24 * HOUR })
    await waitUntil('the second to be dropped', async () => (await desk.stored()).length === 1)
    await waitUntil('its time to be counted', async () => Number((await desk.stored())[0]?.awayMs) >= 50)
    expect((await desk.stored()).map(({ node }) => node.id)).toEqual(['id0'])
  })

  test('is dropped by the node alone whose turn that is', async () => {
    const desk = await open([{ awaySince: 1, awayMs: 10 * HOUR }], { tickMs: 5, awayMsMax: HOUR })
    desk.give(false)
    desk.nodes.refresh()
    await waitUntil('it to be seen', () => desk.seen().length === 1)
    expect(await desk.stored()).toHaveLength(1)
    desk.give(true)
    await waitUntil('it to be dropped', async () => (await desk.stored()).length === 0)
  })

  test('is noted, and no longer when it is back; one that is there is not dropped, whatever was counted', async () => {
    const desk = await open([{}, { awaySince: 1, awayMs: 10 * HOUR }], { tickMs: HOUR, awayMsMax: HOUR })
    const lease = client.keepLease(10, {
      granted: async (id) => {
        await okay(client.put(desk.layout.node('id1'), JSON.stringify(infoOf('id1')), { lease: id }))
        desk.nodes.refresh()
      },
    })
    onTestFinished(() => lease.revoke())
    await waitUntil('both to be as they are', async () => {
      const [away, there] = await desk.stored()
      return away?.awaySince !== undefined && there !== undefined && there.awaySince === undefined
    })
    expect(desk.seen()).toEqual(['id0', 'id1'])
  })

  test('is neither listed nor kept where its record came with a copy of another etcd', async () => {
    const desk = await open([{}, { cluster: 'c0ffee' }], { tickMs: HOUR, awayMsMax: HOUR })
    desk.nodes.refresh()
    await waitUntil('it to be dropped', async () => (await desk.stored()).length === 1)
    expect(desk.seen()).toEqual(['id0'])
  })

  test('is dropped early where there are more than a hundred, those that were away longest first', async () => {
    const records = Array.from({ length: 103 }, (_, place) => ({ awaySince: 1, awayMs: 1000 - place }))
    const desk = await open(records, { tickMs: HOUR, awayMsMax: HOUR })
    desk.nodes.refresh()
    await waitUntil('there to be a hundred', async () => (await desk.stored()).length === 100)
    expect((await desk.stored()).map(({ node }) => node.id)).not.toContain('id0')
    expect((await desk.stored()).map(({ node }) => node.id)).toContain('id102')
  })
})
