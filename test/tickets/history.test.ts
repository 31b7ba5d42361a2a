/** A ticket's history and its past, however long they are. */
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Asker } from '#src/store/command.js'
import type { Database, SqlRow, Statement } from '#src/sqlite/database.js'
import { historyOf } from '#src/tickets/history.js'
import { IS_OF_PUBLIC_COMMENT } from '#src/tickets/kinds.js'
import { viewerOf } from '#src/users/viewer.js'
import { askers } from '../support/names.js'
import { openTicketDesk, ticketId, type TicketDesk } from '../support/ticket-desk.js'

test('each entry says who did it, by which door, and what was before and after', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ description: 'one' })
  await desk.change(number, { title: 'two', description: 'two', labels: ['bug'] })
  await desk.run('lab.retitle', { id: ticketId(number), title: 'three' }, { actor: null, door: 'lab' })
  await desk.change(number, { description: null })
  expect(
    desk.history(number).map(({ type, actor, door, members, text }) => [type, actor, door, members, text]),
  ).toEqual([
    ['ticket.created', 2, 'api', {}, undefined],
    ['ticket.changed', 2, 'api', { title: ['Disk full', 'two'], labels: ['', '1'] }, ['one', 'two']],
    ['ticket.changed', null, 'lab', { title: ['two', 'three'] }, undefined],
    ['ticket.changed', 2, 'api', {}, ['two', null]],
  ])
})

test('a key whose time is over is deleted by nobody, and a refresh of it is no change', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create()
  const key = { path: `/tickets/${ticketId(number)}`, value: 'Disk full', directory: false, refresh: false }
  await desk.run('keys.set', { ...key, ttl: 1000 })
  const { index } = await desk.run('keys.set', { ...key, ttl: 0 })
  await expect.poll(() => desk.index).toBe(index + 1)
  expect(desk.history(number).map(({ type, actor, door }) => [type, actor, door])).toEqual([
    ['ticket.created', 2, 'api'],
    ['ticket.deleted', null, 'none'],
  ])
  expect(await desk.problems()).toEqual([])
})

test('it is read from its beginning, however long it is; the past only so far back', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create()
  const made = desk.index
  for (let batch = 0; batch < 21; batch++) {
    const operations = Array.from(
      { length: 500 },
      (_, at) => ({ op: 'change', number, change: { priority: at % 2 === 0 ? 'high' : 'low' } }) as const,
    )
    await desk.run('ticket.batch', { operations })
  }
  const whole = desk.history(number, undefined, 200)
  expect(whole).toHaveLength(10_501)
  expect(whole[1]?.members).toEqual({ priority: [1, 2] })
  expect(() => desk.past(number, { index: made })).toThrow(/Too much happened/u)
  expect(desk.past(number, { index: desk.index - 100 })?.record.priority).toBe(0)
})

test('a comment that comes from elsewhere was there from its own time on, and moves the ticket when it comes', async () => {
  const desk = await openTicketDesk()
  const comments = [{ text: 'old', time: 1_700_000_000_000, author: null }]
  const tickets = [{ ticket: { title: 'x', ref: 'A' }, createdTime: 1_600_000_000_000, comments }]
  await desk.run('ticket.import', { tickets }, { actor: 1, door: 'import' })
  const { activityTime } = desk.ticket(1).record
  expect(desk.past(1, { index: desk.index })?.record.activityTime).toBe(activityTime)
  expect(desk.past(1, { time: 1_650_000_000_000 })?.record.comments).toBe(0)
  expect(desk.past(1, { time: 1_750_000_000_000 })?.record.comments).toBe(1)
  expect(desk.past(1, { time: 1_500_000_000_000 })).toBeUndefined()
})

test('a long history makes each page of it, and a look into the past, find what they ask for without going through all of it', async () => {
  const desk = await openTicketDesk()
  const plans = [
    `NOT (idx > 5) AND ${IS_OF_PUBLIC_COMMENT} ORDER BY idx DESC LIMIT 1`,
    `idx > 5 AND (comment IS NULL OR ${IS_OF_PUBLIC_COMMENT}) ORDER BY idx LIMIT 10`,
  ].map((where) =>
    desk
      .rows(`EXPLAIN QUERY PLAN SELECT idx FROM changes WHERE ticket = 1 AND ${where}`)
      .map(({ detail }) => detail)
      .join('; '),
  )
  // Not as a set, which would be gathered anew for each change: ten thousand of either took seconds.
  for (const plan of plans) expect(plan).toMatch(/SEARCH comments (?:EXISTS )?USING .*\(\w+=\? AND \w+=\?\)/u)
})

