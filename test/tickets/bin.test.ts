/** The bin: what is deleted, restored and purged, one by one and all at once. */
import { describe, expect, test } from 'vitest'
import { viewerOf } from '#src/users/viewer.js'
import { askers } from '../support/names.js'
import { everyMember, openTicketDesk, ticketId, type TicketDesk } from '../support/ticket-desk.js'

/** A ticket with everything, linked with another. */
async function full(desk: TicketDesk): Promise<number> {
  const other = await desk.create()
  const number = await desk.create(everyMember)
  await desk.comment(number, 'one')
  await desk.comment(number, 'two', askers.agent, true)
  await desk.link(number, 'blocks', other)
  await desk.run('watcher.add', { number, handle: 'rita' })
  return number
}

/** What stays as it is when a ticket is deleted and comes back. */
function lasting(desk: TicketDesk, number: number): unknown {
  const { record, description, deletedTime } = desk.ticket(number)
  const viewer = viewerOf(desk.reading.records, askers.agent)
  const { updatedIndex: _index, updatedTime: _time, placedIndex: _placed, ...others } = record
  const { activityIndex: _a, activityTime: _t, publicIndex: _p, publicTime: _q, ...kept } = others
  return {
    kept,
    description,
    deletedTime,
    comments: [...desk.reading.comments(viewer, number, 0, 9)],
    links: desk.reading.links(viewer, number).map(({ link }) => link),
    watchers: desk.reading.watchers(number),
  }
}

describe('a ticket that is deleted', () => {
  test('is in the key tree no more, and has its time', async () => {
    const desk = await openTicketDesk()
    const number = await full(desk)
    await desk.run('ticket.delete', { number })
    expect(desk.rows(`SELECT 1 FROM keys WHERE name = '${ticketId(number)}'`)).toEqual([])
    expect(desk.ticket(number).deletedTime).not.toBeNull()
  })

  test('is there for whom may restore it alone', async () => {
    const desk = await openTicketDesk({ closed: true })
    const number = await full(desk)
    await desk.run('ticket.delete', { number })
    for (const asker of [askers.requester, askers.viewer]) {
      expect(desk.reading.ticket(viewerOf(desk.reading.records, asker), number)).toBe('unknown')
    }
  })

  test('is changed, commented on, linked and watched by nobody', async () => {
    const desk = await openTicketDesk()
    const number = await full(desk)
    await desk.run('ticket.delete', { number })
    const inBin = { code: 'in_bin' }
    expect(await desk.refused('ticket.change', { number, change: { title: 'x' } })).toMatchObject(inBin)
    expect(await desk.refused('ticket.delete', { number })).toMatchObject(inBin)
    expect(await desk.refused('comment.add', { number, comment: { text: 'x' } })).toMatchObject(inBin)
    expect(await desk.refused('link.add', { number, kind: 'blocks', other: 1 })).toMatchObject({
      code: expect.any(String),
    })
    expect(await desk.refused('watcher.add', { number, handle: 'ada' })).toMatchObject(inBin)
  })

  test('comes back as it was, with the two steps in its history; once more changes nothing', async () => {
    const desk = await openTicketDesk()
    const number = await full(desk)
    const before = lasting(desk, number)
    await desk.run('ticket.delete', { number })
    await desk.run('ticket.restore', { number })
    expect(lasting(desk, number)).toEqual(before)
    const { index } = desk
    await desk.run('ticket.restore', { number })
    expect(desk.index).toBe(index)
    expect(
      desk
        .history(number)
        .slice(-2)
        .map(({ type }) => type),
    ).toEqual(['ticket.deleted', 'ticket.restored'])
  })

  test('is purged by an admin, for ever: nothing of it is left but its number, which is never given again', async () => {
    const desk = await openTicketDesk({ closed: true })
    const number = await full(desk)
    expect(await desk.refused('ticket.purge', { number }, askers.admin)).toMatchObject({ code: 'still_there' })
    await desk.run('ticket.delete', { number })
    expect(await desk.refused('ticket.purge', { number })).toMatchObject({ code: 'forbidden' })
    await desk.run('ticket.purge', { number }, askers.admin)
    for (const table of ['comments', 'changes', 'links', 'watchers', 'descriptions']) {
      expect(desk.rows(`SELECT 1 FROM ${table} WHERE ticket = ${number}`)).toEqual([])
    }
    for (const [name, args] of [
      ['ticket.restore', { number }],
      ['ticket.change', { number, change: {} }],
    ] as const) {
      expect(await desk.refused(name, args, askers.admin)).toMatchObject({ code: 'purged' })
    }
    const key = { path: `/tickets/${ticketId(number)}`, value: 'x', directory: false, ttl: undefined, refresh: false }
    await expect(desk.run('keys.set', key)).rejects.toMatchObject({ details: { errorCode: 209 } })
    expect(await desk.create({ ref: 'A' })).toBe(number + 1)
    expect(await desk.problems()).toEqual([])
  })
})

