/** Random changes of a few tickets through every door that there is, for properties. */
import fc from 'fast-check'
import type { Operation } from '#src/tickets/batch.js'
import type { TicketInput } from '#src/tickets/input.js'
import { linkKinds } from '#src/tickets/links.js'
import { askers, type Askers } from './names.js'
import { ticketId, type TicketDesk } from './ticket-desk.js'

type Who = keyof Askers

/** One thing that is tried. Tickets, comments and indexes are named by places among those that there are. */
export type Step =
  | { readonly type: 'create' | 'change'; readonly who: Who; readonly ticket: number; readonly input: TicketInput }
  | { readonly type: 'batch'; readonly who: Who; readonly operations: readonly Operation[] }
  | { readonly type: 'delete' | 'restore' | 'purge' | 'expire'; readonly who: Who; readonly ticket: number }
  | { readonly type: 'key' | 'lab'; readonly ticket: number; readonly title: string }
  | { readonly type: 'removeAll' | 'bringBack' }
  | { readonly type: 'comment'; readonly who: Who; readonly ticket: number; readonly internal: boolean }
  | { readonly type: 'edit' | 'uncomment'; readonly who: Who; readonly comment: number; readonly text: string }
  | {
      readonly type: 'link' | 'unlink'
      readonly ticket: number
      readonly kind: (typeof linkKinds)[number]
      readonly other: number
    }
  | { readonly type: 'watch' | 'unwatch'; readonly ticket: number; readonly handle: string }
  | { readonly type: 'undo'; readonly who: Who; readonly back: number }
  | { readonly type: 'import'; readonly ref: string }

// Of the three that a run begins with, and some that it makes.
const ticket = fc.constantFrom(1, 1, 1, 2, 2, 3, 3, 4, 5)
const who: fc.Arbitrary<Who> = fc.constantFrom('admin', 'admin', 'agent', 'agent', 'agent', 'requester', 'other')
const short = fc.constantFrom('one', 'two', 'three', '🎫')
const label = fc.constantFrom('bug', 'disk', 'on call')
const handle = fc.constantFrom('ada', 'abe', 'rita')
const set = (element: fc.Arbitrary<string>) =>
  fc.oneof(
    fc.uniqueArray(element, { maxLength: 3 }),
    fc.record({ add: fc.uniqueArray(element, { maxLength: 2 }) }),
    fc.record({ remove: fc.uniqueArray(element, { maxLength: 2 }) }),
  )

const input: fc.Arbitrary<TicketInput> = fc
  .record(
    {
      title: short,
      description: fc.oneof(short, fc.constant(null)),
      status: fc.constantFrom('open', 'in-progress', 'parked', 'resolved', 'closed'),
      priority: fc.constantFrom('low' as const, 'normal' as const, 'high' as const),
      queue: fc.constantFrom('default', 'storage', 'vault'),
      requester: fc.constantFrom('rita', 'rolf', null),
      assignees: set(handle),
      labels: set(label),
      due: fc.constantFrom('2026-12-01', '2027-01-01', null),
      fields: fc.oneof(
        fc.record({ site: fc.constantFrom('fra', 'ams', null) }, { requiredKeys: [] }),
        fc.record({ cost: fc.constantFrom(1, 2.5, null) }, { requiredKeys: [] }),
        fc.constant(null),
      ),
      internal: fc.boolean(),
      ref: fc.constantFrom('A', 'B', null),
    },
    { requiredKeys: [] },
  )
  .map((members) => {
    const kept = Object.entries(members).filter((_, place) => place % 3 === Object.keys(members).length % 3)
    return Object.fromEntries(kept)
  })

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ op: fc.constant('create' as const), ticket: input.map((members) => ({ title: 'made', ...members })) }),
  fc.record({ op: fc.constant('change' as const), number: ticket, change: input }),
  fc.record({ op: fc.constant('comment' as const), number: ticket, comment: fc.record({ text: short }) }),
  fc.record({
    op: fc.constant('link' as const),
    number: ticket,
    kind: fc.constantFrom(...linkKinds),
    ticket,
  }),
  fc.record({ op: fc.constantFrom('delete' as const, 'restore' as const), number: ticket }),
)

