/**
 * A backup brought back, into a file and into etcd: the desk is what it was, but that no index, tag or id of an event that anybody
 * was given since is ever given to something else, and whoever goes on from one is told to read anew.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Conflict, createDeskClient, HistoryGone, type DeskClient, type EventFeed } from '#src/client/client.js'
import { desk as tables, type DeskStore } from '#src/desk.js'
import { EtcdClient } from '#src/etcd/client.js'
import { withPrefix } from '#src/etcd/operations.js'
import { checkStore } from '#src/server/check.js'
import { backUp, copyStore, restoreStore } from '#src/server/keeping.js'
import { openPlainDatabase } from '#src/sqlite/database.js'
import { openFileState } from '#src/store/transfer-file.js'
import { fingerprint } from '#src/store/transfer.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { temporaryFolder } from '../support/folder.js'
import { fillDesk } from '../support/full-desk.js'
import { LARGE_KEYS, makeLarge } from '../support/large-store.js'
import { missing } from '../support/requirements.js'
import { runEtcdesk, startEtcdesk, startServer, waitUntil, type RunningServer } from '../support/server.js'
import { openStore } from '../support/store.js'

const STEP = 1_000_000

/** Where a store is to be: its address, and the folder of the node that serves it. */
interface Place {
  readonly address: string
  readonly dataDirectory: string
}

interface Engine {
  readonly newPlace: () => Place
  /** Takes away what lies there, so that a backup can be brought back to the same place. */
  readonly clear: (place: Place) => Promise<void>
}

const files: Engine = {
  newPlace: () => {
    const dataDirectory = temporaryFolder()
    return { address: `sqlite:${join(dataDirectory, 'desk.db')}`, dataDirectory }
  },
  clear: ({ address }) => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(address.slice('sqlite:'.length) + suffix, { force: true })
    return Promise.resolve()
  },
}

let cluster: EtcdCluster
let prefixes = 0

const etcd: Engine = {
  newPlace: () => {
    prefixes += 1
    return { address: `etcd://${cluster.endpoints.join(',')}/r${prefixes}`, dataDirectory: temporaryFolder() }
  },
  clear: async ({ address }) => {
    const client = await EtcdClient.connect({ endpoints: cluster.endpoints })
    await client.delete(withPrefix(`${address.slice(address.lastIndexOf('/'))}/`))
    await client.close()
  },
}

describe('into a file', () => {
  suite(files)
})

describe.skipIf(missing('etcd'))('into etcd', () => {
  beforeAll(async () => {
    cluster = await startEtcdCluster({ members: 1 })
  })
  afterAll(() => cluster.stop())

  suite(etcd)

  test('beside a node that runs on: its streams end, and whoever followed reads anew', async () => {
    const place = etcd.newPlace()
    const node = await serve(place)
    const desk = clientOf(node)
    await desk.tickets.create({ title: 'kept' })
    const backup = join(temporaryFolder(), 'backup.db')
    const { index } = await backUp({ from: place, to: at(backup) })
    const follower = desk.follow()
    const items = follower[Symbol.asyncIterator]()
    expect((await items.next()).value).toEqual({ type: 'reset', index })
    const { version: lost } = await desk.tickets.create({ title: 'lost' })
    expect((await items.next()).value).toMatchObject({ type: 'ticket.created', index: lost })

    await etcd.clear(place)
    await restoreStore({ from: at(backup), to: place })
    expect((await items.next()).value).toEqual({ type: 'reset', index: index + STEP })
    const { version, title } = await clientOf(node).tickets.create({ title: 'new' })
    expect([version, title]).toEqual([index + STEP + 1, 'new'])
    expect((await items.next()).value).toMatchObject({ type: 'ticket.created', index: version })
    await items.return?.()
    expect(await titles(clientOf(node))).toEqual(['new', 'kept'])
    expect((await checkStore(place)).problems).toEqual([])
  })
})

const largeFolder = mkdtempSync(join(tmpdir(), 'etcdesk-test-'))
const large = join(largeFolder, 'desk.db')
beforeAll(() => makeLarge(large))
afterAll(() => rmSync(largeFolder, { recursive: true, force: true }))