test('the past counts comments that were deleted, brought back and written since, each sort by itself', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create()
  const [open, hidden] = [await desk.comment(number, 'open'), await desk.comment(number, 'hidden', undefined, true)]
  const counts = (index: number) => {
    const { comments, publicComments } = desk.past(number, { index })?.record ?? {}
    return [comments, publicComments]
  }
  const both = desk.index
  await desk.run('comment.delete', { number, comment: open })
  const deleted = desk.index
  await desk.run('ticket.undo', { index: deleted })
  const restored = desk.index
  await desk.run('comment.delete', { number, comment: hidden })
  await desk.comment(number, 'later')
  expect([both - 2, both, deleted, restored, desk.index].map(counts)).toEqual([
    [0, 0],
    [2, 1],
    [1, 0],
    [2, 1],
    [2, 2],
  ])
})

test('what a member became is found behind many changes of others, also where a text looks like its name', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create()
  await desk.change(number, { due: '2026-12-01' })
  for (const title of ['"due":1', 'x"due":2', 'three']) await desk.change(number, { title })
  await desk.change(number, { due: '2026-12-02' })
  const days = Date.UTC(2026, 11, 1) / 86_400_000
  const due = desk.history(number).flatMap(({ members }) => (members['due'] === undefined ? [] : [members['due']]))
  expect(due).toEqual([
    [null, days],
    [days, days + 1],
  ])
})

/** Counts the long texts that a reader gives to whoever asks it. */
function countTexts(reader: Database): () => number {
  let texts = 0
  const count = (row: SqlRow | undefined): SqlRow | undefined => {
    for (const value of Object.values(row ?? {})) {
      if (typeof value !== 'number' && (value?.length ?? 0) > 10_000) texts += 1
    }
    return row
  }
  const prepare = reader.prepare.bind(reader)
  const counting = vi.spyOn(reader, 'prepare').mockImplementation((sql): Statement => {
    const statement = prepare(sql)
    return {
      run: (...values) => statement.run(...values),
      get: (...values) => count(statement.get(...values)),
      all: (...values) => statement.all(...values).map((row) => count(row) ?? row),
      *iterate(...values) {
        for (const row of statement.iterate(...values)) yield count(row) ?? row
      },
    }
  })
  onTestFinished(() => counting.mockRestore())
  return () => texts
}

test('of a page with long texts no more are read than it shows, and the next one', async () => {
  const desk = await openTicketDesk({ closed: true })
  const number = await desk.create({ requester: 'rita' })
  const long = (place: number): string => `${place} ${'x'.repeat(60_000)}`
  const first = await desk.comment(number, long(0), askers.requester)
  for (let place = 1; place <= 20; place++) {
    await desk.run('comment.edit', { number, comment: first, text: long(place) }, askers.requester)
    await desk.comment(number, long(100 + place), askers.requester)
    await desk.change(number, { description: long(200 + place) })
  }
  const viewer = viewerOf(desk.reading.records, askers.requester)
  const today = desk.ticket(number, askers.requester)
  const source = { reading: desk.reading, reader: desk.store.reader, viewer }
  for (const isNewestFirst of [false, true]) {
    const texts = countTexts(desk.store.reader)
    const behind = isNewestFirst ? Number.MAX_SAFE_INTEGER : 0
    const { entries, next } = historyOf(source, today, behind, 200, isNewestFirst)
    const shown = entries.flatMap(({ text }) => text ?? []).filter((text) => text !== null)
    expect(next).not.toBeNull()
    expect(shown.length).toBeGreaterThan(6)
    // What one change left is what the next one found: it is read for both.
    expect(texts()).toBeLessThanOrEqual(shown.length + 2)
    vi.restoreAllMocks()
  }
  const texts = countTexts(desk.store.reader)
  const read = desk.reading.comments(viewer, number, 0, 200)
  read.next()
  read.next()
  read.return()
  expect(texts()).toBe(2)
})

