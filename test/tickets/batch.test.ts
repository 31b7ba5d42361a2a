/** Many operations as one, and imports. */
import { describe, expect, test } from 'vitest'
import type { ImportedTicket } from '#src/tickets/import.js'
import { askers } from '../support/names.js'
import { openTicketDesk, type TicketDesk } from '../support/ticket-desk.js'

/** Makes a queue whose tickets have 100 KB of fields; returns what such a ticket is made with. */
async function largeQueue(desk: TicketDesk) {
  const names = Array.from({ length: 100 }, (_, place) => `field ${place}`)
  for (const name of names) await desk.run('field.create', { field: { name, type: 'text' } }, askers.admin)
  await desk.run('queue.create', { queue: { name: 'large', fields: names.map((name) => ({ name })) } }, askers.admin)
  return { queue: 'large', fields: Object.fromEntries(names.map((name) => [name, 'x'.repeat(1000)])) }
}

describe('a batch', () => {
  test('with one operation that is refused does nothing, and names it', async () => {
    const desk = await openTicketDesk()
    await desk.create()
    for (const [operation, code, pointer] of [
      [
        { op: 'change', number: 1, change: { labels: { add: ['none'] } } },
        'unknown_name',
        '/operations/1/change/labels/add/0',
      ],
      [{ op: 'create', ticket: { title: 'x', due: '2026-02-30' } }, 'invalid_value', '/operations/1/ticket/due'],
      [{ op: 'comment', number: 1, comment: { text: '\u0000' } }, 'invalid_value', '/operations/1/comment/text'],
      [{ op: 'comment', number: 9, comment: { text: 'x' } }, 'not_found', '/operations/1'],
      [{ op: 'delete', number: 1, version: 1 }, 'not_current', '/operations/1'],
    ] as const) {
      const operations = [{ op: 'create', ticket: { title: 'good' } } as const, operation]
      expect(await desk.refused('ticket.batch', { operations })).toMatchObject({ code, pointers: [pointer] })
    }
    expect(desk.rows('SELECT number FROM tickets')).toEqual([{ number: 1 }])
  })

  test('has at most 500 operations', async () => {
    const desk = await openTicketDesk()
    const operations = Array.from({ length: 501 }, () => ({ op: 'create', ticket: { title: 'x' } }) as const)
    expect(await desk.refused('ticket.batch', { operations })).toMatchObject({ code: 'invalid_value' })
    await desk.run('ticket.batch', { operations: operations.slice(1) })
    expect(desk.rows('SELECT max(number) AS last FROM tickets')).toEqual([{ last: 500 }])
  })

  test('writes no more than others may wait for, however little of large tickets it changes', async () => {
    const desk = await openTicketDesk()
    const queue = await largeQueue(desk)
    const numbers: number[] = []
    for (let count = 0; count < 3; count++) numbers.push(await desk.create(queue))
    const [number = 0, other = 0] = numbers
    // Each writes the record of either end.
    const link = { op: 'link', number, kind: 'relates-to', ticket: other } as const
    const comments = (count: number) =>
      Array.from({ length: count }, () => ({ op: 'comment', number, comment: { text: 'x' } }) as const)
    const refused = await desk.refused('ticket.batch', { operations: [link, ...comments(60)] })
    expect(refused).toMatchObject({
      code: 'body_too_large',
      pointers: [expect.stringMatching(/^\/operations\/[34]\d$/u)],
    })
    await desk.run('ticket.batch', { operations: [link, ...comments(25)] })
  })

  test('reads no more than that either, also where it changes nothing', async () => {
    const desk = await openTicketDesk()
    const queue = await largeQueue(desk)
    const numbers: number[] = []
    for (let count = 0; count < 45; count++) numbers.push(await desk.create(queue))
    const same = numbers.map((number) => ({ op: 'change', number, change: { priority: 'normal' } }) as const)
    expect(await desk.refused('ticket.batch', { operations: same })).toMatchObject({ code: 'body_too_large' })
    const { index } = await desk.run('ticket.batch', { operations: same.slice(0, 30) })
    expect(index).toBe(desk.index)
  })

  test('tells a requester nothing of the size of what it may not see', async () => {
    const desk = await openTicketDesk({ closed: true })
    const own = await desk.create({ requester: 'rita' })
    const hidden = await desk.create({ internal: true, description: 'x'.repeat(60_000) })
    const operations = (number: number) => [
      { op: 'comment', number: own, comment: { text: 'x' } } as const,
      ...Array.from({ length: 40 }, () => ({ op: 'change', number, change: { description: 'y' } }) as const),
    ]
    const refusals = await Promise.all(
      [hidden, hidden + 1].map((number) =>
        desk.refused('ticket.batch', { operations: operations(number) }, askers.requester),
      ),
    )
    expect(refusals[0]).toEqual(refusals[1])
  })

  test('tells a requester nothing of how much of its own tickets it may not see either', async () => {
    const desk = await openTicketDesk({ closed: true })
    const queue = await largeQueue(desk)
    const number = await desk.create({ ...queue, requester: 'rita' })
    const operations = Array.from(
      { length: 500 },
      (_, place) => ({ op: 'change', number, change: { status: place % 2 === 0 ? 'closed' : 'open' } }) as const,
    )
    await desk.run('ticket.batch', { operations }, askers.requester)
    expect(desk.ticket(number).record).toMatchObject({ status: 1 })
  })

  test('of whoever may not see all that tickets have names few of them, however small they are', async () => {
    const desk = await openTicketDesk({ closed: true })
    const numbers: number[] = []
    for (let count = 0; count < 101; count++) numbers.push(await desk.create({ requester: 'rita' }))
    const operations = numbers.map((number) => ({ op: 'comment', number, comment: { text: 'x' } }) as const)
    expect(await desk.refused('ticket.batch', { operations }, askers.requester)).toMatchObject({
      code: 'body_too_large',
      pointers: ['/operations/100'],
    })
    const again = [...operations.slice(1), ...operations.slice(1)]
    await desk.run('ticket.batch', { operations: again }, askers.requester)
    await desk.run('ticket.batch', { operations }, askers.agent)
  })

  test('is undone as a whole, whichever of its indexes is named', async () => {
    const desk = await openTicketDesk()
    for (let number = 1; number <= 3; number++) await desk.create()
    const before = [1, 2, 3].map((number) => desk.ticket(number).record.priority)
    const operations = [1, 2, 3].map((number) => ({ op: 'change', number, change: { priority: 'urgent' } }) as const)
    const { index } = await desk.run('ticket.batch', { operations })
    await desk.undo(index - 1)
    expect([1, 2, 3].map((number) => desk.ticket(number).record.priority)).toEqual(before)
    // The undo is one too.
    await desk.undo(desk.index - 2)
    expect([1, 2, 3].map((number) => desk.ticket(number).record.priority)).toEqual([3, 3, 3])
  })
})

