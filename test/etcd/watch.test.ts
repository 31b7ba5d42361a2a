/** A watch at an etcd that does what real ones do once in a long while: old events, silence, cancellations, disorder. */
import { afterEach, describe, expect, test } from 'vitest'
import { EtcdClient } from '#src/etcd/client.js'
import { puts, startFakeEtcd, type FakeEtcd, type FakeOptions } from '../support/fake-etcd.js'
import { waitUntil } from '../support/server.js'
import { asLines, record, type Watched } from '../support/watched.js'

const created = { created: true }

let fake: FakeEtcd | undefined
let client: EtcdClient | undefined

afterEach(async () => {
  await client?.close()
  fake?.close()
})

/** Watches from `startRevision` at a fake etcd whose newest revision is 10. */
async function watch(script: FakeOptions['script'], startRevision = 5n, everyMs?: number): Promise<Watched> {
  fake = await startFakeEtcd({ revision: () => 10n, script })
  client = await EtcdClient.connect({ endpoints: [fake.endpoint] })
  const heartbeat = everyMs === undefined ? undefined : { key: 'head', everyMs }
  return record(client, { prefix: '', startRevision, heartbeat })
}

const starts = (): number[] => (fake?.watches ?? []).map(({ startRevision }) => Number(startRevision))

describe('a watch', () => {
  test('is asked for from the revision that is wanted', async () => {
    await watch(() => [created])
    await waitUntil('the watch', () => fake?.watches.length === 1)
    expect(fake?.watches[0]).toMatchObject({ fragment: false, startRevision: 5n, progressNotify: false })
  })

  test('is asked for again in fragments, and nobody is told, where a message is too large', async () => {
    const large = puts([[6, 'x'.repeat(40 * 1024 * 1024)]])
    const watched = await watch((_, { fragment }) => [created, puts([[5, 'a']]), fragment ? puts([[6, 'b']]) : large])
    await waitUntil('the last', () => watched.watch.position === 6n)
    expect(fake?.watches.map(({ fragment, startRevision }) => [fragment, startRevision])).toEqual([
      [false, 5n],
      [true, 6n],
    ])
    expect(asLines(watched.revisions)).toEqual(['5 a=', '6 b='])
    // A busy machine may be slow to say who it is, with 40 MiB on their way: that is told, and no word of the message.
    const isOfMessage = (text: string): boolean => text !== 'contact' && !text.endsWith('did not answer in time)')
    expect(watched.told.filter(isOfMessage)).toEqual([])
  })

  test('leaves out events from before its beginning, and such as were sent twice', async () => {
    const watched = await watch(() => [
      created,
      puts([
        [3, 'a'],
        [5, 'b'],
      ]),
      puts([
        [5, 'b'],
        [6, 'c'],
      ]),
    ])
    await waitUntil('the last', () => watched.watch.position === 6n)
    expect(asLines(watched.revisions)).toEqual(['5 b=', '6 c='])
  })

  test('goes on behind what was delivered, not at what a header says, when it is cancelled', async () => {
    const watched = await watch((nth) =>
      nth === 0
        ? [created, puts([[5, 'a']]), { canceled: true, cancelReason: 'so it is' }]
        : [created, puts([[6, 'b']])],
    )
    await waitUntil('the last', () => watched.watch.position === 6n)
    expect(starts()).toEqual([5, 6])
    expect(watched.told).toEqual(['contact', expect.stringContaining('so it is'), 'contact'])
  })

  test('drops what a fragment began and the next did not end', async () => {
    const watched = await watch((nth) =>
      nth === 0
        ? [
            created,
            puts(
              [
                [5, 'a'],
                [6, 'b'],
              ],
              true,
            ),
            { canceled: true },
          ]
        : [
            created,
            puts([
              [6, 'b'],
              [6, 'c'],
            ]),
          ],
    )
    await waitUntil('the last', () => watched.watch.position === 6n)
    expect(asLines(watched.revisions)).toEqual(['5 a=', '6 b= c='])
    expect(starts()).toEqual([5, 6])
  })

  test('asks again where revisions come out of order', async () => {
    const watched = await watch((nth) =>
      nth === 0
        ? [
            created,
            puts([
              [7, 'a'],
              [6, 'b'],
            ]),
          ]
        : [
            created,
            puts([
              [6, 'b'],
              [7, 'a'],
            ]),
          ],
    )
    await waitUntil('the last', () => watched.watch.position === 7n)
    expect(asLines(watched.revisions)).toEqual(['6 b=', '7 a='])
  })

  test('is begun anew where it is silent although there is something to tell', async () => {
    const watched = await watch((nth) => (nth === 0 ? [created] : [created, puts([[10, 'head']])]), 5n, 50)
    await waitUntil('the last', () => watched.watch.position === 10n)
    expect(watched.told).toEqual(['contact', expect.stringContaining('silent'), 'contact'])
  })

  test('is begun elsewhere where a member does not begin it', async () => {
    const watched = await watch((nth) => (nth === 0 ? [] : [created]))
    await waitUntil('contact', () => watched.told.includes('contact'))
    expect(watched.told).toEqual([expect.stringContaining('does not begin'), 'contact'])
  })

  test('says that the history went back where the cluster is behind what was delivered', async () => {
    const watched = await watch(() => [created], 20n)
    await waitUntil('the end', () => watched.end() !== undefined)
    expect(watched.end()).toEqual({ type: 'went-back', revision: 10n })
  })

  test('says so too where its heartbeat shows it', async () => {
    const watched = await watch(() => [created, puts([[20, 'a']])], 5n, 50)
    await waitUntil('the end', () => watched.end() !== undefined)
    expect(watched.end()).toEqual({ type: 'went-back', revision: 10n })
  })
})