describe('of many large custom fields', () => {
  const names = Array.from({ length: 50 }, (_, place) => `field ${place}`)
  const places = (isPublic: boolean) => names.map((name) => ({ name, public: isPublic }))

  /** A ticket of rita's of which they changed fifty times. */
  async function changed(isPublic: boolean): Promise<{ desk: TicketDesk; number: number }> {
    const desk = await openTicketDesk({ closed: true })
    for (const name of names) await desk.run('field.create', { field: { name, type: 'text' } }, askers.admin)
    await desk.run('queue.change', { name: 'default', change: { fields: places(isPublic) } }, askers.admin)
    const number = await desk.create({ requester: 'rita' })
    for (let place = 0; place < 50; place++) {
      const text = (place % 2 === 0 ? 'x' : 'y').repeat(1000)
      await desk.change(number, { fields: Object.fromEntries(names.map((name) => [name, text])) })
    }
    await desk.change(number, { title: 'at last' })
    return { desk, number }
  }
  function firstPage(desk: TicketDesk, number: number, asker: Asker): ReturnType<typeof historyOf> {
    const { reading, store } = desk
    const source = { reading, reader: store.reader, viewer: viewerOf(reading.records, asker) }
    return historyOf(source, desk.ticket(number, asker), 0, 200)
  }

  test('a page holds no more than of long texts', async () => {
    const { desk, number } = await changed(true)
    expect(desk.history(number, askers.requester, 200).length).toBe(52)
    const { entries, next } = firstPage(desk, number, askers.requester)
    expect(entries.length).toBeLessThan(10)
    expect(next).toBe(entries.at(-1)?.index)
  })

  test('nothing shows to whom they were never public', async () => {
    const { desk, number } = await changed(false)
    const { entries, next } = firstPage(desk, number, askers.requester)
    expect([entries.map(({ members }) => Object.keys(members)), next]).toEqual([[[], ['title']], null])
  })

  test('nothing shows to whom they are not public any more', async () => {
    const { desk, number } = await changed(true)
    await desk.run('queue.change', { name: 'default', change: { fields: places(false) } }, askers.admin)
    const { entries, next } = firstPage(desk, number, askers.requester)
    expect([entries.map(({ members }) => Object.keys(members)), next]).toEqual([[[], ['title']], null])
  })

  test('how large those are that are not public does not show by where a page ends', async () => {
    const { desk, number } = await changed(false)
    for (let place = 0; place < 20; place++) {
      const text = (place % 2 === 0 ? 'a' : 'b').repeat(1000)
      const fields = Object.fromEntries(names.map((name) => [name, text]))
      await desk.change(number, { title: `title ${place}`, fields })
    }
    expect(firstPage(desk, number, askers.agent).next).not.toBeNull()
    const { entries, next } = firstPage(desk, number, askers.requester)
    expect([entries.length, next]).toEqual([22, null])
    expect(entries.filter(({ fields }) => fields !== undefined)).toEqual([])
  })
})

test('what changes of texts left is found however many texts and pages lie between', async () => {
  const desk = await openTicketDesk()
  const number = await desk.create({ description: 'd0' })
  const comments = [
    await desk.comment(number, 'a0'),
    await desk.comment(number, 'b0'),
    await desk.comment(number, 'c0'),
  ]
  const edit = (place: number, text: string) =>
    desk.run('comment.edit', { number, comment: comments[place] ?? 0, text })
  await edit(0, 'a1')
  await edit(1, 'b1')
  await desk.change(number, { description: 'd1' })
  await edit(0, 'a2')
  await edit(2, 'c1')
  await desk.change(number, { description: null })
  await edit(0, 'a3')
  const all = [
    ['a0', 'a1'],
    ['b0', 'b1'],
    ['d0', 'd1'],
    ['a1', 'a2'],
    ['c0', 'c1'],
    ['d1', null],
    ['a2', 'a3'],
  ]
  // Entries are read in chunks of fifty at least.
  for (let times = 0; times < 60; times++) await desk.change(number, { priority: times % 2 === 0 ? 'high' : 'low' })
  await edit(1, 'b2')
  for (const pageSize of [1, 3, 60]) {
    expect(desk.history(number, undefined, pageSize).flatMap(({ text }) => (text === undefined ? [] : [text]))).toEqual(
      [...all, ['b1', 'b2']],
    )
  }
})
