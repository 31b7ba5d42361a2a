/** What tickets use is not deleted: they are looked through beside the writer, and the command finds what has changed meanwhile. */
import { expect, test, vi } from 'vitest'
import { UseLook, type Used, type UsesFound } from '#src/catalogue/usage.js'
import { CommandDesk } from '../support/command-desk.js'
import { askers } from '../support/names.js'
import { openTicketDesk, type TicketDesk } from '../support/ticket-desk.js'
import { openV1 } from '../support/v1-desk.js'

/** By their names, as the desk of these tests has them. */
const kinds: readonly (readonly [kind: Used, number: number, name: string, given: object, taken: object])[] = [
  ['label', 1, 'bug', { labels: ['bug'] }, { labels: [] }],
  ['status', 6, 'parked', { status: 'parked' }, { status: 'open' }],
  ['queue', 3, 'vault', { queue: 'vault' }, { queue: 'default' }],
  ['field', 1, 'site', { queue: 'storage', fields: { site: 'fra' } }, { fields: { site: null } }],
]

function look(desk: TicketDesk, kind: Used, number: number): UsesFound {
  const search = new UseLook(desk.store.reader, kind, number, desk.index)
  while (!search.step(desk.index));
  return search.found
}

const remove = (desk: TicketDesk, kind: Used, name: string, uses: UsesFound) =>
  desk.run(`${kind}.delete`, { name, uses }, askers.admin)

const refused = (desk: TicketDesk, kind: Used, name: string, uses: UsesFound) =>
  desk.refused(`${kind}.delete`, { name, uses }, askers.admin)

test.each(kinds)('a %s that a ticket was given after the look is not deleted', async (kind, number, name, given) => {
  const desk = await openTicketDesk()
  const ticket = await desk.create()
  const uses = look(desk, kind, number)
  expect(uses).toMatchObject({ tickets: [], isWhole: true })
  await desk.change(ticket, given)
  await desk.create(given)
  const refusal = await refused(desk, kind, name, uses)
  expect([refusal.code, refusal.message]).toEqual(['in_use', expect.stringMatching(/^2 tickets use the /u)])
})

test.each(kinds)(
  'a %s that its last ticket lost after the look is deleted',
  async (kind, number, name, given, taken) => {
    const desk = await openTicketDesk()
    const ticket = await desk.create(given)
    const uses = look(desk, kind, number)
    expect(uses).toMatchObject({ tickets: [ticket], isWhole: true })
    expect((await refused(desk, kind, name, uses)).message).toMatch(/^One ticket uses the /u)
    await desk.change(ticket, taken)
    await remove(desk, kind, name, uses)
    expect(await desk.problems()).toEqual([])
  },
)

test('one that another became part of after the look is looked for anew', async () => {
  const desk = await openTicketDesk()
  await desk.create({ labels: ['disk'] })
  const uses = look(desk, 'label', 1)
  expect(uses).toMatchObject({ numbers: [1], tickets: [] })
  await desk.run('label.merge', { name: 'disk', into: 'bug' })
  expect((await refused(desk, 'label', 'bug', uses)).code).toBe('in_use')
})

test('what changes while the look goes on is looked at again, until little is left', async () => {
  const desk = await openTicketDesk()
  const operations = (change: object) =>
    Array.from({ length: 300 }, (_, place) => ({ op: 'change', number: place + 1, change }) as const)
  const create = Array.from({ length: 300 }, () => ({ op: 'create', ticket: { title: 'x' } }) as const)
  await desk.run('ticket.batch', { operations: create })
  const search = new UseLook(desk.store.reader, 'label', 1, desk.index)
  expect(search.step(desk.index)).toBe(false)
  // The first 250 were looked at: these get the label behind the look's back, with more changes than it leaves to the command.
  await desk.run('ticket.batch', { operations: operations({ labels: ['bug'] }) })
  for (const priority of ['high', 'low', 'high', 'low'] as const)
    await desk.run('ticket.batch', { operations: operations({ priority }) })
  while (!search.step(desk.index));
  expect(search.found).toMatchObject({ isWhole: true })
  expect(search.found.tickets).toHaveLength(300)
  expect(desk.index - search.found.asOf).toBeLessThanOrEqual(1000)
})

