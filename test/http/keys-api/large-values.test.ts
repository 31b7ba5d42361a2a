/** Values that are carried as bytes: nobody can tell them from short ones, whatever bytes they are and whoever is told of them. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NodeQueries } from '#src/keytree/queries.js'
import { plainJson } from '#src/journal/json.js'
import { plainText } from '#src/journal/text.js'
import { encodeText, openDatabase } from '#src/sqlite/database.js'
import { session } from '../../suites/keys-api/session.js'
import { temporaryFolder } from '../../support/folder.js'
import { keyRequest, send } from '../../support/keys-door.js'
import { openStore } from '../../support/store.js'

const COUNT = 90_000

/** A text as it is sent, and as it is told. */
const texts = [
  ['%01', '\u0001'],
  ['%00', '\u0000'],
  ['%ff', '\ufffd'],
  ['+', ' '],
  ['%3C%26%22%5C', '<&"\\'],
  ['€', '€'],
  ['%E2%80%A8😀', '\u2028😀'],
  ['%F0%9F%98', '\ufffd\ufffd\ufffd'],
] as const

describe('a large value', () => {
  const door = session()

  test.each(texts)('of %j is told exactly by whatever tells of it', async (sent, told) => {
    const [value, shown] = [sent.repeat(COUNT), told.repeat(COUNT)]
    const isShown = (node: unknown): void => {
      expect(typeof node === 'object' && node !== null && 'value' in node && node.value === shown).toBe(true)
    }
    const [first, second] = [await door.watch('/d?wait=true&recursive=true'), await door.watch('/d/k?wait=true')]
    const set = await door.ask('PUT /d/k', `value=${value}`)
    expect(set).toMatchObject({ status: 201, body: { action: 'set', node: { key: '/d/k', modifiedIndex: 1 } } })
    for (const { body } of [await first.whole, await second.whole]) expect(JSON.parse(body)).toEqual(set.body)
    const again = await door.ask('PUT /d/k?prevExist=true&ttl=100', `value=${value}`)
    const swapped = await door.ask('PUT /d/k', `value=short&prevValue=${value}`)
    const back = await door.ask('PUT /d/k', `value=${value}&prevIndex=3`)
    const past = await door.ask('GET /d/k?wait=true&waitIndex=2')
    const [read, list] = [await door.ask('GET /d/k'), await door.ask('GET /d?recursive=true')]
    expect(past.body).toEqual(again.body)
    const removed = await door.ask('DELETE /d/k')
    const shape = [again, back, removed].map(({ body }) => JSON.stringify(body, strip))
    const key = '"key":"/d/k"'
    const before = `"prevNode":{${key},"value":"large","expiration":"then","ttl":100,"modifiedIndex":2,"createdIndex":1}`
    expect(JSON.stringify(swapped.body, strip)).toBe(
      `{"action":"compareAndSwap","node":{${key},"value":"short","modifiedIndex":3,"createdIndex":1},${before}}`,
    )
    expect(shape).toEqual([
      `{"action":"update","node":{${key},"value":"large","expiration":"then","ttl":100,"modifiedIndex":2,"createdIndex":1},"prevNode":{${key},"value":"large","modifiedIndex":1,"createdIndex":1}}`,
      `{"action":"compareAndSwap","node":{${key},"value":"large","modifiedIndex":4,"createdIndex":1},"prevNode":{${key},"value":"short","modifiedIndex":3,"createdIndex":1}}`,
      `{"action":"delete","node":{${key},"modifiedIndex":5,"createdIndex":1},"prevNode":{${key},"value":"large","modifiedIndex":4,"createdIndex":1}}`,
    ])
    for (const { body } of [set, again, back, read]) isShown(at(body, 'node'))
    for (const { body } of [again, swapped, removed]) isShown(at(body, 'prevNode'))
    const nodes = at(at(list.body, 'node'), 'nodes')
    isShown(Array.isArray(nodes) ? nodes[0] : undefined)
  })

  test('is answered before the larger ones that were asked for earlier', async () => {
    const size = 4 * 1024 * 1024
    const names = ['/a', '/b', '/c']
    for (const name of names) await door.ask(`PUT ${name}`, `value=${'%01'.repeat(size / 3)}`)
    await door.ask('PUT /short', `value=${'v'.repeat(COUNT)}`)
    const ended: string[] = []
    const read = async (name: string): Promise<void> => {
      expect((await door.ask(`GET ${name}`)).status).toBe(200)
      ended.push(name)
    }
    await Promise.all([...names, '/short'].map(read))
    expect(ended[0]).toBe('/short')
  })

  test('has no answer where none is asked for: by HEAD, and with noValueOnSuccess', async () => {
    const form = `value=${'v'.repeat(COUNT)}&noValueOnSuccess=true`
    expect((await door.answer('PUT /k', form))[1]).toEqual({ action: 'set' })
    const head = await send(door.keys.url, keyRequest('HEAD', '/k'))
    expect([head.status, head.body, head.headers['x-etcd-index']]).toEqual([200, '', '1'])
  })

  test('that does not compare is repeated up to 4 KiB, cut at a character', async () => {
    await door.ask('PUT /k', `value=${'€'.repeat(COUNT)}`)
    const cause = `${'€'.repeat(1365)}…`
    const error = { errorCode: 101, message: 'Compare failed', index: 1 }
    expect(await door.answer('PUT /k', 'value=x&prevValue=y')).toEqual([412, { ...error, cause: `[y != ${cause}]` }])
    const long = await door.answer('DELETE /k?prevIndex=7', undefined)
    expect(long).toEqual([412, { ...error, cause: '[7 != 1]' }])
    const [, both] = await door.answer('PUT /k', `value=x&prevValue=${'+'.repeat(COUNT)}`)
    expect(both).toEqual({ ...error, cause: `[${' '.repeat(4096)}… != ${cause}]` })
  })

  test('expires, and is told then', async () => {
    const stream = await door.watch('/k?wait=true&stream=true')
    await door.ask('PUT /k', `ttl=1&value=${'%01'.repeat(COUNT)}`)
    // As in etcd a stream at the removed key itself is told twice.
    await expect.poll(() => stream.body().split('\n').length, { timeout: 60_000 }).toBe(4)
    const [, expired = ''] = stream.body().split('\n')
    expect(JSON.parse(expired)).toMatchObject({ action: 'expire', prevNode: { value: '\u0001'.repeat(COUNT) } })
  })

  test('is no number, no yes or no, and no title', async () => {
    const many = '0'.repeat(COUNT)
    expect((await door.answer('PUT /k', `value=1&ttl=${many}`))[0]).toBe(201)
    expect((await door.answer('PUT /k', `value=1&ttl=${many}x`))[1]).toMatchObject({ errorCode: 202 })
    expect((await door.answer('PUT /k', `value=1&dir=${many}`))[1]).toMatchObject({ errorCode: 209 })
    expect((await door.answer('POST /tickets', `value=${'%F0%9F%98%80'.repeat(COUNT)}`))[1]).toMatchObject({
      errorCode: 209,
      cause: `the title has ${COUNT} characters: shorten it to at most 256`,
    })
  })

  test('below which a key is asked for is a file in the way', async () => {
    await door.ask('PUT /k', `value=${'v'.repeat(COUNT)}`)
    expect((await door.answer('GET /k/below'))[1]).toMatchObject({ errorCode: 104, cause: '/k' })
    expect((await door.answer('PUT /k/below', 'value=1'))[1]).toMatchObject({ errorCode: 104, cause: '/k' })
  })
})

