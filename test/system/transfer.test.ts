/**
 * Moving and keeping: a store carried between SQLite and etcd is the same store, a half copy is served by nobody, a backup
 * of a running desk is one moment of it.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { DeskStore } from '#src/desk.js'
import { EtcdClient } from '#src/etcd/client.js'
import { withPrefix } from '#src/etcd/operations.js'
import { backUp, copyStore, restoreStore } from '#src/server/keeping.js'
import { checkStore } from '#src/server/check.js'
import { openDatabase, openPlainDatabase } from '#src/sqlite/database.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { temporaryFolder } from '../support/folder.js'
import { makeLarge } from '../support/large-store.js'
import { layOutAs } from '../support/older-file.js'
import { contentsOf } from '../support/replica.js'
import { askers } from '../support/names.js'
import { missing } from '../support/requirements.js'
import { whileWriting } from '../support/writing.js'
import { runEtcdesk, startEtcdesk, waitUntil } from '../support/server.js'
import { openStore } from '../support/store.js'

/** Something that a client does; what the desk refuses changes nothing. */
type Step = (store: DeskStore) => Promise<unknown>

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
const path = fc
  .array(fc.constantFrom('a', 'b', '_c', '\u0000', '\u0001x', 'é', '00000000000000000007'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => `/${parts.join('/')}`)
const lifetime = fc.constantFrom(undefined, undefined, 5000)

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ path, value: text, ttl: lifetime }).map(
    (given): Step =>
      (store) =>
        store.run('keys.set', { ...given, directory: false, refresh: false }),
  ),
  fc.record({ path, ttl: lifetime }).map(
    (given): Step =>
      (store) =>
        store.run('keys.create', { ...given, value: '', directory: true }),
  ),
  path.map(
    (given): Step =>
      (store) =>
        store.run('keys.delete', { path: given, directory: true, recursive: true }),
  ),
  text.map(
    (title): Step =>
      (store) =>
        store.run('lab.create', { title }),
  ),
  fc.nat(5).map(
    (number): Step =>
      (store) =>
        store.run('keys.delete', { path: `/tickets/${ticketName(number)}`, directory: false, recursive: false }),
  ),
)

/** All of a store's file, and who it says that it is. */
function contentsOfFile(file: string): unknown {
  const database = openDatabase(file, { readOnly: true })
  const head = database.prepare('SELECT idx, time, history_bytes FROM head').get()
  const identity = database.prepare("SELECT * FROM identity WHERE name <> 'checksum'").all()
  const contents = contentsOf({ database, head: { index: Number(head?.['idx']) } })
  database.close()
  return { head, identity, contents }
}

/** Runs `etcdesk copy` until it says that it has begun, and kills it. */
async function interruptCopy(from: string, to: string): Promise<void> {
  const copy = startEtcdesk(['copy', '--from', from, '--to', to])
  await waitUntil(copy.stderr, () => copy.stderr().includes('records:'))
  copy.process.kill('SIGKILL')
  expect(await copy.ended).toEqual({ code: null, signal: 'SIGKILL' })
}

function ticketName(number: number): string {
  return String(number).padStart(20, '0')
}

const largeFolder = mkdtempSync(join(tmpdir(), 'etcdesk-test-'))
const large = join(largeFolder, 'desk.db')
beforeAll(() => makeLarge(large))
afterAll(() => rmSync(largeFolder, { recursive: true, force: true }))

