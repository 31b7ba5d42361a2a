/** What is due is run in time, also by a writer that never rests; and what can't be done is tried again after a pause. */
import { expect, onTestFinished, test, vi } from 'vitest'
import { NOBODY } from '#src/store/command.js'
import { DueTimer } from '#src/store/due-timer.js'
import { desk } from '#src/desk.js'
import { ToldOnce } from '#src/store/told-once.js'
import { Writer } from '#src/store/writer.js'
import { MemoryJournal, MemoryLog } from '../support/memory-journal.js'
import { openReplica } from '../support/replica.js'
import { temporaryFolder } from '../support/folder.js'
import { waitUntil } from '../support/server.js'

test('keys expire while commands come without a pause', async () => {
  const replica = openReplica(temporaryFolder())
  let tell = (): void => {}
  const expired = new Promise<void>((resolve) => (tell = resolve))
  const journal = new MemoryJournal(new MemoryLog())
  const writer = new Writer({ journal, replica, timer: desk.timer, onTimer: () => tell() })
  await writer.start()
  let isOver = false
  let count = 0
  const set = (path: string, ttl?: number): void => {
    writer.enqueue({
      asker: NOBODY,
      run: (transaction) =>
        desk.handlers['keys.set'](transaction, { path, value: 'x', directory: false, ttl, refresh: false }),
      deadline: Infinity,
      answer: () => {
        count += 1
        // Answered while others wait: the queue is never empty.
        if (!isOver) set(`/busy${count % 10}`)
      },
    })
  }
  for (let place = 0; place < 8; place++) set(`/busy${place}`)
  // Set while the writer works, so that no pause lets it look what is due.
  set('/short', 0.3)
  await expired
  isOver = true
  await writer.close()
  expect(replica.query("SELECT name FROM keys WHERE name = 'short'", [])).toEqual([])
  expect(replica.query("SELECT key FROM events WHERE type = 'expire'", [])).toEqual([{ key: '/short' }])
  replica.close()
})

test('what came to nothing is tried again half a second later, also where commits are a reason to look before', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  let attempts = 0
  const timer = new DueTimer({
    due: () => (attempts < 5 ? 0 : undefined),
    now: () => Date.now(),
    isOurs: () => true,
    isFailing: () => false,
    run: (done) => {
      attempts += 1
      setImmediate(() => done(attempts === 5))
    },
    onFault: (error) => expect.fail(String(error)),
  })
  onTestFinished(() => timer.close())
  timer.set()
  vi.advanceTimersByTime(400)
  expect(attempts).toBe(1)
  for (let commit = 0; commit < 35; commit++) {
    timer.set()
    vi.advanceTimersByTime(40)
  }
  expect(attempts).toBe(4)
  vi.advanceTimersByTime(5000)
  expect(attempts).toBe(5)
})

test('what is due in a day is done within a second of the clock being set ahead by two', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const day = 86_400_000
  let setAhead = 0
  const begun = Date.now()
  const run = vi.fn((done: (isDone: boolean) => void) => done(true))
  const timer = new DueTimer({
    due: () => (run.mock.calls.length === 0 ? begun + day : undefined),
    now: () => Date.now() + setAhead,
    isOurs: () => true,
    isFailing: () => false,
    run,
    onFault: (error) => expect.fail(String(error)),
  })
  onTestFinished(() => timer.close())
  timer.set()
  vi.advanceTimersByTime(60_000)
  expect(run).not.toHaveBeenCalled()
  setAhead = 2 * day
  vi.advanceTimersByTime(1000)
  expect(run).toHaveBeenCalledOnce()
})

