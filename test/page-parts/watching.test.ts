/** While one drags nothing that others do is shown: what was read, and that all is to be read anew, waits until one lets go. */
import { expect, test, vi } from 'vitest'
import type { LiveListener } from '../../web/state/live.js'
import { Watching } from '../../web/state/watching.js'

const page = vi.hoisted(() => ({
  listeners: [] as LiveListener[],
  answers: [] as (() => void)[],
}))

vi.mock('../../web/state/desk.js', () => ({
  desk: () => ({
    tickets: {
      get: (number: number) => new Promise((resolve) => page.answers.push(() => resolve({ number }))),
    },
  }),
}))
vi.mock('../../web/state/identity.js', () => ({ myHandle: { peek: () => 'ann' } }))
vi.mock('../../web/state/changes.js', () => ({ withMoving: (ticket: unknown) => ticket }))
vi.mock('../../web/state/live.js', () => ({
  listen: (listener: LiveListener) => {
    page.listeners.push(listener)
    return () => undefined
  },
}))

test('what was read and what is to be read anew waits until one lets go', async () => {
  const done: string[] = []
  const watching = new Watching({
    has: () => true,
    place: ({ number }) => done.push(`place ${number}`),
    lookForNew: () => done.push('look'),
    refresh: () => done.push('refresh'),
  })
  watching.start()
  const [listener] = page.listeners
  const at = { index: 5, time: '2027-01-01T00:00:00.000Z', actor: 'bo', door: 'api' } as const
  listener?.events([{ ...at, type: 'ticket.changed', ticket: 1, changes: {} }])
  expect(done.splice(0)).toEqual(['look'])
  watching.hold(true)
  for (const answer of page.answers.splice(0)) answer()
  await new Promise((resolve) => setImmediate(resolve))
  listener?.reset()
  expect(done).toEqual([])
  watching.hold(false)
  expect(done).toEqual(['place 1', 'refresh'])
  listener?.reset()
  expect(done).toEqual(['place 1', 'refresh', 'refresh'])
  watching.stop()
})
