/**
 * Formats of the data in etcd: nodes of this version write the old one beside nodes that know no other, until an operator raises it
 * while they go on writing; and records that say more than a node knows are refused by it, in a sentence.
 */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { desk } from '#src/desk.js'
import { EtcdClient } from '#src/etcd/client.js'
import { withPrefix } from '#src/etcd/operations.js'
import { decodeCommit, FORMAT_WITH_DETAILS, LAYOUT_FORMAT } from '#src/journal/etcd/layout.js'
import type { SetArgs } from '#src/keytree/commands.js'
import { checkStore } from '#src/server/check.js'
import { Store } from '#src/store/store.js'
import { ticketId } from '#src/tickets/ticket.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { temporaryFolder } from '../support/folder.js'
import type { deskWithNotes } from '../support/notes.mjs'
import { okay } from '../support/okay.js'
import { missing } from '../support/requirements.js'
import { runEtcdesk } from '../support/server.js'
import { openStore } from '../support/store.js'

type NoteStore = Store<(typeof deskWithNotes)['handlers']>

const writerEntry = new URL('../support/notes-writer.mjs', import.meta.url)
const asker = { actor: 7, door: 'api' }

describe.skipIf(missing('etcd'))('the format of the data in etcd', () => {
  let cluster: EtcdCluster
  let prefixes = 0
  beforeAll(async () => {
    cluster = await startEtcdCluster()
  })
  afterAll(() => cluster.stop())

  test('is the newest in a new desk, and details of events are kept on every node', async () => {
    const address = newAddress()
    const [one, other] = [await openNotes(address), await openNotes(address)]
    await one.run('note.write', { number: 1, text: 'a' }, asker)
    await other.strong()
    for (const store of [one, other]) expect(detailsOf(store)).toEqual(['{"actor":7,"door":"api"}'])
    expect((await upgrade(address)).stdout).toContain(`The data is of format ${LAYOUT_FORMAT} already`)
    expect(one.isRaised).toBe(true)
  })

  test.each([1, 2])('%i stays beside older nodes, and is raised while all write', async (format) => {
    const address = newAddress()
    await putHead(address, { format, index: 0, time: 0, id: 'begin', clusterId: 'f00d' })
    const [one, other] = [await openNotes(address), await openNotes(address)]
    await one.run('note.write', { number: 1, text: 'old' }, asker)
    await other.strong()
    // Format 2 has details; what only the newest has is not written to it.
    const said = format >= FORMAT_WITH_DETAILS ? '{"actor":7,"door":"api"}' : null
    for (const store of [one, other]) expect([store.isRaised, detailsOf(store)]).toEqual([false, [said]])
    const refused = one.run('ticket.create', { ticket: { title: 'too early' } })
    await expect(refused).rejects.toMatchObject({ code: 'format_not_raised' })

    const end = new AbortController()
    let last = 1
    const writing = (async () => {
      while (!end.signal.aborted) await other.run('note.write', { number: ++last, text: 'meanwhile' }, asker)
    })()
    const raised = await upgrade(address)
    const heard = performance.now()
    await expect.poll(() => [one.isRaised, other.isRaised], { interval: 20 }).toEqual([true, true])
    expect(performance.now() - heard).toBeLessThan(30_000)
    end.abort()
    await writing
    expect([raised.code, raised.stdout]).toEqual([
      0,
      expect.stringContaining(`The data was raised from format ${format} to ${LAYOUT_FORMAT}.`),
    ])
    await one.run('note.write', { number: ++last, text: 'new' }, asker)
    await one.run('ticket.create', { ticket: { title: 'at last' } })
    await one.run('note.write', { number: ++last, text: 'new too' }, asker)
    await other.strong()
    expect(detailsOf(other).at(-1)).toBe('{"actor":7,"door":"api"}')
    // Each write once, and the same on both: what came before the raise to 2 has no detail, and what came after it has.
    expect(detailsOf(one)).toEqual(detailsOf(other))
    expect(other.reader.prepare('SELECT count(*) AS count FROM notes').get()).toEqual({ count: last })
    const first = detailsOf(one).findIndex((detail) => detail !== null)
    expect(detailsOf(one).slice(first)).not.toContain(null)
  })

  test('a raise that nobody writes after is known on every node within a second', async () => {
    const address = newAddress()
    await putHead(address, { format: 2, index: 0, time: 0, id: 'begin', clusterId: 'f00d' })
    const store = await openStore({ address, ...folder() })
    expect((await upgrade(address)).code).toBe(0)
    const heard = performance.now()
    await expect.poll(() => store.isRaised, { interval: 20 }).toBe(true)
    expect(performance.now() - heard).toBeLessThan(30_000)
    // It is known before the first command, which need not meet it.
    await store.run('ticket.create', { ticket: { title: 'at last', priority: 'high' } })
    const late = await openStore({ address, ...folder() })
    expect(late.isRaised).toBe(true)
  })

  test.each([1, 2])('%i gets nothing that its own program lacks, whatever a client does', async (format) => {
    const address = newAddress()
    await putHead(address, { format, index: 0, time: 0, id: 'begin', clusterId: 'f00d' })
    const store = await openStore({ address, ...folder() })
    const key = { directory: false, ttl: undefined, refresh: false }
    const path = (number: number): string => `/tickets/${ticketId(number)}`
    const set = (number: number, more: Partial<SetArgs> = {}): Promise<unknown> =>
      store.run('keys.set', { ...key, path: path(number), value: 'as a key', ...more }, asker)
    for (const title of ['one', 'two', 'three']) await store.run('lab.create', { title }, asker)
    await store.run('lab.retitle', { id: ticketId(1), title: 'one, again' }, asker)
    await store.run('lab.delete', { id: ticketId(2) }, asker)
    await set(2)
    await set(3, { ttl: 3600 })
    await set(3, { refresh: true, ttl: 7200 })
    await set(9)
    await store.run('keys.createInOrder', { ...key, path: '/tickets', value: 'in order' }, asker)
    const swap = { ...key, path: path(1), value: 'swapped', prevValue: 'one, again', prevIndex: 0 }
    await store.run('keys.compareAndSwap', swap, asker)
    await store.run('keys.compareAndDelete', { path: path(9), prevValue: 'as a key', prevIndex: 0 }, asker)
    await set(11, { ttl: 0 })
    await expect.poll(() => store.history.read(0, 100).at(-1)?.type).toBe('expire')
    await store.run('lab.deleteAll', {}, asker)
    await store.run('lab.create', { title: 'after all' }, asker)
    await set(1, { value: 'back again' })
    // All that is the desk's own, whatever it is asked for.
    const any: Store = store
    const own = Object.keys(desk.handlers).filter((name) => !/^(?:keys|lab)\./u.test(name))
    expect(own).toEqual(expect.arrayContaining(['ticket.create', 'user.create', 'comment.add', 'ticket.undo']))
    for (const name of own) {
      await expect(any.run(name, {}, asker)).rejects.toMatchObject({ code: 'format_not_raised' })
    }
    const client = await connect()
    const prefix = `${prefixOf(address)}/records/`
    const records = (await okay(client.range(withPrefix(prefix)))).value.kvs.map(({ key: name, value }) => ({
      table: name.toString().slice(prefix.length).split('/')[0],
      members: Object.keys(JSON.parse(value.toString())).join(' '),
    }))
    const kinds = new Set(records.map(({ table, members }) => `${table}: ${members}`))
    expect([...kinds].toSorted()).toEqual([
      'counters: name value',
      'keys: path value createdIndex modifiedIndex expiration',
      'tickets: number title createdTime createdIndex updatedTime updatedIndex',
    ])
    const commits = (await okay(client.range(withPrefix(`${prefixOf(address)}/commits/`)))).value.kvs
    const events = commits.flatMap(({ value }) => decodeCommit(value.toString()).events)
    // Format 1 has no details, and format 2 may have some.
    if (format < FORMAT_WITH_DETAILS) expect(events.filter(({ detail }) => detail !== undefined)).toEqual([])
    expect(events.map(({ type }) => type)).not.toContain('desk')
    expect(await formatOf(address)).toBe(format)
    // And what was made so is well for the program that comes after.
    expect((await upgrade(address)).code).toBe(0)
    expect((await checkStore({ address })).problems).toEqual([])
  })

  test('is not raised under a node that does not know it, but where that is forced', async () => {
    const address = newAddress()
    await putHead(address, { format: 1, index: 0, time: 0, id: 'begin', clusterId: 'f00d' })
    const client = await connect()
    const old = { id: 'aaaa', name: 'ann', host: 'h', version: '0.1.0', deskUrl: null, keysUrl: null }
    await okay(client.put(`${prefixOf(address)}/nodes/aaaa`, JSON.stringify(old)))
    const refused = await upgrade(address)
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('(ann), which would end')])
    expect(await formatOf(address)).toBe(1)
    const forced = await upgrade(address, '--force')
    expect([forced.code, forced.stdout]).toEqual([0, expect.stringContaining('These nodes end: ann.')])
    expect(await formatOf(address)).toBe(LAYOUT_FORMAT)
  })

  test('a node of this version says which format it knows', async () => {
    const address = newAddress()
    const store = await openNotes(address)
    store.announce({ name: 'ben', host: 'h', version: '9', deskUrl: null, keysUrl: null })
    const client = await connect()
    const present = async (): Promise<unknown[]> => {
      const listed = await okay(client.range(withPrefix(`${prefixOf(address)}/nodes/`)))
      return listed.value.kvs.map(({ value }) => JSON.parse(value.toString()))
    }
    await expect
      .poll(present, { timeout: 60_000 })
      .toEqual([expect.objectContaining({ name: 'ben', format: LAYOUT_FORMAT })])
  })

  test('a record is written without what it means to lack, and with more than a node knows it ends that node', async () => {
    const address = newAddress()
    const newer = await openNotes(address)
    const ended: string[] = []
    const older = await openStore({ address, ...folder(), onWriterEnd: (message) => ended.push(message) })
    await newer.run('note.write', { number: 1, text: 'a' }, asker)
    // Of tables that it does not have it keeps nothing: its copy is made anew once it has.
    await older.strong()
    const client = await connect()
    const { value } = await okay(client.get(`${prefixOf(address)}/records/notes/1`))
    expect(JSON.parse(String(value?.value))).toEqual({ number: 1, text: 'a' })

    await newer.run('lab.create', { title: 'known' })
    await older.strong()
    const name = `${prefixOf(address)}/records/counters/tickets`
    await okay(client.put(name, JSON.stringify({ name: 'tickets', value: 1, colour: 'red' })))
    // A node that lists all anew meets it, as one that follows does.
    const late = openStore({ address, ...folder() })
    await expect(late).rejects.toThrow(/counters\/tickets was written by a newer etcdesk \(it has "colour"/u)
    expect(ended).toEqual([])
  })

  test.each([
    ['lacks a member', { name: 'tickets' }, 'it lacks "value"'],
    ['has a text for a number', { name: 'tickets', value: 'one' }, 'its "value" can not be'],
    ['has a number for a text', { name: 7, value: 1 }, 'its "name" can not be'],
    ['has nothing where something is to be', { name: 'tickets', value: null }, 'its "value" can not be'],
  ])('a record that %s ends a node in a sentence, and a backup too', async (_, record, fault) => {
    const address = newAddress()
    await (await openStore({ address, ...folder() })).run('lab.create', { title: 'known' })
    await okay((await connect()).put(`${prefixOf(address)}/records/counters/tickets`, JSON.stringify(record)))
    const sentence = `The record counters/tickets is none that etcdesk has written (${fault}): mend or remove it`
    await expect(openStore({ address, ...folder() })).rejects.toThrow(sentence)
    const { dataDirectory } = folder()
    const backup = await runEtcdesk(['backup', '--store', address, '--data', dataDirectory, `${dataDirectory}/b.db`])
    expect([backup.code, backup.stderr]).toEqual([1, expect.stringContaining(sentence)])
  })

  function newAddress(): string {
    return `etcd://${cluster.endpoints.join(',')}/format${++prefixes}`
  }

  async function connect(): Promise<EtcdClient> {
    const client = await EtcdClient.connect({ endpoints: cluster.endpoints })
    onTestFinished(() => client.close())
    return client
  }

  async function putHead(address: string, head: object): Promise<void> {
    await okay((await connect()).put(`${prefixOf(address)}/head`, JSON.stringify(head)))
  }

  async function formatOf(address: string): Promise<unknown> {
    const { value } = await okay((await connect()).get(`${prefixOf(address)}/head`))
    return Object(JSON.parse(String(value?.value))).format
  }
})

function prefixOf(address: string): string {
  return new URL(address.replace(/,[^/]*/u, '')).pathname
}

function folder(): { readonly dataDirectory: string } {
  return { dataDirectory: temporaryFolder() }
}

async function openNotes(address: string): Promise<NoteStore> {
  const place = { address, ...folder(), deadlineMs: 60_000 }
  const store: NoteStore = await Store.open({ ...place, historyEventsMax: 10_000, writerEntry })
  onTestFinished(() => store.close())
  return store
}

function detailsOf({ reader }: { readonly reader: NoteStore['reader'] }): unknown[] {
  return reader
    .prepare('SELECT detail FROM events ORDER BY idx')
    .all()
    .map(({ detail }) => detail)
}

function upgrade(address: string, ...more: string[]): ReturnType<typeof runEtcdesk> {
  return runEtcdesk(['upgrade', '--store', address, ...more])
}
