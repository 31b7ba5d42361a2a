/** Taking back what was done at an index. */
import { describe, expect, test } from 'vitest'
import { commandCharactersMax, entriesBytesMax, entriesMax } from '#src/contract/limits.js'
import { NOBODY } from '#src/store/command.js'
import { pastOf } from '#src/tickets/past.js'
import { TicketReading } from '#src/tickets/reading.js'
import { changeTable } from '#src/tickets/tables.js'
import { CommandDesk } from '../support/command-desk.js'
import { askers } from '../support/names.js'
import { openTicketDesk, ticketId } from '../support/ticket-desk.js'

describe('an undo', () => {
  test('goes by elements of sets, also of labels that were merged meanwhile', async () => {
    const desk = await openTicketDesk()
    const number = await desk.create({ labels: ['bug'] })
    const index = await desk.change(number, { labels: { add: ['disk'] } })
    await desk.change(number, { labels: { remove: ['bug'] } })
    await desk.run('label.merge', { name: 'disk', into: 'on call' })
    await desk.undo(index)
    expect(desk.ticket(number).record.labels).toBe('')
    expect(await desk.refused('ticket.undo', { index })).toMatchObject({ code: 'undo_barred' })
  })

  test('of a creation deletes, of a deletion restores, and of a return deletes', async () => {
    const desk = await openTicketDesk()
    const number = await desk.create()
    const created = desk.index
    const isThere = () => desk.ticket(number).deletedTime === null
    await desk.undo(created)
    expect(isThere()).toBe(false)
    await desk.undo(desk.index)
    expect(isThere()).toBe(true)
    await desk.undo(desk.index)
    expect(isThere()).toBe(false)
    expect(await desk.refused('ticket.undo', { index: created })).toMatchObject({ code: 'undo_barred' })
  })

  test('of a deletion is refused once the ticket was restored and deleted again', async () => {
    const desk = await openTicketDesk()
    const number = await desk.create()
    const { index } = await desk.run('ticket.delete', { number })
    await desk.run('ticket.restore', { number })
    await desk.run('ticket.delete', { number })
    expect(await desk.refused('ticket.undo', { index })).toMatchObject({ code: 'undo_barred' })
  })

  test('of a return through the key tree takes back the title, too', async () => {
    const desk = await openTicketDesk()
    const number = await desk.create({ title: 'before' })
    await desk.run('lab.delete', { id: ticketId(number) })
    const key = {
      path: `/tickets/${ticketId(number)}`,
      value: 'after',
      directory: false,
      ttl: undefined,
      refresh: false,
    }
    const { index } = await desk.run('keys.set', key, { actor: null, door: 'keys' })
    await desk.undo(index)
    expect(desk.ticket(number)).toMatchObject({ record: { title: 'before' } })
    expect(desk.ticket(number).deletedTime).not.toBeNull()
    await desk.undo(desk.index)
    expect(desk.ticket(number)).toMatchObject({ deletedTime: null, record: { title: 'after' } })
  })

  test('of comments, links and watchers is refused where they were changed since', async () => {
    const desk = await openTicketDesk()
    const [number, other] = [await desk.create(), await desk.create()]
    const comment = await desk.comment(number, 'one')
    const edited = await desk.run('comment.edit', { number, comment, text: 'two' })
    const linked = await desk.link(number, 'blocks', other)
    const watched = await desk.run('watcher.add', { number, handle: 'rita' })
    expect(await desk.refused('ticket.undo', { index: comment })).toMatchObject({ code: 'undo_barred' })
    for (const index of [edited.index, linked, watched.index]) await desk.undo(index)
    expect(desk.ticket(number).record).toMatchObject({ comments: 1, links: 0, watchers: 0 })
    await desk.link(number, 'blocks', other)
    await desk.run('watcher.add', { number, handle: 'rita' })
    for (const index of [edited.index, linked, watched.index]) {
      expect(await desk.refused('ticket.undo', { index })).toMatchObject({ code: 'undo_barred' })
    }
  })

  test('of a ticket that a batch made and deleted does nothing, and makes no index', async () => {
    const desk = await openTicketDesk()
    const { index } = await desk.run('ticket.batch', {
      operations: [
        { op: 'create', ticket: { title: 'x' } },
        { op: 'delete', number: 1 },
      ],
    })
    const { result } = await desk.run('ticket.undo', { index })
    expect([result.result, desk.index]).toEqual([{ tickets: [1], index: null }, index])
  })

  test('of a removal of all, of what is no change, and of what is still to come, is refused', async () => {
    const desk = await openTicketDesk()
    const named = desk.index
    await desk.create()
    const { index } = await desk.run('lab.deleteAll', {})
    expect(await desk.refused('ticket.undo', { index })).toMatchObject({
      code: 'undo_barred',
      message: expect.stringContaining(`/v1/removals/${index}/restore`),
    })
    expect(await desk.refused('ticket.undo', { index: named })).toMatchObject({ code: 'undo_barred' })
    expect(await desk.refused('ticket.undo', { index: index + 1 })).toMatchObject({ code: 'not_found' })
  })

  test('goes by the rules of today', async () => {
    const desk = await openTicketDesk()
    const number = await desk.create({ labels: ['bug'], assignees: ['abe'] })
    const index = await desk.change(number, { labels: [], assignees: [] }, askers.admin)
    await desk.run('label.change', { name: 'bug', change: { archived: true } })
    await desk.run('user.change', { number: 2, change: { active: false } })
    const refused = await desk.refused('ticket.undo', { index }, askers.admin)
    expect(refused).toMatchObject({
      code: 'undo_barred',
      message: expect.stringContaining(`So ticket ${number} can not have back what it had.`),
      pointers: ['/index', '/index'],
    })
  })

  test('is barred, and names what bars it, where what was there has no place any more', async () => {
    const desk = await openTicketDesk()
    const number = await desk.create({ queue: 'storage', fields: { cost: 7 } })
    const emptied = await desk.change(number, { fields: { cost: null } })
    await desk.change(number, { queue: 'default' })
    const asked = async (index: number) => desk.refused('ticket.undo', { index }, askers.admin)
    expect(await asked(emptied)).toMatchObject({
      code: 'undo_barred',
      message: `The queue has no field called 'cost'. So ticket ${number} can not have back what it had.`,
    })
    await desk.run('queue.create', { queue: { name: 'gone. soon' } }, askers.admin)
    const other = await desk.create({ queue: 'gone. soon' })
    const moved = await desk.change(other, { queue: 'default' })
    await desk.run('queue.delete', { name: 'gone. soon' }, askers.admin)
    expect((await asked(moved)).message).toMatch(/^The queue 'gone\. soon' was deleted\. So ticket/u)
    const { index } = await desk.run('ticket.batch', {
      operations: [number, other].map((each) => ({ op: 'change', number: each, change: { labels: ['bug'] } }) as const),
    })
    const { index: unlabelled } = await desk.run('ticket.batch', {
      operations: [number, other].map((each) => ({ op: 'change', number: each, change: { labels: [] } }) as const),
    })
    expect(unlabelled).toBeGreaterThan(index)
    await desk.run('label.change', { name: 'bug', change: { archived: true } })
    // Of each ticket of a batch, so that all of it is known at once.
    expect((await asked(unlabelled)).pointers).toEqual(['/index', '/index'])
  })

  test('of a batch takes back what was done to the tickets that are named, and leaves the others', async () => {
    const desk = await openTicketDesk()
    const numbers = [await desk.create(), await desk.create(), await desk.create()]
    const [first = 0, second = 0] = numbers
    const stranger = await desk.create()
    const operations = numbers.map((number) => ({ op: 'change', number, change: { priority: 'urgent' } }) as const)
    const { index } = await desk.run('ticket.batch', { operations })
    const priorities = () => numbers.map((number) => desk.ticket(number).record.priority)
    const { result } = await desk.run('ticket.undo', { index, tickets: [first, second] })
    expect([result.result.tickets, priorities()]).toEqual([
      [first, second],
      [1, 1, 3],
    ])
    // What took it back is one batch, and can be taken back in parts too.
    await desk.run('ticket.undo', { index: desk.index, tickets: [second] })
    expect(priorities()).toEqual([1, 3, 3])
    expect(await desk.refused('ticket.undo', { index, tickets: [second, stranger] })).toMatchObject({
      code: 'not_found',
      message: `Nothing was done to ticket ${stranger} at index ${index}. Leave it out.`,
      pointers: ['/tickets/1'],
    })
  })

  describe('in parts of what has links between the parts', () => {
    /** Links two tickets in a batch that does something to each as well. */
    const linked = async () => {
      const desk = await openTicketDesk()
      const [one, other] = [await desk.create(), await desk.create()]
      const urgent = [one, other].map((number) => ({ op: 'change', number, change: { priority: 'urgent' } }) as const)
      const link = { op: 'link', number: one, kind: 'blocks', ticket: other } as const
      const { index } = await desk.run('ticket.batch', { operations: [link, ...urgent] })
      const stands = () => [one, other].map((number) => pickStand(desk.ticket(number).record))
      return { desk, index, one, other, stands }
    }
    const pickStand = ({ priority, links }: { readonly priority: number; readonly links: number }) => [priority, links]

    test.each(['the one first', 'the other first'])('takes the link back with either end: %s', async (order) => {
      const { desk, index, one, other, stands } = await linked()
      const parts = order === 'the one first' ? [one, other] : [other, one]
      const [normal, urgent] = [1, 3].map((priority) => [priority, 0])
      await desk.run('ticket.undo', { index, tickets: parts.slice(0, 1) })
      expect(stands()).toEqual(parts[0] === one ? [normal, urgent] : [urgent, normal])
      await desk.run('ticket.undo', { index, tickets: parts.slice(1) })
      expect(stands()).toEqual([normal, normal])
      expect(await desk.problems()).toEqual([])
    })

    test.each(['the one first', 'the other first'])('brings a link back with either end: %s', async (order) => {
      const { desk, index, one, other, stands } = await linked()
      const taken = await desk.undo(index)
      const parts = order === 'the one first' ? [one, other] : [other, one]
      for (const [place, number] of parts.entries()) {
        await desk.run('ticket.undo', { index: taken, tickets: [number] })
        expect(stands().map(([, links]) => links)).toEqual([1, 1])
        expect(desk.ticket(number).record.priority).toBe(3)
        expect(stands().filter(([priority]) => priority === 3)).toHaveLength(place + 1)
      }
      expect(await desk.problems()).toEqual([])
    })

    test('is barred by the same link where somebody has made it anew', async () => {
      const { desk, index, one, other } = await linked()
      await desk.run('ticket.undo', { index, tickets: [one] })
      await desk.link(other, 'blocked-by', one)
      expect(await desk.refused('ticket.undo', { index, tickets: [other] })).toMatchObject({
        code: 'undo_barred',
        message: `The link between the tickets ${other} and ${one} was changed since.`,
      })
    })

    /** Makes a ticket that is linked to one of before, in a batch. */
    const made = async () => {
      const desk = await openTicketDesk()
      const before = await desk.create()
      const number = before + 1
      const { index } = await desk.run('ticket.batch', {
        operations: [
          { op: 'create', ticket: { title: 'new' } },
          { op: 'link', number, kind: 'relates-to', ticket: before },
          { op: 'change', number: before, change: { priority: 'urgent' } },
        ],
      })
      return { desk, index, before, number }
    }

    test.each(['the new one first', 'the new one last'])('deletes a ticket that the batch made: %s', async (order) => {
      const { desk, index, before, number } = await made()
      const parts = order === 'the new one first' ? [number, before] : [before, number]
      for (const part of parts) await desk.run('ticket.undo', { index, tickets: [part] })
      expect(desk.ticket(number).deletedTime).not.toBeNull()
      expect(desk.ticket(before).record).toMatchObject({ priority: 1, links: 0 })
      expect(await desk.problems()).toEqual([])
    })

    test('leaves a ticket that the batch made where it has another link since, or that one anew', async () => {
      const { desk, index, before, number } = await made()
      await desk.run('ticket.undo', { index, tickets: [before] })
      const barred = { code: 'undo_barred', message: expect.stringContaining('since it was made') }
      await desk.link(number, 'relates-to', before)
      expect(await desk.refused('ticket.undo', { index, tickets: [number] })).toMatchObject(barred)
      // That taken back too, the ticket has nothing of its own.
      await desk.undo(desk.index)
      const another = await desk.create()
      await desk.link(number, 'blocks', another)
      expect(await desk.refused('ticket.undo', { index, tickets: [number] })).toMatchObject(barred)
    })
  })

  test('of a part tells a requester no more than one of all', async () => {
    const desk = await openTicketDesk({ closed: true })
    const [own, strange] = [await desk.create({ requester: 'rita' }), await desk.create({ requester: 'rolf' })]
    const operations = [own, strange].map((number) => ({ op: 'change', number, change: { status: 'closed' } }) as const)
    const { index } = await desk.run('ticket.batch', { operations })
    const refusals = await Promise.all(
      [[strange], [own, strange], [own, 999], [999]].map((tickets) =>
        desk.refused('ticket.undo', { index, tickets }, askers.requester),
      ),
    )
    expect(new Set(refusals.map((refused) => JSON.stringify(refused))).size).toBe(1)
    await desk.run('ticket.undo', { index, tickets: [own] }, askers.requester)
  })

  test('is the requester’s for what a requester may do, and tells nothing of the rest', async () => {
    const desk = await openTicketDesk({ closed: true })
    const number = await desk.create({ requester: 'rita', queue: 'storage' })
    const strange = await desk.create({ requester: 'rolf' })
    const closed = await desk.change(number, { status: 'closed' }, askers.requester)
    await desk.undo(closed, askers.requester)
    await desk.undo(await desk.comment(number, 'x', askers.requester), askers.requester)
    const hidden = [
      await desk.change(strange, { title: 'other' }),
      await desk.change(number, { fields: { cost: 1 } }),
      await desk.comment(number, 'hidden', askers.agent, true),
      (await desk.run('watcher.add', { number, handle: 'rita' })).index,
      await desk.link(number, 'blocks', strange),
      (await desk.run('lab.create', { title: 'x' })).index,
      1,
      999,
    ]
    const answers = await Promise.all(
      hidden.map((index) =>
        desk.run('ticket.undo', { index }, askers.requester).catch((error: Error) => error.message),
      ),
    )
    expect(new Set(answers)).toEqual(new Set([expect.stringContaining('no such thing')]))
  })

  test('is refused to a requester where more happened since than is looked through: the ticket might have been hidden', () => {
    const desk = new CommandDesk()
    const [rita, abe] = [desk.user('rita', 'requester'), desk.user('abe', 'agent')]
    desk.close()
    const { number } = desk.run('ticket.create', { ticket: { title: 'x' } }, rita).result
    const comments = [rita, rita].map((asker) => {
      desk.run('comment.add', { number, comment: { text: 'x' } }, asker)
      return desk.index
    })
    const [first = 0, second = 0] = comments
    happen(desk, number, entriesMax)
    desk.run('ticket.undo', { index: second }, rita)
    // The undo itself was one more.
    expect(desk.refusal('ticket.undo', { index: first }, rita).code).toBe('too_long_ago')
    desk.run('ticket.undo', { index: first }, abe)
  })

  test('is refused to all, and so is a look at then, where what happened since is more than is read at once', () => {
    const desk = new CommandDesk()
    const { number } = desk.run('ticket.create', { ticket: { title: 'x' } }).result
    const made = desk.index
    desk.run('ticket.change', { number, change: { title: 'y' } })
    const undone = desk.index
    happen(desk, number, entriesBytesMax / 256 / 1024, { title: 'x'.repeat(256 * 1024) })
    expect(desk.refusal('ticket.undo', { index: undone }).code).toBe('too_long_ago')
    const reading = new TicketReading(desk.database)
    const today = reading.ticket(desk.viewer(), number)
    if (typeof today === 'string') throw new Error(today)
    const look = (): unknown =>
      pastOf({ reading, reader: desk.database, viewer: desk.viewer() }, today, { index: made })
    expect(look).toThrow(expect.objectContaining({ code: 'too_long_ago' }))
  })
})

