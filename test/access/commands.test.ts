/** Credentials as commands make and end them: who may, what closes the desk, and that each command asks again who it is for. */
import { describe, expect, test } from 'vitest'
import { knownBy } from '#src/access/credentials.js'
import { AccessReading } from '#src/access/reading.js'
import { newSecret, secretHash } from '#src/access/secret.js'
import type { Asker } from '#src/store/command.js'
import { userTable } from '#src/users/tables.js'
import { isOpen } from '#src/users/viewer.js'
import { askers } from '../support/names.js'
import { openTicketDesk, type TicketDesk } from '../support/ticket-desk.js'

const machine: Asker = { actor: null, door: 'machine' }
const from = { door: 'api', address: '127.0.0.1' }

/** Makes a token; returns its secret. */
async function token(desk: TicketDesk, user: string | undefined, asker: Asker, more: object = {}): Promise<string> {
  const secret = newSecret('token')
  const input = { user, name: 'for a test', scopes: ['write'], expiresTime: null, ...more }
  await desk.run('token.create', { token: input, hash: secretHash(secret) }, asker)
  return secret
}

/** Whom a secret stands for now. */
function asker(desk: TicketDesk, secret: string, now = Date.now()): Asker | undefined {
  const kind = secret.startsWith('edk_') ? 'token' : 'session'
  return knownBy(desk.reading.records, kind, secret, from, now)?.asker
}

describe('an open desk', () => {
  test("is closed by the commit of the first credential, which is to be an admin's", async () => {
    const desk = await openTicketDesk()
    const args = { token: { user: 'abe', name: 'x', scopes: ['read'], expiresTime: null }, hash: 'h' }
    expect(await desk.refused('token.create', args, askers.nobody)).toMatchObject({ code: 'last_one' })
    const before = desk.index
    const secret = await token(desk, 'ada', askers.nobody)
    expect(isOpen(desk.reading.records)).toBe(false)
    expect(asker(desk, secret)).toMatchObject({ actor: 1, rights: ['write'] })
    expect(desk.index).toBeGreaterThan(before)
    expect(await desk.refused('ticket.create', { ticket: { title: 'x' } }, askers.nobody)).toMatchObject({
      code: 'forbidden',
    })
    expect(await desk.refused('lab.create', { title: 'x' }, askers.nobody)).toMatchObject({ code: 'forbidden' })
  })

  test('is opened again on the machine alone', async () => {
    const desk = await openTicketDesk()
    await token(desk, 'ada', askers.nobody)
    for (const who of [askers.nobody, askers.admin, { actor: 1, door: 'keys' }]) {
      expect(await desk.refused('desk.open', undefined, who)).toMatchObject({ code: 'forbidden' })
    }
    await desk.run('desk.open', undefined, machine)
    expect(isOpen(desk.reading.records)).toBe(true)
  })
})

describe('a token', () => {
  test("is one's own, or made by an admin for others", async () => {
    const desk = await openTicketDesk({ closed: true })
    expect(asker(desk, await token(desk, undefined, askers.requester))).toMatchObject({ actor: askers.requester.actor })
    expect(asker(desk, await token(desk, 'rita', askers.admin))).toMatchObject({ actor: askers.requester.actor })
    const args = { token: { user: 'ada', name: 'x', scopes: ['read'], expiresTime: null }, hash: 'h' }
    for (const who of [askers.agent, askers.requester, askers.viewer, askers.service]) {
      expect(await desk.refused('token.create', args, who)).toMatchObject({ code: 'forbidden' })
    }
  })

  test('gives no more than whoever makes it has', async () => {
    const desk = await openTicketDesk({ closed: true })
    const limited = asker(desk, await token(desk, 'ada', askers.admin, { scopes: ['write', 'keys:read'] }))
    for (const scope of ['admin', 'keys:write']) {
      const args = { token: { name: 'x', scopes: ['read', scope], expiresTime: null }, hash: 'h' }
      expect(await desk.refused('token.create', args, limited)).toMatchObject({
        code: 'forbidden',
        pointers: ['/scopes/1'],
      })
    }
    expect(await desk.refused('user.create', { user: { handle: 'new' } }, limited)).toMatchObject({ code: 'forbidden' })
  })

  test('that may only read changes nothing', async () => {
    const desk = await openTicketDesk({ closed: true })
    const reading = asker(desk, await token(desk, 'ada', askers.admin, { scopes: ['read'] }))
    expect(await desk.refused('ticket.create', { ticket: { title: 'x' } }, reading)).toMatchObject({
      code: 'forbidden',
    })
    expect(await desk.refused('view.create', { view: { name: 'mine', query: '' } }, reading)).toMatchObject({
      code: 'forbidden',
    })
  })

  test.each([
    ['name', { name: '' }, '/name'],
    ['scopes', { scopes: [] }, '/scopes'],
    ['scope', { scopes: ['everything'] }, '/scopes/0'],
    ['end', { expiresTime: 1 }, '/expiresAt'],
  ])('without a good %s is refused with its place', async (_, more, pointer) => {
    const desk = await openTicketDesk({ closed: true })
    const input = { name: 'x', scopes: ['read'], expiresTime: null, ...more }
    expect(await desk.refused('token.create', { token: input, hash: 'h' })).toMatchObject({ pointers: [pointer] })
  })
})

