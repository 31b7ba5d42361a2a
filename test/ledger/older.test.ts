/** What the ledger says of tickets of before format 3, of which nothing tells when they were deleted: 1 and 2 are there, 3 is in the bin. */
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LedgerReader, type LedgerDay } from '#src/ledger/reader.js'
import { Zone } from '#src/search/zone.js'
import { checkStore } from '#src/server/check.js'
import { openPlainDatabase } from '#src/sqlite/database.js'
import { temporaryFolder } from '../support/folder.js'
import { counters } from '../support/ledger.js'
import { openStore } from '../support/store.js'

const api = { actor: null, door: 'api' }

test('a ticket of before went when it was last changed, and goes on as any other', async () => {
  const file = join(temporaryFolder(), 'desk.db')
  copyFileSync(new URL('../fixtures/format-2/desk.db', import.meta.url), file)
  const then = 20_000
  const database = openPlainDatabase(file)
  database.exec(`UPDATE tickets SET created_time = ${then * 86_400_000}, updated_time = ${(then + 1) * 86_400_000}`)
  database.close()
  const store = await openStore({ address: `sqlite:${file}` })
  const reader = new LedgerReader(store.reader)
  await expect.poll(() => reader.isReady).toBe(true)
  const today = Math.floor(Date.now() / 86_400_000)
  /** What happened in the days around one. */
  const around = (day: number): object => sumOf(reader.days(day - 2, day + 2, Zone.utc))
  expect(around(then)).toEqual({ opened: 3, deleted: 1 })

  await store.run('ticket.restore', { number: 3 }, api)
  const { index } = await store.run('lab.deleteAll', {})
  await store.run('removal.restore', { index, from: 1 }, api)
  await store.run('ticket.delete', { number: 1 }, api)
  await store.run('ticket.purge', { number: 1 }, api)
  expect(around(then)).toEqual({ opened: 2, deleted: 1 })
  expect(around(today)).toEqual({ restored: 3, deleted: 2 })
  expect([...reader.openAt((today + 2) * 86_400)]).toEqual([[1, 2]])
  expect((await checkStore({ address: `sqlite:${file}` })).problems).toEqual([])
})

function sumOf(days: readonly LedgerDay[]): object {
  const sums = counters.map((counter) => [counter, days.reduce((sum, day) => sum + day[counter], 0)] as const)
  return Object.fromEntries(sums.filter(([, sum]) => sum !== 0))
}
