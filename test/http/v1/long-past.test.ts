/** A ticket whose history is long is read beside the main thread, and answered the same. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { Directory } from '#src/catalogue/directory.js'
import type { HistoryEntry } from '#src/contract/v1/parts.js'
import { demandsOf } from '#src/http/desk-api/v1/desk.js'
import { historyPage, ticketWithPast } from '#src/http/desk-api/v1/finding/past.js'
import { DeskRoom } from '#src/http/desk-api/v1/finding/questions.js'
import { historyJson } from '#src/http/desk-api/v1/history-json.js'
import type { Patience } from '#src/store/question.js'
import { askers } from '../../support/names.js'
import { Ends } from '../../support/ticket-desk.js'
import { openV1, type V1Desk } from '../../support/v1-desk.js'

let v1: V1Desk
let number: number
let made: number
const ends = new Ends()
/** The names of the questions that the reading thread was asked. */
let asked: () => string[]

beforeAll(async () => {
  v1 = await openV1({ closed: true, until: ends.until })
  const { desk } = v1
  const names = Array.from({ length: 100 }, (_, place) => `field ${place}`)
  for (const name of names) await desk.run('field.create', { field: { name, type: 'text' } }, askers.admin)
  const queue = { name: 'large', public: true, fields: names.map((name) => ({ name, public: name === 'field 0' })) }
  await desk.run('queue.create', { queue }, askers.admin)
  number = await desk.create({ queue: 'large', requester: 'rita', title: 'first' })
  made = desk.index
  // Of each a requester may know of one field, or of nothing.
  for (let round = 0; round < 6; round++) {
    const fields = names.slice(round % 2).map((name) => [name, `${round}`.repeat(1000)] as const)
    await desk.change(number, { fields: Object.fromEntries(fields) })
  }
  await desk.change(number, { title: 'second' })
})
afterAll(() => ends.end())
beforeEach(() => {
  vi.restoreAllMocks()
  const spy = vi.spyOn(v1.desk.store, 'ask')
  asked = () => spy.mock.calls.map(([{ name }]) => name)
})

const history = async (who: 'agent' | 'requester', query = '') => {
  const told = await v1.ask('GET', `/tickets/${number}/history${query}`, { who })
  return { status: told.status, json: told.json, index: Number(told.headers['desk-index']) }
}

/** All of it, as it is told without a reading thread. */
function historyHere(who: 'agent' | 'requester'): readonly HistoryEntry[] {
  const { desk } = v1
  const { reading, store, index } = desk
  const directory = new Directory(reading.records)
  directory.refresh()
  const viewer = directory.viewer(askers[who])
  const look = { viewer, directory, index, reading, reader: store.reader, ...demandsOf(reading, viewer) }
  const entries: HistoryEntry[] = []
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query = { limit: 200, ...(cursor !== undefined && { cursor }) }
    const page: ReturnType<typeof historyJson> = historyJson(look, look.demandTicket(number), query)
    entries.push(...page.history)
    cursor = page.next
  }
  return entries
}

describe('a long history', () => {
  test.each(['agent', 'requester'] as const)(
    'is told to the %s page by page, each entry as the main thread has it, and with the index of its state',
    async (who) => {
      const entries: unknown[] = []
      let query: string | undefined = '?limit=2'
      while (query !== undefined) {
        const { status, json, index } = await history(who, query)
        expect([status, index]).toEqual([200, v1.desk.index])
        entries.push(...json.history)
        query = json.next === null ? undefined : `?limit=2&cursor=${json.next}`
      }
      expect(entries).toEqual(historyHere(who))
      expect(new Set(asked())).toEqual(new Set(['history']))
    },
  )

  test('tells a requester of the public field alone, neither what the others hold nor how often they changed', async () => {
    const { json } = await history('requester')
    const value = (round: number) => `${round}`.repeat(1000)
    const change = (from: number | null, to: number) => ({
      fields: { 'field 0': { from: from === null ? null : value(from), to: value(to) } },
    })
    expect(json.history.map(({ type, changes }: HistoryEntry) => [type, changes])).toEqual([
      ['ticket.created', {}],
      ['ticket.changed', change(null, 0)],
      ['ticket.changed', change(0, 2)],
      ['ticket.changed', change(2, 4)],
      ['ticket.changed', { title: { from: 'first', to: 'second' } }],
    ])
    expect(json.next).toBeNull()
    expect(asked()).toEqual(['history'])
  })

  test('is gone through no further once the time is over, or nobody waits any more', () => {
    const room = new DeskRoom(v1.desk.store.reader)
    const about = { asker: askers.agent, number }
    const questions = [
      (patience: Patience) => historyPage.answer(room, { ...about, query: {} }, patience),
      (patience: Patience) => ticketWithPast.answer(room, { ...about, query: { include: 'history' } }, patience),
      (patience: Patience) => ticketWithPast.answer(room, { ...about, query: { at: String(made) } }, patience),
    ]
    for (const answer of questions) {
      expect(answer({ until: Infinity, isCancelled: () => false })).toMatchObject({ type: 'body' })
      const refused = { type: 'refused', code: 'overloaded' }
      expect(answer({ until: 0, isCancelled: () => false })).toMatchObject(refused)
      // In the middle of it.
      let looks = 0
      expect(answer({ until: Infinity, isCancelled: () => ++looks > 3 })).toMatchObject(refused)
      expect(looks).toBe(4)
    }
  })

  test('comes with a ticket, and so does the ticket as it was', async () => {
    const whole = await v1.ask('GET', `/tickets/${number}?include=history&sort=created-desc`, { who: 'requester' })
    expect(whole.json.history.items[0]).toMatchObject({ changes: { title: { from: 'first', to: 'second' } } })
    expect(whole.headers.etag).toMatch(new RegExp(`^"${whole.json.version}-`, 'u'))
    const then = await v1.ask('GET', `/tickets/${number}?at=${made}`)
    expect(then.json).toMatchObject({ title: 'first', version: made })
    expect(asked()).toEqual(['ticket with its past', 'ticket with its past'])
  })

  test('is refused as any other', async () => {
    const refused = async (path: string, who: 'agent' | 'requester' | 'other') => {
      const { status, json } = await v1.ask('GET', `/tickets/${number}${path}`, { who })
      return [status, json.code]
    }
    expect(await refused('/history', 'other')).toEqual([404, 'not_found'])
    expect(await refused('/history?cursor=x', 'agent')).toEqual([400, 'invalid_cursor'])
    expect(await refused('?at=yesterday', 'agent')).toEqual([400, 'invalid_query'])
    expect(await refused('?at=1', 'agent')).toEqual([404, 'not_found'])
    expect(await refused('?at=999999999', 'agent')).toEqual([410, 'history_gone'])
    expect(await refused('?include=history,all', 'agent')).toEqual([400, 'invalid_query'])
  })

  test('is not gone through where nobody asks for it; a short one is read at once', async () => {
    await v1.ask('GET', `/tickets/${number}?include=comments`)
    const short = await v1.desk.create()
    await v1.ask('GET', `/tickets/${short}/history`)
    await v1.ask('GET', `/tickets/${short}?include=history`)
    expect(asked()).toEqual([])
  })
})