test('of more than a thousand the look ends there, and so does the count', async () => {
  const desk = await openTicketDesk()
  const operations = Array.from(
    { length: 400 },
    () => ({ op: 'create', ticket: { title: 'x', labels: ['bug'] } }) as const,
  )
  for (let batch = 0; batch < 3; batch++) await desk.run('ticket.batch', { operations })
  const uses = look(desk, 'label', 1)
  expect([uses.isWhole, uses.tickets.length]).toEqual([false, 1000])
  for (const known of [uses, undefined]) {
    const { message } = await desk.refused('label.delete', { name: 'bug', uses: known }, askers.admin)
    expect(message).toMatch(/^At least 1000 tickets use the label 'bug'/u)
  }
})

test('the command goes through no table of tickets, however many there are', () => {
  const desk = new CommandDesk()
  for (const name of ['a', 'b']) desk.run('label.create', { label: { name } })
  for (const name of ['a', 'b', 'b']) desk.run('ticket.create', { ticket: { title: 't', labels: [name] } })
  desk.run('ticket.change', { number: 1, change: { labels: [] } })
  const query = vi.spyOn(desk.transaction, 'query')
  desk.run('label.delete', { name: 'a', uses: { numbers: [1], tickets: [1], isWhole: true, asOf: desk.index - 1 } })
  const asked = query.mock.calls.filter(([sql]) => sql.includes('tickets'))
  query.mockRestore()
  expect(asked).toHaveLength(1)
  for (const [sql, ...parameters] of asked) {
    const plan = desk.transaction.query(`EXPLAIN QUERY PLAN ${sql}`, ...parameters).map(({ detail }) => String(detail))
    expect(plan.join('\n')).toMatch(/SEARCH tickets/u)
    expect(plan.filter((step) => /SCAN (?:tickets|changes)/u.test(step))).toEqual([])
  }
})

test('what is looked for, in whatever and up to which index, is no text of its own in SQL: each would be kept', async () => {
  const desk = await openTicketDesk()
  const prepare = vi.spyOn(desk.store.reader, 'prepare')
  const texts = (run: () => void): readonly string[] => {
    prepare.mockClear()
    run()
    return prepare.mock.calls.map(([sql]) => sql)
  }
  for (const [kind] of kinds) {
    const [one, other] = [1, 2].map((number) => texts(() => look(desk, kind, number)))
    expect(other).toEqual(one)
  }
  const commands = new CommandDesk()
  const query = vi.spyOn(commands.transaction, 'query')
  const asked = [1, 2].map((number) => {
    commands.run('label.create', { label: { name: `label-${number}` } })
    commands.run('ticket.create', { ticket: { title: 't', labels: [`label-${number}`] } })
    query.mockClear()
    const uses = { numbers: [number], tickets: [number], isWhole: true, asOf: commands.index - 1 }
    expect(commands.refusal('label.delete', { name: `label-${number}`, uses }).code).toBe('in_use')
    return query.mock.calls.map(([sql]) => sql)
  })
  expect(asked[1]).toEqual(asked[0])
})

test('at the door one that is used is refused with its number, and one that is not is gone', async () => {
  const v1 = await openV1()
  await v1.desk.create({ labels: ['bug'], status: 'parked' })
  for (const [path, who] of [
    ['/labels/bug', 'agent'],
    ['/statuses/parked', 'admin'],
  ] as const) {
    const { status, json } = await v1.ask('DELETE', path, { who })
    expect([status, json.code, json.detail]).toEqual([409, 'in_use', expect.stringMatching(/^One ticket uses the /u)])
  }
  await v1.desk.change(1, { labels: [], status: 'open' })
  expect((await v1.ask('DELETE', '/labels/bug')).status).toBe(204)
  expect((await v1.ask('DELETE', '/statuses/parked', { who: 'admin' })).status).toBe(204)
})
