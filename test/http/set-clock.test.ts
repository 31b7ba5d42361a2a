/** Where the machine's clock is set back under a desk, what is over by the time of its commits is over for whoever reads, too. */
import { expect, onTestFinished, test, vi } from 'vitest'
import { newSecret, secretHash } from '#src/access/secret.js'
import { MACHINE } from '../support/full-desk.js'
import { ask, openDesk, openDeskWithKeys } from '../support/desk-door.js'

const HOUR = 3_600_000

/** Sets the clock of this thread back by an hour; that of commits, which are made in another, stays right. Gives the right time. */
function setBack(): () => number {
  const right = Date.now
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => right() - HOUR)
  onTestFinished(() => clock.mockRestore())
  return right
}

test('a token that has ended stays so', async () => {
  const right = setBack()
  const desk = await openDesk()
  onTestFinished(() => desk.close())
  const { store, door } = desk
  await store.run('user.create', { user: { handle: 'ann', role: 'admin' } }, MACHINE)
  const secret = newSecret('token')
  const token = { user: 'ann', name: 'short', scopes: ['admin'], expiresTime: right() + 1500 }
  await store.run('token.create', { token, hash: secretHash(secret) }, MACHINE)
  const headers = { Authorization: `Bearer ${secret}` }
  expect((await ask(door, 'GET', '/v1/me', { headers })).status).toBe(200)
  await expect.poll(async () => (await ask(door, 'GET', '/v1/me', { headers })).status).toBe(401)
})

test('a key has as long to live as it was given', async () => {
  setBack()
  const desk = await openDeskWithKeys()
  onTestFinished(() => desk.close())
  const { door } = desk
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
  await ask(door, 'PUT', '/v2/keys/short', { headers, body: 'value=x&ttl=60' })
  for (const path of ['/v2/keys/short', '/v2/keys/?recursive=true']) {
    const { body } = await ask(door, 'GET', path)
    const ttl = Number(/"ttl":(\d+)/u.exec(body)?.[1])
    expect([path, ttl > 30 && ttl <= 60]).toEqual([path, true])
  }
})
