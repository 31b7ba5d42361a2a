/** Refusals as they are counted and written: a record a minute for each status, with those who knock most. */
import { expect, onTestFinished, test, vi } from 'vitest'
import { AccessReading } from '#src/access/reading.js'
import { DoorBook } from '#src/http/door-book.js'
import { Refusals } from '#src/http/refusals.js'
import { StoreError } from '#src/store/errors.js'
import { ask, openDeskWithKeys } from '../support/desk-door.js'
import { waitUntil } from '../support/server.js'
import { openTicketDesk } from '../support/ticket-desk.js'

const HOUR_MS = 60 * 60 * 1000

async function opened() {
  const desk = await openTicketDesk({ closed: true })
  const refusals = new Refusals(desk.store, HOUR_MS)
  const reading = new AccessReading(desk.store.reader)
  const written = () =>
    reading.audit(Number.MAX_SAFE_INTEGER, 100, 'refused').map(({ about, actor }) => {
      const told: Record<string, unknown> = JSON.parse(about)
      return Object.assign(told, { actor })
    })
  return { desk, refusals, written }
}

test('many are one record each of their status, by nobody, and the ten busiest addresses stand in it', async () => {
  const { desk, refusals, written } = await opened()
  for (let address = 1; address <= 20; address += 1) {
    for (let times = 0; times < address; times += 1) refusals.note(401, `192.0.2.${address}`, '/v1/tickets')
  }
  refusals.note(429, '192.0.2.1', '/v1/tickets')
  for (const status of [200, 404, 409, 500]) refusals.note(status, '192.0.2.1', '/v1/tickets')
  const before = desk.index
  await refusals.close()
  expect(desk.index).toBe(before + 2)
  const [tooMany, unknown] = written()
  expect(tooMany).toMatchObject({ status: 429, count: 1, addresses: [{ address: '192.0.2.1', count: 1 }] })
  expect(unknown).toMatchObject({ status: 401, count: 210, actor: null, node: desk.store.identity.memberId })
  expect(unknown).toHaveProperty(
    'addresses',
    Array.from({ length: 10 }, (_, place) => ({ address: `192.0.2.${20 - place}`, count: 20 - place })),
  )
})

test("etcd's answers about keys are none, and neither is anything on an open desk", async () => {
  const { desk, refusals, written } = await opened()
  refusals.note(403, '192.0.2.1', '/v2/keys')
  refusals.note(401, '192.0.2.1', '/v2/keys')
  const open = await openTicketDesk()
  const none = new Refusals(open.store, HOUR_MS)
  none.note(403, '192.0.2.1', '/v1/tickets')
  const before = [desk.index, open.index]
  await Promise.all([refusals.close(), none.close()])
  expect([desk.index, open.index]).toEqual([(before[0] ?? 0) + 1, before[1]])
  expect(written()).toMatchObject([{ status: 401, count: 1 }])
})

test.each([
  ['unavailable', 2],
  ['unknown-outcome', 1],
] as const)('what the store answered %s is counted on only where it can not have been written', async (code, count) => {
  const { desk, refusals, written } = await opened()
  refusals.note(401, '192.0.2.1', '/v1/tickets')
  const run = vi.spyOn(desk.store, 'run').mockRejectedValueOnce(new StoreError(code))
  await refusals.write()
  run.mockRestore()
  refusals.note(401, '192.0.2.1', '/v1/tickets')
  await refusals.close()
  expect(written()).toMatchObject([{ status: 401, count }])
})

test('whose an answer is goes by what the door made of the path, not by how that is written', async () => {
  const { refusals, written } = await opened()
  const answered: string[] = []
  const book = new DoorBook({
    onRefused: (status, { route }) => {
      answered.push(`${status} ${route}`)
      refusals.note(status, '192.0.2.1', route)
    },
  })
  const doors = await openDeskWithKeys({ book })
  onTestFinished(() => doors.close())
  const directory = { value: '', directory: true, ttl: undefined, refresh: false }
  await doors.store.run('keys.set', { ...directory, path: '/d' })
  const value = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'value=1' }
  // A directory takes no value.
  for (const path of ['/v2/keys/d', '/%762/keys/d']) await ask(doors.door, 'PUT', path, value)
  for (const path of ['/v2x', '/v2/keys/d', '/%762/keys/d'])
    await ask(doors.door, 'GET', path, { headers: { Origin: 'https://elsewhere.example' } })
  await waitUntil(
    () => `five answers: ${answered.join()}`,
    () => answered.length === 5,
  )
  expect(answered.toSorted()).toEqual(['403 /v2/keys', '403 /v2/keys', '403 other', '403 other', '403 other'])
  await refusals.close()
  expect(written()).toMatchObject([{ status: 403, count: 3 }])
})

test('nothing is written where nobody was refused', async () => {
  const { desk, refusals } = await opened()
  const before = desk.index
  await refusals.close()
  expect(desk.index).toBe(before)
})

test('what could not be written is counted on', async () => {
  const { desk, refusals, written } = await opened()
  const away = vi.spyOn(desk.store, 'run').mockRejectedValue(new Error('away'))
  refusals.note(403, '192.0.2.1', '/v1/tickets')
  await refusals.write()
  away.mockRestore()
  refusals.note(403, '192.0.2.1', '/v1/tickets')
  await refusals.close()
  expect(written()).toMatchObject([{ status: 403, count: 2, addresses: [{ address: '192.0.2.1', count: 2 }] }])
})

test('addresses that are counted apart are bounded, and all are counted', async () => {
  const { refusals, written } = await opened()
  for (let place = 0; place < 5000; place += 1) refusals.note(401, `10.${place >> 8}.${place & 255}.1`, '/v1/tickets')
  await refusals.close()
  expect(written()).toMatchObject([{ count: 5000 }])
})
