/** A desk door over a real store of any engine, and a plain HTTP client that sees every header. */
import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import { Passwords } from '#src/access/password.js'
import type { DeskStore } from '#src/desk.js'
import { openDeskApi, type DeskDoor } from '#src/http/desk-api/desk-api.js'
import type { DeskApiOptions } from '#src/http/desk-api/desk-api.js'
import type { Door } from '#src/http/door.js'
import { KeysApi } from '#src/http/keys-api/keys-api.js'
import { Who } from '#src/http/who.js'
import { dial, requestTo } from './carrier.js'
import { HISTORY_EVENTS, sqliteTarget, type Target } from './target.js'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** One request on a connection of its own. */
export async function ask(door: Door, method: string, path: string, options: AskOptions = {}): Promise<Answer> {
  const sent = requestTo(door.url, { method, path, agent: false, headers: options.headers ?? {} })
  sent.end(options.body)
  return new Promise((resolve, reject) => {
    sent.once('error', reject)
    sent.once('response', (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        reject,
      )
    })
  })
}

/** A request with a JSON body, as curl sends it. */
export function askJson(door: Door, method: string, path: string, value: unknown): Promise<Answer> {
  return ask(door, method, path, { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) })
}

/** Sends bytes as they are and returns all that comes back until the other side closes. */
export async function askRaw(door: Door, ...pieces: readonly (string | Buffer)[]): Promise<string> {
  const socket = await dial(door.url)
  for (const piece of pieces) socket.write(piece)
  socket.setEncoding('utf8')
  let received = ''
  socket.on('data', (piece: string) => (received += piece))
  socket.on('error', () => {})
  await once(socket, 'close')
  return received
}

/** Sends bytes as they are, closes the sending side, and returns all that comes back until the other side closes. */
export async function askHalfClosed(url: string, bytes: string): Promise<string> {
  const socket = await dial(url, { allowHalfOpen: true })
  socket.setEncoding('utf8').end(Buffer.from(bytes, 'latin1'))
  let received = ''
  socket.on('data', (piece: string) => (received += piece))
  socket.on('error', () => {})
  await once(socket, 'close')
  return received
}

export interface OpenDesk {
  readonly door: DeskDoor
  readonly store: DeskStore
  /** What the door reported as faults of the program. */
  readonly faults: unknown[]
  close(): Promise<void>
}

/** Opens a door on an empty store of its own, over SQLite where no target is given; both are gone after `close`. */
export async function openDesk({
  target = sqliteTarget,
  ...options
}: Partial<DeskApiOptions> & { readonly target?: Target } = {}): Promise<OpenDesk> {
  const { store, close: closeStore } = await target.open({ historyEventsMax: 1000 })
  const faults: unknown[] = []
  const door = await openDeskApi({
    store,
    version: '1.2.3',
    keysUrl: 'http://127.0.0.1:2379',
    listen: { host: '127.0.0.1', port: 0 },
    cors: [],
    hostWhitelist: [],
    onFault: (error) => faults.push(error),
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: () => Promise.resolve('up 1\n') },
    ...options,
  })
  const close = async () => {
    await door.close()
    await closeStore()
  }
  return { door, store, faults, close }
}

/** The same with the keys API on the desk's door, as the page has it. */
export async function openDeskWithKeys(options: Pick<DeskApiOptions, 'book'> = {}): Promise<OpenDesk> {
  const opened = await sqliteTarget.open({ historyEventsMax: HISTORY_EVENTS })
  const { store } = opened
  const who = new Who({ store, passwords: new Passwords() })
  const inner = new KeysApi({ store, who, cors: [], hostWhitelist: [] })
  return openDesk({ ...options, target: { ...sqliteTarget, open: () => Promise.resolve(opened) }, who, inner })
}
