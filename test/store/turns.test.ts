/** Nodes that write at the same time take turns, and nobody waits long for one that has nothing to write. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Turns } from '#src/store/turns.js'

const never = new AbortController().signal

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

describe('the turn of a node', () => {
  test('is always where it writes alone', async () => {
    const turns = new Turns()
    expect(turns.isAlone).toBe(true)
    for (let commit = 0; commit < 5; commit++) {
      await turns.ours(never)
      turns.noteOwn()
    }
    expect(turns.isAlone).toBe(true)
  })

  test('comes after all others that keep writing have had theirs', async () => {
    const turns = writingWith(['b', 'c'])
    expect(turns.isAlone).toBe(false)
    const ours = watch(turns)
    note(turns, 'b')
    await settled()
    expect(ours.has).toBe(false)
    note(turns, 'c')
    await settled()
    expect(ours.has).toBe(true)
  })

  test('comes at once where all others have written since it has', async () => {
    const turns = writingWith(['b', 'c'])
    note(turns, 'c')
    note(turns, 'b')
    await expect(turns.ours(never)).resolves.toBeUndefined()
  })

  test('is not kept back by a node that seldom writes', async () => {
    const turns = new Turns()
    note(turns, 'b')
    for (let commit = 0; commit < 20; commit++) turns.noteOwn()
    note(turns, 'b')
    turns.noteOwn()
    await expect(turns.ours(never)).resolves.toBeUndefined()
  })

  test('comes after a moment where the others write no more, and at once from then on', async () => {
    const turns = writingWith(['b', 'c'])
    const ours = watch(turns)
    await vi.advanceTimersByTimeAsync(500)
    expect(ours.has).toBe(true)
    turns.noteOwn()
    await expect(turns.ours(never)).resolves.toBeUndefined()
  })

  test('is not waited for any longer when the store closes', async () => {
    const closing = new AbortController()
    const ours = watch(writingWith(['b']), closing.signal)
    closing.abort()
    await settled()
    expect(ours.has).toBe(true)
  })

  test('a node that wrote long ago leaves the others alone', async () => {
    const turns = writingWith(['b'])
    await vi.advanceTimersByTimeAsync(2000)
    expect(turns.isAlone).toBe(true)
    await expect(turns.ours(never)).resolves.toBeUndefined()
  })
})

/** Turns of a node that has just written, in turn with others. */
function writingWith(nodes: readonly string[]): Turns {
  const turns = new Turns()
  for (let round = 0; round < 3; round++) {
    for (const node of nodes) note(turns, node)
    turns.noteOwn()
  }
  return turns
}

function note(turns: Turns, node: string): void {
  turns.noteForeign(`${node.repeat(8)}12345678`)
}

function watch(turns: Turns, signal = never): { has: boolean } {
  const seen = { has: false }
  void turns.ours(signal).then(() => {
    seen.has = true
  })
  return seen
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}
