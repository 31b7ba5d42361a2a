/** Watches over HTTP: when they answer, with which headers, and when they end. */
import { describe, expect, test } from 'vitest'
import { keyRequest, send } from '../../support/keys-door.js'
import { waitUntil } from '../../support/server.js'
import { suite } from '../../support/target.js'
import { eventsOf, session, told } from './session.js'

const HISTORY = 100

export const testWatching = suite('watches over HTTP', (target) => {
  const door = session({ target, historyEventsMax: HISTORY })
  const { answer, ask, watch } = door

  describe('a long poll', () => {
    test('has its headers at once, and answers with the next event alone', async () => {
      await ask('PUT /a', 'value=1')
      const poll = await watch('/a?wait=true')
      const { status, headers } = await poll.started
      expect(status).toBe(200)
      expect(headers).toMatchObject({
        'content-type': 'application/json',
        'x-etcd-index': '1',
        'transfer-encoding': 'chunked',
      })
      expect(poll.body()).toBe('')
      const written = await ask('PUT /a', 'value=2')
      const { body } = await poll.whole
      expect(body.endsWith('}\n')).toBe(true)
      expect(JSON.parse(body)).toEqual(written.body)
    })

    test('waits for a key that is not there yet, and sees the whole event of a write that asked for none', async () => {
      const poll = await watch('/none?wait=true')
      await ask('PUT /none', 'value=1&noValueOnSuccess=true')
      expect(JSON.parse((await poll.whole).body)).toMatchObject({ action: 'set', node: { value: '1' } })
    })

    test('is not woken by other keys, reads, failed writes or refreshes', async () => {
      await ask('PUT /a', 'value=1&ttl=500')
      const poll = await watch('/a?wait=true')
      await ask('PUT /ab', 'value=1')
      await ask('PUT /b/a', 'value=1')
      await ask('GET /a')
      await ask('PUT /a', 'value=x&prevValue=nope')
      await ask('PUT /a', 'ttl=600&refresh=true&prevExist=true')
      await ask('PUT /a', 'value=end')
      await poll.whole
      expect(eventsOf(poll)).toMatchObject([{ node: { value: 'end' } }])
    })

    test('sees below its key when it is recursive, but not what is hidden from it', async () => {
      const poll = await watch('/d?wait=true&recursive=true')
      await ask('PUT /dd', 'value=1')
      await ask('PUT /d/_h', 'value=1')
      await ask('PUT /d/a/_h/b', 'value=1')
      await ask('PUT /d/a/b', 'value=1')
      await poll.whole
      expect(told(poll)).toEqual(['set /d/a/b'])
    })

    test('of a key that existed is woken by the removal of a directory above it', async () => {
      await ask('PUT /d/e/f', 'value=1')
      const [existing, missing] = [await watch('/d/e/f?wait=true'), await watch('/d/e/none?wait=true')]
      await ask('DELETE /d?recursive=true')
      await existing.whole
      expect(told(existing)).toEqual(['delete /d'])
      expect(missing.hasEnded()).toBe(false)
      await ask('PUT /d/e/none', 'value=1')
      await missing.whole
      expect(told(missing)).toEqual(['set /d/e/none'])
    })

    test('is told of an expiry', async () => {
      await ask('PUT /t', 'value=1&ttl=1')
      // Also where the key is gone by the time that it is watched.
      const poll = await watch('/t?wait=true&waitIndex=2')
      await poll.whole
      expect(eventsOf(poll)).toMatchObject([
        {
          action: 'expire',
          node: { key: '/t', modifiedIndex: 2 },
          prevNode: { value: '1', expiration: expect.any(String) },
        },
      ])
    })
  })

  describe('a watch from an index on', () => {
    test('is answered from the history with the first match', async () => {
      for (const value of ['1', '2', '3']) await ask('PUT /a', `value=${value}`)
      await ask('PUT /b', 'value=4')
      const { headers, body } = await ask('GET /a?wait=true&waitIndex=2')
      expect(body).toMatchObject({ node: { value: '2', modifiedIndex: 2 } })
      expect(headers['x-etcd-index']).toBe('4')
    })

    test('waits where the history has no match, and skips what comes before an index to come', async () => {
      await ask('PUT /a', 'value=1')
      await ask('PUT /b', 'value=2')
      const [past, future] = [await watch('/a?wait=true&waitIndex=2'), await watch('/a?wait=true&waitIndex=4')]
      await ask('PUT /a', 'value=3')
      await ask('PUT /a', 'value=4')
      await Promise.all([past.whole, future.whole])
      expect([...eventsOf(past), ...eventsOf(future)]).toMatchObject([
        { node: { value: '3' } },
        { node: { value: '4' } },
      ])
    })

    test('finds in the history also hidden keys, and a removed directory by the mere beginning of the name', async () => {
      await ask('PUT /foo/_h', 'value=1')
      await ask('DELETE /foo?recursive=true')
      expect(await answer('GET /foo?wait=true&recursive=true&waitIndex=1')).toMatchObject([
        200,
        { node: { key: '/foo/_h' } },
      ])
      expect(await answer('GET /foobar?wait=true&waitIndex=1')).toMatchObject([
        200,
        { action: 'delete', node: { key: '/foo' } },
      ])
    })

    test('that is gone from the history is told so, with the oldest index kept', async () => {
      for (let index = 1; index <= HISTORY + 1; index++) await ask('PUT /a', 'value=x')
      expect(await answer('GET /none?wait=true&waitIndex=1')).toEqual([
        400,
        {
          errorCode: 401,
          message: 'The event in requested index is outdated and cleared',
          cause: 'the requested history has been cleared [2/1]',
          index: HISTORY + 1,
        },
      ])
      expect(await answer('GET /a?wait=true&waitIndex=2')).toMatchObject([200, { node: { modifiedIndex: 2 } }])
    })
  })

  describe('a stream', () => {
    test('tells every event, a line each, until the client leaves', async () => {
      const stream = await watch('/s?wait=true&recursive=true&stream=true')
      for (let count = 0; count < 250; count++) await ask(`PUT /s/${count % 3}`, `value=${count}`)
      await waitUntil('250 events', () => eventsOf(stream).length === 250)
      expect(eventsOf(stream).map((event) => JSON.stringify(event).match(/"value":"(\d+)"/u)?.[1])).toEqual(
        Array.from({ length: 250 }, (_, count) => String(count)),
      )
      stream.cancel()
      await waitUntil('the watch to be forgotten', async () => (await watchers()) === 0)
    })

    test('on a removed key is told twice, one above it once', async () => {
      await ask('PUT /d/a', 'value=1')
      const [on, above] = [
        await watch('/d/a?wait=true&stream=true'),
        await watch('/d?wait=true&stream=true&recursive=true'),
      ]
      await ask('DELETE /d/a')
      await ask('PUT /d/a', 'value=2')
      await waitUntil('both', () => told(on).length === 3 && told(above).length === 2)
      expect(told(on)).toEqual(['delete /d/a', 'delete /d/a', 'set /d/a'])
      expect(told(above)).toEqual(['delete /d/a', 'set /d/a'])
    })

    test('that begins in the history tells that one event and is silent then', async () => {
      await ask('PUT /a', 'value=1')
      const [past, live] = [
        await watch('/a?wait=true&stream=true&waitIndex=1'),
        await watch('/a?wait=true&stream=true'),
      ]
      await ask('PUT /a', 'value=2')
      await waitUntil('the live one', () => told(live).length === 1)
      expect(told(past)).toEqual(['set /a'])
      expect(past.hasEnded()).toBe(false)
    })
  })

  test('closing the door cuts long polls and streams off at once: none of them looks like an answer', async () => {
    const watches = [await watch('/a?wait=true'), await watch('/a?wait=true&stream=true')]
    const ends = watches.map(({ whole }) => expect(whole).rejects.toMatchObject({ code: 'ECONNRESET' }))
    await door.keys.door.close()
    await Promise.all(ends)
    expect(watches.map((cut) => cut.body())).toEqual(['', ''])
  })

  async function watchers(): Promise<unknown> {
    const { body } = await send(door.keys.url, { method: 'GET', target: '/v2/stats/store' })
    return JSON.parse(body).watchers
  }

  // The request that opens a watch is a plain GET of the key.
  test('a watch on another method is refused', async () => {
    const { status, body } = await send(door.keys.url, keyRequest('PUT', '/a?wait=true', 'value=1'))
    expect([status, JSON.parse(body)]).toMatchObject([400, { errorCode: 209, index: 0 }])
  })
})

/** What many watchers, or slow ones, cost a node: whether there are other nodes is all the same to it. */
export const testWatchLoad = suite('many and slow watches over HTTP', (target) => {
  const { ask, watch } = session({ target, historyEventsMax: HISTORY })

  test('a stream whose client takes nothing is ended, and holds a bounded part until then', async () => {
    const stream = await watch('/s?wait=true&stream=true')
    stream.pause()
    const value = 'x'.repeat(30_000)
    for (let count = 0; count < 500; count++) await ask('PUT /s', `value=${value}&noValueOnSuccess=true`)
    stream.resume()
    await stream.whole
    expect(told(stream).length).toBeGreaterThan(99)
    expect(told(stream).length).toBeLessThan(500)
  })

  test('1,000 long polls are all answered by one event', async () => {
    const polls = await Promise.all(Array.from({ length: 1000 }, () => watch('/many?wait=true')))
    await ask('PUT /many', 'value=1')
    const answers = await Promise.all(polls.map((poll) => poll.whole))
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
  })
})
