/** What the ledger counts, for which day, and that it adds up. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { dayNumber } from '#src/catalogue/day.js'
import { ledgerChecks } from '#src/ledger/checks.js'
import { ledger } from '#src/ledger/keeper.js'
import { ledgerDaysMax } from '#src/contract/limits.js'
import { LedgerNotReady, LedgerReader, type LedgerDay } from '#src/ledger/reader.js'
import { Zone } from '#src/search/zone.js'
import type { Database } from '#src/sqlite/database.js'
import { say } from '#src/store/check.js'
import { askers } from '../support/names.js'
import { TimedDesk } from '../support/timed-desk.js'

const [DEFAULT, STORAGE, VAULT] = [1, 2, 3]

async function openAt(time: string): Promise<{ desk: TimedDesk; reader: LedgerReader; database: Database }> {
  const desk = await TimedDesk.open(Date.parse(time))
  onTestFinished(() => desk.replica.close())
  const { database } = desk.replica
  return { desk, database, reader: new LedgerReader(database) }
}

/** What is not 0 of a day. */
function told(reader: LedgerReader, date: string, { queues, zone = Zone.utc }: Told = {}): object {
  const [day] = reader.days(dayNumber(date), dayNumber(date), zone, queues)
  return Object.fromEntries(Object.entries(day ?? {}).filter(([name, count]) => name !== 'day' && count !== 0))
}

interface Told {
  readonly queues?: readonly number[]
  readonly zone?: Zone
}

function open(reader: LedgerReader, time: string, queues?: readonly number[]): object {
  return Object.fromEntries(reader.openAt(Date.parse(time) / 1000, queues))
}

function problems(database: Database): string[] {
  return (ledgerChecks.looks ?? []).flatMap((look) => look(database).flatMap(({ broken, names }) => say(broken, names)))
}

function zone(name: string): Zone {
  return Zone.named(name) ?? expect.fail(`no zone ${name}`)
}

