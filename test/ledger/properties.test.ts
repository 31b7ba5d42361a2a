/** The ledger is what a look at each ticket's past says, after any changes at any times, also where commits are given up. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ledgerChecks } from '#src/ledger/checks.js'
import { ledger } from '#src/ledger/keeper.js'
import { LedgerReader } from '#src/ledger/reader.js'
import { Zone } from '#src/search/zone.js'
import type { Database } from '#src/sqlite/database.js'
import { CommandError } from '#src/store/errors.js'
import { countedOpen, keptLedger, keptOpen, walkedLedger } from '../support/ledger.js'
import { openTicketDesk } from '../support/ticket-desk.js'
import { begin, step, steps, take } from '../support/ticket-steps.js'
import { TimedDesk } from '../support/timed-desk.js'

const BEGIN = Date.parse('2026-03-27T20:00:00Z')
const DAY = Math.floor(BEGIN / 86_400_000)
const MINUTE = 60_000

/** What one commit tries, how long after the one before, and whether it is kept. */
const commit = fc.record({
  minutes: fc.constantFrom(0, 0, 1, 14, 60, 700, 3000),
  steps: fc.array(
    // Time runs out for nobody who sets the clock.
    step.filter(({ type }) => type !== 'expire'),
    { minLength: 1, maxLength: 5 },
  ),
  isKept: fc.constantFrom(true, true, true, false),
})

test('of commits of any size at any time', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(commit, { minLength: 4, maxLength: 12, size: 'max' }), async (commits) => {
      const desk = await TimedDesk.open(BEGIN)
      const { database } = desk.replica
      await desk.commit(() => begin(desk))
      const began = { base: 0, index: desk.index }
      for (const { minutes, steps, isKept } of commits) {
        const before = keptLedger(database)
        desk.time += minutes * MINUTE
        await desk.commit(async () => {
          for (const one of steps) await tried(take(desk, began, one))
        }, isKept)
        if (!isKept) expect(keptLedger(database)).toEqual(before)
        expect(problemsIn(database)).toEqual([])
      }
      expectTrue(database)
      expectBalance(new LedgerReader(database))
      expectSameAnew(database)
      desk.replica.close()
    }),
    { numRuns: Number(process.env['LEDGER_RUNS'] ?? 30), endOnFailure: true },
  )
})

test('of a store, with its journal, its thread and keys whose time runs out', { timeout: 120_000 }, async () => {
  const desk = await openTicketDesk({ closed: true })
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const base = Number(desk.rows("SELECT value FROM counters WHERE name = 'tickets'")[0]?.['value'] ?? 0)
      await begin(desk)
      const began = { base, index: desk.index }
      for (const one of plan) await tried(take(desk, began, one))
      expectTrue(desk.store.reader)
    }),
    { numRuns: 15, endOnFailure: true },
  )
  expect(await desk.problems()).toEqual([])
})

async function tried(taking: Promise<unknown>): Promise<void> {
  try {
    await taking
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
  }
}

function problemsIn(database: Database): unknown {
  return (ledgerChecks.looks ?? []).flatMap((look) => look(database).filter(({ names }) => names.length > 0))
}

function expectTrue(database: Database): void {
  expect(keptLedger(database)).toEqual(walkedLedger(database))
  expect(keptOpen(database)).toEqual(countedOpen(database))
}

/** Open at the end of each day is what was open before and what the day says. */
function expectBalance(reader: LedgerReader): void {
  const zone = Zone.named('Europe/Berlin') ?? Zone.utc
  for (const queues of [undefined, [1], [2, 3], []]) {
    const openAt = (day: number): number =>
      [...reader.openAt(zone.startOf(day), queues).values()].reduce((sum, open) => sum + open, 0)
    let open = openAt(DAY - 1)
    for (const day of reader.days(DAY - 1, DAY + 40, zone, queues)) {
      open += day.opened + day.reopened + day.restored + day.movedIn - day.closed - day.deleted - day.movedOut
      expect({ day: day.day, open }).toEqual({ day: day.day, open: openAt(day.day + 1) })
      if (queues === undefined) expect(day.movedIn).toBe(day.movedOut)
    }
  }
}

/** Made anew from the records it is the same. */
function expectSameAnew(database: Database): void {
  const before = [keptLedger(database), keptOpen(database)]
  database.exec("UPDATE ledger_state SET stamp = 'another'")
  const keeper = ledger().open(database)
  expect(new LedgerReader(database).isReady).toBe(false)
  while (keeper.hasWork) {
    database.begin()
    keeper.work()
    database.commit()
  }
  expect([keptLedger(database), keptOpen(database)]).toEqual(before)
}
