/** Undo at `/v1`: it takes back the change that is named, whole, and leaves all else. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Ends } from '../../support/ticket-desk.js'
import { openV1, type Told, type V1Desk } from '../../support/v1-desk.js'

let v1: V1Desk
const ends = new Ends()

beforeAll(async () => {
  v1 = await openV1({ until: ends.until })
})
afterAll(() => ends.end())

const undo = (index: number): Promise<Told> => v1.ask('POST', '/undo', { body: { index } })
const read = async (number: number) => (await v1.ask('GET', `/tickets/${number}`)).json

describe('a change', () => {
  test('whose member was changed since is not taken back: 409 says what stands in the way, and nothing is changed', async () => {
    const number = await v1.desk.create()
    const first = await v1.desk.change(number, { priority: 'high' })
    await v1.desk.change(number, { priority: 'urgent' })
    const before = await read(number)
    const { status, json } = await undo(first)
    expect([status, json.code]).toEqual([409, 'undo_barred'])
    expect(json.errors[0].detail).toMatch(new RegExp(`priority of ticket ${number}\\b`, 'u'))
    expect([await read(number), v1.desk.index]).toEqual([before, before.version])
  })

  test('of several members, one of which was changed since, is not taken back in parts', async () => {
    const number = await v1.desk.create()
    const first = await v1.desk.change(number, { priority: 'high', due: '2026-12-01', labels: ['bug'] })
    await v1.desk.change(number, { due: '2026-12-02' })
    const before = await read(number)
    expect((await undo(first)).status).toBe(409)
    expect(await read(number)).toEqual(before)
  })

  test('is taken back behind later changes of other members, which stay; so is what took it back', async () => {
    const number = await v1.desk.create()
    const first = await v1.desk.change(number, { priority: 'high', labels: ['bug'] })
    await v1.desk.change(number, { title: 'other', labels: { add: ['disk'] } })
    const undone = await undo(first)
    expect([undone.status, undone.json.tickets]).toEqual([200, [number]])
    expect(await read(number)).toMatchObject({ priority: 'normal', title: 'other', labels: ['disk'] })
    const { json } = await v1.ask('GET', `/tickets/${number}/history`)
    expect(json.history.at(-1)).toMatchObject({ index: undone.json.index, actor: 'abe', type: 'ticket.changed' })
    expect((await undo(undone.json.index)).status).toBe(200)
    expect(await read(number)).toMatchObject({ priority: 'high', title: 'other' })
  })
})

describe('a batch of twenty', () => {
  const made = async () => {
    const numbers: number[] = []
    for (let each = 0; each < 20; each++) numbers.push(await v1.desk.create())
    const operations = numbers.map((number) => ({ op: 'change', number, change: { priority: 'low', labels: ['bug'] } }))
    const before = await Promise.all(numbers.map(read))
    const { json } = await v1.ask('POST', '/batch', { body: { operations } })
    return { numbers, before, index: json.results[7].index }
  }
  const own = ({ version: _version, ...others }: { readonly version: number }) => others

  test('is taken back as one, by any of its indexes, and all are as before', async () => {
    const { numbers, before, index } = await made()
    expect(new Set((await undo(index)).json.tickets)).toEqual(new Set(numbers))
    expect((await Promise.all(numbers.map(read))).map(own)).toEqual(before.map(own))
  })

  test('is not taken back where one of it was changed since: none is', async () => {
    const { numbers, index } = await made()
    await v1.desk.change(numbers[3] ?? 0, { priority: 'urgent' })
    const before = await Promise.all(numbers.map(read))
    const { status, json } = await undo(index)
    expect([status, json.code]).toEqual([409, 'undo_barred'])
    expect(json.detail + JSON.stringify(json.errors)).toContain(String(numbers[3]))
    expect(await Promise.all(numbers.map(read))).toEqual(before)
  })
})