describe('a ticket', () => {
  test('is opened, closed and reopened on the days on which that was done', async () => {
    const { desk, reader } = await openAt('2026-03-01T12:00:00Z')
    const number = await desk.create({ queue: 'storage' })
    desk.time = Date.parse('2026-03-02T12:00:00Z')
    await desk.run('ticket.change', { number, change: { status: 'closed' } })
    // From one done status to another it stays closed.
    await desk.run('ticket.change', { number, change: { status: 'resolved' } })
    desk.time = Date.parse('2026-03-03T12:00:00Z')
    await desk.run('ticket.change', { number, change: { status: 'waiting' } })
    await desk.run('ticket.change', { number, change: { status: 'open', priority: 'high' } })
    expect(['01', '02', '03', '04'].map((day) => told(reader, `2026-03-${day}`))).toEqual([
      { opened: 1 },
      { closed: 1 },
      { reopened: 1 },
      {},
    ])
    expect(['02', '03', '04'].map((day) => open(reader, `2026-03-${day}T00:00:00Z`, [STORAGE]))).toEqual([
      { [STORAGE]: 1 },
      { [STORAGE]: 0 },
      { [STORAGE]: 1 },
    ])
  })

  test('that is done when it is made was open for a moment', async () => {
    const { desk, reader } = await openAt('2026-03-01T12:00:00Z')
    await desk.create({ status: 'closed' })
    expect(told(reader, '2026-03-01')).toEqual({ opened: 1, closed: 1 })
  })

  test('leaves a queue and comes into another, so that each adds up', async () => {
    const { desk, reader } = await openAt('2026-03-01T12:00:00Z')
    const number = await desk.create({ queue: 'storage' })
    await desk.run('ticket.change', { number, change: { queue: 'vault' } })
    expect(told(reader, '2026-03-01', { queues: [STORAGE] })).toEqual({ opened: 1, movedOut: 1 })
    expect(told(reader, '2026-03-01', { queues: [VAULT] })).toEqual({ movedIn: 1 })
    expect(told(reader, '2026-03-01')).toEqual({ opened: 1, movedIn: 1, movedOut: 1 })
    expect(open(reader, '2026-03-02T00:00:00Z')).toEqual({ [STORAGE]: 0, [VAULT]: 1 })
  })

  test('that is moved and closed at once is closed where it was, and reopened where it is', async () => {
    const { desk, reader } = await openAt('2026-03-01T12:00:00Z')
    const number = await desk.create({ queue: 'storage' })
    await desk.run('ticket.change', { number, change: { queue: 'vault', status: 'closed' } })
    await desk.run('ticket.change', { number, change: { queue: 'default' } })
    await desk.run('ticket.change', { number, change: { queue: 'vault', status: 'open' } })
    expect(told(reader, '2026-03-01', { queues: [STORAGE] })).toEqual({ opened: 1, closed: 1 })
    expect(told(reader, '2026-03-01', { queues: [VAULT] })).toEqual({ reopened: 1 })
    expect(told(reader, '2026-03-01', { queues: [DEFAULT] })).toEqual({})
  })

  test('counts as deleted and restored where it is open, through whichever door', async () => {
    const { desk, reader } = await openAt('2026-03-01T12:00:00Z')
    const [open, done] = [await desk.create(), await desk.create({ status: 'closed' })]
    desk.time = Date.parse('2026-03-02T12:00:00Z')
    for (const number of [open, done]) await desk.run('ticket.delete', { number })
    desk.time = Date.parse('2026-03-03T12:00:00Z')
    await desk.run('ticket.restore', { number: done })
    const path = `/tickets/${String(open).padStart(20, '0')}`
    await desk.run('keys.set', { path, value: 'again', directory: false, ttl: undefined, refresh: false })
    await desk.run('keys.delete', { path, directory: false, recursive: false })
    expect(told(reader, '2026-03-02')).toEqual({ deleted: 1 })
    expect(told(reader, '2026-03-03')).toEqual({ restored: 1, deleted: 1 })
  })

  test('takes what was counted of it along when it is purged', async () => {
    const { desk, reader, database } = await openAt('2026-03-01T12:00:00Z')
    await desk.create({ queue: 'storage' })
    const number = await desk.create({ queue: 'vault' })
    await desk.run('ticket.change', { number, change: { queue: 'storage' } })
    desk.time = Date.parse('2026-03-02T12:00:00Z')
    await desk.run('ticket.delete', { number })
    await desk.run('ticket.purge', { number }, askers.admin)
    expect(told(reader, '2026-03-01')).toEqual({ opened: 1 })
    expect(told(reader, '2026-03-02')).toEqual({})
    expect(open(reader, '2026-03-02T00:00:00Z', [STORAGE, VAULT])).toEqual({ [STORAGE]: 1, [VAULT]: 0 })
    expect(database.prepare('SELECT count(*) AS count FROM ledger_slots').get()?.['count']).toBe(1)
  })

  test('from elsewhere is opened when it was made there', async () => {
    const { desk, reader } = await openAt('2026-03-01T12:00:00Z')
    const tickets = [
      { ticket: { title: 'old', ref: 'A' }, createdTime: Date.parse('2019-05-05T05:05:00Z'), comments: [] },
      { ticket: { title: 'older', ref: 'B', status: 'closed' }, createdTime: 0, comments: [] },
    ]
    await desk.run('ticket.import', { tickets }, { ...askers.admin, door: 'import' })
    expect(told(reader, '2019-05-05')).toEqual({ opened: 1 })
    expect(told(reader, '1970-01-01')).toEqual({ opened: 1 })
    expect(told(reader, '2026-03-01')).toEqual({ closed: 1 })
    expect(open(reader, '2019-05-06T00:00:00Z')).toEqual({ [DEFAULT]: 2 })
  })
})

