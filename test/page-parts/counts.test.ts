/** The numbers of the side bar: one that can't be counted takes no other away, each day counts what is overdue anew, and what one did is counted at once. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

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
  desk.isBusy = false
  // Each test is of a page that was just loaded.
  vi.resetModules()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('what can be counted is shown, whatever else can not; and is counted anew at midnight', async () => {
  const { counts, startCounts } = await import('../../web/state/counts.js')
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

test('are counted anew within a second after what one did oneself', async () => {
  const { counts, startCounts } = await import('../../web/state/counts.js')
  const { noteDone } = await import('../../web/state/undo.js')
  startCounts()
  await vi.advanceTimersByTimeAsync(60_000)
  desk.open = 4
  noteDone(7, 'made #1')
  await vi.advanceTimersByTimeAsync(999)
  expect(counts.value.open).toBe(4)
  // And that of the next, though it was counted just now.
  desk.open = 5
  noteDone(8, 'made #2')
  await vi.advanceTimersByTimeAsync(999)
  expect(counts.value.open).toBe(5)
})
