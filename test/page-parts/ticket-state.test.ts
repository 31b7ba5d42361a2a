/** A ticket is shown as it was read last, however slow an earlier answer was; and what could not be read is read once that goes again. */
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Ticket } from '#src/client/client.js'
import type { LiveListener } from '../../web/state/live.js'
import { DeskError } from '../../web/state/failures.js'
import { TicketState } from '../../web/views/ticket/ticket-state.js'

interface Reading {
  /** Whether all of it is asked for. */
  readonly isAll: boolean
  readonly answer: (version: number) => void
  readonly refuse: (error: Error) => void
}

const page = vi.hoisted(() => ({
  readings: [] as Reading[],
  listener: undefined as LiveListener | undefined,
  begun: 0,
  /** Whether it has more links than come with it, and how reading these ends. */
  hasMoreLinks: false,
  linkReadings: [] as {
    readonly answer: (...tickets: readonly number[]) => void
    readonly refuse: (error: Error) => void
  }[],
  isStaff: false,
  /** How often its watchers were asked for, and what that is refused with. */
  watcherReadings: 0,
  watcherRefusal: undefined as Error | undefined,
}))

vi.mock('../../web/state/desk.js', () => ({
  desk: () => ({
    tickets: {
      get: (number: number, { include }: { readonly include: readonly string[] }) =>
        new Promise((resolve, refuse) => {
          const links = { items: [], rest: page.hasMoreLinks ? '/v1/tickets/12/links' : null }
          const answer = (version: number): void => resolve({ number, version, title: `As of ${version}`, links })
          page.readings.push({ isAll: include.includes('history'), answer, refuse })
        }),
      watchers: () => ({
        async *list() {
          page.watcherReadings++
          if (page.watcherRefusal !== undefined) throw page.watcherRefusal
          yield* await Promise.resolve([{ handle: 'cy' }])
        },
      }),
      links: () => ({
        async *list() {
          yield* await new Promise<readonly { readonly ticket: number }[]>((resolve, refuse) => {
            page.linkReadings.push({ answer: (...found) => resolve(found.map((ticket) => ({ ticket }))), refuse })
          })
        },
      }),
    },
  }),
}))
vi.mock('../../web/state/live.js', () => ({
  listen: (listener: LiveListener) => {
    page.listener = listener
    return () => (page.listener = undefined)
  },
}))
vi.mock('../../web/state/identity.js', async () => {
  const { signal } = await import('@preact/signals')
  return { isStaff: { peek: () => page.isStaff }, myHandle: signal('ann'), noteRefusal: () => undefined }
})
vi.mock('../../web/state/changes.js', () => ({ withMoving: (ticket: Ticket) => ticket }))
vi.mock('../../web/state/undo.js', () => ({ noteDone: () => undefined }))
vi.mock('../../web/views/list/list-state.js', () => ({ current: { peek: () => undefined } }))
vi.mock('../../web/views/ticket/place.js', () => ({ knownInList: () => undefined }))
vi.mock('../../web/views/ticket/talk-state.js', () => ({
  Talk: class {
    async begin(): Promise<void> {
      page.begun++
    }
    async refresh(): Promise<void> {}
    note(): void {}
  },
}))

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const refused = (status: number, code: string): DeskError =>
  new DeskError({
    status,
    code,
    detail: 'Not now.',
    errors: [],
    current: undefined,
    retryAfterMs: undefined,
    requestId: undefined,
  })

/** Somebody changes the ticket. */
function happens(index: number): void {
  page.listener?.events([
    { type: 'ticket.changed', index, ticket: 12, actor: 'ben', door: 'v1', time: '2027-01-01T00:00:00.000Z' },
  ])
}

