/** The thread that reads, as its askers know it: one question at a time, each answered, given up or refused. */
import { EventEmitter } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test, vi } from 'vitest'
import { ticketList } from '#src/http/desk-api/v1/finding/list.js'
import type { ReadingHandle } from '#src/store/options.js'
import {
  isCancelled,
  type AnswerOfThread,
  type QuestionMessage,
  type ReadingThreadData,
} from '#src/store/reading-messages.js'
import { Reading } from '#src/store/reading.js'
import { openTicketDesk } from '../support/ticket-desk.js'
import { openStore } from '../support/store.js'

/** A thread that answers when it is told to. */
class Thread extends EventEmitter implements ReadingHandle {
  readonly asked: QuestionMessage[] = []
  readonly places: Int32Array
  hasEnded = false

  constructor({ cancelled }: ReadingThreadData) {
    super()
    this.places = new Int32Array(cancelled)
  }

  postMessage(message: QuestionMessage | 'close'): void {
    if (message === 'close') this.end()
    else this.asked.push(message)
  }

  answer(
    answer:
      | Omit<Extract<AnswerOfThread, { type: 'done' }>, 'id'>
      | { type: 'fault'; message: string }
      | { type: 'cancelled' },
  ): void {
    this.emit('message', { id: this.asked.at(-1)?.id, ...answer })
  }

  end(): void {
    this.hasEnded = true
    this.emit('exit', 1)
  }

  terminate(): Promise<number> {
    this.end()
    return Promise.resolve(1)
  }

  unref(): void {}
}

function open() {
  const threads: Thread[] = []
  const faults: string[] = []
  const start = (data: ReadingThreadData): ReadingHandle => {
    const thread = new Thread(data)
    threads.push(thread)
    return thread
  }
  const reading = new Reading({ replicaPath: '', start, onFault: (message) => faults.push(message) })
  onTestFinished(() => reading.close())
  const thread = (): Thread => threads.at(-1) ?? expect.fail('no thread was started')
  return { reading, thread, threads, faults }
}

test('answers one question after another, in order', async () => {
  const { reading, thread } = open()
  const answers = [reading.ask('list', 1), reading.ask('list', 2)]
  expect(thread().asked.map(({ args }) => args)).toEqual([1])
  thread().answer({ type: 'done', result: 'one' })
  expect([await answers[0], thread().asked.map(({ args }) => args)]).toEqual(['one', [1, 2]])
  thread().answer({ type: 'done', result: 'two' })
  expect(await answers[1]).toBe('two')
})

test('does not begin what nobody waits for any more, and tells the thread to end what it has begun', async () => {
  const { reading, thread } = open()
  const [first, second] = [new AbortController(), new AbortController()]
  const answers = [reading.ask('list', 1, first.signal), reading.ask('list', 2, second.signal), reading.ask('list', 3)]
  for (const gone of [first, second]) gone.abort(new Error('the client has gone'))
  await expect(answers[0]).rejects.toThrow('the client has gone')
  await expect(answers[1]).rejects.toThrow('the client has gone')
  const [begun] = thread().asked
  expect(isCancelled(thread().places, begun?.id ?? 0)).toBe(true)
  thread().answer({ type: 'cancelled' })
  expect(thread().asked.map(({ args }) => args)).toEqual([1, 3])
  thread().answer({ type: 'done', result: 'three' })
  expect(await answers[2]).toBe('three')
})

test('refuses what comes when too many wait, and what waits too long', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { reading, thread } = open()
  const answers = Array.from({ length: 201 }, (_, place) => reading.ask('list', place).catch((error: unknown) => error))
  await expect(reading.ask('list', 'one more')).rejects.toMatchObject({ code: 'overloaded' })
  vi.advanceTimersByTime(4000)
  // All but the one that is being answered.
  expect(await Promise.all(answers.slice(1))).toEqual(
    answers.slice(1).map(() => expect.objectContaining({ code: 'overloaded' })),
  )
  // None of them is asked any more.
  thread().answer({ type: 'done', result: 'the first' })
  void reading.ask('list', 'the next').catch(() => undefined)
  expect(thread().asked.map(({ args }) => args)).toEqual([0, 'the next'])
})

