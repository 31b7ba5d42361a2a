/** Who may do what to tickets on a closed desk: each command, by each role. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CommandError } from '#src/store/errors.js'
import { askers, type Askers } from '../support/names.js'
import { Ends, openTicketDesk, type TicketDesk } from '../support/ticket-desk.js'

type Who = keyof Askers
type Try = (desk: TicketDesk, who: Askers[Who]) => Promise<unknown>

/** Ticket 1 is the requester's own, 2 is internal, 3 belongs to somebody else. */
const everyCommand: Readonly<Record<string, { readonly may: readonly Who[]; readonly run: Try }>> = {
  create: { may: ['admin', 'agent', 'requester', 'other'], run: (desk, who) => desk.create({}, who) },
  'create with labels': { may: ['admin', 'agent'], run: (desk, who) => desk.create({ labels: ['bug'] }, who) },
  'create an internal one': { may: ['admin', 'agent'], run: (desk, who) => desk.create({ internal: true }, who) },
  retitle: { may: ['admin', 'agent'], run: (desk, who) => desk.change(1, { title: `by ${who.actor}` }, who) },
  close: { may: ['admin', 'agent', 'requester'], run: (desk, who) => desk.change(1, { status: 'closed' }, who) },
  reopen: { may: ['admin', 'agent', 'requester'], run: (desk, who) => desk.change(1, { status: 'open' }, who) },
  'begin work': {
    may: ['admin', 'agent'],
    run: async (desk, who) => {
      await desk.change(1, { status: 'open' })
      await desk.change(1, { status: 'in-progress' }, who)
    },
  },
  'change an internal one': { may: ['admin', 'agent'], run: (desk, who) => desk.change(2, { due: null }, who) },
  comment: { may: ['admin', 'agent', 'requester'], run: (desk, who) => desk.comment(1, 'x', who) },
  'comment internally': { may: ['admin', 'agent'], run: (desk, who) => desk.comment(1, 'x', who, true) },
  'edit a comment of another': {
    may: ['admin', 'agent'],
    run: (desk, who) => desk.run('comment.edit', { number: 1, comment: commentId, text: `${who.actor}` }, who),
  },
  link: {
    may: ['admin', 'agent'],
    run: (desk, who) => desk.run('link.add', { number: 1, kind: 'blocks', other: 3 }, who),
  },
  unlink: {
    may: ['admin', 'agent'],
    run: (desk, who) => desk.run('link.remove', { number: 1, kind: 'blocks', other: 2 }, who),
  },
  watch: { may: ['admin', 'agent'], run: (desk, who) => desk.run('watcher.add', { number: 1, handle: 'rita' }, who) },
  unwatch: {
    may: ['admin', 'agent'],
    run: (desk, who) => desk.run('watcher.remove', { number: 1, handle: 'abe' }, who),
  },
  'delete and restore': {
    may: ['admin', 'agent'],
    run: async (desk, who) => {
      await desk.run('ticket.delete', { number: 3 }, who)
      await desk.run('ticket.restore', { number: 3 }, who)
    },
  },
  purge: {
    may: ['admin'],
    run: async (desk, who) => {
      const number = await desk.create()
      await desk.run('ticket.delete', { number })
      await desk.run('ticket.purge', { number }, who)
    },
  },
  import: { may: ['admin'], run: (desk, who) => desk.run('ticket.import', { tickets: [] }, who) },
  batch: {
    may: ['admin', 'agent', 'requester'],
    run: (desk, who) =>
      desk.run('ticket.batch', { operations: [{ op: 'comment', number: 1, comment: { text: 'x' } }] }, who),
  },
  'undo a change of members': {
    may: ['admin', 'agent'],
    run: async (desk, who) => desk.undo(await desk.change(1, { priority: 'urgent' }), who),
  },
  'undo what one may not know of': {
    may: ['admin', 'agent'],
    run: async (desk, who) => desk.undo((await desk.run('watcher.add', { number: 1, handle: 'rolf' })).index, who),
  },
  'bring back what was removed': {
    may: ['admin'],
    run: (desk, who) => desk.run('removal.restore', { index: removal, from: 99 }, who),
  },
}

let desk: TicketDesk
let commentId = 0
let removal = 0
const ends = new Ends()

beforeAll(async () => {
  desk = await openTicketDesk({ closed: true, until: ends.until })
  await desk.create({ requester: 'rita' })
  removal = (await desk.run('lab.deleteAll', {})).index
  await desk.run('removal.restore', { index: removal, from: 1 }, askers.admin)
  await desk.create({ requester: 'rita', internal: true })
  await desk.create({ requester: 'rolf' })
  commentId = await desk.comment(1, 'of the agent')
  await desk.link(1, 'blocks', 2)
})
afterAll(() => ends.end())

describe('on a closed desk', () => {
  test.each(Object.entries(everyCommand))('%s', async (_, { may, run }) => {
    const did: string[] = []
    for (const [who, asker] of Object.entries(askers)) {
      try {
        await run(desk, asker)
        did.push(who)
      } catch (error) {
        if (!(error instanceof CommandError)) throw error
        expect(['forbidden', 'not_found']).toContain(error.code)
      }
    }
    expect(did).toEqual(may)
  })
})
