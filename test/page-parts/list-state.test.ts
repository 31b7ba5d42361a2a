/** What is selected in a list is what an action is for, wherever it stands and whatever was read or forgotten since. */
import { beforeEach, expect, test, vi } from 'vitest'
import type { Ticket } from '#src/client/client.js'
import { ListState } from '../../web/views/list/list-state.js'

/** A desk of so many tickets, the newest first; `above` have come since. */
const page = vi.hoisted(() => ({ count: 5000, above: 0, said: [] as string[], isAway: false }))

vi.mock('../../web/state/desk.js', async () => {
  const { signal } = await import('@preact/signals')
  return {
    actingAs: signal(null),
    sentenceOf: () => 'The desk can not be reached.',
    desk: () => ({
      tickets: {
        async *pages({ offset = 0, limit = 100 }) {
          if (page.isAway) throw new TypeError('fetch failed')
          const total = page.count + page.above
          const length = Math.max(0, Math.min(limit, total - offset))
          const tickets = Array.from({ length }, (_, at) => ({
            number: total - offset - at,
            version: 1,
            deletedAt: null,
          }))
          yield { tickets, total, totalIsExact: true }
        },
      },
    }),
  }
})
vi.mock('../../web/state/identity.js', async () => {
  const { signal } = await import('@preact/signals')
  return { me: signal({}), myHandle: signal('ann'), noteRefusal: () => undefined }
})
vi.mock('../../web/state/names.js', () => ({ statuses: { peek: () => [] } }))
vi.mock('../../web/state/live.js', () => ({ listen: () => () => undefined }))
vi.mock('../../web/state/undo.js', () => ({ say: (text: string) => page.said.push(text), noteDone: () => undefined }))

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}
/** Looks at a row, and tells its ticket. */
async function at(state: ListState, row: number): Promise<Ticket> {
  state.rows.want(row, row + 50)
  await settled()
  const ticket = state.ticketAt(row)
  if (ticket === undefined) throw new Error(`Nothing was read in row ${row}.`)
  return ticket
}
async function opened(): Promise<ListState> {
  const state = new ListState({ q: '', sort: null, group: null })
  await settled()
  return state
}
const subjects = (state: ListState): number[] => state.subjects().map(({ number }) => number)

beforeEach(() => Object.assign(page, { above: 0, said: [], isAway: false }))

test('is for all that was picked, though it was scrolled by long ago', async () => {
  const state = await opened()
  const picked = [await at(state, 100), await at(state, 101)]
  for (const ticket of picked) state.pick(ticket.number, false)
  for (let row = 200; row < 4500; row += 100) await at(state, row)
  const last = await at(state, 4600)
  state.pick(last.number, false)
  expect(subjects(state)).toEqual([...picked, last].map(({ number }) => number))
  expect(state.picked.value.size).toBe(3)
})

test('is for a ticket as it was seen last, and no longer for one in the bin', async () => {
  const state = await opened()
  const [one, other] = [await at(state, 0), await at(state, 1)]
  for (const { number } of [one, other]) state.pick(number, false)
  for (let row = 200; row < 4500; row += 100) await at(state, row)
  state.replace({ ...one, version: 7 })
  state.replace({ ...other, deletedAt: '2026-12-01T00:00:00Z' })
  expect(state.subjects()).toMatchObject([{ number: one.number, version: 7 }])
})

test('is a range with all that was passed over by the scroll bar', async () => {
  const state = await opened()
  state.pick((await at(state, 10)).number, false)
  state.pick((await at(state, 450)).number, true)
  await settled()
  expect(subjects(state).toSorted((a, b) => b - a)).toEqual(Array.from({ length: 441 }, (_, row) => 4990 - row))
  expect(page.said).toEqual([])
})

test('is a range from what was forgotten since', async () => {
  const state = await opened()
  state.pick((await at(state, 1000)).number, false)
  for (let row = 1100; row < 4900; row += 100) await at(state, row)
  for (let row = 4900; row > 1200; row -= 100) await at(state, row)
  state.pick((await at(state, 1200)).number, true)
  await settled()
  expect(state.picked.value.size).toBe(201)
})

test('is said not to be a range where it is too long, has moved, or can not be read', async () => {
  const state = await opened()
  state.pick((await at(state, 0)).number, false)
  state.pick((await at(state, 500)).number, true)
  expect(subjects(state)).toEqual([5000, 4500])
  for (let row = 1100; row < 4900; row += 100) await at(state, row)
  page.above = 200
  state.pick((await at(state, 600)).number, true)
  await settled()
  expect(state.picked.value.size).toBe(3)
  for (let row = 1100; row < 4900; row += 100) await at(state, row)
  const { number } = await at(state, 900)
  page.isAway = true
  state.pick(number, true)
  await settled()
  expect(state.picked.value.size).toBe(4)
  expect(page.said.map((text) => /holds|stands elsewhere|could not be read/u.exec(text)?.[0])).toEqual([
    'holds',
    'stands elsewhere',
    'could not be read',
  ])
})

test('is none of a range that was given up while it was read', async () => {
  const state = await opened()
  state.pick((await at(state, 10)).number, false)
  state.pick((await at(state, 450)).number, true)
  state.pickNone()
  await settled()
  expect(subjects(state)).toEqual([state.ticketAt(0)?.number].filter((number) => number !== undefined))
})