function suite(engine: Engine): void {
  test('everything is there as it was, with no history for watchers, and its check and its proof are whole', async () => {
    const folder = temporaryFolder()
    const [source, backup] = [join(folder, 'source.db'), join(folder, 'backup.db')]
    const store = await openStore({ address: `sqlite:${source}` })
    await fillDesk(store)
    const { index } = await backUp({ from: at(source), to: at(backup) })
    const place = engine.newPlace()
    const { code, stdout } = await runEtcdesk(['restore', backup, '--store', place.address])
    expect([code, stdout]).toEqual([0, expect.stringContaining(`and 1 event up to index ${index + STEP}, checksum`)])
    expect(await checkStore(place)).toMatchObject({ problems: [], index: index + STEP })

    const carried = join(folder, 'carried.db')
    await copyStore({ from: place, to: at(carried) })
    const [before, after] = [await stateOf(backup), await stateOf(carried)]
    expect(after).toEqual({ ...before, origin: { ...before.origin, index: index + STEP }, events: 1 })
    const node = await openStore(place)
    expect([node.history.oldest(), node.history.head()]).toEqual([index + STEP, index + STEP])
  })

  test('no index of before is given again, and whoever goes on from one is told that the history is gone', async () => {
    const place = engine.newPlace()
    const first = await serve(place)
    const desk = clientOf(first)
    const { number } = await desk.tickets.create({ title: 'kept', labels: [] })
    const { version: changed } = await desk.tickets.change(number, { title: 'kept, and changed' })
    await desk.tickets.create({ title: 'another' })
    await desk.tickets.comments(number).create({ text: 'said' })
    await put(first, '/v2/keys/k', 'value=1')
    const once = { method: 'POST', headers: { ...JSON_HEADERS, 'Idempotency-Key': 'kept' }, body: '{"title":"once"}' }
    const answered = await fetch(`${first.deskUrl}/v1/tickets`, once)
    const before = await answered.text()
    const whole = `/v1/tickets/${number}?include=activity,comments,history`
    const [ticket, list] = [await read(first, whole), await read(first, '/v1/tickets?limit=1')]
    const backup = join(temporaryFolder(), 'backup.db')
    const { index } = await backUp({ from: place, to: at(backup) })
    const lostOnce = { ...once, headers: { ...once.headers, 'Idempotency-Key': 'lost' } }
    expect((await fetch(`${first.deskUrl}/v1/tickets`, lostOnce)).status).toBe(201)
    await desk.tickets.change(number, { title: 'lost' })
    const { version: lost } = await desk.tickets.create({ title: 'lost' })
    await first.stop()

    await engine.clear(place)
    expect((await runEtcdesk(['restore', backup, '--store', place.address])).code).toBe(0)
    const head = index + STEP
    // Over etcd on its old local copy, which holds what is lost.
    const second = await serve(place)
    const again = await read(second, whole)
    expect([again.index, again.body]).toEqual([head, ticket.body])

    for (const since of [0, index, lost, head - 2]) {
      const { status, body } = await read(second, `/v1/events?since=${since}`, { Accept: 'application/json' })
      expect([status, body]).toEqual([
        410,
        expect.objectContaining({ code: 'history_gone', detail: expect.stringContaining(`the index ${head}.`) }),
      ])
      const watch = await fetch(`${second.keysUrl}/v2/keys/k?wait=true&waitIndex=${since + 1}`)
      expect(await watch.json()).toMatchObject({ errorCode: 401, cause: expect.stringContaining(`[${head}/`) })
    }
    // To wait for an index that was lost is to wait for nothing; one beyond the head no node has.
    expect((await read(second, '/v1/tickets', { 'Desk-Index': String(lost) })).status).toBe(200)
    expect((await read(second, '/v1/tickets', { 'Desk-Index': String(head + 1) })).status).toBe(410)
    for (const moment of [index, lost, head])
      expect((await read(second, `/v1/tickets/${number}?at=${moment}`)).body).toMatchObject({
        title: 'kept, and changed',
        version: changed,
      })

    const follower = clientOf(second)
    await expect(take(follower.events({ since: lost }), 1)).rejects.toThrow(HistoryGone)
    const seen = await take(follower.follow({ since: lost }), 2, () =>
      clientOf(second).tickets.create({ title: 'new' }),
    )
    expect(seen).toMatchObject([
      { type: 'reset', index: head },
      { type: 'ticket.created', index: head + 1 },
    ])
    const { id } = await follower.tickets.comments(number).create({ text: 'said again' })
    expect(id).toBe(head + 2)
    await put(second, '/v2/keys/k', 'value=2')
    const watched = await fetch(`${second.keysUrl}/v2/keys/k?wait=true&waitIndex=${head + 1}`)
    expect(await watched.json()).toMatchObject({ node: { value: '2', modifiedIndex: head + 3 } })

    const replayed = await fetch(`${second.deskUrl}/v1/tickets`, once)
    expect([replayed.headers.get('idempotency-replayed'), await replayed.text()]).toEqual(['true', before])
    const anew = await fetch(`${second.deskUrl}/v1/tickets`, lostOnce)
    expect([anew.status, anew.headers.get('idempotency-replayed')]).toEqual([201, null])
    expect(await anew.json()).toMatchObject({ version: head + 4 })
    const { next } = list.body
    expect((await read(second, `/v1/tickets?limit=1&cursor=${encodeURIComponent(String(next))}`)).status).toBe(200)
    expect((await clientOf(second).undo(changed)).index).toBeGreaterThan(head)
    await expect(clientOf(second).undo(lost)).rejects.toThrow(Conflict)
    await second.stop()
    expect((await checkStore(place)).problems).toEqual([])
  })

  test('of a restored desk is raised again, and above what is said to have been given', async () => {
    const folder = temporaryFolder()
    const name = (file: string): string => join(folder, file)
    const store = await openStore({ address: `sqlite:${name('source.db')}` })
    await store.run('lab.create', { title: 'one' })
    await backUp({ from: at(name('source.db')), to: at(name('first.db')) })
    const restored = engine.newPlace()
    await restoreStore({ from: at(name('first.db')), to: restored })
    const node = await openStore(restored)
    expect((await node.run('lab.create', { title: 'two' })).index).toBe(STEP + 2)
    await node.close()
    await backUp({ from: restored, to: at(name('second.db')) })
    const again = engine.newPlace()
    expect(await restoreStore({ from: at(name('second.db')), to: again })).toMatchObject({ index: 2 * STEP + 2 })
    expect((await checkStore(again)).problems).toEqual([])

    // The first backup once more: its first successor has given indexes too.
    const above = engine.newPlace()
    const args = ['restore', name('first.db'), '--store', above.address, '--above']
    expect(await runEtcdesk([...args, 'many'])).toMatchObject({
      code: 2,
      stderr: 'etcdesk: --above should be a whole number from 1 to 999999999999999, not "many".\n',
    })
    expect(await runEtcdesk([...args, String(STEP + 2)])).toMatchObject({ code: 0 })
    expect(await checkStore(above)).toMatchObject({ problems: [], index: 2 * STEP + 2 })
  })

  test('that was killed is served by nobody, and begins anew', async () => {
    const backup = join(temporaryFolder(), 'backup.db')
    await backUp({ from: at(large), to: at(backup) })
    const place = engine.newPlace()
    const restore = startEtcdesk(['restore', backup, '--store', place.address])
    await waitUntil(restore.stderr, () => restore.stderr().includes('records:'))
    restore.process.kill('SIGKILL')
    expect(await restore.ended).toEqual({ code: null, signal: 'SIGKILL' })
    await expect(openStore(place)).rejects.toThrow(/half of a copy/u)
    expect((await runEtcdesk(['restore', backup, '--store', place.address])).code).toBe(0)
    expect(await checkStore(place)).toMatchObject({ problems: [], index: LARGE_KEYS + STEP })
    const store = await openStore(place)
    expect(store.reader.prepare('SELECT count(*) AS count FROM keys').get()).toEqual({ count: LARGE_KEYS + 1 })
  })

  test('has its history trimmed as any other', async () => {
    const folder = temporaryFolder()
    const source: DeskStore = await openStore({ address: `sqlite:${join(folder, 'source.db')}` })
    for (const title of ['one', 'two', 'three']) await source.run('lab.create', { title })
    await backUp({ from: at(join(folder, 'source.db')), to: at(join(folder, 'backup.db')) })
    const place = engine.newPlace()
    await restoreStore({ from: at(join(folder, 'backup.db')), to: place })
    const store = await openStore({ ...place, historyEventsMax: 4 })
    for (let n = 1; n <= 8; n++) {
      const { index } = await store.run('lab.create', { title: `new ${n}` })
      expect([index, store.history.oldest()]).toEqual([STEP + 3 + n, STEP + 3 + Math.max(0, n - 3)])
    }
    await store.close()
    expect((await checkStore(place)).problems).toEqual([])
  })
}