describe('between files', () => {
  test('a copy that was killed is served by nobody, and begins anew when it is run again', async () => {
    const folder = temporaryFolder()
    const [file, copy] = [large, join(folder, 'copy.db')]
    await interruptCopy(`sqlite:${file}`, `sqlite:${copy}`)
    await expect(openStore({ address: `sqlite:${copy}` })).rejects.toThrow(/half of a copy/u)
    await expect(copyStore({ from: at(copy), to: at(join(folder, 'next.db')) })).rejects.toThrow(/half of a copy/u)
    const other = join(folder, 'other.db')
    await (await openStore({ address: `sqlite:${other}` })).close()
    await expect(copyStore({ from: at(other), to: at(copy) })).rejects.toThrow(/copy of another store/u)

    const again = await runEtcdesk(['copy', '--from', `sqlite:${file}`, '--to', `sqlite:${copy}`])
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('301 records and 300 events') })
    expect(contentsOfFile(copy)).toEqual(contentsOfFile(file))
  })

  test('a backup of a running desk is one moment of it, in one file', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'desk.db')
    const store = await openStore({ address: `sqlite:${file}` })
    const backup = await whileWriting(store, async () => {
      const made = join(folder, 'backup.db')
      const run = await runEtcdesk(['backup', '--data', folder, made])
      expect(run).toMatchObject({ code: 0 })
      return made
    })
    expect(await checkStore(at(backup))).toMatchObject({ problems: [] })
    expect(readdirSync(folder).filter((name) => name.startsWith('backup.db'))).toEqual(['backup.db'])
    expect((await runEtcdesk(['backup', '--data', folder, backup])).stderr).toMatch(/exists already/u)

    const moved = join(folder, 'moved.db')
    expect((await runEtcdesk(['copy', '--from', `sqlite:${backup}`, '--to', `sqlite:${moved}`])).code).toBe(0)
    expect(contentsOfFile(moved)).toEqual(contentsOfFile(backup))
  })

  test('a store that is not empty is no target', async () => {
    const folder = temporaryFolder()
    const [one, two] = [await openStore(), await openStore({ address: `sqlite:${join(folder, 'two.db')}` })]
    await one.run('lab.create', { title: 'one' })
    await two.run('lab.create', { title: 'two' })
    await two.close()
    const before = contentsOfFile(join(folder, 'two.db'))
    const copying = copyStore({ from: { address: `sqlite:${one.description}` }, to: at(join(folder, 'two.db')) })
    await expect(copying).rejects.toThrow(/is not empty/u)
    expect(contentsOfFile(join(folder, 'two.db'))).toEqual(before)
  })

  test('check says what it has looked at, and by its exit code whether all is well', async () => {
    const file = join(temporaryFolder(), 'desk.db')
    const store = await openStore({ address: `sqlite:${file}` })
    await fill(store)
    const well = await runEtcdesk(['check', '--store', `sqlite:${file}`])
    expect(well).toMatchObject({ code: 0, stdout: `sqlite:${file}: 6 records up to index 5: all is well\n` })
    await store.close()
    const database = openPlainDatabase(file)
    database.exec('UPDATE counters SET value = 0')
    database.close()
    expect(await runEtcdesk(['check', '--store', `sqlite:${file}`])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('1 thing is wrong'),
    })
  })

  test.each([
    ['an event is gone', 'DELETE FROM events WHERE idx = 2', /events follow a gap in the history: 3/u],
    ['the head is ahead', 'UPDATE head SET idx = 9', /the head is 9, but the newest event is 5/u],
    ['a record is gone', 'DELETE FROM tickets WHERE number = 1', /no ticket record: \/tickets\/0{19}1/u],
    ['a title differs', "UPDATE tickets SET title = 'other'", /another title than their ticket record/u],
    ['a number is above the counter', 'UPDATE counters SET value = 0', /above the last that was given: 0{19}1/u],
    ['a directory is gone', "DELETE FROM keys WHERE parent = '/' AND name = 'd'", /directories are missing.*: \/d/u],
    [
      'a directory is a file',
      "UPDATE keys SET value = '' WHERE parent = '/' AND name = 'd'",
      /files have keys below them/u,
    ],
    [
      'a key is of the future',
      "UPDATE keys SET modified = 99 WHERE name = 'k'",
      /keys have an index that can not be.*\/d\/k/u,
    ],
    ['an event is not its own', "UPDATE events SET body = '{}' WHERE idx = 3", /not what stands under their index: 3/u],
  ])('check finds that %s', async (_, sql, sentence) => {
    const file = join(temporaryFolder(), 'desk.db')
    const store = await openStore({ address: `sqlite:${file}` })
    await fill(store)
    await store.close()
    expect(await checkStore(at(file))).toMatchObject({ problems: [], index: 5 })
    const database = openPlainDatabase(file)
    database.exec(sql)
    database.close()
    expect((await checkStore(at(file))).problems.join('\n')).toMatch(sentence)
  })
})