describe('the removal of all tickets', () => {
  test('counts those that were open, once, whatever was deleted before', async () => {
    const { desk, reader, database } = await openAt('2026-03-01T12:00:00Z')
    for (const queue of ['storage', 'storage', 'vault', 'default']) await desk.create({ queue })
    await desk.create({ status: 'closed' })
    await desk.run('ticket.delete', { number: 1 })
    desk.time = Date.parse('2026-03-02T12:00:00Z')
    await desk.run('lab.deleteAll', {})
    await desk.run('lab.deleteAll', {})
    expect(told(reader, '2026-03-02', { queues: [STORAGE] })).toEqual({ deleted: 1 })
    expect(told(reader, '2026-03-02')).toEqual({ deleted: 3 })
    expect(open(reader, '2026-03-03T00:00:00Z')).toEqual({ [DEFAULT]: 0, [STORAGE]: 0, [VAULT]: 0 })
    expect(problems(database)).toEqual([])
  })

  test('is told apart from what came back, and from what came since', async () => {
    const { desk, reader, database } = await openAt('2026-03-01T12:00:00Z')
    for (let made = 0; made < 3; made++) await desk.create()
    const { index } = await desk.run('lab.deleteAll', {})
    desk.time = Date.parse('2026-03-02T12:00:00Z')
    await desk.create()
    await desk.run('ticket.restore', { number: 1 })
    await desk.run('removal.restore', { index, from: 1, most: 1 }, askers.admin)
    desk.time = Date.parse('2026-03-03T12:00:00Z')
    await desk.run('lab.deleteAll', {})
    expect(told(reader, '2026-03-01')).toEqual({ opened: 3, deleted: 3 })
    expect(told(reader, '2026-03-02')).toEqual({ opened: 1, restored: 2 })
    expect(told(reader, '2026-03-03')).toEqual({ deleted: 3 })
    expect(problems(database)).toEqual([])
  })

  test('goes with what was purged of it', async () => {
    const { desk, reader, database } = await openAt('2026-03-01T12:00:00Z')
    for (let made = 0; made < 2; made++) await desk.create()
    desk.time = Date.parse('2026-03-02T12:00:00Z')
    await desk.run('lab.deleteAll', {})
    await desk.run('ticket.purge', { number: 1 }, askers.admin)
    expect(told(reader, '2026-03-01')).toEqual({ opened: 1 })
    expect(told(reader, '2026-03-02')).toEqual({ deleted: 1 })
    expect(problems(database)).toEqual([])
  })

  test('counts the same in one commit with all that comes before and after it', async () => {
    const { desk, reader, database } = await openAt('2026-03-01T12:00:00Z')
    for (let made = 0; made < 6; made++) await desk.create({ queue: 'storage' })
    desk.time = Date.parse('2026-03-02T12:00:00Z')
    await desk.commit(async () => {
      await desk.create({ queue: 'vault' })
      await desk.run('ticket.change', { number: 1, change: { queue: 'vault' } })
      await desk.run('ticket.delete', { number: 2 })
      await desk.run('ticket.change', { number: 3, change: { status: 'closed' } })
      await desk.run('lab.deleteAll', {})
      // One that nothing was done to in this commit before.
      await desk.run('ticket.restore', { number: 4 })
      await desk.run('ticket.purge', { number: 5 }, askers.admin)
      await desk.create({ queue: 'vault' })
      await desk.run('lab.deleteAll', {})
    })
    expect(told(reader, '2026-03-01')).toEqual({ opened: 5 })
    expect(told(reader, '2026-03-02', { queues: [STORAGE] })).toEqual({
      movedOut: 1,
      deleted: 4,
      closed: 1,
      restored: 1,
    })
    expect(told(reader, '2026-03-02', { queues: [VAULT] })).toEqual({ opened: 2, movedIn: 1, deleted: 3 })
    expect(problems(database)).toEqual([])
  })

  test('by an older node, which keeps none, has the ledger made anew', async () => {
    const { desk, reader, database } = await openAt('2026-03-01T12:00:00Z')
    await desk.create()
    const { index, time } = desk.replica.head
    desk.replica.begin()
    const changes = [{ type: 'delete-below', table: 'keys', id: '/tickets' } as const]
    const events = [{ index: index + 1, type: 'key', key: '/tickets', body: '{}', detail: undefined }]
    desk.replica.apply({ id: 'older', first: index + 1, last: index + 1, time, changes, events })
    desk.replica.commit()
    expect(reader.isReady).toBe(false)
    while (desk.replica.hasWork) desk.replica.work()
    expect(reader.isReady).toBe(true)
    expect(open(reader, '2026-03-02T00:00:00Z')).toEqual({ [DEFAULT]: 0 })
    expect(problems(database)).toEqual([])
  })
})

