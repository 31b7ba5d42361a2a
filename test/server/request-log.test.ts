/** What the log says of requests: failed and slow ones at the usual level, all at debug, and little where everything fails. */
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import type { EndedRequest } from '#src/http/door-book.js'
import { RequestLog } from '#src/server/request-log.js'
import { waitUntil } from '../support/server.js'

const request: EndedRequest = { requestId: 'id-1', method: 'GET', path: '/a', status: 200, durationMs: 1.5 }

function openRequestLog(level: string): { log: RequestLog; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = []
  const write = (line: string): void => void lines.push(JSON.parse(line))
  return { log: new RequestLog(pino({ level, base: null, timestamp: false }, { write })), lines }
}

describe('at the level info', () => {
  test('a request that went well has no line', () => {
    const { log, lines } = openRequestLog('info')
    log.tell('desk', request)
    log.tell('desk', { ...request, status: 404 })
    log.tell('desk', { ...request, status: 0 })
    expect([log.tellsAll, lines]).toEqual([false, []])
  })

  test('a failed one and a slow one have a line with all that names them', () => {
    const { log, lines } = openRequestLog('info')
    log.tell('desk', { ...request, status: 503 })
    log.tell('keys', { ...request, durationMs: 1200 })
    const { status: _, ...name } = request
    expect(lines).toEqual([
      { ...name, level: 40, door: 'desk', status: 503, msg: 'a request failed' },
      { ...name, level: 30, door: 'keys', status: 200, durationMs: 1200, msg: 'a request took long' },
    ])
  })

  test('a secret that somebody wrote into a path is left out', () => {
    const { log, lines } = openRequestLog('debug')
    log.tell('desk', { ...request, path: '/v1/tokens/edk_0123456789ABCDEFGHIJKLMNOPQRST4PMbyp/x' })
    expect(lines).toMatchObject([{ path: '/v1/tokens/edk_…/x' }])
  })

  test('where all fail only some are told one by one in a second, and then how many more there were', async () => {
    const { log, lines } = openRequestLog('info')
    for (let number = 0; number < 1000; number += 1) log.tell('desk', { ...request, status: 503 })
    expect(lines).toHaveLength(20)
    await waitUntil('the second to be over', () => lines.length > 20)
    expect(lines.slice(20)).toEqual([{ level: 40, leftOut: 980, msg: 'more requests failed or took long' }])
    log.tell('desk', { ...request, status: 503 })
    expect(lines.at(-1)).toMatchObject({ requestId: 'id-1', msg: 'a request failed' })
  })
})

test('at the level debug every request has a line, however many fail', () => {
  const { log, lines } = openRequestLog('debug')
  expect(log.tellsAll).toBe(true)
  log.tell('desk', request)
  log.tell('keys', { ...request, status: 0 })
  expect(lines.map(({ msg, status }) => [msg, status])).toEqual([
    ['a request was answered', 200],
    ['a client went away before it was answered', undefined],
  ])
  for (let number = 0; number < 100; number += 1) log.tell('desk', { ...request, status: 503 })
  expect(lines).toHaveLength(102)
})

test('at the level error none has', () => {
  const { log, lines } = openRequestLog('error')
  for (const status of [0, 200, 503]) log.tell('desk', { ...request, status, durationMs: 5000 })
  expect(lines).toEqual([])
})