const type = <const Type extends string>(...names: Type[]) => fc.constantFrom(...names)

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: type('create'), who, ticket, input }) },
  { weight: 9, arbitrary: fc.record({ type: type('change'), who, ticket, input }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: type('batch'), who, operations: fc.array(operation, { minLength: 1, maxLength: 4 }) }),
  },
  { weight: 4, arbitrary: fc.record({ type: type('delete', 'restore', 'restore', 'restore', 'expire'), who, ticket }) },
  { weight: 1, arbitrary: fc.record({ type: type('purge'), who, ticket }) },
  { weight: 2, arbitrary: fc.record({ type: type('key', 'lab'), ticket, title: short }) },
  { weight: 1, arbitrary: fc.record({ type: type('removeAll', 'bringBack', 'bringBack', 'bringBack') }) },
  { weight: 2, arbitrary: fc.record({ type: type('comment'), who, ticket, internal: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: type('edit', 'uncomment'), who, comment: fc.nat({ max: 9 }), text: short }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: type('link', 'link', 'unlink'),
      ticket,
      kind: fc.constantFrom(...linkKinds),
      other: ticket,
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: type('watch', 'watch', 'unwatch'), ticket, handle }) },
  { weight: 6, arbitrary: fc.record({ type: type('undo'), who, back: fc.nat({ max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ type: type('import'), ref: fc.constantFrom('A', 'I1', 'I2') }) },
)

/** What steps are tried on. */
export type Stepped = Pick<TicketDesk, 'run' | 'rows' | 'index'>

export const steps = fc.array(step, { minLength: 15, maxLength: 30, size: 'max' })

/** Makes the tickets that a run of steps begins with. */
export async function begin(desk: Pick<TicketDesk, 'create'>): Promise<void> {
  for (const requester of ['rita', 'rita', 'rolf']) {
    const about = { queue: 'storage', requester, fields: { site: 'fra', cost: 1 }, labels: ['bug'] }
    await desk.create({ title: 'began', ...about })
  }
}

const KEYS = { actor: 2, door: 'keys' }

/** Where a run of steps began: at which index, and which number was the last. */
export interface Beginning {
  readonly index: number
  readonly base: number
}

/** Tries a step. Throws what the command throws where that is refused. */
export async function take(desk: Stepped, began: Beginning, step: Step): Promise<unknown> {
  const { base } = began
  switch (step.type) {
    case 'create':
      return desk.run('ticket.create', { ticket: { title: 'made', ...own(step.input, base) } }, askers[step.who])
    case 'change':
      return desk.run('ticket.change', { number: base + step.ticket, change: own(step.input, base) }, askers[step.who])
    case 'batch':
      return desk.run('ticket.batch', { operations: step.operations.map((one) => moved(one, base)) }, askers[step.who])
    case 'delete':
    case 'restore':
    case 'purge':
      return desk.run(`ticket.${step.type}`, { number: base + step.ticket }, askers[step.who])
    case 'expire':
      return expire(desk, base + step.ticket)
    case 'key':
      return desk.run('keys.set', keyArgs(base + step.ticket, step.title), KEYS)
    case 'lab':
      return desk.run(
        'lab.retitle',
        { id: ticketId(base + step.ticket), title: step.title },
        { actor: null, door: 'lab' },
      )
    case 'removeAll':
      return desk.run('lab.deleteAll', {}, { actor: null, door: 'lab' })
    case 'bringBack': {
      const index = Number(desk.rows('SELECT max(idx) AS idx FROM removals')[0]?.['idx'] ?? 0)
      return desk.run('removal.restore', { index, from: base + 1 }, askers.admin)
    }
    case 'comment': {
      const { who, ticket, internal } = step
      return desk.run('comment.add', { number: base + ticket, comment: { text: 'said', internal } }, askers[who])
    }
    case 'edit':
    case 'uncomment': {
      const known = desk.rows(`SELECT ticket, idx FROM comments WHERE ticket > ${base} ORDER BY idx`)
      const at = known[step.comment % Math.max(known.length, 1)]
      const args = { number: Number(at?.['ticket'] ?? base + 1), comment: Number(at?.['idx'] ?? 1), text: step.text }
      return step.type === 'edit'
        ? desk.run('comment.edit', args, askers[step.who])
        : desk.run('comment.delete', args, askers[step.who])
    }
    case 'link':
    case 'unlink': {
      const args = { number: base + step.ticket, kind: step.kind, other: base + step.other }
      return desk.run(step.type === 'link' ? 'link.add' : 'link.remove', args)
    }
    case 'watch':
    case 'unwatch': {
      const args = { number: base + step.ticket, handle: step.handle }
      return desk.run(step.type === 'watch' ? 'watcher.add' : 'watcher.remove', args)
    }
    case 'undo':
      return desk.run('ticket.undo', { index: undone(desk, began, step.back) }, askers[step.who])
    case 'import':
      return importOne(desk, `${step.ref}${base}`)
  }
}

/** Each run has refs of its own. */
function own(input: TicketInput, base: number): TicketInput {
  return typeof input.ref === 'string' ? { ...input, ref: `${input.ref}${base}` } : input
}

function moved(operation: Operation, base: number): Operation {
  if (operation.op === 'create') return { ...operation, ticket: { title: 'made', ...own(operation.ticket, base) } }
  const number = base + operation.number
  if (operation.op === 'change') return { ...operation, number, change: own(operation.change, base) }
  return operation.op === 'link' ? { ...operation, number, ticket: base + operation.ticket } : { ...operation, number }
}

/** The index that an undo names. */
export function undone(desk: Stepped, { index }: Beginning, back: number): number {
  return Math.max(index + 1, desk.index - back)
}

function importOne(desk: Stepped, ref: string) {
  const comments = [{ text: 'from elsewhere', time: 86_400_000, author: 'rita' }]
  const tickets = [{ ticket: { title: 'imported', ref }, createdTime: 3_600_000, createdBy: 'rolf', comments }]
  return desk.run('ticket.import', { tickets }, { ...askers.admin, door: 'import' })
}

/** Lets a ticket's time run out, and waits for that. */
async function expire(desk: Stepped, number: number): Promise<void> {
  const there = desk.rows(`SELECT 1 FROM keys WHERE parent = '/tickets' AND name = '${ticketId(number)}'`)
  if (there.length === 0) return
  const { index } = await desk.run('keys.set', { ...keyArgs(number, 'runs out'), ttl: 0 }, KEYS)
  while (desk.index <= index) await new Promise((resolve) => setTimeout(resolve, 1))
}

function keyArgs(number: number, value: string) {
  return { path: `/tickets/${ticketId(number)}`, value, directory: false, ttl: undefined, refresh: false }
}
