/** What holds of tickets whatever was done to them, through whichever door. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CommandError } from '#src/store/errors.js'
import { keyTable } from '#src/keytree/tables.js'
import { ticketPath } from '#src/tickets/finding.js'
import { askers } from '../support/names.js'
import { openTicketDesk, type TicketDesk } from '../support/ticket-desk.js'
import { comparable, difference, factsOf, ticketsOf, type Tickets } from '../support/ticket-record.js'
import { begin, steps, take, undone, type Beginning, type Step } from '../support/ticket-steps.js'

test('the past, undo, history and the checks hold after any changes', async () => {
  // One desk for all: opening one costs as much as some hundred changes.
  const desk = await openTicketDesk({ closed: true })
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      await desk.run('lab.deleteAll', {})
      const base = Number(desk.rows("SELECT value FROM counters WHERE name = 'tickets'")[0]?.['value'] ?? 0)
      await begin(desk)
      const began = { base, index: desk.index }
      const model = { desk, began, recorded: new Map([[desk.index, ticketsOf(desk, base)]]) }
      for (const step of plan) await takeAndRecord(model, step)
      expectPast(model)
      expectHistory(model)
    }),
    { numRuns: Number(process.env['TICKET_RUNS'] ?? 30), endOnFailure: true },
  )
  expect(await desk.problems()).toEqual([])
})

/** What was recorded of the tickets with numbers above `base`, after each index at which nothing was half done. */
interface Model {
  readonly desk: TicketDesk
  readonly began: Beginning
  readonly recorded: Map<number, Tickets>
}

function now({ desk, began }: Model): Tickets {
  return ticketsOf(desk, began.base)
}

async function takeAndRecord(model: Model, step: Step): Promise<void> {
  const { desk, began, recorded } = model
  const before = desk.index
  const span = step.type === 'undo' ? spanOf(desk, undone(desk, began, step.back)) : undefined
  try {
    await take(desk, began, step)
  } catch (error) {
    // The key tree's refusals are commands' too; whatever else is thrown is a fault.
    if (!(error instanceof CommandError)) throw error
    expect(desk.index).toBe(before)
    expect(now(model)).toEqual(recorded.get(before))
    return
  }
  recorded.set(desk.index, now(model))
  if (span !== undefined) expectUndone(model, span)
}

/** The batch that an index belongs to, or itself. */
function spanOf(desk: TicketDesk, index: number): readonly [first: number, last: number] {
  const [batch] = desk.rows(`SELECT first, last FROM batches WHERE first <= ${index} AND last >= ${index}`)
  return batch === undefined ? [index, index] : [Number(batch['first']), Number(batch['last'])]
}

/** What came by the change is gone, and what went is there again. */
function expectUndone({ desk, recorded }: Model, [first, last]: readonly [number, number]): void {
  const [before, after, since] = [first - 1, last, desk.index].map((index) => recorded.get(index))
  if (before === undefined || after === undefined) return
  for (const number of after.keys()) {
    const { came, went } = difference(before.get(number), after.get(number))
    const facts = factsOf(since?.get(number))
    // Of a ticket that was made then nothing is left but that it is in the bin.
    if (!before.has(number)) expect(facts).toContain('in the bin')
    else {
      expect(went.filter((fact) => !facts.has(fact))).toEqual([])
      expect(came.filter((fact) => facts.has(fact))).toEqual([])
    }
  }
}

/** At every index each ticket is what was recorded then; within a command, what it was before or behind it. */
function expectPast(model: Model): void {
  const { desk, began, recorded } = model
  const known = [...recorded.keys()]
  for (const number of now(model).keys()) {
    const touched = desk.rows(
      `SELECT idx FROM changes WHERE ticket = ${number} UNION SELECT idx FROM comments WHERE ticket = ${number}
       UNION SELECT created_index FROM tickets WHERE number = ${number} UNION SELECT idx FROM removals`,
    )
    const indexes = touched.map(({ idx }) => Number(idx))
    for (let { index } = began; index <= desk.index; index++) {
      const past = desk.past(number, { index })
      const behind = known.find((at) => at >= index) ?? 0
      const before = known.findLast((at) => at <= index) ?? 0
      const isAfter = !indexes.some((at) => at > index && at <= behind)
      const isBefore = !indexes.some((at) => at > before && at <= index)
      const at = isAfter ? behind : isBefore ? before : undefined
      if (at === undefined) continue
      const { state } = recorded.get(at)?.get(number) ?? {}
      expect({ index, at, state: past && comparable(past) }).toEqual({ index, at, state })
    }
  }
}

/** Pages of every size give the same entries, each once, for who sees all and for who sees a part. */
function expectHistory(model: Model): void {
  const { desk } = model
  for (const [number, { state }] of now(model)) {
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