describe('a ticket that is shown', () => {
  let state: TicketState
  let leave: () => void
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    page.readings = []
    page.begun = 0
    page.hasMoreLinks = false
    page.linkReadings = []
    page.isStaff = false
    page.watcherReadings = 0
    page.watcherRefusal = undefined
    state = new TicketState(12)
    leave = state.show()
    page.readings[0]?.answer(5)
    await settled()
  })
  afterEach(() => {
    leave()
    vi.useRealTimers()
  })
  const answer = async (version: number): Promise<void> => {
    page.readings.at(-1)?.answer(version)
    await settled()
  }
  const refuse = async (error: Error): Promise<void> => {
    page.readings.at(-1)?.refuse(error)
    await settled()
  }

  test('is read once more where something happens while all of it is read anew, and is what was read last', async () => {
    page.listener?.reset()
    happens(7)
    await settled()
    // No two answers are under way that could overtake each other.
    expect(page.readings.map(({ isAll }) => isAll)).toEqual([true, true])
    await answer(6)
    expect(page.readings.map(({ isAll }) => isAll)).toEqual([true, true, false])
    await answer(7)
    expect(state.ticket.value?.title).toBe('As of 7')
    expect(page.readings).toHaveLength(3)
  })

  test('is read anew, all of it, also where that begins while a change is read', async () => {
    happens(6)
    page.listener?.reset()
    await settled()
    expect(page.readings.map(({ isAll }) => isAll)).toEqual([true, false])
    await answer(6)
    expect(page.readings.map(({ isAll }) => isAll)).toEqual([true, false, true])
    await answer(9)
    expect(state.ticket.value?.title).toBe('As of 9')
    expect(page.begun).toBe(2)
  })

  test('is read anew a little later where the desk had no time for it, all of it', async () => {
    page.listener?.reset()
    await refuse(refused(503, 'overloaded'))
    expect(state.problem.value).toBeInstanceOf(DeskError)
    expect(page.readings).toHaveLength(2)
    await vi.runOnlyPendingTimersAsync()
    expect(page.readings.map(({ isAll }) => isAll)).toEqual([true, true, true])
    await answer(9)
    expect(state.ticket.value?.title).toBe('As of 9')
    expect(state.problem.value).toBeUndefined()
  })

  test('is not asked for again by itself where one may not see it any more, and is where one asks', async () => {
    page.listener?.reset()
    await refuse(refused(404, 'not_found'))
    await vi.runOnlyPendingTimersAsync()
    expect(page.readings).toHaveLength(2)
    expect(state.isWhole.value).toBe(false)
    const again = state.read()
    await answer(9)
    await again
    expect(state.isWhole.value).toBe(true)
  })

  test('has the links that were read last, and they are read again where the desk had no time for them', async () => {
    page.hasMoreLinks = true
    happens(6)
    await answer(6)
    happens(7)
    await settled()
    // Not before the earlier ones are there.
    expect(page.readings).toHaveLength(2)
    page.linkReadings[0]?.answer(1)
    await settled()
    await answer(7)
    page.linkReadings[1]?.refuse(refused(503, 'overloaded'))
    await settled()
    await vi.runOnlyPendingTimersAsync()
    await answer(7)
    page.linkReadings[2]?.answer(1, 2)
    await settled()
    expect(state.links.value.map(({ ticket }) => ticket)).toEqual([1, 2])
    expect(state.problem.value).toBeUndefined()
  })

  test('is read again of it what failed alone, and says so until that is there', async () => {
    page.isStaff = true
    page.watcherRefusal = refused(503, 'overloaded')
    page.listener?.reset()
    await answer(6)
    expect(state.ticket.value?.title).toBe('As of 6')
    const problems: unknown[] = []
    onTestFinished(state.problem.subscribe((problem) => void problems.push(problem)))
    for (const count of [2, 3]) {
      await vi.runOnlyPendingTimersAsync()
      expect(page.watcherReadings).toBe(count)
    }
    page.watcherRefusal = undefined
    await vi.runOnlyPendingTimersAsync()
    expect(state.watchers.value).toHaveLength(1)
    expect(page.readings).toHaveLength(2)
    // Never without it in between.
    expect(problems.indexOf(undefined)).toBe(problems.length - 1)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is waited for once, however often it failed, and no more by whoever has left it', async () => {
    for (let count = 0; count < 3; count++) {
      page.listener?.reset()
      await refuse(refused(503, 'overloaded'))
    }
    expect(vi.getTimerCount()).toBe(1)
    leave()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('keeps a long list of links as it is shown, until all of it was read anew', async () => {
    page.hasMoreLinks = true
    happens(6)
    await answer(6)
    page.linkReadings[0]?.answer(1, 2)
    await settled()
    happens(7)
    await settled()
    await answer(7)
    expect(state.links.value.map(({ ticket }) => ticket)).toEqual([1, 2])
    page.linkReadings[1]?.answer(2, 3)
    await settled()
    expect(state.links.value.map(({ ticket }) => ticket)).toEqual([2, 3])
  })

  test('is read to its end by whoever asks for it while it is read', async () => {
    happens(6)
    let isRead = false
    const reading = state.read().then(() => (isRead = true))
    await answer(6)
    expect(isRead).toBe(false)
    await answer(7)
    await reading
    expect(state.ticket.value?.title).toBe('As of 7')
  })
})
