/** Writes of which nobody knows whether they happened: each happened once or not at all. And the test notices where that is not so. */
import { describe, expect, test } from 'vitest'
import { extent, seed } from '../faults/extent.js'
import { buildMutant, mutantsFor } from '../faults/mutants.js'
import { storm } from '../faults/storm.js'
import { temporaryFolder } from '../support/folder.js'
import { missing } from '../support/requirements.js'

const OPERATIONS = extent({ short: 1500, long: 15_000 })

/** Storms until a mutant is caught: what is rare may not come in the first. */
const MUTANT_STORMS = 3

describe.skipIf(missing('etcd'))('when etcd does what it is asked and its answer is lost', () => {
  test('nothing is done twice, and nothing is lost that was answered', { timeout: 900_000 }, async () => {
    const { violations, attempts, forgotten } = await storm({ folder: temporaryFolder(), seed, operations: OPERATIONS })
    expect(violations, `seed ${seed}`).toEqual([])
    process.stdout.write(`${attempts} requests; answers forgotten of transactions: ${JSON.stringify(forgotten)}\n`)
    // It is worth something only if all three happened, and often.
    for (const count of Object.values(forgotten)) expect(count).toBeGreaterThan(OPERATIONS / 200)
  })

  test.each(mutantsFor('storm'))(
    'something would be seen to be wrong with $name',
    { timeout: 300_000 },
    async (mutant) => {
      const command = buildMutant(mutant, temporaryFolder())
      let caught: readonly string[] = []
      for (let number = seed; caught.length === 0 && number < seed + MUTANT_STORMS; number++) {
        const operations = mutant.requests ?? 800
        caught = (await storm({ folder: temporaryFolder(), seed: number, operations, command })).violations
      }
      process.stdout.write(`${mutant.name}: ${caught[0]?.slice(0, 300)}\n`)
      expect(caught).not.toEqual([])
    },
  )
})
