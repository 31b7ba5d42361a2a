/** What of the key tree a service is given, and who sees that. */
import { describe, expect, test } from 'vitest'
import { prefixProblem, type KeyPart } from '#src/users/key-parts.js'
import type { Role } from '#src/users/role.js'
import { userTable } from '#src/users/tables.js'
import { CommandDesk } from '../support/command-desk.js'
import { openTicketDesk } from '../support/ticket-desk.js'
import { openV1 } from '../support/v1-desk.js'

const part = (prefix: string, access: KeyPart['access'] = 'write'): KeyPart => ({ prefix, access })
const service = (keys: readonly KeyPart[], role: Role = 'service') => ({ user: { handle: 'sam', role, keys } })

describe('a prefix', () => {
  test.each([
    ['/'],
    [''],
    ['app'],
    ['/app/'],
    ['//app'],
    ['/app//x'],
    ['/app/./x'],
    ['/../app'],
    ['/tickets'],
    ['/tickets/00000000000000000001'],
    ['/app\nx'],
    ['/app\u{d800}'],
    [`/${'x'.repeat(500)}`],
  ])('that is %j is refused', (prefix) => {
    const desk = new CommandDesk()
    expect(prefixProblem(prefix)).toMatch(/\.$/u)
    expect(desk.refusal('user.create', service([part('/a'), part(prefix)]))).toMatchObject({
      code: 'invalid_value',
      faults: ['/keys/1/prefix'],
    })
  })

  test.each(['/app', '/ticketsx', '/app/tickets', '/_hidden/x', '/Grüße/漢字 & more', `/${'x'.repeat(499)}`])(
    'that is %j is taken',
    (prefix) => expect(prefixProblem(prefix)).toBeUndefined(),
  )
})

describe('a service', () => {
  test('has what it was given until it is given something else, or is no service any more', () => {
    const desk = new CommandDesk()
    desk.run('user.create', service([part('/a'), part('/b', 'read')]))
    const kept = () => desk.transaction.get(userTable, '1')?.keys
    expect(kept()).toBe('[{"prefix":"/a","access":"write"},{"prefix":"/b","access":"read"}]')
    expect(desk.newestEvent().detail).toMatchObject({ keys: [part('/a'), part('/b', 'read')] })
    desk.run('user.change', { number: 1, change: { name: 'Sam' } })
    expect(kept()).toContain('/a')
    desk.run('user.change', { number: 1, change: { keys: [part('/c')] } })
    expect(kept()).toBe('[{"prefix":"/c","access":"write"}]')
    const before = desk.index
    desk.run('user.change', { number: 1, change: { keys: [part('/c')] } })
    expect(desk.index).toBe(before)
    desk.run('user.change', { number: 1, change: { keys: null } })
    expect(kept()).toBe('')
    desk.run('user.change', { number: 1, change: { keys: [part('/c')] } })
    desk.run('user.change', { number: 1, change: { role: 'agent' } })
    expect(kept()).toBe('')
  })

  test('is given at most 50 prefixes, each once; nobody else has any', () => {
    const desk = new CommandDesk()
    const many = Array.from({ length: 51 }, (_, place) => part(`/p${place}`))
    expect(desk.refusal('user.create', service(many))).toMatchObject({ code: 'invalid_value', faults: ['/keys'] })
    expect(desk.refusal('user.create', service([part('/a'), part('/a', 'read')])).faults).toEqual(['/keys/1/prefix'])
    expect(desk.refusal('user.create', service([part('/a')], 'agent')).faults).toEqual(['/keys'])
    desk.run('user.create', service([], 'agent'))
    expect(desk.refusal('user.change', { number: 1, change: { keys: [part('/a')] } }).faults).toEqual(['/keys'])
    desk.run('user.change', { number: 1, change: { role: 'service', keys: [part('/a')] } })
  })
})

test('what a service was given is written down', async () => {
  const desk = await openTicketDesk()
  const { index } = await desk.run('user.change', { number: 6, change: { keys: [part('/app')] } })
  const [row] = desk.store.reader.prepare('SELECT kind, about FROM audit WHERE idx = ?').all(index)
  expect(row).toMatchObject({ kind: 'user.changed' })
  expect(JSON.parse(String(row?.['about']))).toEqual({ user: 6, role: 'service', active: 1, keys: [part('/app')] })
})

test('only admins set them, and see them beside the user itself', async () => {
  const v1 = await openV1()
  const keys = [part('/app', 'read')]
  expect((await v1.ask('PATCH', '/users/sam', { who: 'agent', body: { keys } })).status).toBe(403)
  const changed = await v1.ask('PATCH', '/users/sam', { who: 'admin', body: { keys } })
  expect([changed.status, changed.json.keys]).toEqual([200, keys])
  const { json } = await v1.ask('GET', '/users/sam', { who: 'admin' })
  expect((await v1.ask('PATCH', '/users/sam', { who: 'admin', body: json })).status).toBe(200)
  expect((await v1.ask('GET', '/users/sam', { who: 'agent' })).json).not.toHaveProperty('keys')
  expect((await v1.ask('GET', '/users/ada', { who: 'admin' })).json.keys).toEqual([])
  expect((await v1.ask('GET', '/users/rita', { who: 'requester' })).json.keys).toEqual([])
  for (const body of [
    { keys: [{ prefix: '/app' }] },
    { keys: [{ prefix: '/app', access: 'read', more: 1 }] },
    { keys: 'all' },
  ]) {
    expect((await v1.ask('PATCH', '/users/sam', { who: 'admin', body })).status).toBe(400)
  }
  const unknown = { keys: [{ prefix: '/app', access: 'all' }] }
  expect((await v1.ask('PATCH', '/users/sam', { who: 'admin', body: unknown })).status).toBe(422)
  const many = Array.from({ length: 51 }, (_, place) => part(`/p${place}`))
  expect((await v1.ask('PATCH', '/users/sam', { who: 'admin', body: { keys: many } })).status).toBe(422)
  const refused = await v1.ask('PATCH', '/users/sam', { who: 'admin', body: { keys: [part('/tickets')] } })
  expect([refused.status, refused.json.errors[0].pointer]).toEqual([422, '/keys/0/prefix'])
})

test('/v1/me says what one may of the key tree, a service too', async () => {
  const v1 = await openV1()
  const keys = [part('/app', 'read'), part('/solo')]
  await v1.ask('PATCH', '/users/sam', { who: 'admin', body: { keys } })
  for (const [who, shown] of [
    ['admin', [part('/')]],
    ['agent', [part('/tickets')]],
    ['requester', []],
    ['service', keys],
    ['nobody', []],
  ] as const) {
    expect((await v1.ask('GET', '/me', { who })).json.keys).toEqual(shown)
  }
})
