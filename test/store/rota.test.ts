/** Nodes that write at the same time take turns, and nobody waits long for one that has nothing to write. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Rota } from '#src/store/rota.js'

const never = new AbortController().signal

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

describe('the turn of a node', () => {
  test('is always where it writes alone', async () => {
    const rota = new Rota()
    expect(rota.isAlone).toBe(true)
    for (let commit = 0; commit < 5; commit++) {
      await rota.ours(never)
      rota.noteOwn()
    }
    expect(rota.isAlone).toBe(true)
  })

  test('comes after all others that keep writing have had theirs', async () => {
    const rota = writingWith(['b', 'c'])
    expect(rota.isAlone).toBe(false)
    const ours = watch(rota)
    note(rota, 'b')
    await settled()
    expect(ours.has).toBe(false)
    note(rota, 'c')
    await settled()
    expect(ours.has).toBe(true)
  })

  test('comes at once where all others have written since it has', async () => {
    const rota = writingWith(['b', 'c'])
    note(rota, 'c')
    note(rota, 'b')
    await expect(rota.ours(never)).resolves.toBeUndefined()
  })

  test('is not kept back by a node that seldom writes', async () => {
    const rota = new Rota()
    note(rota, 'b')
    for (let commit = 0; commit < 20; commit++) rota.noteOwn()
    note(rota, 'b')
    rota.noteOwn()
    await expect(rota.ours(never)).resolves.toBeUndefined()
  })

  test('comes after a moment where the others write no more, and at once from then on', async () => {
    const rota = writingWith(['b', 'c'])
    const ours = watch(rota)
    await vi.advanceTimersByTimeAsync(500)
    expect(ours.has).toBe(true)
    rota.noteOwn()
    await expect(rota.ours(never)).resolves.toBeUndefined()
  })

  test('is not waited for any longer when the store closes', async () => {
    const closing = new AbortController()
    const ours = watch(writingWith(['b']), closing.signal)
    closing.abort()
    await settled()
    expect(ours.has).toBe(true)
  })

  test('a node that wrote long ago leaves the others alone', async () => {
    const rota = writingWith(['b'])
    await vi.advanceTimersByTimeAsync(2000)
    expect(rota.isAlone).toBe(true)
    await expect(rota.ours(never)).resolves.toBeUndefined()
  })
})

/** Turns of a node that has just written, in turn with others. */
function writingWith(nodes: readonly string[]): Rota {
  const rota = new Rota()
  for (let round = 0; round < 3; round++) {
    for (const node of nodes) note(rota, node)
    rota.noteOwn()
  }
  return rota
}

function note(rota: Rota, node: string): void {
  rota.noteForeign(`${node.repeat(8)}12345678`)
}

function watch(rota: Rota, signal = never): { has: boolean } {
  const seen = { has: false }
  void rota.ours(signal).then(() => {
    seen.has = true
  })
  return seen
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}
