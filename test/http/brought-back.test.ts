/** Who follows `/v1/events` of a desk that is brought back to an older state under them hears nothing of another desk as if it was theirs. */
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Desk } from '#src/http/desk-api/v1/desk.js'
import type { Listener } from '#src/http/desk-api/v1/events/audience.js'
import { EventHub } from '#src/http/desk-api/v1/events/hub.js'
import type { DeskStore } from '#src/desk.js'
import { viewerOf } from '#src/users/viewer.js'
import { bringBack, bringOn } from '../support/brought-back.js'
import { temporaryFolder } from '../support/folder.js'
import { openStore } from '../support/store.js'

const EVENTS = 6
const KEPT = 3

interface Following {
  readonly hub: EventHub
  readonly store: DeskStore
  readonly path: string
  /** Begins to listen above an index. */
  readonly listen: (at: number) => Noted
}

/** A listener that notes what it is told. */
class Noted implements Listener {
  readonly wish = { types: undefined, condition: undefined }
  readonly viewer: Listener['viewer']
  readonly told: number[] = []
  hasEnded = false
  /** Whether it takes what comes as it comes. */
  takesMore = true
  at: number

  constructor(at: number, viewer: Listener['viewer']) {
    this.at = at
    this.viewer = viewer
  }

  take({ until }: { readonly until: number }): boolean {
    for (let index = this.at + 1; index <= until; index++) this.told.push(index)
    this.at = until
    return this.takesMore
  }

  beat(): void {}

  end(): void {
    this.hasEnded = true
  }
}

async function open(): Promise<Following> {
  const path = join(temporaryFolder(), 'desk.db')
  const store = await openStore({ address: `sqlite:${path}` })
  for (let number = 1; number <= EVENTS; number++) await store.run('lab.create', { title: `ticket ${number}` })
  const asker = { actor: null, door: 'api' }
  const desk = new Desk(store, { whoAsks: () => asker })
  const hub = new EventHub(desk, {
    onFault: (error) => {
      throw error
    },
  })
  onTestFinished(() => hub.close())
  const viewer = viewerOf(desk.reading.records, asker)
  const listen = (at: number): Noted => {
    const listener = new Noted(at, () => viewer)
    store.reader.snapshot(() => hub.join(listener, viewer))
    return listener
  }
  return { hub, store, path, listen }
}

test.each([
  ['lies below', KEPT],
  ['has passed', EVENTS + 2],
])('all are ended where the index %s theirs: they are told nothing of what came since', async (_where, head) => {
  const { hub, store, path, listen } = await open()
  const late = listen(EVENTS - 1)
  late.takesMore = false
  const live = listen(EVENTS)
  await expect.poll(() => late.told).toEqual([EVENTS])
  bringBack(path, KEPT)
  bringOn(path, head)
  store.followers.wake()
  await expect.poll(() => [live.hasEnded, late.hasEnded]).toEqual([true, true])
  expect([live.told, late.told, hub.figures.listeners]).toEqual([[], [EVENTS], 0])
})

test('who begins before the others have heard of it follows what there is now, and the others are ended', async () => {
  const { store, path, listen } = await open()
  const before = listen(EVENTS)
  bringBack(path, KEPT)
  const after = listen(KEPT)
  expect(before.hasEnded).toBe(true)
  bringOn(path, KEPT + 1)
  store.followers.wake()
  await expect.poll(() => after.told).toEqual([KEPT + 1])
  expect([after.hasEnded, before.told]).toEqual([false, []])
})

test('one who comes when all were ended, since the server stops, is ended too', async () => {
  const { hub, listen } = await open()
  hub.close()
  expect([listen(EVENTS).hasEnded, hub.figures.listeners]).toEqual([true, 0])
})
