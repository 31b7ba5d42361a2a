/**
 * Every kind of record that the desk keeps is carried, copied, compared and listed by whatever does so: they go by the desk's tables,
 * and a new one is among them where `fillDesk` makes it.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkStore } from '#src/server/check.js'
import { compact } from '#src/server/compact.js'
import { backUp, copyStore } from '#src/server/keeping.js'
import { openPlainDatabase } from '#src/sqlite/database.js'
import { desk, type DeskStore } from '#src/desk.js'
import { openFileState } from '#src/store/transfer-file.js'
import { fingerprint } from '#src/store/transfer.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { temporaryFolder } from '../support/folder.js'
import { fillDesk, MACHINE, recordCounts } from '../support/full-desk.js'
import { contentsOf } from '../support/replica.js'
import { missing } from '../support/requirements.js'
import { runEtcdesk } from '../support/server.js'
import { openStore } from '../support/store.js'

describe.skipIf(missing('etcd'))('a desk with every kind of record', () => {
  let cluster: EtcdCluster
  let prefixes = 0

  beforeAll(async () => {
    cluster = await startEtcdCluster({ members: 1 })
  })
  afterAll(() => cluster.stop())

  const newAddress = (): string => `etcd://${cluster.endpoints.join(',')}/full${++prefixes}`

  test('is the same after its way to etcd, from there into a backup, back to etcd and into a file', async () => {
    const file = newFile()
    const store = await openStore({ address: `sqlite:${file}` })
    await fillDesk(store)
    await expectAllKinds(store)
    await store.close()
    const before = await fingerprintOf(file)
    const [first, second] = [newAddress(), newAddress()]
    const [backup, last] = [newFile(), newFile()]
    await copyStore({ from: at(`sqlite:${file}`), to: at(first) })
    expect((await checkStore(at(first))).problems).toEqual([])
    expect(await backUp({ from: at(first), to: at(`sqlite:${backup}`) })).toMatchObject({ problems: [] })
    expect((await runEtcdesk(['restore', backup, '--store', second])).code).toBe(0)
    expect(await compact(at(second), () => undefined)).toBe(true)
    await copyStore({ from: at(second), to: at(`sqlite:${last}`) })
    for (const path of [backup, last]) expect((await checkStore(at(`sqlite:${path}`))).problems).toEqual([])
    expect(await fingerprintOf(backup)).toEqual(before)
    // A restore leaves the history for watchers behind, and nothing else.
    expect(await fingerprintOf(last)).toMatchObject({ records: before.records, events: { count: 1 } })
  })

  test('is made over etcd, followed by one node and listed by another, and looked through', async () => {
    const address = newAddress()
    const open = (dataDirectory = temporaryFolder()): Promise<DeskStore> => openStore({ address, dataDirectory })
    const [one, follower] = [await open(), await open()]
    await fillDesk(one)
    await expectAllKinds(one)
    const late = await open()
    for (const other of [follower, late]) {
      await other.strong()
      expect(contentsOf(stateOf(other))).toEqual(contentsOf(stateOf(one)))
    }
    expect((await checkStore(at(address))).problems).toEqual([])
    // What a command reads back is what was written: the tickets go on from there, on every node.
    await late.run(
      'ticket.change',
      { number: 1, change: { description: null, assignees: { remove: ['ben'] } } },
      MACHINE,
    )
    await follower.run('ticket.restore', { number: 2 }, MACHINE)
    await one.strong()
    expect((await checkStore(at(address))).problems).toEqual([])
  })

  /** Filled once, by the first test that needs it: each has a copy of the local copy, and none changes what lies in etcd. */
  let filled: { readonly address: string; readonly dataDirectory: string; readonly before: unknown } | undefined
  afterAll(() => {
    if (filled !== undefined) rmSync(filled.dataDirectory, { recursive: true, force: true })
  })

  async function fillOne(): Promise<NonNullable<typeof filled>> {
    const address = newAddress()
    const dataDirectory = mkdtempSync(join(tmpdir(), 'etcdesk-test-'))
    const store = await openStore({ address, dataDirectory })
    await fillDesk(store)
    const before = contentsOf(stateOf(store))
    await store.close()
    return { address, dataDirectory, before }
  }

  test.each(desk.tables.map(({ name }) => name))(
    'has a record of %s that drifted found out, and the local copy made anew',
    async (table) => {
      filled ??= await fillOne()
      const { address, before } = filled
      const dataDirectory = join(temporaryFolder(), 'data')
      cpSync(filled.dataDirectory, dataDirectory, { recursive: true, filter: (path) => !path.endsWith('.lock') })
      const local = openPlainDatabase(join(dataDirectory, 'replica.db'))
      local.exec(`DELETE FROM ${table} WHERE ${desk.tables.find(({ name }) => name === table)?.keyColumns[0]} NOT NULL`)
      local.close()
      const notices: string[] = []
      const again = await openStore({
        address,
        dataDirectory,
        etcd: { compareSeconds: 1 },
        onNotice: (sentence) => void notices.push(sentence),
      })
      await expect
        .poll(() => notices.join('\n'), { timeout: 60_000 })
        .toMatch(new RegExp(`the record ${table}/|the number of records`, 'u'))
      await expect.poll(() => contentsOf(stateOf(again)), { timeout: 60_000 }).toEqual(before)
    },
  )
})

function at(address: string): { readonly address: string } {
  return { address }
}

function newFile(): string {
  return join(temporaryFolder(), 'desk.db')
}

/** How many records and events there are, and what they add up to. */
async function fingerprintOf(path: string) {
  const state = openFileState(path, desk.tables)
  const { records, events } = await fingerprint(state)
  await state.close()
  return {
    records: { count: records.count, sum: records.sum },
    events: { count: events.count, sum: events.sum },
  }
}

function stateOf({ reader, history }: DeskStore): Parameters<typeof contentsOf>[0] {
  return { database: reader, head: { index: history.head() } }
}

async function expectAllKinds(store: DeskStore): Promise<void> {
  expect(Object.entries(recordCounts(store)).filter(([, count]) => count === 0)).toEqual([])
}
