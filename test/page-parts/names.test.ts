/** What has a name is shown as it was read last, whichever answer comes first; and what could not be read is read once that goes again. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DeskError } from '../../web/state/failures.js'
import { noteNameEvent, readNames, statuses, users } from '../../web/state/names.js'

interface Reading {
  readonly kind: string
  readonly answer: (...names: readonly string[]) => void
  readonly refuse: (error: Error) => void
}

const door = vi.hoisted(() => ({ readings: [] as Reading[] }))

vi.mock('../../web/state/desk.js', async () => {
  const { signal } = await import('@preact/signals')
  const listOf = (kind: string) => ({
    async *list() {
      yield* await new Promise<readonly { readonly name: string }[]>((resolve, refuse) => {
        door.readings.push({ kind, answer: (...names) => resolve(names.map((name) => ({ name }))), refuse })
      })
    },
  })
  const kinds = ['queues', 'statuses', 'labels', 'users', 'fields', 'views']
  return { actingAs: signal(null), desk: () => Object.fromEntries(kinds.map((kind) => [kind, listOf(kind)])) }
})

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const refused = (status: number): DeskError =>
  new DeskError({
    status,
    code: undefined,
    detail: 'Not now.',
    errors: [],
    current: undefined,
    retryAfterMs: undefined,
    requestId: undefined,
  })
const happens = (type: 'status.changed' | 'user.changed'): void =>
  noteNameEvent({ type, index: 7, actor: 'ben', door: 'v1', time: '2027-01-01T00:00:00.000Z' })
const namesOf = (): string[] => statuses.value.map(({ name }) => name)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  door.readings = []
  statuses.value = []
  users.value = []
})
afterEach(() => vi.useRealTimers())

test('an answer that was asked for earlier and comes later changes nothing', async () => {
  const first = readNames(['status'])
  const second = readNames(['status'])
  door.readings[1]?.answer('new name')
  await second
  door.readings[0]?.answer('old name')
  await first
  expect(namesOf()).toEqual(['new name'])
})

test('an answer that comes before a later one is shown until then', async () => {
  const first = readNames(['status'])
  const second = readNames(['status'])
  door.readings[0]?.answer('old name')
  await first
  expect(namesOf()).toEqual(['old name'])
  door.readings[1]?.answer('new name')
  await second
  expect(namesOf()).toEqual(['new name'])
})

test('what the desk had no time for is read a little later, each kind once, until it is there', async () => {
  happens('status.changed')
  happens('user.changed')
  door.readings[0]?.refuse(refused(503))
  await settled()
  door.readings[1]?.refuse(new TypeError('Failed to fetch'))
  await settled()
  expect(door.readings.map(({ kind }) => kind)).toEqual(['statuses', 'users'])
  await vi.runOnlyPendingTimersAsync()
  expect(door.readings.map(({ kind }) => kind)).toEqual(['statuses', 'users', 'statuses', 'users'])
  door.readings[2]?.answer('new name')
  door.readings[3]?.refuse(refused(503))
  await settled()
  expect(namesOf()).toEqual(['new name'])
  await vi.runOnlyPendingTimersAsync()
  expect(door.readings.map(({ kind }) => kind).slice(4)).toEqual(['users'])
  door.readings[4]?.answer('ann')
  await settled()
  await vi.runOnlyPendingTimersAsync()
  expect(door.readings).toHaveLength(5)
})

test('what one may not read is not asked for again', async () => {
  happens('user.changed')
  door.readings[0]?.refuse(refused(403))
  await settled()
  await vi.runOnlyPendingTimersAsync()
  expect(door.readings).toHaveLength(1)
})
