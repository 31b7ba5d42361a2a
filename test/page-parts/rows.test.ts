/** The groups of a list are those that were asked for last, whichever answer comes first; of those that went nothing more is read. */
import { beforeEach, expect, test, vi } from 'vitest'
import { Rows } from '../../web/views/list/rows.js'

type Answer = (priorities: readonly { readonly priority: string; readonly count: number }[], total?: number) => void

const page = vi.hoisted(() => ({ answers: [] as Answer[], closed: [] as string[] }))

vi.mock('../../web/state/desk.js', () => ({
  desk: () => ({
    tickets: {
      stats: () =>
        new Promise((resolve) => {
          page.answers.push((priorities, total = 0) => resolve({ priorities, total, totalIsExact: total < 100 }))
        }),
    },
  }),
}))
vi.mock('../../web/state/identity.js', () => ({ noteRefusal: () => undefined }))
vi.mock('../../web/state/names.js', () => ({ statuses: { peek: () => [] } }))
vi.mock('../../web/state/ticket-list.js', async () => {
  const { signal } = await import('@preact/signals')
  class TicketList {
    readonly total = signal<number | undefined>(undefined)
    readonly isWanted = false
    readonly q: string
    constructor({ q }: { readonly q: string }) {
      this.q = q
    }
    want(): void {}
    rest(): void {}
    close(): void {
      page.closed.push(this.q)
    }
    refresh(): void {}
  }
  return { TicketList, zoneFor: () => ({}) }
})

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const namesOf = (rows: Rows): unknown[] => rows.sections.value.map(({ name }) => name)

beforeEach(() => {
  page.answers = []
  page.closed = []
})

test('an older answer that comes later changes nothing', async () => {
  const rows = new Rows({ q: '', sort: null, group: 'priority' })
  rows.refresh()
  const [first, second] = page.answers
  second?.([{ priority: 'high', count: 2 }])
  await settled()
  expect(namesOf(rows)).toEqual(['high'])
  first?.([{ priority: 'low', count: 1 }])
  await settled()
  expect(namesOf(rows)).toEqual(['high'])
})

test('an answer after the list was left changes nothing', async () => {
  const rows = new Rows({ q: '', sort: null, group: 'priority' })
  rows.close()
  page.answers[0]?.([{ priority: 'low', count: 1 }])
  await settled()
  expect(namesOf(rows)).toEqual([])
})

test('a group that went is closed, and those that stay are not', async () => {
  const rows = new Rows({ q: '', sort: null, group: 'priority' })
  page.answers[0]?.([
    { priority: 'high', count: 2 },
    { priority: 'low', count: 1 },
  ])
  await settled()
  rows.refresh()
  page.answers[1]?.([{ priority: 'high', count: 2 }])
  await settled()
  expect(namesOf(rows)).toEqual(['high'])
  expect(page.closed).toEqual(['priority:low'])
})

test('a list in groups has as many tickets as its search finds, each once, in however many groups it stands', async () => {
  const rows = new Rows({ q: '', sort: null, group: 'priority' })
  expect(rows.total.value).toBeUndefined()
  page.answers[0]?.(
    [
      { priority: 'high', count: 3 },
      { priority: 'low', count: 2 },
    ],
    4,
  )
  await settled()
  expect([rows.total.value, rows.isExact]).toEqual([4, true])
  rows.refresh()
  page.answers.at(-1)?.([{ priority: 'high', count: 100 }], 100)
  await settled()
  expect([rows.total.value, rows.isExact]).toEqual([100, false])
})
