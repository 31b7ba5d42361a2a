/** What was let in and goes on ends where it can't be read for a moment whether it still may; the program goes on. */
import { expect, onTestFinished, test, vi } from 'vitest'
import { OpenAnswers } from '#src/http/desk-api/open-answers.js'
import { Desk } from '#src/http/desk-api/v1/desk.js'
import { EventHub } from '#src/http/desk-api/v1/events/hub.js'
import { viewerOf } from '#src/users/viewer.js'
import { askers } from '../support/names.js'
import { openTicketDesk } from '../support/ticket-desk.js'

function withClock(): void {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
}

function unreadable(): never {
  throw new Error('disk I/O error')
}

test('a long answer', () => {
  withClock()
  const open = new OpenAnswers()
  const ended: string[] = []
  const watch = (name: string, mayGoOn: () => boolean): void => {
    const leave = open.watch(mayGoOn, () => {
      ended.push(name)
      leave()
    })
  }
  watch('unreadable', unreadable)
  watch('over', () => false)
  watch('standing', () => true)
  vi.advanceTimersByTime(1000)
  expect(ended).toEqual(['unreadable', 'over'])
})

test('a stream of events of a node that is out of touch', async () => {
  const { store } = await openTicketDesk({ closed: true })
  const desk = new Desk(store, { whoAsks: () => askers.agent })
  withClock()
  const faults: unknown[] = []
  const hub = new EventHub(desk, { onFault: (error) => faults.push(error), isOutOfTouch: () => true })
  onTestFinished(() => hub.close())
  const viewer = viewerOf(desk.reading.records, askers.agent)
  let hasEnded = false
  const listener = {
    wish: { types: undefined, condition: undefined },
    at: store.history.head(),
    viewer: () => viewer,
    take: () => true,
    beat: () => {},
    end: () => void (hasEnded = true),
  }
  store.reader.snapshot(() => hub.join(listener, viewer))
  const refresh = vi.spyOn(desk.directory, 'refresh').mockImplementation(unreadable)
  onTestFinished(() => refresh.mockRestore())
  vi.advanceTimersByTime(1000)
  expect([hasEnded, hub.figures.listeners, faults]).toEqual([true, 0, []])
})
