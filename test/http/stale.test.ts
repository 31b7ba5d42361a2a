/** What reads say of their age: nothing where the journal is there, index and seconds where it is away. */
import { expect, onTestFinished, test } from 'vitest'
import { contactProblem, staleHeaders } from '#src/http/stale.js'
import { ask, askJson, openDesk } from '../support/desk-door.js'

test('a store in a file is never old', async () => {
  const desk = await openDesk()
  onTestFinished(() => desk.close())
  expect(staleHeaders(desk.store)).toEqual([])
  expect(contactProblem(desk.store)).toBeUndefined()
})

test('the desk says on every ticket that it reads how old it may be, however it is found', async () => {
  const desk = await openDesk()
  onTestFinished(() => desk.close())
  await askJson(desk.door, 'POST', '/tickets', { value: 'old' })
  expect((await ask(desk.door, 'GET', '/tickets')).headers).not.toHaveProperty('etcdesk-stale')
  Object.defineProperty(desk.store, 'ageMs', { get: () => 7300 })
  for (const path of ['/tickets', '/tickets?limit=1', '/tickets/1', '/tickets/00000000000000000001', '/tickets/9']) {
    const { headers } = await ask(desk.door, 'GET', path)
    expect([path, headers['etcdesk-stale']]).toEqual([path, 'index=1, seconds=7'])
  }
  expect((await ask(desk.door, 'GET', '/version')).headers).not.toHaveProperty('etcdesk-stale')
  expect((await askJson(desk.door, 'POST', '/tickets', { value: 'new' })).headers).not.toHaveProperty('etcdesk-stale')
  const { status, body } = await ask(desk.door, 'GET', '/readyz')
  expect([status, JSON.parse(body)]).toMatchObject([
    503,
    { ready: false, checks: { contact: expect.stringContaining('7 s') }, index: 2, behindMs: 7300 },
  ])
})
