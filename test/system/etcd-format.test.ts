/**
 * Formats of the data in etcd: nodes of this version write the old one beside nodes that know no other, until an operator raises it
 * while they go on writing; and records that say more than a node knows are refused by it, in a sentence.
 */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { EtcdClient } from '#src/etcd/client.js'
import { withPrefix } from '#src/etcd/operations.js'
import { LAYOUT_FORMAT } from '#src/journal/etcd/layout.js'
import { Store } from '#src/store/store.js'
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
    expect((await upgrade(address)).stdout).toMatch(/^The data is of format 2 already/u)
  })

  test('stays the old one beside older nodes, and is raised while all write', async () => {
    const address = newAddress()
    await putHead(address, { format: 1, index: 0, time: 0, id: 'begin', clusterId: 'f00d' })
    const [one, other] = [await openNotes(address), await openNotes(address)]
    await one.run('note.write', { number: 1, text: 'old' }, asker)
    await other.strong()
    for (const store of [one, other]) expect(detailsOf(store)).toEqual([null])

    const end = new AbortController()
    let last = 1
    const writing = (async () => {
      while (!end.signal.aborted) await other.run('note.write', { number: ++last, text: 'meanwhile' }, asker)
    })()
    const raised = await upgrade(address)
    end.abort()
    await writing
    expect([raised.code, raised.stdout]).toEqual([0, expect.stringMatching(/^The data was raised from format 1 to 2/u)])
    await one.run('note.write', { number: ++last, text: 'new' }, asker)
    await other.strong()
    expect(detailsOf(other).at(-1)).toBe('{"actor":7,"door":"api"}')
    // Each write once, and the same on both: what came before the raise has no detail, and what came after it has.
    expect(detailsOf(one)).toEqual(detailsOf(other))
    expect(other.reader.prepare('SELECT count(*) AS count FROM notes').get()).toEqual({ count: last })
    const first = detailsOf(one).findIndex((detail) => detail !== null)
    expect(detailsOf(one).slice(first)).not.toContain(null)
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
    await expect.poll(present, { timeout: 10_000 }).toEqual([expect.objectContaining({ name: 'ben', format: 2 })])
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

    await newer.run('ticket.create', { title: 'known' })
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
    await (await openStore({ address, ...folder() })).run('ticket.create', { title: 'known' })
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
  const store: NoteStore = await Store.open({ address, ...folder(), historyEventsMax: 10_000, writerEntry })
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
