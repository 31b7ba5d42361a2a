/**
 * A closed desk beside an etcd with its v2 authentication on: the same user with the same rights is refused by both in the same words, for the
 * same requests. What etcdesk allows beyond etcd (lists above a prefix) is left out here.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEtcd, type RunningEtcd } from '../support/etcd.js'
import { basic, MACHINE, openAccessDesk, type AccessDesk } from '../support/key-access.js'
import { send } from '../support/keys-door.js'
import { missing } from '../support/requirements.js'
import { quickPasswords } from '../support/quick-passwords.js'
import { sqliteTarget } from '../support/target.js'
import { differences } from './pair.js'

const PASSWORD = 'correct horse battery'
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }

const requests: readonly (readonly [method: string, target: string, form?: string])[] = [
  ['GET', '/v2/keys/app/own/b'],
  ['GET', '/v2/keys/app/own/none'],
  ['GET', '/v2/keys/app/own?recursive=true'],
  ['GET', '/v2/keys/app/private'],
  ['GET', '/v2/keys/app/private/none'],
  ['GET', '/v2/keys/app/private?recursive=true'],
  ['GET', '/v2/keys/app/private?quorum=true'],
  ['GET', '/v2/keys/app/private?wait=true'],
  ['GET', '/v2/keys/app/private?recursive=nope'],
  ['GET', '/v2/keys/app/private?wait=true&waitIndex=x'],
  ['HEAD', '/v2/keys/app/private'],
  ['HEAD', '/v2/keys/app/own/none'],
  ['PUT', '/v2/keys/app/own/x', 'value=1'],
  ['PUT', '/v2/keys/app/own/x', 'value=2&prevValue=nope'],
  ['PUT', '/v2/keys/app/shared/x', 'value=1'],
  ['PUT', '/v2/keys/app/shared/x', 'value=1&prevExist=x'],
  ['PUT', '/v2/keys/app/shared/x', 'value=1&ttl=x'],
  ['PUT', '/v2/keys/app/shared/x?prevValue=', 'value=1'],
  ['PUT', '/v2/keys/app', 'dir=true&prevExist=true'],
  ['PUT', '/v2/keys/', 'value=1'],
  ['PUT', '/v2/keys/other', 'value=1'],
  ['POST', '/v2/keys/other', 'value=1'],
  ['POST', '/v2/keys/', 'value=1'],
  ['DELETE', '/v2/keys/other?recursive=true'],
  ['DELETE', '/v2/keys/app?recursive=true'],
  ['DELETE', '/v2/keys/?recursive=true'],
  ['DELETE', '/v2/keys/other?prevIndex=x'],
  ['DELETE', '/v2/keys/app/own/none'],
  ['PATCH', '/v2/keys/other'],
  ['OPTIONS', '/v2/keys/other'],
  ['GET', '/version/x'],
  ['GET', '/v2/auth/enable'],
]

/** Looking at a password takes its time, and a wrong one is looked at each time. */
const few = requests.filter((_, place) => place % 8 === 0)

describe.skipIf(missing('etcd'))('a closed desk and an etcd with authentication', () => {
  let etcd: RunningEtcd
  let desk: AccessDesk

  beforeAll(async () => {
    etcd = await startEtcd()
    const root = basic('root', PASSWORD)
    const put = async (target: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<void> => {
      const json = { 'Content-Type': 'application/json', ...headers }
      const { status, body: told } = await send(etcd.url, {
        method: 'PUT',
        target,
        headers: json,
        body: JSON.stringify(body),
      })
      if (status >= 300) throw new Error(told)
    }
    for (const user of ['root', 'sam']) await put(`/v2/auth/users/${user}`, { user, password: PASSWORD })
    const kv = {
      read: ['/app/own*', '/app/shared*'],
      write: ['/app/own*'],
    }
    await put('/v2/auth/roles/part', { role: 'part', permissions: { kv } }, root)
    await put('/v2/auth/users/sam', { user: 'sam', grant: ['part'] }, root)
    await send(etcd.url, { method: 'PUT', target: '/v2/auth/enable' })
    await send(etcd.url, { method: 'DELETE', target: '/v2/auth/roles/guest', headers: root })
    for (const key of ['/app/own/b', '/app/shared/a', '/app/private/d', '/other/x']) {
      await send(etcd.url, { method: 'PUT', target: `/v2/keys${key}`, headers: { ...FORM, ...root }, body: 'value=1' })
    }
    desk = await openAccessDesk(sqliteTarget)
    await desk.store.run('password.set', { user: 'sam', kept: await quickPasswords().hash(PASSWORD) }, MACHINE)
  })
  afterAll(async () => {
    await desk.close()
    await etcd.stop()
  })

  test.each([
    ['nobody', {}, requests],
    ['the user', basic('sam', PASSWORD), requests],
    ['the user with another password', basic('sam', 'wrong'), few],
    ['somebody unknown', basic('joe', PASSWORD), few],
    ['a header that is no Basic', { Authorization: 'Digest x' }, requests],
    ['a header that is no base64', { Authorization: 'Basic %%%' }, requests],
  ])('answer %s alike', async (_, headers, asking) => {
    for (const [method, target, body] of asking) {
      const asked = {
        method,
        target,
        headers: { ...headers, ...(body !== undefined && FORM) },
        ...(body !== undefined && { body }),
      }
      const [theirs, ours] = await Promise.all([send(etcd.url, asked), send(desk.keys.url, asked)])
      const isRefusal =
        theirs.status === 401 || theirs.headers['x-etcd-index'] === '0' || theirs.headers['x-etcd-index'] === undefined
      // What is allowed is told at indexes of each side's own.
      const found = isRefusal
        ? differences({ etcd: theirs, etcdesk: ours })
        : theirs.status === ours.status
          ? []
          : [`${theirs.status} but ${ours.status}`]
      expect({ method, target, body, found }).toEqual({ method, target, body, found: [] })
    }
  })
})