test('a look that failed is made again, though nobody writes', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  let looks = 0
  const faults: unknown[] = []
  const run = vi.fn((done: (isDone: boolean) => void) => done(true))
  const timer = new DueTimer({
    due: () => {
      looks += 1
      if (looks === 2) throw new Error('the disk is away')
      return run.mock.calls.length === 0 ? Date.now() + 5000 - 1000 * looks : undefined
    },
    now: () => Date.now(),
    isOurs: () => true,
    isFailing: () => false,
    run,
    onFault: (error) => faults.push(error),
  })
  onTestFinished(() => timer.close())
  timer.set()
  vi.advanceTimersByTime(10_000)
  expect(faults).toHaveLength(1)
  expect(run).toHaveBeenCalledOnce()
})

test('what the journal does not take is told once, however often it is tried', async () => {
  const replica = openReplica(temporaryFolder())
  const faults: unknown[] = []
  let attempts = 0
  let isTaken = true
  const journal = new MemoryJournal(new MemoryLog(), () => (isTaken ? 'none' : 'too-large'))
  const timer = {
    ...desk.timer,
    handler: (...args: Parameters<typeof desk.timer.handler>) => {
      attempts += 1
      return desk.timer.handler(...args)
    },
  }
  const writer = new Writer({ journal, replica, timer, onFault: (error) => faults.push(error) })
  await writer.start()
  await new Promise<void>((resolve) => {
    writer.enqueue({
      asker: NOBODY,
      run: (transaction) =>
        desk.handlers['keys.set'](transaction, { path: '/a', value: 'x', directory: false, ttl: 0.05, refresh: false }),
      deadline: Infinity,
      answer: () => {
        isTaken = false
        resolve()
      },
    })
  })
  await waitUntil('three attempts', () => attempts >= 3)
  expect(faults).toEqual([
    expect.objectContaining({
      message: expect.stringMatching(/^what is due by its time could not be done: .*larger than this store takes/u),
    }),
  ])
  isTaken = true
  await waitUntil('the key to expire', () => replica.query('SELECT name FROM keys', []).length === 0)
  await writer.close()
  replica.close()
})

test('a fault of what is due is told once, however often it is tried; another one too; and again once it was done', async () => {
  const replica = openReplica(temporaryFolder())
  const faults: string[] = []
  let attempts = 0
  let fault: string | undefined = 'the first'
  const timer = {
    // Something is due for ever.
    due: () => 0,
    handler: () => {
      attempts += 1
      if (fault !== undefined) throw new Error(fault)
      return attempts
    },
  }
  const journal = new MemoryJournal(new MemoryLog())
  const writer = new Writer({ journal, replica, timer, onFault: (error) => faults.push(String(error)) })
  await writer.start()
  for (const next of ['the second', 'the first', undefined, 'the first', 'the second']) {
    const before = attempts
    await waitUntil('two attempts', () => attempts >= before + 2)
    fault = next
  }
  await waitUntil('the last fault', () => faults.length >= 4)
  expect(faults).toEqual(['Error: the first', 'Error: the second', 'Error: the first', 'Error: the second'])
  await writer.close()
  replica.close()
})

test('that nobody can say what is due is told once, until somebody can', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const faults: unknown[] = []
  let fault: Error | undefined
  const timer = new DueTimer({
    due: () => {
      if (fault !== undefined) throw fault
      return undefined
    },
    now: () => Date.now(),
    isOurs: () => true,
    isFailing: () => false,
    run: () => expect.fail('nothing is due'),
    onFault: (error) => faults.push(error),
  })
  onTestFinished(() => timer.close())
  const unread = new Error('the file can not be read')
  for (const next of [unread, unread, undefined, unread]) {
    fault = next
    timer.set()
    vi.advanceTimersByTime(1000)
  }
  expect(faults).toEqual([unread, unread])
})

test('of faults that are worded otherwise each time a few are told', () => {
  const told: unknown[] = []
  const once = new ToldOnce((error) => told.push(error))
  for (let number = 0; number < 1000; number++) once.tell(`fault ${number}`)
  expect(told.length).toBeLessThan(50)
  once.forget()
  once.tell('fault 999')
  expect(told.at(-1)).toBe('fault 999')
})