test('is found whole where a desk was started before', async () => {
  const folder = temporaryFolder()
  const name = (file: string): string => join(folder, file)
  const store = await openStore({ address: `sqlite:${name('source.db')}` })
  for (const title of ['one', 'two', 'three']) await store.run('lab.create', { title })
  await backUp({ from: at(name('source.db')), to: at(name('backup.db')) })
  const address = `sqlite:${name('desk.db')}`
  await (await openStore({ address })).close()
  await restoreStore({ from: at(name('backup.db')), to: at(name('desk.db')) })
  const server = await startServer({ args: ['--store', address], dataDirectory: folder })
  const client = clientOf(server)
  const found: string[] = []
  for await (const { title } of client.tickets.list({ q: 'is:open' })) found.push(title ?? '')
  expect(found.toSorted()).toEqual(['one', 'three', 'two'])
  expect((await client.tickets.stats({ q: 'is:open' })).total).toBe(3)
  await server.stop()
  expect((await checkStore(at(name('desk.db')))).problems).toEqual([])
})

test('of which something was changed since is told by check: its seal is that of what it became', async () => {
  const folder = temporaryFolder()
  const name = (file: string): string => join(folder, file)
  const store = await openStore({ address: `sqlite:${name('source.db')}` })
  await store.run('lab.create', { title: 'one' })
  await backUp({ from: at(name('source.db')), to: at(name('backup.db')) })
  await restoreStore({ from: at(name('backup.db')), to: at(name('desk.db')) })
  const database = openPlainDatabase(name('desk.db'))
  database.exec('UPDATE head SET idx = 1; UPDATE events SET idx = 1; UPDATE head SET time = time + 1')
  database.close()
  expect((await checkStore(at(name('desk.db')))).problems.join()).toMatch(/not what it was when this file was made/u)
})

