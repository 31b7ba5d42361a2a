/** What each request to a key does and answers, whole bodies. Index 1 is the first change of each test. */
import { describe, expect, test } from 'vitest'
import { suite } from '../../support/target.js'
import { session } from './session.js'

/** A file that is as it was written. */
const file = (key: string, value: string, index: number) => ({
  key,
  value,
  modifiedIndex: index,
  createdIndex: index,
})

export const testKeys = suite('requests to a key', (target) => {
  const door = session({ target })
  const { answer, ask } = door

  describe('PUT', () => {
    test('sets a key: 201 when it is new, 200 with what was there before when not', async () => {
      expect(await answer('PUT /message', 'value=Hello+world')).toEqual([
        201,
        { action: 'set', node: file('/message', 'Hello world', 1) },
      ])
      expect(await answer('PUT /message', 'value=Hello+etcd')).toEqual([
        200,
        {
          action: 'set',
          node: file('/message', 'Hello etcd', 2),
          prevNode: file('/message', 'Hello world', 1),
        },
      ])
    })

    test('makes the directories above a key, with its index', async () => {
      await ask('PUT /a/b/c', 'value=1')
      expect(await answer('GET /a')).toEqual([
        200,
        {
          action: 'get',
          node: {
            key: '/a',
            dir: true,
            nodes: [{ key: '/a/b', dir: true, modifiedIndex: 1, createdIndex: 1 }],
            modifiedIndex: 1,
            createdIndex: 1,
          },
        },
      ])
    })

    test('makes a directory, but not over one that is there', async () => {
      expect(await answer('PUT /d', 'dir=true')).toEqual([
        201,
        { action: 'set', node: { key: '/d', dir: true, modifiedIndex: 1, createdIndex: 1 } },
      ])
      const notAFile = [403, { errorCode: 102, message: 'Not a file', cause: '/d', index: 1 }]
      expect(await answer('PUT /d', 'dir=true')).toEqual(notAFile)
      expect(await answer('PUT /d', 'value=1')).toEqual(notAFile)
    })

    test('creates with prevExist=false only what is not there', async () => {
      expect(await answer('PUT /a', 'value=1&prevExist=false')).toEqual([
        201,
        { action: 'create', node: file('/a', '1', 1) },
      ])
      expect(await answer('PUT /a', 'value=2&prevExist=false')).toEqual([
        412,
        { errorCode: 105, message: 'Key already exists', cause: '/a', index: 1 },
      ])
    })

    test('updates with prevExist=true only what is there, and keeps its createdIndex', async () => {
      await ask('PUT /a', 'value=1')
      expect(await answer('PUT /a', 'value=2&prevExist=true')).toEqual([
        200,
        {
          action: 'update',
          node: { key: '/a', value: '2', modifiedIndex: 2, createdIndex: 1 },
          prevNode: file('/a', '1', 1),
        },
      ])
      expect(await answer('PUT /b/c', 'value=2&prevExist=true')).toEqual([
        404,
        { errorCode: 100, message: 'Key not found', cause: '/b', index: 2 },
      ])
    })

    test('compares and swaps by value and by index, and names what does not match', async () => {
      await ask('PUT /a', 'value=one')
      expect(await answer('PUT /a', 'value=two&prevValue=one')).toEqual([
        200,
        {
          action: 'compareAndSwap',
          node: { key: '/a', value: 'two', modifiedIndex: 2, createdIndex: 1 },
          prevNode: file('/a', 'one', 1),
        },
      ])
      const failed = (cause: string) => [412, { errorCode: 101, message: 'Compare failed', cause, index: 2 }]
      expect(await answer('PUT /a', 'value=x&prevValue=one')).toEqual(failed('[one != two]'))
      expect(await answer('PUT /a', 'value=x&prevIndex=1')).toEqual(failed('[1 != 2]'))
      expect(await answer('PUT /a', 'value=x&prevIndex=1&prevValue=one')).toEqual(failed('[one != two] [1 != 2]'))
      expect(await answer('PUT /a', 'value=x&prevIndex=18446744073709551615')).toEqual(
        failed('[18446744073709551615 != 2]'),
      )
    })

    test('refuses a key below a file, and the root', async () => {
      await ask('PUT /a', 'value=1')
      expect(await answer('PUT /a/b', 'value=1')).toEqual([
        400,
        { errorCode: 104, message: 'Not a directory', cause: '/a', index: 1 },
      ])
      expect(await answer('PUT /', 'value=1')).toEqual([
        400,
        { errorCode: 107, message: 'Root is read only', cause: '/', index: 1 },
      ])
    })

    test('sets a time to live, shows what is left of it, and a set without one ends it', async () => {
      const { status, body } = await ask('PUT /t', 'value=1&ttl=100')
      expect(status).toBe(201)
      expect(body).toEqual({
        action: 'set',
        node: {
          key: '/t',
          value: '1',
          expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*[1-9])?Z$/u),
          ttl: 100,
          modifiedIndex: 1,
          createdIndex: 1,
        },
      })
      expect((await ask('PUT /t', 'value=2')).body).toMatchObject({ prevNode: { ttl: expect.any(Number) } })
      expect(await answer('GET /t')).toEqual([200, { action: 'get', node: file('/t', '2', 2) }])
    })

    test('refreshes a time to live and keeps the value', async () => {
      await ask('PUT /t', 'value=kept&ttl=100')
      expect((await ask('PUT /t', 'ttl=500&refresh=true&prevExist=true')).body).toMatchObject({
        action: 'update',
        node: { value: 'kept', ttl: 500, modifiedIndex: 2 },
      })
      expect(await answer('PUT /none', 'ttl=500&refresh=true&prevExist=true')).toMatchObject([404, { errorCode: 100 }])
    })

    test('answers the action alone with noValueOnSuccess', async () => {
      expect(await answer('PUT /a', 'value=1&noValueOnSuccess=true')).toEqual([201, { action: 'set' }])
      expect(await answer('PUT /a', 'value=2&prevValue=1&noValueOnSuccess=true')).toEqual([
        200,
        { action: 'compareAndSwap' },
      ])
      expect(await answer('PUT /a', 'value=2&prevValue=1&noValueOnSuccess=true')).toMatchObject([
        412,
        { cause: '[1 != 2]' },
      ])
    })
  })

  describe('POST', () => {
    test('creates keys in order, named by their index', async () => {
      await ask('PUT /other', 'value=1')
      expect(await answer('POST /queue', 'value=first')).toEqual([
        201,
        { action: 'create', node: file('/queue/00000000000000000002', 'first', 2) },
      ])
      expect((await ask('POST /queue', 'value=second')).body).toMatchObject({
        node: { key: '/queue/00000000000000000003' },
      })
    })

    test('refuses a file as the directory', async () => {
      await ask('PUT /f', 'value=1')
      expect(await answer('POST /f', 'value=1')).toMatchObject([400, { errorCode: 104, cause: '/f' }])
    })
  })

  describe('DELETE', () => {
    test('removes a key and shows what it was', async () => {
      await ask('PUT /a', 'value=1')
      expect(await answer('DELETE /a')).toEqual([
        200,
        {
          action: 'delete',
          node: { key: '/a', modifiedIndex: 2, createdIndex: 1 },
          prevNode: file('/a', '1', 1),
        },
      ])
      expect(await answer('DELETE /a')).toEqual([
        404,
        { errorCode: 100, message: 'Key not found', cause: '/a', index: 2 },
      ])
    })

    test('removes a directory only where it is told to', async () => {
      await ask('PUT /d/_hidden', 'value=1')
      expect(await answer('DELETE /d')).toMatchObject([403, { errorCode: 102 }])
      expect(await answer('DELETE /d?dir=true')).toMatchObject([
        403,
        { errorCode: 108, message: 'Directory not empty' },
      ])
      expect(await answer('DELETE /d?recursive=true')).toEqual([
        200,
        {
          action: 'delete',
          node: { key: '/d', dir: true, modifiedIndex: 2, createdIndex: 1 },
          prevNode: { key: '/d', dir: true, modifiedIndex: 1, createdIndex: 1 },
        },
      ])
    })

    test('compares and deletes', async () => {
      await ask('PUT /a', 'value=1')
      expect(await answer('DELETE /a?prevValue=2')).toMatchObject([412, { errorCode: 101, cause: '[2 != 1]' }])
      expect(await answer('DELETE /a?prevIndex=1&prevValue=1')).toMatchObject([200, { action: 'compareAndDelete' }])
    })

    test('reads no body', async () => {
      await ask('PUT /a', 'value=1')
      expect(await answer('DELETE /a', 'prevValue=2&%zz')).toMatchObject([200, { action: 'delete' }])
    })
  })

  describe('GET', () => {
    test('reads a key, with its own index in the body and the newest in the header', async () => {
      await ask('PUT /a', 'value=1')
      await ask('PUT /b', 'value=2')
      const { headers, body } = await ask('GET /a')
      expect(body).toEqual({ action: 'get', node: file('/a', '1', 1) })
      expect(headers['x-etcd-index']).toBe('2')
    })

    test('names the first part of the path that is missing, or the file that is in the way', async () => {
      await ask('PUT /a/b', 'value=1')
      expect(await answer('GET /a/x/y')).toEqual([
        404,
        { errorCode: 100, message: 'Key not found', cause: '/a/x', index: 1 },
      ])
      expect(await answer('GET /a/b/c/d')).toEqual([
        400,
        { errorCode: 104, message: 'Not a directory', cause: '/a/b', index: 1 },
      ])
    })

    test('lists a directory in byte order, one level or all, without hidden keys', async () => {
      for (const path of ['/d/b', '/d/a/x', '/d/a/_h', '/d/_h/x', '/d/B', '/d/ä'])
        await ask(`PUT ${encodeURI(path)}`, 'value=1')
      const keysOf = (value: unknown): unknown => JSON.stringify(value).match(/"key":"[^"]*"/gu)
      expect(keysOf((await ask('GET /d')).body)).toEqual(
        ['/d', '/d/B', '/d/a', '/d/b', '/d/ä'].map((key) => `"key":"${key}"`),
      )
      expect(keysOf((await ask('GET /d?recursive=true')).body)).toEqual(
        ['/d', '/d/B', '/d/a', '/d/a/x', '/d/b', '/d/ä'].map((key) => `"key":"${key}"`),
      )
      expect(keysOf((await ask('GET /d/_h')).body)).toEqual(['"key":"/d/_h"', '"key":"/d/_h/x"'])
    })

    test('shows the root without key and indexes, and an empty directory without nodes', async () => {
      expect(await answer('GET /')).toEqual([200, { action: 'get', node: { dir: true } }])
      await ask('PUT /d', 'dir=true')
      expect(await answer('GET /')).toEqual([
        200,
        { action: 'get', node: { dir: true, nodes: [{ key: '/d', dir: true, modifiedIndex: 1, createdIndex: 1 }] } },
      ])
      expect(await answer('GET /d')).toEqual([
        200,
        { action: 'get', node: { key: '/d', dir: true, modifiedIndex: 1, createdIndex: 1 } },
      ])
    })

    test('reads with quorum=true what any write before it has written', async () => {
      await ask('PUT /a', 'value=1')
      expect(await answer('GET /a?quorum=true')).toMatchObject([200, { node: { value: '1' } }])
      expect(await answer('GET /none?quorum=true&wait=true')).toMatchObject([404, { errorCode: 100 }])
    })

    test('escapes JSON as Go does', async () => {
      await ask('PUT /%3Cx%3E', 'value=%3C%26%3E%E2%80%A8%00')
      const raw = await fetch(`${door.keys.url}/v2/keys/%3Cx%3E`)
      expect(await raw.text()).toBe(
        '{"action":"get","node":{"key":"/\\u003cx\\u003e","value":"\\u003c\\u0026\\u003e\\u2028\\u0000","modifiedIndex":1,"createdIndex":1}}\n',
      )
    })
  })
})
