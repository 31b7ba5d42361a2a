/** Users and names for tests of tickets: one of each role, and statuses, labels, fields and queues of every kind. */
import type { Asker } from '#src/store/command.js'
import type { Role } from '#src/users/role.js'
import type { TicketDesk } from './ticket-desk.js'

/** Who may ask, by what they are: each a user, but for nobody. */
export interface Askers {
  readonly admin: Asker
  readonly agent: Asker
  /** Two of them, so that one has what the other may not know of. */
  readonly requester: Asker
  readonly other: Asker
  readonly viewer: Asker
  readonly service: Asker
  /** An agent who is not active any more. */
  readonly gone: Asker
  readonly nobody: Asker
}

/** What runs commands. */
type Running = Pick<TicketDesk, 'run'>

const users: readonly (readonly [name: Exclude<keyof Askers, 'nobody'>, handle: string, role: Role])[] = [
  ['admin', 'ada', 'admin'],
  ['agent', 'abe', 'agent'],
  ['requester', 'rita', 'requester'],
  ['other', 'rolf', 'requester'],
  ['viewer', 'vic', 'viewer'],
  ['service', 'sam', 'service'],
  ['gone', 'gil', 'agent'],
]

const api = (actor: number | null): Asker => ({ actor, door: 'api' })

/** Makes the users of an empty desk. They are numbered in order, so who asks is known without a look. */
export async function makeUsers(store: Running): Promise<void> {
  for (const [, handle, role] of users) await store.run('user.create', { user: { handle, role } })
  await store.run('user.change', { number: users.length, change: { active: false } })
}

export const askers: Askers = {
  admin: api(1),
  agent: api(2),
  requester: api(3),
  other: api(4),
  viewer: api(5),
  service: api(6),
  gone: api(7),
  nobody: api(null),
}

/** Makes labels, a status, fields of every type, and queues that have them: `storage` is public, `vault` is not. */
export async function makeNames(store: Running): Promise<void> {
  for (const name of ['bug', 'disk', 'on call']) await store.run('label.create', { label: { name } })
  await store.run('status.create', { status: { name: 'parked', category: 'waiting' } })
  for (const [name, type] of [
    ['site', 'text'],
    ['cost', 'number'],
    ['bought', 'date'],
    ['size', 'choice'],
    ['paid', 'yes/no'],
  ] as const) {
    await store.run('field.create', {
      field: { name, type, ...(type === 'choice' && { choices: ['small', 'large'] }) },
    })
  }
  await store.run('queue.create', {
    queue: {
      name: 'storage',
      public: true,
      fields: [{ name: 'site', public: true }, { name: 'cost' }, { name: 'size', public: true }],
    },
  })
  await store.run('queue.create', {
    queue: { name: 'vault', public: false, fields: [{ name: 'site' }, { name: 'bought' }, { name: 'paid' }] },
  })
}
