/** Users: made, changed, deactivated, never deleted; a handle that was given once stays taken. */
import { describe, expect, test } from 'vitest'
import { findUser } from '#src/users/finding.js'
import { userTable } from '#src/users/tables.js'
import { CommandDesk } from '../support/command-desk.js'

const user = (handle: string, more: object = {}) => ({ user: { handle, ...more } })

describe('a user', () => {
  test('is an agent where nothing is said, and only staff is told', () => {
    const desk = new CommandDesk()
    expect(desk.run('user.create', user(' Ann ', { name: 'Ann Lee', email: 'ann@example.org' })).result).toEqual({
      number: 1,
    })
    expect(findUser(desk.transaction, 'ANN')).toMatchObject({
      handle: 'Ann',
      name: 'Ann Lee',
      role: 'agent',
      active: 1,
      version: 1,
    })
    expect(desk.newestEvent()).toMatchObject({
      key: 'users/1',
      detail: { type: 'user.created', user: 1, hidden: true },
    })
  })

  test.each([
    ['a handle with a zero-width character', { handle: 'an\u200bn' }, '/handle'],
    ['a handle that no URL leads to', { handle: '.' }, '/handle'],
    ['an empty handle', { handle: ' ' }, '/handle'],
    ['a name in two lines', { name: 'Ann\nLee' }, '/name'],
    ['an e-mail of more than 1,000 characters', { email: 'x'.repeat(1001) }, '/email'],
  ])('with %s is refused, made or changed', (_, members, pointer) => {
    const desk = new CommandDesk()
    desk.run('user.create', user('ann'))
    expect(desk.refusal('user.create', user('ben', members))).toMatchObject({
      code: 'invalid_value',
      faults: [pointer],
    })
    expect(desk.refusal('user.change', { number: 1, change: members }).faults).toEqual([pointer])
  })

  test('made again with the same key is the one that was made', () => {
    const desk = new CommandDesk()
    const args = { ...user('ann'), once: { key: 'k', hash: 'h' } }
    desk.run('user.create', args)
    expect(desk.run('user.create', args)).toEqual({ result: { number: 1 }, index: 1, isReplayed: true })
  })

  test('keeps the handles of before: they find nobody, nobody else gets them, and it may take them up again', () => {
    const desk = new CommandDesk()
    desk.run('user.create', user('ann'))
    desk.run('user.change', { number: 1, change: { handle: 'anna' }, version: 1 })
    expect(findUser(desk.transaction, 'ann')).toBeUndefined()
    expect(desk.refusal('user.create', user('ANN'))).toMatchObject({ code: 'name_taken', faults: ['/handle'] })
    expect(desk.refusal('ticket.create', { ticket: { title: 't', assignees: ['ann'] } }).code).toBe('unknown_name')
    desk.run('ticket.create', { ticket: { title: 't', assignees: ['Anna'] } })
    desk.run('user.change', { number: 1, change: { handle: 'Ann' } })
    expect(findUser(desk.transaction, 'ann')?.handle).toBe('Ann')
    expect(desk.refusal('user.create', user('anna')).code).toBe('name_taken')
  })

  test('of another version than is believed in stays, as one does who is not there', () => {
    const desk = new CommandDesk()
    desk.run('user.create', user('ann'))
    expect(desk.refusal('user.change', { number: 1, change: {}, version: 2 }).code).toBe('not_current')
    expect(desk.refusal('user.change', { number: 2, change: {} }).code).toBe('not_found')
  })

  test('who changes in nothing makes no event', () => {
    const desk = new CommandDesk()
    desk.run('user.create', user('ann', { role: 'viewer' }))
    desk.run('user.change', { number: 1, change: { handle: 'ann ', role: 'viewer', active: true, name: '' } })
    expect(desk.index).toBe(1)
  })

  test('who is the last active admin stays one', () => {
    const desk = new CommandDesk()
    for (const handle of ['ann', 'ben']) desk.run('user.create', user(handle, { role: 'admin' }))
    desk.run('user.change', { number: 1, change: { active: false } })
    for (const change of [{ active: false }, { role: 'agent' as const }]) {
      expect(desk.refusal('user.change', { number: 2, change }).code).toBe('last_one')
    }
    desk.run('user.change', { number: 1, change: { active: true } })
    desk.run('user.change', { number: 2, change: { role: 'agent' } })
    expect(desk.transaction.get(userTable, '2')?.role).toBe('agent')
  })
})
