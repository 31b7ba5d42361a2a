/** What the keys API says of the node that leads, for each thing that this node may know. */
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { DeskStore } from '#src/desk.js'
import { goDuration } from '#src/http/keys-api/stats.js'
import type { KnownNode } from '#src/journal/journal.js'
import { openKeys, send, type OpenKeys } from '../../support/keys-door.js'

const OTHER = 'feedface00000001'
const SINCE = Date.UTC(2026, 0, 2, 3, 4, 5)

/** A door whose store knows one other node and, perhaps, a leader. */
async function open(other: Partial<KnownNode>, leader: DeskStore['leader'] | 'self'): Promise<OpenKeys> {
  const keys = await openKeys()
  onTestFinished(() => keys.close())
  const { store } = keys
  const known: KnownNode = {
    id: OTHER,
    name: 'other',
    host: 'elsewhere',
    version: '1',
    deskUrl: null,
    keysUrl: 'http://node2.example:2379',
    isThere: true,
    awaySince: null,
    ...other,
  }
  store.announce({ name: 'this', host: 'here', version: '1', deskUrl: null, keysUrl: keys.url })
  const nodes = [...store.nodes, known]
  vi.spyOn(store, 'nodes', 'get').mockReturnValue(nodes)
  const since = { id: store.identity.memberId, since: SINCE }
  vi.spyOn(store, 'leader', 'get').mockReturnValue(leader === 'self' ? since : leader)
  return keys
}

async function get({ url }: OpenKeys, target: string): Promise<[status: number, body: string, type: unknown]> {
  const { status, body, headers } = await send(url, { method: 'GET', target })
  return [status, body, headers['content-type']]
}

describe('where another node leads', () => {
  test('it is named, and this one follows', async () => {
    const keys = await open({}, { id: OTHER, since: SINCE })
    const member = `{"id":"${OTHER}","name":"other","peerURLs":["http://node2.example:2379"],"clientURLs":["http://node2.example:2379"]}\n`
    expect(await get(keys, '/v2/members/leader')).toEqual([200, member, 'application/json'])
    const [, self] = await get(keys, '/v2/stats/self')
    expect(JSON.parse(self)).toMatchObject({
      name: 'this',
      id: keys.store.identity.memberId,
      state: 'StateFollower',
      leaderInfo: { leader: OTHER, startTime: '2026-01-02T03:04:05.000Z' },
    })
    expect(await get(keys, '/v2/stats/leader')).toEqual([403, '{"message":"not current leader"}', 'application/json'])
  })

  test('with a loopback address on another machine, it is named without one', async () => {
    const keys = await open({ keysUrl: 'http://127.0.0.1:2379' }, { id: OTHER, since: SINCE })
    const [status, body] = await get(keys, '/v2/members/leader')
    expect([status, JSON.parse(body)]).toEqual([200, { id: OTHER, name: 'other', peerURLs: [], clientURLs: [] }])
  })
})

test('where this node leads, it lists all others as its followers, also those that are away', async () => {
  const keys = await open({ isThere: false, awaySince: SINCE }, 'self')
  const [status, body] = await get(keys, '/v2/stats/leader')
  const latency = { current: 0, average: 0, standardDeviation: 0, minimum: 0, maximum: 0 }
  const followers = { [OTHER]: { latency, counts: { fail: 0, success: 0 } } }
  expect([status, JSON.parse(body)]).toEqual([200, { leader: keys.store.identity.memberId, followers }])
})

describe.each([
  ['nobody leads', undefined, 0],
  ['the leader may be another by now, since etcd has not answered for a while', 'self', 4000],
] as const)('where %s', (_, leader, contactAgeMs) => {
  test('there is an election, and nobody says that it leads', async () => {
    const keys = await open({}, leader)
    vi.spyOn(keys.store, 'contactAgeMs', 'get').mockReturnValue(contactAgeMs)
    const election = await send(keys.url, { method: 'GET', target: '/v2/members/leader' })
    expect([election.status, election.body]).toEqual([503, '{"message":"During election"}'])
    expect(election.headers).toMatchObject({
      'content-type': 'application/json',
      'x-etcd-cluster-id': keys.store.identity.clusterId,
    })
    const [, self] = await get(keys, '/v2/stats/self')
    expect(JSON.parse(self)).toMatchObject({ state: 'StateFollower', leaderInfo: { leader: '' } })
    expect((await get(keys, '/v2/stats/leader'))[0]).toBe(403)
  })
})

test.each([
  [0, '0s'],
  [7, '7ms'],
  [1500, '1.5s'],
  [61_000, '1m1s'],
  [3_600_000, '1h0m0s'],
  [90_061_007, '25h1m1.007s'],
])('%d ms are %s', (ms, text) => {
  expect(goDuration(ms)).toBe(text)
})
