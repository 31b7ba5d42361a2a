/** Tabs without a shared worker: whichever of them follows, each is told what it missed, also what happened before anybody followed. */
import { createServer } from 'node:http'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { followTogether } from '../../web/state/feed-tabs.js'
import type { FeedNote } from '../../web/state/feed.js'

/** Those who wait for the lock, in order. */
let waiting: (() => unknown)[]

beforeEach(() => {
  waiting = []
  vi.stubGlobal('isSecureContext', true)
  vi.stubGlobal('navigator', { locks: { request: (_name: string, hold: () => unknown) => void waiting.push(hold) } })
  // In a process of tests nothing is to stay open for a channel.
  vi.stubGlobal('BroadcastChannel', Channel)
})
afterEach(() => {
  vi.unstubAllGlobals()
  Channel.all.clear()
})

/** Tells all others of its name, in order, a little later. */
class Channel extends EventTarget {
  static readonly all = new Set<Channel>()
  readonly name: string
  constructor(name: string) {
    super()
    this.name = name
    Channel.all.add(this)
  }
  postMessage(data: unknown): void {
    for (const other of Channel.all)
      if (other !== this && other.name === this.name)
        setImmediate(() => other.dispatchEvent(new MessageEvent('message', { data })))
  }
}

/** A desk whose stream stands at an index. */
async function deskAt(index: number): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`id: ${index}\n\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

interface Tab {
  readonly notes: FeedNote[]
  readonly begin: () => void
}

/** A tab that knows everything up to an index. */
function tab(endpoint: string, known: number): Tab {
  const notes: FeedNote[] = []
  const send = followTogether(
    endpoint,
    endpoint,
    (note) => notes.push(note),
    () => known,
  )
  return { notes, begin: () => send({ type: 'start', endpoint, since: known }) }
}

async function isLive({ notes }: Tab): Promise<void> {
  await expect.poll(() => notes.some(({ type }) => type === 'live')).toBe(true)
}
/** Whether a tab that knows everything up to an index has to read anew by what it was told. */
const hasToRead = ({ notes }: Tab, known: number): boolean =>
  notes.some((note) => note.type === 'anew' || (note.type === 'events' && note.after > known))

test('one that asked before anybody followed, and knows less than who follows then, is told to read anew', async () => {
  const endpoint = await deskAt(12)
  const late = tab(endpoint, 10)
  const ahead = tab(endpoint, 12)
  late.begin()
  // What it asked is gone before there is one who could answer.
  await new Promise((resolve) => setImmediate(resolve))
  ahead.begin()
  await new Promise((resolve) => setImmediate(resolve))
  waiting[1]?.()
  await isLive(late)
  await expect.poll(() => hasToRead(late, 10)).toBe(true)
  expect(hasToRead(ahead, 12)).toBe(false)
})

test('one that knows as much as who follows is told nothing but that it is live', async () => {
  const endpoint = await deskAt(12)
  const [first, second] = [tab(endpoint, 12), tab(endpoint, 12)]
  for (const each of [first, second]) each.begin()
  await new Promise((resolve) => setImmediate(resolve))
  waiting[0]?.()
  for (const each of [first, second]) await isLive(each)
  expect([...first.notes, ...second.notes].filter(({ type }) => type !== 'live')).toEqual([])
})
