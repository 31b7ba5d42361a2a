/** The numbers of the side bar: one that can't be counted takes no other away, and each day counts what is overdue anew. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { counts, startCounts } from '../../web/state/counts.js'

const desk = vi.hoisted(() => ({ open: 3, overdue: 1, isBusy: false }))

vi.mock('../../web/state/desk.js', () => ({
  desk: () => ({
    tickets: {
      stats: async () => {
        if (desk.isBusy) throw new TypeError('Failed to fetch')
        return Promise.resolve({ total: desk.open, assignees: [], queues: [] })
      },
      async *pages() {
        yield await Promise.resolve({ total: desk.overdue })
      },
    },
  }),
}))
vi.mock('../../web/state/identity.js', () => ({ myHandle: { value: 'ann' } }))
vi.mock('../../web/state/live.js', () => ({ listen: () => () => undefined }))
vi.mock('../../web/state/ticket-list.js', () => ({ timeZone: () => 'UTC' }))

beforeEach(() => {
  // Five minutes before a day ends where one is.
  vi.useFakeTimers({ now: new Date(2027, 0, 1, 23, 55) })
  vi.stubGlobal('document', { visibilityState: 'visible', removeEventListener: () => undefined })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('what can be counted is shown, whatever else can not; and is counted anew at midnight', async () => {
  desk.isBusy = true
  startCounts()
  await vi.advanceTimersByTimeAsync(1000)
  expect(counts.value).toEqual({ overdue: 1 })
  desk.isBusy = false
  startCounts()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(counts.value).toMatchObject({ open: 3, overdue: 1 })
  desk.overdue = 2
  desk.isBusy = true
  await vi.advanceTimersByTimeAsync(3 * 60_000)
  expect(counts.value.overdue).toBe(1)
  await vi.advanceTimersByTimeAsync(2 * 60_000)
  expect(counts.value).toMatchObject({ open: 3, overdue: 2 })
  // And at the next.
  desk.overdue = 4
  await vi.advanceTimersByTimeAsync(24 * 3_600_000)
  expect(counts.value.overdue).toBe(4)
})