test('callers take turns: one who asks much holds up nobody by more than one answer', async () => {
  const { reading, thread } = open()
  const answers = ['a1', 'a2', 'a3', 'a4'].map((asked) => reading.ask('list', asked, undefined, 'a'))
  for (const asked of ['b1', 'b2']) answers.push(reading.ask('list', asked, undefined, 'b'))
  answers.push(reading.ask('list', 'c1', undefined, 'c'))
  for (let answered = 0; answered < answers.length; answered++) thread().answer({ type: 'done', result: answered })
  await Promise.all(answers)
  expect(thread().asked.map(({ args }) => args)).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4'])
})

test('where all places are taken, whoever has the most gives one to a caller who has fewer', async () => {
  const { reading, thread } = open()
  const refused: string[] = []
  const ask = (asked: string, caller: string): void => {
    void reading.ask('list', asked, undefined, caller).catch(() => refused.push(asked))
  }
  for (let place = 0; place < 201; place++) ask(`a${place}`, 'a')
  ask('b0', 'b')
  ask('b1', 'b')
  await expect(reading.ask('list', 'a201', undefined, 'a')).rejects.toMatchObject({ code: 'overloaded' })
  expect(refused).toEqual(['a200', 'a199'])
  for (let answered = 0; answered < 4; answered++) thread().answer({ type: 'done', result: answered })
  expect(thread().asked.map(({ args }) => args)).toEqual(['a0', 'a1', 'b0', 'a2', 'b1'])
})

test('a fault of an answer is told to the log, and the next question is answered', async () => {
  const { reading, thread, faults } = open()
  const [first, second] = [reading.ask('list', 1), reading.ask('list', 2)]
  thread().answer({ type: 'fault', message: 'it broke' })
  await expect(first).rejects.toMatchObject({ code: 'internal' })
  thread().answer({ type: 'done', result: 'two' })
  expect([await second, faults]).toEqual(['two', ['it broke']])
})

test('a thread that ends, or is lost, is replaced', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { reading, thread, threads, faults } = open()
  const [first, second, third] = [reading.ask('list', 1), reading.ask('list', 2), reading.ask('list', 3)]
  thread().end()
  await expect(first).rejects.toMatchObject({ code: 'internal' })
  expect([threads.length, thread().asked.map(({ args }) => args)]).toEqual([2, [2]])
  const lost = second.catch((error: unknown) => error)
  vi.advanceTimersByTime(11_000)
  expect(await lost).toMatchObject({ code: 'internal' })
  // What waited that long is refused too.
  await expect(third).rejects.toMatchObject({ code: 'overloaded' })
  expect([threads.at(1)?.hasEnded, faults.length]).toEqual([true, 2])
  const last = reading.ask('list', 4)
  thread().answer({ type: 'done', result: 'four' })
  expect(await last).toBe('four')
})

test('once closed refuses all', async () => {
  const { reading } = open()
  const waiting = reading.ask('list', 1).catch((error: unknown) => error)
  await reading.close()
  expect(await waiting).toMatchObject({ code: 'closed' })
  await expect(reading.ask('list', 2)).rejects.toMatchObject({ code: 'closed' })
})

test('closing waits for a thread that stands in its work, and no longer than for a moment', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { reading, thread, faults } = open()
  const asked = reading.ask('list', 1).catch((error: unknown) => error)
  const closing = vi.spyOn(thread(), 'postMessage').mockImplementationOnce(() => {})
  const closed = reading.close()
  expect(await asked).toMatchObject({ code: 'closed' })
  expect([closing.mock.calls, thread().hasEnded]).toEqual([[['close']], false])
  vi.advanceTimersByTime(2000)
  await closed
  expect(faults).toEqual(['the reading thread did not end in time'])
})

test('the real thread answers what was answered to a writer just before', async () => {
  const desk = await openTicketDesk()
  await desk.create({ title: 'found at once' })
  await desk.store.close()
  const entry = new URL('../../dist/server/reading-thread.js', import.meta.url)
  const store = await openStore({
    address: desk.address,
    startReading: (workerData) => new Worker(entry, { workerData }),
  })
  const ask = (q: string) =>
    store.ask(ticketList, {
      asker: { actor: null, door: 'api' },
      q,
      tz: undefined,
      now: Date.now(),
      sort: undefined,
      limit: 10,
      cursor: undefined,
      offset: undefined,
      snippets: false,
    })
  const { result } = await store.run('ticket.create', { ticket: { title: 'found too' } })
  expect(await ask('found ')).toMatchObject({
    type: 'body',
    body: expect.stringMatching(/"number":2.*"number":1.*"total":2/u),
  })
  expect(result.result.number).toBe(2)
  expect(await ask('labl:x')).toMatchObject({ type: 'refused', code: 'invalid_search' })
})
