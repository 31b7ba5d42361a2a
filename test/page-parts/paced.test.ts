/** What is read anew at each change is read no oftener than the desk can well do. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Paced } from '../../web/state/paced.js'

/** A document that is looked at, or not. */
class Looked extends EventTarget {
  visibilityState = 'visible'
}

describe('what is read at a pace', () => {
  let looked: Looked
  let signals: AbortSignal[]
  let answers: (() => void)[]
  let paced: Paced
  beforeEach(() => {
    vi.useFakeTimers()
    looked = new Looked()
    vi.stubGlobal('document', looked)
    signals = []
    answers = []
    paced = new Paced(
      (signal) =>
        new Promise((resolve) => {
          signals.push(signal)
          answers.push(resolve)
        }),
      { leastMs: 3000, times: 10 },
    )
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })
  /** The desk answers the newest read. */
  const answer = async (): Promise<void> => {
    answers.at(-1)?.()
    await vi.advanceTimersByTimeAsync(0)
  }

  test('is read once for many calls, and one read at a time', async () => {
    for (let count = 0; count < 20; count++) paced.soon()
    await vi.advanceTimersByTimeAsync(300)
    expect(signals).toHaveLength(1)
    for (let count = 0; count < 20; count++) {
      paced.soon()
      await vi.advanceTimersByTimeAsync(5000)
    }
    expect(signals).toHaveLength(1)
  })

  test('is read again once it may have changed since, after a pause of so many times what it took', async () => {
    paced.soon()
    await vi.advanceTimersByTimeAsync(300)
    paced.soon()
    await vi.advanceTimersByTimeAsync(1000)
    await answer()
    await vi.advanceTimersByTimeAsync(9999)
    expect(signals).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(signals).toHaveLength(2)
    await answer()
    await vi.advanceTimersByTimeAsync(1_000_000)
    expect(signals).toHaveLength(2)
  })

  test('pauses a while though it took no time', async () => {
    void paced.now()
    await answer()
    paced.soon()
    await vi.advanceTimersByTimeAsync(2999)
    expect(signals).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(signals).toHaveLength(2)
  })

  test('waits no longer than its most, unless the desk is so slow that this would be much of its time', async () => {
    const slow = new Paced(
      (signal) =>
        new Promise((resolve) => {
          signals.push(signal)
          answers.push(resolve)
        }),
      { leastMs: 3000, times: 200, mostMs: 10_000 },
    )
    const readFor = async (milliseconds: number): Promise<void> => {
      slow.soon()
      await vi.advanceTimersByTimeAsync(milliseconds)
      await answer()
    }
    void slow.now()
    await readFor(150)
    await vi.advanceTimersByTimeAsync(9999)
    expect(signals).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(signals).toHaveLength(2)
    await readFor(2000)
    await vi.advanceTimersByTimeAsync(39_999)
    expect(signals).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(1)
    expect(signals).toHaveLength(3)
    slow.stop()
  })

  test('is read within a second after what one did oneself, also while it is read, and once for many', async () => {
    void paced.now()
    await vi.advanceTimersByTimeAsync(100)
    await answer()
    paced.soon()
    for (let count = 0; count < 5; count++) {
      paced.soonForOwn()
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(signals).toHaveLength(2)
    paced.soonForOwn()
    paced.soon()
    await vi.advanceTimersByTimeAsync(100)
    await answer()
    await vi.advanceTimersByTimeAsync(999)
    expect(signals).toHaveLength(3)
    await answer()
    await vi.advanceTimersByTimeAsync(1_000_000)
    expect(signals).toHaveLength(3)
  })

  test('is read at once where somebody asks for it, and what is on its way is given up', async () => {
    paced.soon()
    await vi.advanceTimersByTimeAsync(300)
    const done = paced.now()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    await answer()
    await done
  })

  test('waits until somebody looks', async () => {
    looked.visibilityState = 'hidden'
    paced.soon()
    await vi.advanceTimersByTimeAsync(100_000)
    expect(signals).toHaveLength(0)
    looked.visibilityState = 'visible'
    looked.dispatchEvent(new Event('visibilitychange'))
    await vi.advanceTimersByTimeAsync(300)
    expect(signals).toHaveLength(1)
  })

  test('is not read any more once it is stopped', async () => {
    paced.soon()
    await vi.advanceTimersByTimeAsync(300)
    paced.soon()
    paced.stop()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    await answer()
    await vi.advanceTimersByTimeAsync(100_000)
    expect(signals).toHaveLength(1)
  })
})