describe('a removal of all tickets', () => {
  test('is one record and one event, and puts each into the bin at its time', async () => {
    const desk = await openTicketDesk()
    const numbers = [await full(desk), await desk.create()]
    const deleted = await desk.create()
    await desk.run('ticket.delete', { number: deleted })
    const before = desk.index
    await desk.run('lab.deleteAll', {}, { actor: null, door: 'lab' })
    const later = await desk.create()
    expect(desk.index).toBe(before + 2)
    const [{ time } = {}] = desk.rows('SELECT time FROM removals')
    for (const number of numbers) expect(desk.ticket(number).deletedTime).toBe(time)
    expect(desk.ticket(deleted).deletedTime).not.toBeNull()
    expect(desk.ticket(later).deletedTime).toBeNull()
    expect(desk.history(numbers[0] ?? 0).at(-1)).toMatchObject({
      type: 'ticket.deleted',
      index: before + 1,
      door: 'lab',
    })
    expect(desk.past(numbers[0] ?? 0, { index: before })?.deletedTime).toBeNull()
  })

  test('is brought back in parts: what it took, and nothing else', async () => {
    const desk = await openTicketDesk()
    const number = await full(desk)
    const before = lasting(desk, number)
    const deleted = await desk.create()
    await desk.run('ticket.delete', { number: deleted })
    const { index } = await desk.run('lab.deleteAll', {})
    await desk.create({ ref: 'A' })
    const first = await desk.run('removal.restore', { index, from: 1 })
    expect(first.result).toMatchObject({ restored: 1, left: [number], next: null })
    await desk.run('ticket.change', { number: 4, change: { ref: null } })
    const second = await desk.run('removal.restore', { index, from: 1 })
    expect(second.result).toMatchObject({ restored: 1, left: [], next: null })
    expect(lasting(desk, number)).toEqual(before)
    expect(desk.ticket(deleted).deletedTime).not.toBeNull()
    expect((await desk.run('removal.restore', { index, from: 1 })).result).toMatchObject({ restored: 0 })
  })

  test('goes three hundred at a time', async () => {
    const desk = await openTicketDesk()
    const operations = Array.from({ length: 301 }, () => ({ op: 'create', ticket: { title: 'x' } }) as const)
    await desk.run('ticket.batch', { operations })
    const { index } = await desk.run('lab.deleteAll', {})
    const first = await desk.run('removal.restore', { index, from: 1 })
    expect(first.result).toMatchObject({ restored: 300, left: [], next: 301 })
    const last = await desk.run('removal.restore', { index, from: 301 })
    expect(last.result).toMatchObject({ restored: 1, left: [], next: null })
  })

  test('with a key goes on where the request is that had it first, and ends as that does', async () => {
    const desk = await openTicketDesk()
    const operations = Array.from({ length: 310 }, () => ({ op: 'create', ticket: { title: 'x' } }) as const)
    await desk.run('ticket.batch', { operations })
    const { index } = await desk.run('lab.deleteAll', {})
    const once = { key: 'a-key', hash: 'a-hash' }
    const restore = async (more: object = {}) =>
      (await desk.run('removal.restore', { index, from: 1, once, ...more })).result
    const first = await restore()
    expect(first).toMatchObject({ restored: 300, next: 301, isOver: false, isReplayed: false })
    // Another one with the same key, which knows of nothing: as after a crash.
    const second = await restore()
    expect(second).toMatchObject({ restored: 310, next: null, isOver: true, isReplayed: true })
    const head = desk.index
    // The first goes on, and is told the same; so is whoever comes later.
    const { restored, left, next, looked } = first
    for (const more of [{ soFar: { restored, left, next, looked } }, {}]) {
      expect(await restore(more)).toEqual(second)
    }
    expect(desk.index).toBe(head)
    expect(await desk.refused('removal.restore', { index, from: 2, once: { ...once, hash: 'other' } })).toMatchObject({
      code: 'key_reused',
    })
    expect(await desk.problems()).toEqual([])
  })

  test('counts what it finds and not what numbers there might be', async () => {
    const desk = await openTicketDesk()
    await desk.create()
    const far = 1 + 999_999
    const path = `/tickets/${ticketId(far)}`
    await desk.run('keys.set', { path, value: 'far', directory: false, ttl: undefined, refresh: false })
    const { index } = await desk.run('lab.deleteAll', {})
    const { result } = await desk.run('removal.restore', { index, from: 1 })
    expect(result).toMatchObject({ restored: 2, left: [], next: null, looked: 2 })
  })

  test('or fewer, where that is asked for', async () => {
    const desk = await openTicketDesk()
    for (let ticket = 0; ticket < 5; ticket++) await desk.create()
    const { index } = await desk.run('lab.deleteAll', {})
    const part = async (from: number, most: number) => (await desk.run('removal.restore', { index, from, most })).result
    expect(await part(1, 2)).toMatchObject({ restored: 2, left: [], next: 3 })
    expect(await part(3, 3)).toMatchObject({ restored: 3, left: [], next: null })
  })

  test('goes by bytes where tickets are large, so that each step fits into a commit of any journal', async () => {
    const desk = await openTicketDesk()
    const ticket = { title: '題'.repeat(250), queue: 'storage', fields: { site: '題'.repeat(1000) } }
    for (const length of [150, 150])
      await desk.run('ticket.batch', { operations: Array.from({ length }, () => ({ op: 'create', ticket }) as const) })
    const { index } = await desk.run('lab.deleteAll', {})
    const first = await desk.run('removal.restore', { index, from: 1 })
    expect(first.result.restored).toBeGreaterThan(100)
    expect(first.result).toMatchObject({ restored: first.result.restored, left: [], next: first.result.restored + 1 })
    expect(
      desk.rows(`SELECT sum(octet_length(body) + octet_length(detail)) AS bytes FROM events WHERE idx > ${index}`),
    ).toEqual([{ bytes: expect.toSatisfy((bytes: number) => bytes < 1_000_000) }])
    let { restored, next } = first.result
    while (next !== null) {
      const { result } = await desk.run('removal.restore', { index, from: next })
      restored += result.restored
      next = result.next
    }
    expect(restored).toBe(300)
  })

  test('looks at a thousand tickets a step, also where none of them went with it', async () => {
    const desk = await openTicketDesk()
    const operations = Array.from({ length: 500 }, () => ({ op: 'create', ticket: { title: 'x' } }) as const)
    for (let batch = 0; batch < 2; batch++) await desk.run('ticket.batch', { operations })
    const last = await desk.create()
    const { index } = await desk.run('lab.deleteAll', {})
    for (let from: number | null = 1; from !== null;)
      from = (await desk.run('removal.restore', { index, from })).result.next
    const head = desk.index
    const { result } = await desk.run('removal.restore', { index, from: 1 })
    expect(result).toMatchObject({ restored: 0, left: [], next: last })
    expect((await desk.run('removal.restore', { index, from: last })).result.next).toBeNull()
    expect(desk.index).toBe(head)
  })
})