describe('a command is refused whose credential ended after the door let it in', () => {
  const create = { ticket: { title: 'x' } }

  test('because the token was revoked', async () => {
    const desk = await openTicketDesk({ closed: true })
    const known = asker(desk, await token(desk, 'abe', askers.admin))
    await desk.run('ticket.create', create, known)
    await desk.run('token.revoke', { number: 1 }, askers.agent)
    expect(await desk.refused('ticket.create', create, known)).toMatchObject({ code: 'unauthenticated' })
  })

  test('because its user is not active any more', async () => {
    const desk = await openTicketDesk({ closed: true })
    const known = asker(desk, await token(desk, 'abe', askers.admin))
    await desk.run('user.change', { number: 2, change: { active: false } }, askers.admin)
    expect(await desk.refused('ticket.create', create, known)).toMatchObject({ code: 'unauthenticated' })
  })

  test("because its time was over, also where the door's clock is late", async () => {
    const desk = await openTicketDesk({ closed: true })
    const soon = Date.now() + 1500
    const known = asker(desk, await token(desk, 'abe', askers.admin, { expiresTime: soon }), soon - 1)
    await expect.poll(() => Date.now()).toBeGreaterThan(soon)
    expect(await desk.refused('ticket.create', create, known)).toMatchObject({ code: 'unauthenticated' })
    expect(asker(desk, 'edk_')).toBeUndefined()
  })
})

describe('a session', () => {
  async function signIn(desk: TicketDesk): Promise<string> {
    await desk.run('password.set', { user: 'abe', kept: 'kept' }, askers.agent)
    const secret = newSecret('session')
    const args = { user: 2, version: desk.index, hash: secretHash(secret), agent: 'a browser' }
    await desk.run('session.begin', args, { actor: null, door: 'page', address: '127.0.0.1' })
    return secret
  }

  test('stands for its user until it is not used for a week, or is a month old', async () => {
    const desk = await openTicketDesk({ closed: true })
    const secret = await signIn(desk)
    const [now, day] = [Date.now(), 24 * 60 * 60 * 1000]
    expect(asker(desk, secret, now + 7 * day)).toMatchObject({ actor: 2 })
    expect(asker(desk, secret, now + 8 * day)).toBeUndefined()
    expect(asker(desk, secret, now + 31 * day)).toBeUndefined()
    expect(asker(desk, newSecret('session'))).toBeUndefined()
  })

  test("that takes another one's place ends that one alone, however many there are", async () => {
    const desk = await openTicketDesk({ closed: true })
    await desk.run('password.set', { user: 'abe', kept: 'kept' }, askers.agent)
    const version = desk.index
    const secrets = Array.from({ length: 101 }, () => newSecret('session'))
    const begin = (secret: string, replaced?: string) => {
      const args = {
        user: 2,
        version,
        hash: secretHash(secret),
        agent: '',
        ...(replaced !== undefined && { replaced }),
      }
      return desk.run('session.begin', args, askers.nobody)
    }
    const [last = '', newest = '', ...first] = secrets.toReversed()
    for (const secret of [...first, newest]) await begin(secret)
    await begin(last, secretHash(newest))
    expect(first.filter((secret) => asker(desk, secret) === undefined)).toEqual([])
    expect([newest, last].map((secret) => asker(desk, secret)?.actor)).toEqual([undefined, 2])
  })

  test('is not begun with a password that was set anew meanwhile', async () => {
    const desk = await openTicketDesk({ closed: true })
    await signIn(desk)
    const version = desk.index
    const args = { user: 2, version, hash: 'h', agent: '' }
    expect(await desk.refused('session.begin', args, askers.nobody)).toMatchObject({ code: 'wrong_password' })
  })

  test('ends with a new password, by its user or an admin, and by nobody else', async () => {
    const desk = await openTicketDesk({ closed: true })
    const first = await signIn(desk)
    expect(await desk.refused('session.end', { number: 1 }, askers.requester)).toMatchObject({ code: 'not_found' })
    const second = await signIn(desk)
    expect(asker(desk, first)).toBeUndefined()
    await desk.run('session.end', { number: 2 }, askers.admin)
    expect(asker(desk, second)).toBeUndefined()
  })
})