describe('an import', () => {
  const rows: readonly ImportedTicket[] = ['A', 'B'].map((ref) => ({
    ticket: { title: `old ${ref}`, ref, status: 'closed', requester: 'rita' },
    createdTime: Date.parse('2024-02-29T08:00:00Z'),
    createdBy: 'rolf',
    comments: [
      { text: 'one', time: Date.parse('2024-03-01T08:00:00Z'), author: 'rita' },
      { text: 'two', time: Date.parse('2024-03-01T08:00:00Z'), author: null, internal: true },
    ],
  }))
  const run = async (desk: TicketDesk, tickets = rows) =>
    (await desk.run('ticket.import', { tickets }, { ...askers.admin, door: 'import' })).result.result.results

  test('keeps times and authors of elsewhere', async () => {
    const desk = await openTicketDesk()
    await run(desk)
    expect(desk.ticket(1).record).toMatchObject({
      createdTime: rows[0]?.createdTime,
      createdBy: 4,
      createdDoor: 'import',
    })
    const history = desk.history(1)
    expect(history.map(({ type, actor, time }) => [type, actor, new Date(time).toISOString()])).toEqual([
      ['ticket.created', 4, '2024-02-29T08:00:00.000Z'],
      ['comment.created', 3, '2024-03-01T08:00:00.000Z'],
      ['comment.created', null, '2024-03-01T08:00:00.000Z'],
    ])
  })

  test('run again, also twice at once, makes nothing twice, and adds what came since', async () => {
    const desk = await openTicketDesk()
    const [first, second] = await Promise.all([run(desk), run(desk)])
    expect(first?.map(({ outcome }) => outcome)).toEqual(['created', 'created'])
    expect(second?.map(({ outcome, comments }) => [outcome, comments])).toEqual([
      ['present', 0],
      ['present', 0],
    ])
    await desk.change(1, { title: 'changed here' })
    await desk.run('ticket.delete', { number: 2 })
    const [row, ...others] = rows
    const comments = [...(row?.comments ?? []), { text: 'three', time: 1_700_000_000_000, author: 'rita' }]
    const third = await run(desk, row === undefined ? [] : [{ ...row, comments }, ...others])
    expect(third).toEqual([
      { number: 1, outcome: 'present', comments: 1 },
      { number: 2, outcome: 'deleted', comments: 0 },
    ])
    expect([desk.ticket(1).record.title, desk.ticket(1).record.comments]).toEqual(['changed here', 3])
    expect(await desk.problems()).toEqual([])
  })

  test('adds of comments that say the same as many as the ticket lacks, however it came to those that it has', async () => {
    const desk = await openTicketDesk()
    const [row] = rows
    const [comment] = row?.comments ?? []
    if (row === undefined || comment === undefined) throw new Error('unreachable: there is a row')
    const times = (count: number) => [{ ...row, comments: Array.from({ length: count }, () => comment) }]
    expect(await run(desk, times(2))).toMatchObject([{ outcome: 'created', comments: 2 }])
    expect(await run(desk, times(2))).toMatchObject([{ outcome: 'present', comments: 0 }])
    expect(await run(desk, times(4))).toMatchObject([{ outcome: 'present', comments: 2 }])
    expect(await run(desk, [...times(4), ...times(5)])).toMatchObject([{ comments: 0 }, { comments: 1 }])
    // Which of them was erased says nothing: none is brought back.
    const [{ idx } = { idx: 0 }] = desk.rows('SELECT idx FROM comments ORDER BY idx')
    await desk.run('ticket.redact', { number: 1, what: { comment: Number(idx) } }, askers.admin)
    expect(await run(desk, times(9))).toMatchObject([{ comments: 0 }])
  })

  test('reads what a ticket has once, however many comments of one time are compared with it: it is done before anybody gives it up', async () => {
    const desk = await openTicketDesk()
    const [row] = rows
    const [comment] = row?.comments ?? []
    if (row === undefined || comment === undefined) throw new Error('unreachable: there is a row')
    for (let turn = 0; turn < 8; turn++) {
      const comments = Array.from({ length: 500 }, (_, place) => ({ ...comment, text: `${turn}, ${place}` }))
      expect(await run(desk, [{ ...row, comments }])).toMatchObject([{ comments: 500 }])
    }
  })

  test('is undone as a whole', async () => {
    const desk = await openTicketDesk()
    await run(desk)
    await desk.undo(desk.index)
    expect([1, 2].map((number) => desk.ticket(number).deletedTime !== null)).toEqual([true, true])
  })
})