test('of a backup whose history alone is damaged makes nothing', async () => {
  const folder = temporaryFolder()
  const name = (file: string): string => join(folder, file)
  const store = await openStore({ address: `sqlite:${name('source.db')}` })
  await store.run('keys.set', { path: '/k', value: '1', directory: false, ttl: undefined, refresh: false })
  await backUp({ from: at(name('source.db')), to: at(name('backup.db')) })
  const database = openPlainDatabase(name('backup.db'))
  database.exec('UPDATE events SET body = replace(body, \'"1"\', \'"2"\'), detail = NULL')
  database.close()
  await expect(restoreStore({ from: at(name('backup.db')), to: at(name('desk.db')) })).rejects.toThrow(/not restored/u)
  expect(existsSync(name('desk.db'))).toBe(false)
})

const JSON_HEADERS = { 'Content-Type': 'application/json' }

async function serve({ address, dataDirectory }: Place): Promise<RunningServer> {
  const server = await startServer({ args: ['--store', address], dataDirectory })
  onTestFinished(() => server.kill9())
  return server
}

function clientOf({ deskUrl }: RunningServer): DeskClient {
  return createDeskClient({ endpoint: deskUrl, retry: { baseMs: 1 } })
}

async function titles(desk: DeskClient): Promise<readonly (string | null)[]> {
  const found: (string | null)[] = []
  for await (const { title } of desk.tickets.list()) found.push(title)
  return found
}

async function read({ deskUrl }: RunningServer, path: string, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(deskUrl + path, { headers })
  const body: Readonly<Record<string, unknown>> = JSON.parse(await answer.text())
  return { status: answer.status, index: Number(answer.headers.get('desk-index')), body }
}

async function put({ keysUrl }: RunningServer, path: string, body: string): Promise<void> {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
  expect((await fetch(keysUrl + path, { method: 'PUT', headers, body })).ok).toBe(true)
}

/** The next so many items; `act` comes before the next one is waited for. */
async function take<T>(feed: EventFeed<T>, count: number, act?: () => Promise<unknown>): Promise<T[]> {
  const items: T[] = []
  for await (const item of feed) {
    items.push(item)
    if (items.length === count) break
    await act?.()
  }
  return items
}

/** What a file holds and says of itself; of the history only how much. */
async function stateOf(file: string) {
  const state = openFileState(file, tables.tables)
  const { records, events } = await fingerprint(state)
  await state.close()
  return { origin: state.origin, records: [records.count, records.sum], events: events.count }
}

function at(file: string): { address: string } {
  return { address: `sqlite:${file}` }
}