test('large values and events that a file of before holds as text are read as ever', async () => {
  const path = join(temporaryFolder(), 'desk.db')
  const first = await openStore({ address: `sqlite:${path}` })
  const args = { path: '/k', value: 'short', directory: false, ttl: undefined, refresh: false }
  await first.run('keys.set', args)
  await first.close()
  const value = '\u0000\u0001<€'.repeat(COUNT)
  const body = JSON.stringify({ action: 'set', node: { key: '/k', value, modifiedIndex: 1, createdIndex: 1 } })
  const database = openDatabase(path)
  database.prepare('UPDATE keys SET value = ?').run(encodeText(value))
  database.prepare('UPDATE events SET body = ?').run(body)
  database.close()
  const store = await openStore({ address: `sqlite:${path}` })
  const found = new NodeQueries(store.reader).get('/k').node?.value ?? ''
  expect(plainText(found) === value).toBe(true)
  expect(plainJson(store.history.body(1) ?? '') === body).toBe(true)
  const { result } = await store.run('keys.compareAndSwap', { ...args, prevValue: Buffer.from(value), prevIndex: 0 })
  expect(JSON.parse(plainJson(result.body)).prevNode.value === value).toBe(true)
})

function at(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
}

/** Large values are looked at by themselves, times never. */
function strip(name: string, value: unknown): unknown {
  if (name === 'expiration') return 'then'
  return typeof value === 'string' && value.length > 1000 ? 'large' : value
}
