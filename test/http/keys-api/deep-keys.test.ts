/** Keys of many parts: as in etcd their number is bounded by the length of the request alone, not by a rule of its own. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keyRequest, openKeys, send, start, type OpenKeys } from '../../support/keys-door.js'
import { waitUntil } from '../../support/server.js'

let keys: OpenKeys
beforeEach(async () => {
  keys = await openKeys()
})
afterEach(() => keys.close())

async function ask(
  method: string,
  key: string,
  form?: string,
): Promise<[status: number, body: Record<string, unknown>]> {
  const { status, body } = await send(keys.url, keyRequest(method, key, form))
  return [status, JSON.parse(body)]
}

describe('a key of 2,000 parts', () => {
  const deep = '/d'.repeat(2000)

  test('is written, read, listed and removed as any other', async () => {
    expect(await ask('PUT', deep, 'value=1')).toMatchObject([201, { node: { key: deep, value: '1', createdIndex: 1 } }])
    expect(await ask('GET', deep)).toMatchObject([200, { node: { key: deep, value: '1' } }])
    expect(await ask('GET', '/d'.repeat(1999))).toMatchObject([200, { node: { dir: true, nodes: [{ key: deep }] } }])
    const { body } = await send(keys.url, keyRequest('GET', '/?recursive=true'))
    expect(body.split('"dir":true').length - 1).toBe(2000)
    expect(body).toContain(`{"key":"${deep}","value":"1"`)
    expect(await ask('DELETE', '/d?recursive=true')).toMatchObject([200, { action: 'delete', node: { key: '/d' } }])
    expect(await ask('GET', deep)).toMatchObject([404, { errorCode: 100, cause: '/d' }])
  })

  test('names what is missing of it, or what is a file, as etcd does', async () => {
    await ask('PUT', `${'/d'.repeat(1000)}/file`, 'value=1')
    expect(await ask('GET', deep)).toMatchObject([404, { errorCode: 100, cause: '/d'.repeat(1001) }])
    const below = `${'/d'.repeat(1000)}/file${'/x'.repeat(900)}`
    const refusal = { errorCode: 104, message: 'Not a directory', cause: `${'/d'.repeat(1000)}/file` }
    expect(await ask('GET', below)).toMatchObject([400, refusal])
    expect(await ask('PUT', below, 'value=1')).toMatchObject([400, refusal])
    expect(await ask('DELETE', `${deep}/e`)).toMatchObject([404, { errorCode: 100, cause: '/d'.repeat(1001) }])
  })

  test('is watched from above, at itself and below it, also when all of it is removed', async () => {
    await ask('PUT', `${deep}/file`, 'value=1')
    const watches = ['/d?recursive=true&', `${deep}?recursive=true&`, `${deep}/file?`].map((key) =>
      start(keys.url, keyRequest('GET', `${key}wait=true`), true),
    )
    await Promise.all(watches.map(({ started }) => started))
    await waitUntil('all to watch', () => keys.door.watchers() === 3)
    await ask('DELETE', '/d?recursive=true')
    for (const { whole } of watches) {
      expect(JSON.parse((await whole).body)).toMatchObject({ action: 'delete', node: { key: '/d' } })
    }
    const late = await send(keys.url, keyRequest('GET', `${deep}/file?wait=true&waitIndex=1`))
    expect(JSON.parse(late.body)).toMatchObject({ action: 'set', node: { key: `${deep}/file` } })
  })
})

describe('a key of 100,000 parts, about as many as fit into a request', () => {
  const deepest = '/d'.repeat(100_000)

  test('is looked for and watched like any other', async () => {
    expect(await ask('GET', deepest)).toMatchObject([404, { errorCode: 100, cause: '/d' }])
    expect(await ask('DELETE', deepest)).toMatchObject([404, { errorCode: 100, cause: '/d' }])
    const watch = start(keys.url, keyRequest('GET', `${deepest}?wait=true`), true)
    await watch.started
    expect(await ask('PUT', '/d', 'value=1')).toMatchObject([201, {}])
    expect(await ask('GET', deepest)).toMatchObject([400, { errorCode: 104, cause: '/d' }])
    expect(watch.hasEnded()).toBe(false)
    watch.cancel()
  })

  test('is refused where its directories would all have to be made at once, and made in a few steps', async () => {
    expect(await ask('PUT', deepest, 'value=1')).toEqual([
      400,
      {
        errorCode: 209,
        message: 'Invalid field',
        cause: 'the key lies below too many directories that are not there yet: make those further up first',
        index: 0,
      },
    ])
    expect(await ask('GET', '/d')).toMatchObject([404, {}])
    for (const parts of [2000, 2800, 3400]) {
      expect(await ask('PUT', `${'/d'.repeat(parts)}/file`, 'value=1')).toMatchObject([201, {}])
    }
    expect(await ask('GET', '/d'.repeat(3400))).toMatchObject([200, { node: { dir: true } }])
  })
})
