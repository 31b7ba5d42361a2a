/**
 * Three etcd members, three desk nodes, clients at all of them, and one fault after another: what was promised holds.
 * `npm run faults -- --minutes 30 --seed 7` runs it for longer; each round starts everything anew.
 */
import { describe, expect, test } from 'vitest'
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
      const { violations, faults, ...counts } = await runRound({ seed, seconds, say })
      say(`seed ${seed}: ${JSON.stringify(counts)}, ${faults.length} faults, ${violations.length} violations`)
      expect(violations, `seed ${seed}`).toEqual([])
      seed += 1
    } while (Date.now() < end)
  })
})
