/** What reads say of their age: nothing where the journal is there, index and seconds where it is away. */
import { expect, onTestFinished, test } from 'vitest'
import { contactProblem, lagProblem, staleHeaders } from '#src/http/stale.js'
import { ask, askJson, openDesk } from '../support/desk-door.js'
import { addProbe } from '../support/v1-probe.js'

test('a store in a file is never old', async () => {
  const desk = await openDesk()
  onTestFinished(() => desk.close())
  expect(staleHeaders(desk.store)).toEqual([])
  expect([contactProblem(desk.store), lagProblem(desk.store)]).toEqual([undefined, undefined])
})

test('a local copy that does not keep up says its age too, and /readyz says so of its reads, not of the contact', async () => {
  const desk = await openDesk()
  onTestFinished(() => desk.close())
  Object.defineProperty(desk.store, 'behindMs', { get: () => 61_000 })
  expect((await ask(desk.door, 'GET', '/tickets')).headers['etcdesk-stale']).toBe('index=0, seconds=61')
  const { status, body } = await ask(desk.door, 'GET', '/readyz')
  expect([status, JSON.parse(body)]).toMatchObject([
    503,
    {
      checks: { reads: expect.stringMatching(/has lacked changes that etcd has for 61 s/u), contact: 'ok' },
      behindMs: 61_000,
    },
  ])
})

test('the desk says on every ticket that it reads how old it may be, however it is found', async () => {
  const desk = await openDesk()
  onTestFinished(() => desk.close())
  await askJson(desk.door, 'POST', '/tickets', { value: 'old' })
  expect((await ask(desk.door, 'GET', '/tickets')).headers).not.toHaveProperty('etcdesk-stale')
  Object.defineProperty(desk.store, 'contactAgeMs', { get: () => 7300 })
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

test('what is old is kept by no cache, which would tell its age when nothing is old any more', async () => {
  const desk = await openDesk()
  onTestFinished(() => desk.close())
  await askJson(desk.door, 'POST', '/tickets', { value: 'old' })
  const paths = ['/v1/settings', '/v1/tickets/1', '/v1/tickets/1?include=activity', '/v1/tickets']
  const told = (path: string) => ask(desk.door, 'GET', path)
  for (const path of paths) expect((await told(path)).headers['cache-control']).toBe('private, no-cache')
  const tag = (await told('/v1/settings')).headers.etag ?? ''
  Object.defineProperty(desk.store, 'contactAgeMs', { get: () => 7300 })
  for (const path of paths) {
    const { headers } = await told(path)
    expect([path, headers['etcdesk-stale'], headers['cache-control']]).toEqual([path, 'index=1, seconds=7', 'no-store'])
  }
  const unchanged = await ask(desk.door, 'GET', '/v1/settings', { headers: { 'If-None-Match': tag } })
  expect([unchanged.status, unchanged.headers['cache-control']]).toEqual([304, 'no-store'])
})

test('only a route that says so tells how old what it reads may be, wherever it lies', async () => {
  const desk = await openDesk({ addRoutes: (app) => addProbe(app) })
  onTestFinished(() => desk.close())
  Object.defineProperty(desk.store, 'contactAgeMs', { get: () => 7300 })
  expect((await ask(desk.door, 'GET', '/v1/notes/1')).headers['etcdesk-stale']).toBe('index=0, seconds=7')
  for (const path of ['/v1/text', '/tickets/1/2', '/ticketsandmore', '/healthz']) {
    expect((await ask(desk.door, 'GET', path)).headers).not.toHaveProperty('etcdesk-stale')
  }
})
