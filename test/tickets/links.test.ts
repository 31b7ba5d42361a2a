/** Links between tickets, seen from both ends, and watchers. */
import { describe, expect, test } from 'vitest'
import type { LinkKind } from '#src/tickets/links.js'
import { viewerOf } from '#src/users/viewer.js'
import { askers } from '../support/names.js'
import { openTicketDesk, type TicketDesk } from '../support/ticket-desk.js'

async function opened(): Promise<TicketDesk> {
  const desk = await openTicketDesk({ closed: true })
  for (let number = 1; number <= 4; number++) await desk.create({ requester: 'rita' })
  return desk
}

function linksOf(desk: TicketDesk, number: number, asker = askers.agent): string[] {
  const viewer = viewerOf(desk.reading.records, asker)
  return desk.reading.links(viewer, number).map(({ link }) => `${link.kind} ${link.other}`)
}

describe('a link', () => {
  test.each<[LinkKind, LinkKind]>([
    ['blocks', 'blocked-by'],
    ['blocked-by', 'blocks'],
    ['duplicates', 'duplicated-by'],
    ['duplicated-by', 'duplicates'],
  ])('of the kind %s closes no ring of two, of three, or through its other name', async (kind, reverse) => {
    const desk = await opened()
    await desk.link(1, kind, 2)
    await desk.link(2, kind, 3)
    for (const [number, by, other] of [
      [2, kind, 1],
      [3, kind, 1],
      [1, reverse, 3],
    ] as const) {
      expect(await desk.refused('link.add', { number, kind: by, other })).toMatchObject({ code: 'ring' })
    }
    await desk.link(1, kind, 3)
    await desk.link(3, 'relates-to', 1)
  })

  test('closes no ring in a batch either, and leads not to itself', async () => {
    const desk = await opened()
    const operations = [
      { op: 'link', number: 1, kind: 'blocks', ticket: 2 },
      { op: 'link', number: 2, kind: 'blocks', ticket: 1 },
    ] as const
    expect(await desk.refused('ticket.batch', { operations })).toMatchObject({
      code: 'ring',
      pointers: ['/operations/1'],
    })
    const self = { number: 1, kind: 'relates-to', other: 1 } as const
    expect(await desk.refused('link.add', self)).toMatchObject({ code: 'invalid_value', pointers: ['/ticket'] })
  })

  test('to a ticket of the bin is not seen until that is back, and goes for ever when it is purged', async () => {
    const desk = await opened()
    await desk.link(1, 'blocks', 2)
    await desk.link(1, 'relates-to', 2)
    expect(desk.history(1, askers.requester)).toHaveLength(3)
    const linked = desk.index
    await desk.run('ticket.delete', { number: 2 })
    expect([linksOf(desk, 1), desk.history(1, askers.requester).length]).toEqual([[], 1])
    await desk.run('ticket.restore', { number: 2 })
    expect(linksOf(desk, 1)).toHaveLength(2)
    await desk.run('ticket.delete', { number: 2 })
    await desk.run('ticket.purge', { number: 2 }, askers.admin)
    const purged = desk.index
    expect([linksOf(desk, 1), desk.ticket(1).record.links]).toEqual([[], 0])
    expect(desk.past(1, { index: linked })?.record.links).toBe(2)
    expect(desk.history(1).map(({ type }) => type)).toEqual([
      'ticket.created',
      'link.created',
      'link.created',
      'link.deleted',
      'link.deleted',
    ])
    for (const index of [purged, purged - 1, purged - 2]) {
      expect((await desk.refused('ticket.undo', { index }, askers.admin)).code).toBe('undo_barred')
    }
    expect(await desk.problems()).toEqual([])
  })
})

