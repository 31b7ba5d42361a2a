/** Whose turn it is to run the timer: one node's at a time, and never nobody's for long. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { EtcdClient } from '#src/etcd/client.js'
import { EtcdTimer } from '#src/journal/etcd/expiry-turn.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { missing } from '../support/requirements.js'
import { waitUntil } from '../support/server.js'

describe.skipIf(missing('etcd'))('the timer', () => {
  let cluster: EtcdCluster
  let client: EtcdClient
  let keys = 0

  beforeAll(async () => {
    cluster = await startEtcdCluster()
    client = await EtcdClient.connect({ endpoints: cluster.endpoints })
  })
  afterAll(async () => {
    await client.close()
    await cluster.stop()
  })

  /** A node on the key, whose clock is right or not. */
  function join(key: string, nodeId: string, isFit: boolean) {
    const node = { isFit }
    let lease: bigint | undefined
    const timer = new EtcdTimer({
      client,
      key,
      node: 'host',
      nodeId,
      lease: () => lease,
      isFit: () => node.isFit,
      onTaken: () => {},
    })
    const held = client.keepLease(10, {
      granted: (id) => {
        lease = id
        return timer.granted()
      },
    })
    onTestFinished(async () => {
      timer.close()
      await held.revoke()
    })
    return { node, timer, revoke: () => held.revoke() }
  }

  /** Has all look until this is so. */
  async function until(timers: readonly EtcdTimer[], what: string, condition: () => boolean): Promise<void> {
    await waitUntil(what, () => {
      for (const timer of timers) timer.look()
      return condition()
    })
  }

  test('is run by one of those that are fit, and by another when that one no longer is', async () => {
    const key = `/timer${++keys}`
    const [one, two] = [join(key, 'a', true), join(key, 'b', true)]
    const timers = [one.timer, two.timer]
    const running = (): number => timers.filter(({ isOurs }) => isOurs).length
    await until(timers, 'one to run it', () => running() === 1)
    const [first, second] = one.timer.isOurs ? [one, two] : [two, one]
    first.node.isFit = false
    expect(first.timer.isOurs).toBe(false)
    await until(timers, 'the other to run it', () => second.timer.isOurs)
    expect(running()).toBe(1)
  })

  test('is run by one whose clock is ahead only where nobody else does, until one that is fit comes', async () => {
    const key = `/timer${++keys}`
    const unfit = join(key, 'a', false)
    await until([unfit.timer], 'it to run it as a last resort', () => unfit.timer.isOurs)
    const { value } = Object(await client.get(key))
    expect(JSON.parse(String(value.value))).toEqual({ node: 'host', id: 'a', lastResort: true })
    const fit = join(key, 'b', true)
    await until([fit.timer], 'the other to run it', () => fit.timer.isOurs)
    await until([unfit.timer], 'the first to know', () => !unfit.timer.isOurs)
    expect(fit.timer.isOurs).toBe(true)
  })

  test('is run by one node again where somebody removed its key', async () => {
    const key = `/timer${++keys}`
    const timers = [join(key, 'a', true).timer, join(key, 'b', true).timer]
    const isOne = (): boolean => timers.filter(({ isOurs }) => isOurs).length === 1
    await until(timers, 'one to run it', isOne)
    const before = Object(await client.get(key)).value.createRevision
    await client.delete({ key })
    await waitUntil('one to run it again', async () => {
      for (const timer of timers) timer.look()
      const now = Object(await client.get(key)).value
      return now !== undefined && now.createRevision !== before && isOne()
    })
  })
})