describe('a link that is good once', () => {
  const using = { kept: 'kept', session: { hash: 'of the session', agent: '' } }

  test('makes the first admin of a desk that has none, and then nobody', async () => {
    const desk = await openTicketDesk({ closed: true })
    const hash = secretHash(newSecret('link'))
    expect(await desk.refused('link.create', { user: null, hash }, askers.admin)).toMatchObject({ code: 'forbidden' })
    await desk.run('link.create', { user: null, hash }, machine)
    expect(await desk.refused('link.use', { hash, ...using }, askers.nobody)).toMatchObject({
      pointers: ['/handle'],
    })
    await desk.run('link.use', { hash, handle: 'root', ...using }, askers.nobody)
    expect(await desk.refused('link.use', { hash, handle: 'two', ...using }, askers.nobody)).toMatchObject({
      code: 'link_ended',
    })
  })

  test('takes the handle of the first admin as any other: without spaces around it', async () => {
    const desk = await openTicketDesk({ closed: true })
    const hash = secretHash(newSecret('link'))
    await desk.run('link.create', { user: null, hash }, machine)
    const { result } = await desk.run('link.use', { hash, handle: ' root ', ...using }, askers.nobody)
    expect(desk.reading.records.get(userTable, String(result.user))).toMatchObject({ handle: 'root', role: 'admin' })
  })

  test.each([
    [{ scopes: ['read', 'admin'] }, 'link_ended'],
    [{ scopes: ['read', 'write'] }, undefined],
  ])('for the first admin is no good where one can let others in by the token %j', async (more, code) => {
    const desk = await openTicketDesk({ closed: true })
    await desk.run(
      'token.create',
      { token: { user: 'ada', name: 'x', expiresTime: null, ...more }, hash: 'h' },
      machine,
    )
    const hash = secretHash(newSecret('link'))
    if (code === 'link_ended') {
      expect(await desk.refused('link.create', { user: null, hash }, machine)).toMatchObject({ code: 'invalid_value' })
      return
    }
    await desk.run('link.create', { user: null, hash }, machine)
    const args = { hash, handle: 'root', ...using }
    if (code === undefined) expect((await desk.run('link.use', args, askers.nobody)).result.user).toBeGreaterThan(0)
    else expect(await desk.refused('link.use', args, askers.nobody)).toMatchObject({ code })
  })

  test('sets the password of whom an admin made it for', async () => {
    const desk = await openTicketDesk({ closed: true })
    const hash = secretHash(newSecret('link'))
    expect(await desk.refused('link.create', { user: 'rita', hash }, askers.agent)).toMatchObject({ code: 'forbidden' })
    await desk.run('link.create', { user: 'rita', hash }, askers.admin)
    const { result } = await desk.run('link.use', { hash, ...using }, askers.nobody)
    expect(result).toMatchObject({ user: askers.requester.actor })
    // In the same commit: who used it up is signed in.
    expect(new AccessReading(desk.store.reader).sessionWith(using.session.hash)).toMatchObject({
      user: askers.requester.actor,
      number: result.session,
    })
    expect(await desk.refused('link.use', { hash, ...using }, askers.nobody)).toMatchObject({ code: 'link_ended' })
  })
})

test('what was done with rights is written down, with whoever did it and whence, and no secret in it', async () => {
  const desk = await openTicketDesk({ closed: true })
  const secret = await token(desk, 'abe', { ...askers.admin, address: '192.0.2.7' })
  await desk.run('token.revoke', { number: 1 }, askers.admin)
  await desk.run('user.change', { number: 3, change: { role: 'agent' } }, askers.admin)
  await desk.run('user.change', { number: 3, change: { name: 'Rita' } }, askers.admin)
  const rows = desk.store.reader.prepare('SELECT kind, actor, address, about FROM audit ORDER BY idx').all()
  expect(rows.slice(-3)).toMatchObject([
    { kind: 'token.created', actor: 1, address: '192.0.2.7', about: '{"token":1,"user":2,"scopes":["write"]}' },
    { kind: 'token.revoked', actor: 1, address: '', about: '{"token":1,"user":2}' },
    { kind: 'user.changed', actor: 1, address: '', about: '{"user":3,"role":"agent","active":1}' },
  ])
  expect(JSON.stringify(rows)).not.toContain(secret.slice(4))
})