describe.skipIf(missing('etcd'))('with etcd', () => {
  let cluster: EtcdCluster
  let prefixes = 0

  beforeAll(async () => {
    cluster = await startEtcdCluster({ members: 1 })
  })

  afterAll(() => cluster.stop())

  test('whatever a desk holds, carried to etcd and back it is the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const folder = temporaryFolder()
        const [file, back] = [join(folder, 'desk.db'), join(folder, 'back.db')]
        const store = await openStore({ address: `sqlite:${file}` })
        for (const each of steps) await each(store).catch(() => undefined)
        const etcd = newPlace()
        const there = await copyStore({ from: at(file), to: etcd })
        const again = await copyStore({ from: etcd, to: at(back) })
        expect(again).toEqual(there)
        expect(contentsOfFile(back)).toEqual(contentsOfFile(file))
        expect((await checkStore(etcd)).problems).toEqual([])
        await store.close()
      }),
      { numRuns: 12 },
    )
  })

  test('a history is carried in portions of what its events say, and not only of their bodies', async () => {
    const file = join(temporaryFolder(), 'desk.db')
    const store = await openStore({ address: `sqlite:${file}` })
    const { admin } = askers
    const names = Array.from({ length: 8 }, (_, place) => `field-${place}`)
    for (const name of names) await store.run('field.create', { field: { name, type: 'text' } }, admin)
    const queue = { name: 'large', public: true, fields: names.map((name) => ({ name, public: true })) }
    await store.run('queue.create', { queue }, admin)
    await store.run('ticket.create', { ticket: { title: 'told of at length', queue: 'large' } }, admin)
    for (let count = 0; count < 200; count++) {
      const fields = Object.fromEntries(names.map((name) => [name, `${count} ${'é'.repeat(900)}`]))
      await store.run('ticket.change', { number: 1, change: { fields } }, admin)
    }
    await store.close()
    const place = newPlace()
    const { index } = await copyStore({ from: at(file), to: place })
    expect(index).toBe(210)
    expect((await checkStore(place)).problems).toEqual([])
  })

  test('a node on the copy goes on where the desk stood, under the same identity', async () => {
    const folder = temporaryFolder()
    const store = await openStore({ address: `sqlite:${join(folder, 'desk.db')}` })
    await fill(store)
    const place = newPlace()
    await copyStore({ from: at(join(folder, 'desk.db')), to: place, historyEventsMax: 3 })
    const node = await openStore(place)
    expect(node.identity.clusterId).toBe(store.identity.clusterId)
    expect(node.history.read(0, 9)).toEqual(store.history.read(2, 9))
    const { index } = await node.run('lab.create', { title: 'the second' })
    expect(index).toBe(6)
    expect(node.reader.prepare('SELECT number FROM tickets').all()).toEqual([{ number: 1 }, { number: 2 }])
    await expect(copyStore({ from: at(join(folder, 'desk.db')), to: place })).rejects.toThrow(/is not empty/u)
  })

  test('a restore to a prefix that is in use is refused in words of its own', async () => {
    const folder = temporaryFolder()
    const store = await openStore({ address: `sqlite:${join(folder, 'desk.db')}` })
    await fill(store)
    const [place, backup] = [newPlace(), join(folder, 'backup.db')]
    await backUp({ from: at(join(folder, 'desk.db')), to: at(backup) })
    await copyStore({ from: at(backup), to: place })
    const { code, stderr } = await runEtcdesk(['restore', backup, '--store', place.address])
    expect([code, stderr]).toEqual([
      1,
      `etcdesk: ${prefixOf(place)}/ in etcd is not empty: restore to another prefix, which needs nothing but its name.\n`,
    ])
  })

  test('a copy to etcd that was killed is served by nobody, and begins anew', async () => {
    const folder = temporaryFolder()
    const file = large
    const place = newPlace()
    await interruptCopy(`sqlite:${file}`, place.address)
    await expect(openStore(place)).rejects.toThrow(/half of a copy/u)
    await expect(checkStore(place)).rejects.toThrow(/half of a copy/u)
    await copyStore({ from: at(file), to: place })
    await copyStore({ from: place, to: at(join(folder, 'back.db')) })
    expect(contentsOfFile(join(folder, 'back.db'))).toEqual(contentsOfFile(file))
    const client = await connect()
    expect(await client.get(`${prefixOf(place)}/copying`)).toMatchObject({ type: 'ok', value: undefined })
  })

  test('nodes that held what came after a backup hold the backup once it was brought back to the same place', async () => {
    const place = newPlace()
    const running = await openStore({ ...place, dataDirectory: temporaryFolder() })
    const stopped = await openStore(place)
    await fill(running)
    const backup = join(temporaryFolder(), 'backup.db')
    await backUp({ from: place, to: at(backup) })
    for (const title of ['after', 'the', 'backup']) await running.run('lab.create', { title })
    await stopped.strong()
    await stopped.close()

    await (await connect()).delete(withPrefix(`${prefixOf(place)}/`))
    await restoreStore({ from: at(backup), to: place })
    const head = 1_000_005
    await expect.poll(() => running.history.head(), { timeout: 60_000 }).toBe(head)
    const again = await openStore(place)
    for (const store of [running, again]) {
      expect([store.history.oldest(), store.history.head()]).toEqual([head, head])
      expect(store.reader.prepare('SELECT number FROM tickets').all()).toEqual([{ number: 1 }])
    }
    expect((await again.run('lab.create', { title: 'the second' })).index).toBe(head + 1)
    await running.strong()
    expect(running.history.read(0, 9)).toEqual(again.history.read(0, 9))
    expect((await checkStore(place)).problems).toEqual([])
  })

  test('a backup of a running node is one moment of it', async () => {
    const place = newPlace()
    const folder = temporaryFolder()
    const backup = await whileWriting(await openStore({ ...place, deadlineMs: 60_000 }), async () => {
      const made = join(folder, 'backup.db')
      await backUp({ from: place, to: at(made) })
      return made
    })
    expect(await checkStore(at(backup))).toMatchObject({ problems: [] })
  })

  test('check finds what is wrong in etcd, and a local copy that drifted', async () => {
    const place = newPlace()
    const node = await openStore(place)
    await fill(node)
    await node.close()
    const prefix = prefixOf(place)
    const client = await connect()
    expect((await checkStore(place)).problems).toEqual([])

    const replica = join(place.dataDirectory, 'replica.db')
    expect(existsSync(replica)).toBe(true)
    const database = openPlainDatabase(replica)
    database.exec("UPDATE keys SET value = 'drifted' WHERE name = 'k'")
    database.close()
    expect((await checkStore(place)).problems).toEqual([expect.stringMatching(/local copy .* is not what etcd held/u)])

    await client.delete({ key: `${prefix}/records/tickets/${ticketName(1)}` })
    await client.delete(withPrefix(`${prefix}/commits/${ticketName(2)}`))
    const elsewhere = { path: '/e', value: 'v', createdIndex: 1, modifiedIndex: 1, expiration: null }
    await client.put(`${prefix}/records/keys//d/k`, JSON.stringify(elsewhere))
    await client.put(`${prefix}/records/keys//f`, '{"path":"/f"}')
    await client.put(`${prefix}/records/keys//g`, 'no JSON')
    await client.put(`${prefix}/commits/${ticketName(3)}`, '{}')
    const { problems } = await checkStore(place)
    expect(problems.join('\n')).toMatch(/no ticket record/u)
    expect(problems.join('\n')).toMatch(/events follow a gap in the history: 4/u)
    expect(problems.join('\n')).toMatch(/can not be read: [^\n]*no JSON[^\n]*keys\/\/g[^\n]*, [^\n]*commits\/0{19}3/u)
    expect(problems.join('\n')).toMatch(/records have not the fields of their kind: keys\/\/f/u)
    expect(problems.join('\n')).toMatch(/records stand under another's name: keys\/\/d\/k/u)
  })

  test('check compares a local copy of an older format too, and leaves it as it is', async () => {
    const first = newPlace()
    const node = await openStore(first)
    // Of a ticket an older format keeps less.
    await node.run('keys.set', { path: '/d/k', value: '1', directory: false, ttl: undefined, refresh: false })
    await node.close()
    const place = { ...first, dataDirectory: temporaryFolder() }
    const replica = join(place.dataDirectory, 'replica.db')
    layOutAs(1, { from: join(first.dataDirectory, 'replica.db'), to: replica })
    const bytes = readFileSync(replica)
    expect((await checkStore(place)).problems).toEqual([])
    expect(readFileSync(replica).equals(bytes)).toBe(true)
    change("UPDATE keys SET value = 'drifted' WHERE name = 'k'")
    expect((await checkStore(place)).problems).toEqual([expect.stringMatching(/local copy .* is not what etcd held/u)])
    change('DROP TABLE counters')
    expect((await checkStore(place)).problems).toEqual([expect.stringMatching(/laid out otherwise .* makes it anew/u)])

    function change(sql: string): void {
      const database = openPlainDatabase(replica)
      database.exec(sql)
      database.close()
    }
  })

  function newPlace(): { address: string; dataDirectory: string } {
    prefixes += 1
    return { address: `etcd://${cluster.endpoints.join(',')}/move${prefixes}`, dataDirectory: temporaryFolder() }
  }

  async function connect(): Promise<EtcdClient> {
    const client = await EtcdClient.connect({ endpoints: cluster.endpoints })
    onTestFinished(() => client.close())
    return client
  }
})

function at(file: string): { address: string } {
  return { address: `sqlite:${file}` }
}

function prefixOf({ address }: { readonly address: string }): string {
  return address.slice(address.lastIndexOf('/'))
}

/** Five events: a ticket, a directory with a key, and changes. */
async function fill(store: DeskStore): Promise<void> {
  await store.run('lab.create', { title: 'the first' })
  const key = { directory: false, ttl: undefined, refresh: false }
  await store.run('keys.set', { ...key, path: '/d/k', value: '1' })
  await store.run('keys.set', { ...key, path: '/d/k', value: '2' })
  await store.run('keys.set', { ...key, path: '/e', value: '3' })
  await store.run('keys.delete', { path: '/e', directory: false, recursive: false })
}
