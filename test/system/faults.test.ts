/**
 * Three etcd members, three desk nodes, clients at all of them, and one fault after another: what was promised holds.
 * `npm run faults -- --minutes 30 --seed 7` runs it for longer; each round starts everything anew.
 */
import { describe, expect, test } from 'vitest'
import { judge, type Evidence } from '../faults/checker.js'
import { falsifications } from '../faults/falsifications.js'
import { runRound } from '../faults/round.js'
import { missing } from '../support/requirements.js'

/** Seconds of faults in one round, beside starting and judging. */
const SHORT_ROUND_S = 15
const LONG_ROUND_S = 90

const minutes = Number(process.env['ETCDESK_FAULTS_MINUTES'] ?? 0)
const firstSeed = Number(process.env['ETCDESK_FAULTS_SEED'] ?? Date.now() % 1_000_000)

const say = (line: string): boolean => process.stdout.write(`${line}\n`)

describe.skipIf(missing('etcd'))('under faults', () => {
  test('what clients were told stays true, whatever strikes', { timeout: (minutes + 5) * 60_000 }, async () => {
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
})

/** The checker believes none of the lies. */
function expectNoBelief(evidence: Evidence): void {
  for (const { name, verdict, falsify } of falsifications) {
    expect({ name, verdicts: judge(falsify(evidence)) }).toEqual({
      name,
      verdicts: expect.arrayContaining([expect.stringMatching(verdict)]),
    })
  }
}
