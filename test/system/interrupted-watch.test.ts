/**
 * A node that was away follows from where it stood, whatever backlog there is and wherever its connection is cut; and these tests
 * notice clients that do not, such as the ones that others have written.
 */
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EtcdClient } from '#src/etcd/client.js'
import { openEtcdJournal } from '#src/journal/etcd/etcd-journal.js'
import { Backlog, engineOf, type Absence, type Engine } from '../faults/backlog.js'
import { extent, seed } from '../faults/extent.js'
import { buildMutant, mutantsFor } from '../faults/mutants.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { temporaryFolder } from '../support/folder.js'
import { missing } from '../support/requirements.js'

/** etcd sends what a watch has missed in messages of 1,000 revisions: there have to be several. */
const COMMITS = extent({ short: 2500, long: 5000 })
const RUNS = extent({ short: 15, long: 200 })

const ours: Engine = { EtcdClient, openEtcdJournal }

describe.skipIf(missing('etcd'))('a node that was away', () => {
  let cluster: EtcdCluster
  let backlog: Backlog

  beforeAll(async () => {
    cluster = await startEtcdCluster()
    backlog = await Backlog.fill(cluster.endpoints[0] ?? '', COMMITS)
  })
  afterAll(async () => {
    await backlog.close()
    await cluster.stop()
  })

  test(
    'gets all that it missed, once, whole and in order, wherever the connection is cut',
    { timeout: 600_000 },
    async () => {
      const cuts = fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 4 })
      const bytes = fc.array(fc.integer({ min: 1, max: 2_000_000 }), { maxLength: 4 })
      const absence: fc.Arbitrary<Absence> = fc.oneof(
        fc.record({ behind: fc.nat(COMMITS), cuts, unit: fc.constant('messages' as const) }),
        fc.record({ behind: fc.nat(COMMITS), cuts: bytes, unit: fc.constant('bytes' as const) }),
      )
      await fc.assert(
        fc.asyncProperty(absence, async (each) => {
          expect(await backlog.follow(ours, each)).toEqual([])
        }),
        { numRuns: RUNS, seed, endOnFailure: true },
      )
    },
  )

  test.each(mutantsFor('backlog'))('would be seen to miss something if it were $name', async (mutant) => {
    const folder = temporaryFolder()
    buildMutant([mutant], folder)
    const engine = await engineOf(join(folder, 'dist'))
    // The member says who it is, the watch begins, the head of then is read to see that the history is the same, and the first
    // thousand revisions come: then the connection breaks.
    const absence = { behind: COMMITS, cuts: [4], unit: 'messages' } as const
    expect(await backlog.follow(ours, absence)).toEqual([])
    expect(await backlog.follow(engine, { ...absence, patienceMs: 2500 })).not.toEqual([])
  })
})
