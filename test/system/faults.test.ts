/**
 * Three etcd members, three desk nodes, clients at all of them, and one fault after another: what was promised holds.
 * `npm run faults -- --minutes 30 --seed 7` runs it for longer; each round starts everything anew.
 */
import { describe, expect, test } from 'vitest'
import { judge, type Evidence } from '../faults/checker.js'
import { falsifications } from '../faults/falsifications.js'
import { buildMutant, mutantsFor } from '../faults/mutants.js'
import { runRound } from '../faults/round.js'
import { temporaryFolder } from '../support/folder.js'
import { missing } from '../support/requirements.js'

/** Seconds of faults in one round, beside starting and judging. */
const SHORT_ROUND_S = 15
const LONG_ROUND_S = 90

/** Tries until a mutant is caught: what is rare may not come in the first round. */
const MUTANT_ROUNDS = 3

const minutes = Number(process.env['ETCDESK_FAULTS_MINUTES'] ?? 0)
const firstSeed = Number(process.env['ETCDESK_FAULTS_SEED'] ?? Date.now() % 1_000_000)

const say = (line: string): boolean => process.stdout.write(`${line}\n`)

describe.skipIf(missing('etcd'))('under faults', () => {
  test('what clients were told stays true, whatever strikes', { timeout: (minutes + 15) * 60_000 }, async () => {
    const end = Date.now() + minutes * 60_000
    let seed = firstSeed
    do {
      const seconds = minutes > 0 ? LONG_ROUND_S : SHORT_ROUND_S
      const afterwards = seed === firstSeed ? expectNoBelief : undefined
      const round = await runRound({ seed, seconds, say, ...(afterwards === undefined ? {} : { afterwards }) })
      const { violations, faults, ...counts } = round
      say(`seed ${seed}: ${JSON.stringify(counts)}, ${faults.length} faults, ${violations.length} violations`)
      expect(violations, `seed ${seed}`).toEqual([])
      seed += 1
    } while (Date.now() < end)
  })

  // With `npm run faults -- --mutants`: it proves the suite, not the program.
  test.each(process.env['ETCDESK_FAULTS_MUTANTS'] === '1' ? mutantsFor('rounds') : [])(
    'it catches $name',
    { timeout: 400_000 },
    async (mutant) => {
      const command = buildMutant([mutant], temporaryFolder())
      const { faults: only } = mutant
      let caught: readonly string[] = []
      for (let seed = firstSeed; caught.length === 0 && seed < firstSeed + MUTANT_ROUNDS; seed++) {
        const how = { seed, seconds: SHORT_ROUND_S, say, command, ...(only === undefined ? {} : { only }) }
        caught = (await runRound(how)).violations
      }
      say(`${mutant.name}: ${caught[0]?.slice(0, 300)}`)
      expect(caught).not.toEqual([])
    },
  )
})

/** The checker believes none of the lies, which are about two of the nodes. */
function expectNoBelief(all: Evidence): void {
  const evidence = { ...all, replicas: all.replicas.slice(0, 2) }
  for (const { name, verdict, falsify } of falsifications) {
    expect({ name, verdicts: judge(falsify(evidence)) }).toEqual({
      name,
      verdicts: expect.arrayContaining([expect.stringMatching(verdict)]),
    })
  }
}
