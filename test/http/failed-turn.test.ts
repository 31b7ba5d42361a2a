/** A fault of a turn as a whole fails those of its requests that nobody has begun; the others have their own answers. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Passwords } from '#src/access/password.js'
import type { DeskStore } from '#src/desk.js'
import { arrive, DoorBook, type Visit } from '#src/http/door-book.js'
import { KeysApi } from '#src/http/keys-api/keys-api.js'
import { Who } from '#src/http/who.js'
import { askJson, openDesk } from '../support/desk-door.js'
import { keyRequest, openKeys, send } from '../support/keys-door.js'
import { openStore } from '../support/store.js'

const FAULT = new Error('the end of a read can not be told')

/** The next turn fails when all of it was handled. */
function failNextTurn({ reader }: DeskStore): void {
  const snapshot = reader.snapshot.bind(reader)
  const spy = vi.spyOn(reader, 'snapshot').mockImplementationOnce((work) => {
    snapshot(work)
    throw FAULT
  })
  onTestFinished(() => spy.mockRestore())
}

test('a key that is being written is answered with what became of it', async () => {
  const faults: unknown[] = []
  const opened = await openKeys({ onFault: (error) => faults.push(error) })
  onTestFinished(() => opened.close())
  failNextTurn(opened.store)
  const { status } = await send(opened.url, keyRequest('PUT', '/a', 'value=1'))
  expect([status, faults]).toEqual([201, [FAULT]])
})

test('a ticket that is being made is answered with what became of it', async () => {
  const opened = await openDesk()
  onTestFinished(() => opened.close())
  failNextTurn(opened.store)
  const { status } = await askJson(opened.door, 'POST', '/tickets', { value: 'made' })
  expect([status, opened.faults]).toEqual([201, [FAULT]])
})

test('a read that can not be answered fails alone, and the others of its turn are answered', async () => {
  const store = await openStore()
  for (const path of ['/a', '/b']) {
    await store.run('keys.set', { path, value: 'x', directory: false, ttl: undefined, refresh: false })
  }
  const faults: unknown[] = []
  const who = new Who({ store, passwords: new Passwords() })
  const api = new KeysApi({ store, who, cors: [], hostWhitelist: [], onFault: (error) => faults.push(error) })
  const [bad, good] = [visit('/v2/keys/a'), visit('/v2/keys/b')]
  vi.spyOn(bad.response, 'writeHead').mockImplementationOnce(() => {
    throw FAULT
  })
  api.handleAll([bad, good])
  expect([bad.response.statusCode, good.response.statusCode, faults]).toEqual([500, 200, [FAULT]])
})

test('one that can not be judged fails alone, and those behind it are answered', async () => {
  const store = await openStore()
  const faults: unknown[] = []
  const who = new Who({ store, passwords: new Passwords() })
  const api = new KeysApi({ store, who, cors: [], hostWhitelist: [], onFault: (error) => faults.push(error) })
  const [bad, good] = [visit('/v2/keys/'), visit('/v2/keys/')]
  vi.spyOn(who.state, 'isOpen', 'get').mockImplementationOnce(() => {
    throw FAULT
  })
  api.handleAll([bad, good])
  expect([bad.response.statusCode, good.response.statusCode, faults]).toEqual([500, 200, [FAULT]])
})

test('one of which it can not be known who sends it is in the book like any other', async () => {
  const book = new DoorBook()
  const opened = await openKeys({
    book,
    whoOver: (store) => {
      const who = new Who({ store, passwords: new Passwords() })
      vi.spyOn(who, 'prepare').mockImplementationOnce(() => Promise.reject(FAULT))
      return who
    },
  })
  onTestFinished(() => opened.close())
  expect((await send(opened.url, keyRequest('GET', '/a'))).status).toBe(500)
  await expect.poll(() => book.figures().requests.map(({ method, status }) => [method, status])).toEqual([['GET', 500]])
})

/** A request to read, and a place for its answer. */
function visit(url: string): Visit {
  const request = new IncomingMessage(new Socket())
  Object.assign(request, { method: 'GET', url })
  return arrive(request, new ServerResponse(request))
}
