/** What one can take back is what one did: not what somebody else had done already. */
import { beforeEach, expect, test, vi } from 'vitest'
import type { Ticket } from '#src/client/client.js'
import { carryOut, type Edit } from '../../web/state/changes.js'

const page = vi.hoisted(() => ({ index: null as number | null, done: [] as unknown[], now: {} as object }))

vi.mock('../../web/state/desk.js', () => ({
  desk: () => ({
    batch: (operations: readonly { readonly number: number }[]) =>
      Promise.resolve({ results: operations.map(({ number }) => ({ number, index: page.index })) }),
    tickets: { get: () => Promise.resolve(page.now), change: () => Promise.resolve(page.now) },
  }),
  sentenceOf: String,
}))
vi.mock('../../web/state/identity.js', () => ({ noteRefusal: () => undefined }))
vi.mock('../../web/state/undo.js', () => ({
  noteDone: (...told: unknown[]) => page.done.push(told),
  say: () => undefined,
}))

const before: Ticket = {
  number: 7,
  title: 'Disk full',
  description: null,
  status: 'open',
  category: 'new',
  priority: 'normal',
  queue: 'default',
  requester: null,
  assignees: [],
  labels: [],
  due: null,
  internal: false,
  fields: {},
  ref: null,
  version: 20,
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: null,
  closedAt: null,
  deletedAt: null,
}
const edit: Edit = {
  change: { priority: 'high' },
  apply: (ticket) => ({ ...ticket, priority: 'high' }),
  what: 'made 7 high',
}

beforeEach(() => {
  page.done = []
  // Somebody else set it at 21.
  page.now = { ...before, priority: 'high', version: 21 }
})

test('a value that somebody else had set meanwhile is not taken back here', async () => {
  page.index = null
  expect(await carryOut([before], edit, () => undefined)).toBe(true)
  expect(page.done).toEqual([])
})

test('a change of one ticket is taken back at its own index, and shown as the desk has it then', async () => {
  page.index = 22
  page.now = { ...before, priority: 'high', status: 'waiting', version: 23 }
  let shown = before
  await carryOut([before], edit, (ticket) => (shown = ticket))
  expect(page.done).toEqual([[22, 'made 7 high']])
  expect(shown).toMatchObject({ status: 'waiting', version: 23 })
})