describe('a purge of a ticket whose links are too many for one commit', () => {
  const opened4 = async (): Promise<TicketDesk> => {
    const desk = await opened()
    for (const other of [1, 3, 4]) await desk.link(2, 'relates-to', other)
    await desk.run('ticket.delete', { number: 2 })
    return desk
  }

  test('takes them away in parts, each of which leaves all in order, and the ticket with the last', async () => {
    const desk = await opened4()
    const parts: unknown[] = []
    for (let isOver = false; !isOver;) {
      const index = desk.index
      const { result } = await desk.run('ticket.purge', { number: 2, most: 1 }, askers.admin)
      isOver = result.isOver
      const state = desk.reading.ticket(viewerOf(desk.reading.records, askers.admin), 2)
      parts.push([typeof state === 'string' ? state : state.record.links, desk.index - index, await desk.problems()])
    }
    expect(parts).toEqual([
      [2, 1, []],
      [1, 1, []],
      ['purged', 2, []],
    ])
    expect([1, 3, 4].map((number) => desk.ticket(number).record.links)).toEqual([0, 0, 0])
  })

  test('is told as done to who sends it again under its key once the ticket is gone, and not before', async () => {
    const desk = await opened4()
    const purge = { number: 2, most: 2, once: { key: 'k', hash: 'h' } }
    const send = async () => (await desk.run('ticket.purge', purge, askers.admin)).result
    expect(await send()).toEqual({ isOver: false, isReplayed: false })
    expect(await send()).toEqual({ isOver: true, isReplayed: false })
    expect(await send()).toEqual({ isOver: true, isReplayed: true })
  })

  test('goes in parts by itself where the tickets are large', async () => {
    const desk = await openTicketDesk({ closed: true })
    const names = Array.from({ length: 100 }, (_, place) => `field ${place}`)
    for (const name of names) await desk.run('field.create', { field: { name, type: 'text' } }, askers.admin)
    const queue = { name: 'large', public: true, fields: names.map((name) => ({ name, public: true })) }
    await desk.run('queue.create', { queue }, askers.admin)
    const fields = Object.fromEntries(names.map((name) => [name, 'x'.repeat(1000)]))
    for (let number = 1; number <= 5; number++) await desk.create({ queue: 'large', fields })
    for (const other of [2, 3, 4, 5]) await desk.link(1, 'blocks', other)
    await desk.run('ticket.delete', { number: 1 })
    const parts: boolean[] = []
    while (parts.at(-1) !== true)
      parts.push((await desk.run('ticket.purge', { number: 1 }, askers.admin)).result.isOver)
    expect(parts).toEqual([false, true])
  })
})

describe('a watcher', () => {
  test('is added and taken away with a trace that staff alone sees, and leaves the version', async () => {
    const desk = await opened()
    const { updatedIndex } = desk.ticket(1).record
    await desk.run('watcher.add', { number: 1, handle: 'Rita' })
    await desk.run('watcher.add', { number: 1, handle: 'rita' })
    await desk.run('watcher.add', { number: 1, handle: 'ada' })
    await desk.run('watcher.remove', { number: 1, handle: 'ada' })
    expect(desk.reading.watchers(1).map(({ user }) => user)).toEqual([3])
    expect(desk.ticket(1).record).toMatchObject({ watchers: 1, updatedIndex })
    expect(desk.history(1).map(({ type, user }) => [type, user])).toEqual([
      ['ticket.created', undefined],
      ['watcher.created', 3],
      ['watcher.created', 1],
      ['watcher.deleted', 1],
    ])
    expect(desk.history(1, askers.requester)).toHaveLength(1)
  })

  test('may have gone, and is taken away all the same', async () => {
    const desk = await opened()
    await desk.run('watcher.add', { number: 1, handle: 'abe' })
    await desk.run('user.change', { number: 2, change: { active: false } }, askers.admin)
    const asked = { number: 1, handle: 'abe' }
    await desk.run('watcher.remove', asked, askers.admin)
    expect(await desk.refused('watcher.add', asked, askers.admin)).toMatchObject({
      code: 'archived',
      pointers: ['/user'],
    })
  })
})