describe('days', () => {
  test('begin where the zone begins them, shorter and longer ones too', async () => {
    const { desk, reader } = await openAt('2026-03-28T22:59:59Z')
    await desk.create()
    for (const time of ['2026-03-28T23:00:00Z', '2026-03-29T21:59:59Z', '2026-03-29T22:00:00Z']) {
      desk.time = Date.parse(time)
      await desk.create()
    }
    const berlin = reader.days(dayNumber('2026-03-27'), dayNumber('2026-03-31'), zone('Europe/Berlin'))
    expect(berlin.map(({ opened }) => opened)).toEqual([0, 1, 2, 1, 0])
    expect(reader.days(dayNumber('2026-03-28'), dayNumber('2026-03-29'), Zone.utc).map(({ opened }) => opened)).toEqual(
      [2, 2],
    )
    const kathmandu = reader.days(dayNumber('2026-03-29'), dayNumber('2026-03-30'), zone('Asia/Kathmandu'))
    expect(kathmandu.map(({ opened }) => opened)).toEqual([2, 2])
  })

  test('that a zone has left out hold nothing', async () => {
    const { desk, reader } = await openAt('2011-12-30T09:59:59Z')
    await desk.create()
    desk.time += 1000
    await desk.create()
    const days = reader.days(dayNumber('2011-12-29'), dayNumber('2011-12-31'), zone('Pacific/Apia'))
    expect(days.map(({ opened }: LedgerDay) => opened)).toEqual([1, 0, 1])
  })

  test('begin with a quarter of an hour in every zone', () => {
    const days = ['1980-01-01', '2011-03-27', '2026-03-29', '2105-01-01'].map(dayNumber)
    const strange = Intl.supportedValuesOf('timeZone').filter((name) => {
      const found = zone(name)
      return days.some((day) => found.startOf(day) % 900 !== 0)
    })
    expect(strange).toEqual([])
  })

  test(`are at most ${ledgerDaysMax} in one answer`, async () => {
    const { reader } = await openAt('2026-03-01T12:00:00Z')
    expect(reader.days(1, ledgerDaysMax, Zone.utc)).toHaveLength(ledgerDaysMax)
    expect(() => reader.days(1, ledgerDaysMax + 1, Zone.utc)).toThrow(RangeError)
    expect(reader.days(2, 1, Zone.utc)).toEqual([])
  })
})

describe('the ledger', () => {
  test('says how far it is while it is made', async () => {
    const { desk, database } = await openAt('2026-03-01T12:00:00Z')
    await desk.create()
    database.exec("UPDATE ledger_state SET stamp = 'another'")
    const keeper = ledger().open(database)
    const reader = new LedgerReader(database)
    expect(() => reader.days(1, 1, Zone.utc)).toThrow(LedgerNotReady)
    expect(() => reader.openAt(0)).toThrow(LedgerNotReady)
    expect(problems(database)).toEqual([])
    database.begin()
    keeper.work()
    database.commit()
    expect(told(reader, '2026-03-01')).toEqual({ opened: 1 })
  })

  test('is made anew from a listing that replaces everything', async () => {
    const { desk, reader } = await openAt('2026-03-01T12:00:00Z')
    const other = await openAt('2026-03-01T12:00:00Z')
    await other.desk.create()
    await desk.create({ queue: 'storage' })
    await desk.run('lab.deleteAll', {})
    await desk.run('ticket.restore', { number: 1 })
    // Its records come in any order.
    const from = desk.replica
    const { replica } = other.desk
    replica.begin()
    replica.reset(from.head)
    replica.applyChanges(desk.records())
    replica.commit()
    while (replica.hasWork) replica.work()
    // It was there before, though it came with the listing.
    await other.desk.run('ticket.change', { number: 1, change: { status: 'closed' } })
    await other.desk.create({ queue: 'vault' })
    expect(told(other.reader, '2026-03-01', { queues: [STORAGE] })).toEqual({
      opened: 1,
      deleted: 1,
      restored: 1,
      closed: 1,
    })
    expect(told(other.reader, '2026-03-01', { queues: [DEFAULT] })).toEqual({})
    expect(told(other.reader, '2026-03-01', { queues: [VAULT] })).toEqual({ opened: 1 })
    expect(told(reader, '2026-03-01', { queues: [VAULT] })).toEqual({})
    expect(problems(other.database)).toEqual([])
  })

  test('that says what is not so is told by the checks, with queue and day', async () => {
    const { desk, database } = await openAt('2026-03-01T12:00:00Z')
    await desk.create({ queue: 'storage' })
    database.exec('UPDATE ledger_slots SET closed = 1; UPDATE ledger_queues SET open = 7')
    expect(problems(database)).toEqual([
      "the ledger counts for a day what the histories of the tickets do not say ('etcdesk check --rebuild' makes it anew): queue 2 on 2026-03-01",
      "the ledger counts other open tickets than there are ('etcdesk check --rebuild' makes it anew): queue 2",
    ])
    database.exec('DELETE FROM ledger_slots; UPDATE ledger_queues SET open = 1')
    expect(problems(database)).toEqual([
      "the ledger counts for a day what the histories of the tickets do not say ('etcdesk check --rebuild' makes it anew): queue 2 on 2026-03-01",
    ])
  })
})
