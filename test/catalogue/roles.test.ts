/** Who may change what has a name, and who may read which of it. */
import { describe, expect, test } from 'vitest'
import type { ArgsOf, Asker } from '#src/store/command.js'
import type { desk as rules } from '#src/desk.js'
import { roles, type Role } from '#src/users/role.js'
import { CommandDesk } from '../support/command-desk.js'

type Commands = typeof rules.handlers

/** One command of each kind, on a desk where all that it names is there. */
const commands = {
  'label.create': { label: { name: 'new' } },
  'label.change': { name: 'a', change: { name: 'new' } },
  'label.merge': { name: 'a', into: 'b' },
  'label.delete': { name: 'a' },
  'view.create': { view: { name: 'new', owner: null } },
  'view.change': { number: 1, change: { name: 'new' } },
  'view.delete': { number: 1 },
  'status.create': { status: { name: 'new', category: 'done' } },
  'status.change': { name: 'open', change: { name: 'new' } },
  'status.merge': { name: 'closed', into: 'resolved' },
  'status.delete': { name: 'waiting' },
  'queue.create': { queue: { name: 'new' } },
  'queue.change': { name: 'default', change: { name: 'new' } },
  'queue.delete': { name: 'a' },
  'field.create': { field: { name: 'new', type: 'text' } },
  'field.change': { name: 'a', change: { name: 'new' } },
  'field.delete': { name: 'a' },
  'user.create': { user: { handle: 'new' } },
  'user.change': { number: 1, change: { name: 'new' } },
} as const satisfies { readonly [Name in keyof Commands]?: ArgsOf<Commands, Name> }

type Tried = keyof typeof commands

const names = Object.keys(commands).filter((name): name is Tried => name in commands)

const ofAgents = names.filter((name) => name.startsWith('label.') || name.startsWith('view.'))

const allowed: Readonly<Record<Role | 'stranger' | 'former admin', readonly Tried[]>> = {
  admin: names,
  agent: ofAgents,
  requester: [],
  viewer: [],
  service: [],
  stranger: [],
  'former admin': [],
}

/** A closed desk with a user of each role, and a thing of each kind. */
function closedDesk() {
  const desk = new CommandDesk()
  const askers = new Map<string, Asker>([
    ['stranger', { actor: null, door: 'api' }],
    ...roles.map((role) => [role, desk.user(role, role)] as const),
  ])
  const former = desk.user('former', 'admin')
  desk.run('user.change', { number: former.actor ?? 0, change: { active: false } })
  askers.set('former admin', former)
  for (const name of ['a', 'b']) {
    desk.run('label.create', { label: { name } })
    desk.run('field.create', { field: { name, type: 'text' } })
    desk.run('queue.create', { queue: { name } })
  }
  desk.run('view.create', { view: { name: 'a' } })
  desk.close()
  return { desk, askerOf: (who: string): Asker => askers.get(who) ?? { actor: null, door: 'api' } }
}

describe.each(Object.entries(allowed))('who is %s', (who, may) => {
  test.each(names)('%s', (name) => {
    const { desk, askerOf } = closedDesk()
    const asker = askerOf(who)
    if (may.includes(name)) {
      const before = desk.index
      desk.run(name, commands[name], asker)
      expect(desk.index).toBe(before + 1)
    } else {
      // What strangers may not even read is not there for them.
      const code = name === 'view.change' || name === 'view.delete' ? /^(?:forbidden|not_found)$/u : /^forbidden$/u
      expect(desk.refusal(name, commands[name], asker).code).toMatch(code)
    }
  })
})

test('a refusal tells nothing of what one may not know of', () => {
  const { desk, askerOf } = closedDesk()
  const refused = (name: string) => desk.refusal('queue.change', { name, change: {} }, askerOf('requester'))
  expect(refused('a')).toEqual(refused('none'))
})

test('on an open desk nobody may do all', () => {
  const desk = new CommandDesk()
  desk.run('status.change', { name: 'open', change: { name: 'new' } })
  desk.run('view.create', { view: { name: 'all', owner: null } })
})

describe('of what has a name', () => {
  function readable(who: string) {
    const { desk, askerOf } = closedDesk()
    const admin = askerOf('admin')
    const fields = [{ name: 'a', public: true }, { name: 'b' }]
    desk.run('queue.change', { name: 'default', change: { fields } }, admin)
    desk.run('queue.change', { name: 'a', change: { fields: [{ name: 'b', public: true }] } }, admin)
    desk.run('view.create', { view: { name: 'own' } }, askerOf('agent'))
    const queries = desk.queries()
    const viewer = desk.viewer(askerOf(who))
    const namesOf = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name)
    return {
      statuses: queries.statuses(viewer).length,
      labels: namesOf(queries.labels(viewer)),
      queues: namesOf(queries.queues(viewer)),
      fields: namesOf(queries.fields(viewer)),
      views: namesOf(queries.views(viewer)),
      ofDefault: queries.queue(viewer, 'default')?.fields.match(/"field":\d/gu),
      single: [
        queries.queue(viewer, 'a'),
        queries.field(viewer, 'b'),
        queries.label(viewer, 'a'),
        queries.status(viewer, 'open'),
        queries.view(viewer, 2),
      ].map((found) => found?.name),
    }
  }

  const all = { statuses: 5, labels: ['a', 'b'] }

  test('staff reads all, and of views one’s own and everybody’s', () => {
    const whole = { ...all, queues: ['default', 'a', 'b'], fields: ['a', 'b'], ofDefault: ['"field":1', '"field":2'] }
    expect(readable('admin')).toEqual({ ...whole, views: ['a'], single: ['a', 'b', 'a', 'open', undefined] })
    expect(readable('agent')).toEqual({ ...whole, views: ['a', 'own'], single: ['a', 'b', 'a', 'open', 'own'] })
  })

  test('a viewer reads all but the fields that are public nowhere', () => {
    expect(readable('viewer')).toEqual({
      ...all,
      queues: ['default', 'a', 'b'],
      fields: ['a', 'b'],
      ofDefault: ['"field":1'],
      views: ['a'],
      single: ['a', 'b', 'a', 'open', undefined],
    })
  })

  test('a requester reads what is public', () => {
    expect(readable('requester')).toEqual({
      ...all,
      queues: ['default'],
      fields: ['a'],
      ofDefault: ['"field":1'],
      views: ['a'],
      single: [undefined, undefined, 'a', 'open', undefined],
    })
  })

  test.each(['service', 'stranger', 'former admin'])('%s reads nothing', (who) => {
    const none = { statuses: 0, labels: [], queues: [], fields: [], views: [] }
    expect(readable(who)).toEqual({ ...none, ofDefault: undefined, single: Array.from({ length: 5 }) })
  })
})
