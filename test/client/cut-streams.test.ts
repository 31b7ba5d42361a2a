/** Followed over a line that is cut again and again: every index exactly once, in order, by whoever reads. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDeskClient, type DeskClient, type StreamTransport } from '#src/client/client.js'
import { fetchStream } from '#src/client/transport.js'
import { startCuttingProxy, type CuttingProxy } from '../support/cutting-proxy.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { follow, type ToldEvent } from '../support/events.js'
import { EventServer } from '../support/event-server.js'

const CHANGES = 500
const CUTS = 20

let opened: OpenDesk
let proxy: CuttingProxy

beforeEach(async () => {
  opened = await openDesk()
  proxy = await startCuttingProxy(new URL(opened.door.url).host)
})
afterEach(async () => {
  await proxy.close()
  await opened.close()
})

/** After how many bytes the line is cut: some in the head of an answer or before the first event, others anywhere in later ones. */
const cuts = Array.from({ length: CUTS }, (_, at) => (at % 4 === 0 ? 100 * (at + 1) : 1000 + ((at * 7919) % 7000)))

/** The desk asks its clients to wait two seconds before they come again; here they come at once. */
const impatient: StreamTransport = async (request) => {
  const { chunks, ...head } = await fetchStream(request)
  async function* quick(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      yield Buffer.from(Buffer.from(chunk).toString('latin1').replace('retry: 2000', 'retry: 1'), 'latin1')
    }
  }
  return { ...head, chunks: quick() }
}

async function change(): Promise<void> {
  for (let made = 0; made < CHANGES; made += 10) {
    const titles = Array.from({ length: 10 }, (_, at) => `ticket ${made + at}`)
    await Promise.all(titles.map((title) => opened.store.run('lab.create', { title })))
  }
}

const every = (since: number) => Array.from({ length: CHANGES }, (_, at) => since + at + 1)

test('by a raw reader that goes on behind the last id it was given', async () => {
  const since = opened.store.history.head()
  proxy.cutAfter(cuts)
  const changing = change()
  const indexes: number[] = []
  let at = String(since)
  let connections = 0
  while (Number(at) < since + CHANGES) {
    connections += 1
    const headers = { 'Last-Event-ID': at }
    const stream = await follow(opened.door, '', { headers, through: proxy.endpoint }).catch(() => undefined)
    if (stream === undefined) continue
    const hasAll = (events: readonly ToldEvent[]) => (events.at(-1)?.index ?? 0) === since + CHANGES
    await Promise.race([stream.ended, stream.until(hasAll)])
    indexes.push(...stream.events().map(({ index }) => index))
    at = stream.blocks().findLast(({ id }) => id !== undefined)?.id ?? at
    stream.close()
  }
  await changing
  expect(indexes).toEqual(every(since))
  expect(connections).toBe(CUTS + 1)
})

test.each([
  ['events', (desk: DeskClient, since: number, onLoss: () => void) => desk.events({ since, onLoss })],
  ['follow', (desk: DeskClient, since: number, onLoss: () => void) => desk.follow({ since, onLoss })],
] as const)('by the typed client’s %s', async (_, read) => {
  const since = opened.store.history.head()
  proxy.cutAfter(cuts)
  const desk = createDeskClient({
    endpoint: `http://${proxy.endpoint}`,
    retry: { baseMs: 1 },
    streamTransport: impatient,
  })
  const changing = change()
  const indexes: number[] = []
  let losses = 0
  for await (const { index } of read(desk, since, () => (losses += 1))) {
    indexes.push(index)
    if (index === since + CHANGES) break
  }
  await changing
  expect(indexes).toEqual(every(since))
  expect(losses).toBeGreaterThanOrEqual(CUTS)
})

test('a stream that was resumed and cut before any event is resumed at the same index again', async () => {
  const server = await EventServer.start(100)
  server.refusals.push('drop', 'drop', 'drop')
  const desk = createDeskClient({ endpoint: server.url, retry: { baseMs: 1 } })
  server.emit('ticket.created')
  server.emit('ticket.created')
  const indexes: number[] = []
  for await (const { index } of desk.events({ since: 100 })) {
    indexes.push(index)
    if (index === 101) {
      server.refusals.push('drop', 'drop')
      server.cut()
    }
    if (index === 102) break
  }
  expect(indexes).toEqual([101, 102])
  const asked = server.asked.map(({ lastEventId }) => lastEventId)
  expect(asked.slice(0, 4)).toEqual(['100', '100', '100', '100'])
  expect(new Set(asked.slice(4))).toEqual(new Set(asked.length > 4 ? [asked[4]] : []))
  await server.close()
  // The desk says where a stream begins before anything happens, so who is cut there goes on from there.
  const head = String(opened.store.history.head())
  for (const sent of [{}, { 'Last-Event-ID': head }, { 'Last-Event-ID': head }]) {
    const stream = await follow(opened.door, '', { headers: sent, through: proxy.endpoint })
    await stream.until((_events, blocks) => blocks.length > 0)
    expect(stream.blocks().at(-1)?.id).toBe(head)
    proxy.cut()
    await stream.ended
  }
})
