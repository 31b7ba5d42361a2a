/** The shared worker tells the tabs that follow, and none that was put away: that one is told what it missed when it comes back. */
import { expect, onTestFinished, test, vi } from 'vitest'
import type { FeedNote, FeedOrder } from '../../web/state/feed.js'

const worker = vi.hoisted(() => ({ tell: (_note: FeedNote): void => undefined }))

vi.mock('../../web/state/feed.js', () => ({
  Follower: class {
    constructor(_endpoint: string, tell: (note: FeedNote) => void) {
      worker.tell = tell
    }
    start(): void {}
    first(since: number | undefined): readonly FeedNote[] {
      return [{ type: 'live', index: (since ?? 0) + 100 }]
    }
  },
}))

test('a tab that said bye is told nothing until it begins anew', async () => {
  const scope = new EventTarget()
  vi.stubGlobal('self', scope)
  onTestFinished(() => void vi.unstubAllGlobals())
  await import('../../web/state/feed-worker.js')
  const { port1: tab, port2: port } = new MessageChannel()
  onTestFinished(() => tab.close())
  const told: number[] = []
  tab.addEventListener('message', ({ data }: MessageEvent<FeedNote>) => {
    if (data.type === 'live') told.push(data.index)
  })
  tab.start()
  scope.dispatchEvent(new MessageEvent('connect', { ports: [port] }))
  const order = (since: number): FeedOrder => ({ type: 'start', endpoint: 'http://127.0.0.1', since })
  tab.postMessage(order(1))
  await expect.poll(() => told).toEqual([101])
  worker.tell({ type: 'live', index: 2 })
  await expect.poll(() => told).toEqual([101, 2])
  tab.postMessage('bye')
  // What is asked for on another port is answered behind that.
  await new Promise((resolve) => setTimeout(resolve, 50))
  worker.tell({ type: 'live', index: 3 })
  tab.postMessage(order(2))
  await expect.poll(() => told).toEqual([101, 2, 102])
  worker.tell({ type: 'live', index: 4 })
  await expect.poll(() => told).toEqual([101, 2, 102, 4])
})