test('what is read for an undo of many tickets is bounded for all of them together', () => {
  const desk = new CommandDesk()
  const numbers = Array.from({ length: 8 }, () => desk.run('ticket.create', { ticket: { title: 'x' } }).result.number)
  const operations = numbers.map((number) => ({ op: 'change', number, change: { title: 'y' } }) as const)
  desk.run('ticket.batch', { operations })
  const { index } = desk
  // Of each ticket there is no more than may be read.
  for (const number of numbers) {
    happen(desk, number, (4 * entriesBytesMax) / 256 / 1024 / numbers.length + 1, { ref: 'x'.repeat(256 * 1024) })
  }
  expect(desk.refusal('ticket.undo', { index }).code).toBe('too_long_ago')
})

test('what an undo reads tells a requester nothing of how much there is: it is bounded by what it writes', () => {
  const desk = new CommandDesk()
  const [rita, abe] = [desk.user('rita', 'requester'), desk.user('abe', 'agent')]
  desk.close()
  const { number } = desk.run('ticket.create', { ticket: { title: 'x', requester: 'rita' } }, abe).result
  desk.run('ticket.change', { number, change: { status: 'closed' } }, rita)
  const { index } = desk
  // More than an undo may write, and than a member of the staff may look through of one ticket.
  happen(desk, number, (5 * commandCharactersMax) / 256 / 1024, { ref: 'x'.repeat(256 * 1024) })
  expect(desk.refusal('ticket.undo', { index }, abe).code).toBe('too_long_ago')
  expect(desk.run('ticket.undo', { index }, rita).result.tickets).toEqual([number])
})

/** Things that happen to a ticket. */
function happen({ transaction }: CommandDesk, ticket: number, times: number, before: object = { title: 'x' }): void {
  transaction.beginCommand(NOBODY)
  for (let time = 0; time < times; time++) {
    const index = transaction.emit('desk', `tickets/${ticket}`, '{}')
    const entry = { ticket, index, time, actor: null, door: 'none', kind: 'changed', comment: null, text: null }
    transaction.put(changeTable, `${ticketId(ticket)}/${index}`, {
      ...entry,
      before: JSON.stringify(before),
      redacted: 0,
    })
  }
  transaction.keepCommand()
}
