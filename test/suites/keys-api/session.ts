/** A fresh keys door for each test, so that indexes are the numbers one can count, and the shortest way to ask it. */
import type { IncomingHttpHeaders } from 'node:http'
import { afterEach, beforeEach } from 'vitest'
import { keyRequest, openKeys, type OpenKeys, type Running, send, start } from '../../support/keys-door.js'

/** A key's answer with its body read. */
export interface Read {
  readonly status: number
  readonly body: unknown
  readonly headers: IncomingHttpHeaders
}

export interface Session {
  /** The open door. */
  readonly keys: OpenKeys
  /** Asks about a key: `ask('PUT /a', 'value=1')`. */
  readonly ask: (what: string, form?: string) => Promise<Read>
  /** Status and body alone, for whole answers in one expectation. */
  readonly answer: (what: string, form?: string) => Promise<[number, unknown]>
  /** Opens a watch: the path with its query. Waits for its headers. */
  readonly watch: (what: string) => Promise<Running>
}

/** Opens a door before each test of the file and closes it afterwards. */
export function session(options: Parameters<typeof openKeys>[0] = {}): Session {
  let keys: OpenKeys | undefined
  const watches: Running[] = []
  beforeEach(async () => {
    keys = await openKeys(options)
  })
  afterEach(async () => {
    for (const watch of watches.splice(0)) watch.cancel()
    await keys?.close()
  })
  const opened = (): OpenKeys => {
    if (keys === undefined) throw new Error('no test is running')
    return keys
  }
  const ask = async (what: string, form?: string): Promise<Read> => {
    const [method = '', path = ''] = what.split(' ')
    const { status, headers, body } = await send(opened().url, keyRequest(method, path, form))
    return { status, headers, body: body === '' ? undefined : JSON.parse(body) }
  }
  return {
    get keys() {
      return opened()
    },
    ask,
    answer: async (what, form) => {
      const { status, body } = await ask(what, form)
      return [status, body]
    },
    watch: async (what) => {
      const watch = start(opened().url, keyRequest('GET', what), true)
      watches.push(watch)
      await watch.started
      return watch
    },
  }
}

/** The events in what a watch has told so far. */
export function eventsOf(watch: Running): unknown[] {
  return watch
    .body()
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line))
}

/** The events in short: `set /a`. */
export function told(watch: Running): string[] {
  return eventsOf(watch).map((event) => {
    if (typeof event !== 'object' || event === null || !('action' in event) || !('node' in event)) return '?'
    const { action, node } = event
    const key = typeof node === 'object' && node !== null && 'key' in node ? node.key : '/'
    return `${String(action)} ${String(key)}`
  })
}
