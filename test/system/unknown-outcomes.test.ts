/** Writes of which nobody knows whether they happened: each happened once or not at all. And the test notices where that is not so. */
import { describe, expect, test } from 'vitest'
import { extent, seed } from '../faults/extent.js'
import { buildMutant, companies } from '../faults/mutants.js'
import { storm } from '../faults/storm.js'
import { temporaryFolder } from '../support/folder.js'
import { missing } from '../support/requirements.js'

const OPERATIONS = extent({ short: 1000, long: 15_000 })

/** Requests in a storm of mutants, and storms until each of them is caught: what is rare may not come in the first. */
const MUTANT_OPERATIONS = 400
const MUTANT_STORMS = 3

describe.skipIf(missing('etcd'))('when etcd does what it is asked and its answer is lost', () => {
  test('nothing is done twice, and nothing is lost that was answered', { timeout: 900_000 }, async () => {
    const { violations, attempts, forgotten } = await storm({ folder: temporaryFolder(), seed, operations: OPERATIONS })
    expect(violations, `seed ${seed}`).toEqual([])
    process.stdout.write(`${attempts} requests; answers forgotten of transactions: ${JSON.stringify(forgotten)}\n`)
    // It is worth something only if all three happened, again and again: the slower the machine, the more is in one transaction.
    for (const count of Object.values(forgotten)) expect(count).toBeGreaterThan(OPERATIONS / 500)
  })

  test.each(companies())(
    'something would be seen to be wrong with each of: $names',
    { timeout: 600_000 },
    async ({ mutants }) => {
      const command = buildMutant(mutants, temporaryFolder())
      let unseen = mutants
      for (let number = seed; unseen.length > 0 && number < seed + MUTANT_STORMS; number++) {
        const how = { seed: number, operations: MUTANT_OPERATIONS, command, toldMax: Infinity }
        const { violations } = await storm({ folder: temporaryFolder(), ...how })
        for (const { name, shows = /./u } of unseen) {
          process.stdout.write(`${name}: ${violations.find((one) => shows.test(one))?.slice(0, 300)}\n`)
        }
        unseen = unseen.filter(({ shows = /./u }) => !violations.some((one) => shows.test(one)))
      }
      expect(unseen.map(({ name }) => name)).toEqual([])
    },
  )
})
