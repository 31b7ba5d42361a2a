/** What holds of tickets whatever was done to them, through whichever door. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CommandError } from '#src/store/errors.js'
import { keyTable } from '#src/keytree/tables.js'
import { ticketPath } from '#src/tickets/finding.js'
import { askers } from '../support/names.js'
import { openTicketDesk, type TicketDesk } from '../support/ticket-desk.js'
import { comparable, difference, factsOf, ticketsOf, type Tickets } from '../support/ticket-record.js'
import { steps, take, undone, type Step } from '../support/ticket-steps.js'

/** What was recorded after each index at which nothing was half done. */
type Recorded = Map<number, Tickets>

test('the past, undo, history and the checks hold after any changes', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const desk = await openTicketDesk({ closed: true })
      const recorded: Recorded = new Map([[desk.index, ticketsOf(desk)]])
      for (const step of plan) await takeAndRecord(desk, step, recorded)
      expectPast(desk, recorded)
      expectHistory(desk)
      expect(await desk.problems()).toEqual([])
      await desk.store.close()
    }),
    { numRuns: Number(process.env['TICKET_RUNS'] ?? 25), endOnFailure: process.env['SHRINK'] === undefined },
  )
})

async function takeAndRecord(desk: TicketDesk, step: Step, recorded: Recorded): Promise<void> {
  const before = desk.index
  const target = step.type === 'undo' ? undone(desk, step.back) : 0
  const spans = step.type === 'undo' ? spanOf(desk, target) : undefined
  try {
    await take(desk, step)
  } catch (error) {
    // The key tree's refusals are commands' too; whatever else is thrown is a fault.
    if (!(error instanceof CommandError)) throw error
    expect(desk.index).toBe(before)
    expect(ticketsOf(desk)).toEqual(recorded.get(before))
    return
  }
  recorded.set(desk.index, ticketsOf(desk))
  if (spans !== undefined) expectUndone(desk, spans, recorded)
}

/** The batch that an index belongs to, or itself. */
function spanOf(desk: TicketDesk, index: number): readonly [first: number, last: number] {
  const [batch] = desk.rows(`SELECT first, last FROM batches WHERE first <= ${index} AND last >= ${index}`)
  return batch === undefined ? [index, index] : [Number(batch['first']), Number(batch['last'])]
}

/** What came by the change is gone, and what went is there again. */
function expectUndone(desk: TicketDesk, [first, last]: readonly [number, number], recorded: Recorded): void {
  const [before, after] = [recorded.get(first - 1), recorded.get(last)]
  const now = recorded.get(desk.index)
  if (before === undefined || after === undefined || now === undefined) return
  for (const number of after.keys()) {
    const { came, went } = difference(before.get(number), after.get(number))
    // Of a ticket that was made then nothing is left but that it is in the bin.
    const isNew = !before.has(number)
    const facts = factsOf(now.get(number))
    if (isNew) expect(facts).toContain('in the bin')
    else {
      expect(went.filter((fact) => !facts.has(fact))).toEqual([])
      expect(came.filter((fact) => facts.has(fact))).toEqual([])
    }
  }
}

/** At every index each ticket is what was recorded then; within a command, what it was before or behind it. */
function expectPast(desk: TicketDesk, recorded: Recorded): void {
  for (const number of ticketsOf(desk).keys()) {
    const touched = desk.rows(
      `SELECT idx FROM changes WHERE ticket = ${number} UNION SELECT idx FROM comments WHERE ticket = ${number}
       UNION SELECT created_index FROM tickets WHERE number = ${number} UNION SELECT idx FROM removals`,
    )
    const indexes = touched.map(({ idx }) => Number(idx))
    for (let index = 0; index <= desk.index; index++) {
      const past = desk.past(number, { index })
      const [behind] = [...recorded.keys()].filter((at) => at >= index)
      const before = [...recorded.keys()].filter((at) => at <= index).at(-1)
      const isAfter = !indexes.some((at) => at > index && at <= (behind ?? 0))
      const isBefore = !indexes.some((at) => at > (before ?? 0) && at <= index)
      const at = isAfter ? behind : isBefore ? before : undefined
      if (at === undefined) continue
      const known = recorded.get(at)?.get(number)
      expect({ index, at, state: past && comparable(past) }).toEqual({ index, at, state: known?.state })
    }
  }
}

/** Pages of every size give the same entries, each once, for who sees all and for who sees a part. */
function expectHistory(desk: TicketDesk): void {
  for (const [number, { state }] of ticketsOf(desk)) {
    const isThere = desk.reading.records.get(keyTable, ticketPath(number)) !== undefined
    const { requester, internal } = state.record
    const seers = [
      askers.admin,
      ...[askers.requester, askers.other].filter(({ actor }) => isThere && internal === 0 && actor === requester),
    ]
    for (const asker of seers) {
      const whole = desk.history(number, asker)
      const indexes = whole.map(({ index }) => index)
      expect(indexes).toEqual([...new Set(indexes)].toSorted((one, other) => one - other))
      for (const size of [1, 2, 3, 7]) expect(desk.history(number, asker, size)).toEqual(whole)
    }
  }
}
