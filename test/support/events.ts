/** Desks with people, who may have closed it, and a client of `/v1/events` that reads a stream block by block. */
import { readFileSync, writeFileSync } from 'node:fs'
import { request, type IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { DeskStore } from '#src/desk.js'
import type { ConnectionRoom } from '#src/http/connection-room.js'
import { openDeskApi } from '#src/http/desk-api/desk-api.js'
import type { Door } from '#src/http/door.js'
import { openDatabase } from '#src/sqlite/database.js'
import { ask } from './desk-door.js'
import { temporaryFolder } from './folder.js'
import { openStore } from './store.js'

/** By their numbers, which are 1 and so on. */
const people = ['ada', 'ben', 'ann', 'rob', 'vic', 'sam'] as const
const roles = { ada: 'admin', ben: 'agent', ann: 'requester', rob: 'requester', vic: 'viewer', sam: 'service' } as const

export type Person = (typeof people)[number]

export function numberOf(person: Person): number {
  return people.indexOf(person) + 1
}

/** Says who asks: a test's only credential. */
export const WHO = 'test-user'

export interface PeopledDesk {
  /** What the door reported as faults of the program. */
  readonly faults: readonly unknown[]
  readonly store: DeskStore
  readonly door: Door
  /** What a person has done. */
  readonly as: (person: Person) => { readonly actor: number; readonly door: string }
}

export interface PeopledDeskOptions {
  /** Whether only those let in who are known. */
  readonly closed?: boolean
  /** Written into the file before it is opened. */
  readonly sql?: readonly string[]
  readonly historyEventsMax?: number
  readonly room?: ConnectionRoom
  readonly eventBeatMs?: number
}

/** The file of such a desk: made once, copied for each test. */
let peopled: Buffer | undefined

async function makePeopled(): Promise<Buffer> {
  const path = join(temporaryFolder(), 'desk.db')
  const store = await openStore({ address: `sqlite:${path}` })
  for (const handle of people) await store.run('user.create', { user: { handle, role: roles[handle] } })
  await store.close()
  const file = openDatabase(path)
  for (const sql of [...names, 'PRAGMA wal_checkpoint(TRUNCATE)']) file.exec(sql)
  file.close()
  return readFileSync(path)
}

/** A desk with these people and the labels `disk`, `net` and `old`, a public queue `storage` with the fields `site` and, for staff alone, `cost`. */
export async function openPeopledDesk(options: PeopledDeskOptions = {}): Promise<PeopledDesk> {
  const path = join(temporaryFolder(), 'desk.db')
  peopled ??= await makePeopled()
  writeFileSync(path, peopled)
  const file = openDatabase(path)
  for (const sql of options.sql ?? []) file.exec(sql)
  if (options.closed === true) file.exec("INSERT INTO settings VALUES ('access', 'closed', 1, NULL)")
  file.close()
  const { historyEventsMax = 100_000, room, eventBeatMs } = options
  const store = await openStore({ address: `sqlite:${path}`, historyEventsMax })
  const faults: unknown[] = []
  const door = await openDeskApi({
    onFault: (error) => faults.push(error),
    store,
    version: '1.2.3',
    keysUrl: undefined,
    listen: { host: '127.0.0.1', port: 0 },
    cors: [],
    hostWhitelist: [],
    whoAsks: ({ headers }) => {
      const who = people.find((person) => person === headers[WHO])
      return who === undefined ? undefined : { actor: numberOf(who), door: 'api' }
    },
    ...(room && { room }),
    ...(eventBeatMs !== undefined && { eventBeatMs }),
  })
  onTestFinished(() => door.close(1000))
  return { store, door, faults, as: (person) => ({ actor: numberOf(person), door: 'api' }) }
}

const columns = '(number, name, archived, merged_into, gone, version'

/** A queue that is public, one that is not, and names for both; labels; fields. */
const names: readonly string[] = [
  // So that what commands make later gets numbers of its own.
  "INSERT INTO counters VALUES ('labels', 3), ('fields', 2), ('queues', 3), ('statuses', 5)",
  ...[
    ['open', 'new'],
    ['in-progress', 'active'],
    ['waiting', 'waiting'],
    ['resolved', 'done'],
    ['closed', 'done'],
  ].flatMap(([name, category], place) => [
    `INSERT INTO statuses ${columns}, category, position, moves)
     VALUES (${place + 1}, '${name}', 0, NULL, NULL, 1, '${category}', ${place}, '')`,
    `INSERT INTO names (kind, folded, number) VALUES ('status', '${name}', ${place + 1})`,
  ]),
  ...['disk', 'net', 'old'].flatMap((name, place) => [
    `INSERT INTO labels ${columns}, color, description) VALUES (${place + 1}, '${name}', 0, NULL, NULL, 1, '', '')`,
    `INSERT INTO names (kind, folded, number) VALUES ('label', '${name}', ${place + 1})`,
  ]),
  ...['site', 'cost'].map(
    (name, place) =>
      `INSERT INTO fields ${columns}, type, description, choices) VALUES (${place + 1}, '${name}', 0, NULL, NULL, 1, 'text', '', '')`,
  ),
  ...['site', 'cost'].map(
    (name, place) => `INSERT INTO names (kind, folded, number) VALUES ('field', '${name}', ${place + 1})`,
  ),
  ...[
    ['storage', 1, '[{"field":1,"public":true},{"field":2}]'],
    ['secret', 0, ''],
  ].flatMap(([name, isPublic, fields], place) => [
    `INSERT INTO queues ${columns}, description, assignee, is_public, fields)
     VALUES (${place + 2}, '${name}', 0, NULL, NULL, 1, '', NULL, ${isPublic}, '${fields}')`,
    `INSERT INTO names (kind, folded, number) VALUES ('queue', '${name}', ${place + 2})`,
  ]),
]

/** What a block of a stream says. */
export interface Block {
  readonly id?: string
  readonly event?: string
  readonly data?: string
}

/** An event as it was told. */
export interface ToldEvent {
  readonly index: number
  readonly type: string
  readonly [member: string]: unknown
}

export interface Following {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** All that came so far. */
  readonly text: () => string
  readonly blocks: () => readonly Block[]
  readonly events: () => readonly ToldEvent[]
  /** Resolves once what came so far is enough. */
  until(isEnough: (events: readonly ToldEvent[], blocks: readonly Block[]) => boolean): Promise<readonly ToldEvent[]>
  /** How it ended: `whole` where the server brought it to its end. */
  readonly ended: Promise<'whole' | 'cut'>
  readonly pause: () => void
  readonly resume: () => void
  readonly close: () => void
}

export interface FollowOptions {
  readonly who?: Person
  readonly headers?: Readonly<Record<string, string>>
  /** `HOST:PORT` where it is not the door's own. */
  readonly through?: string
}

/** Begins to follow; `query` such as `?since=0`. */
export function follow(door: Door, query = '', { who, headers = {}, through }: FollowOptions = {}): Promise<Following> {
  const [host, port] = through === undefined ? [door.address.host, door.address.port] : through.split(':')
  const sent = request({
    host,
    port,
    path: `/v1/events${query}`,
    agent: false,
    headers: { ...(who && { [WHO]: who }), ...headers },
  })
  sent.end()
  return new Promise((resolve, reject) => {
    sent.on('error', reject)
    sent.once('response', (response) => {
      const reader = new BlockReader()
      let look: () => void = () => {}
      const ended = new Promise<'whole' | 'cut'>((settle) => {
        response.once('end', () => settle('whole'))
        response.once('close', () => settle(response.complete ? 'whole' : 'cut'))
      })
      response.on('error', () => {})
      response.setEncoding('utf8').on('data', (piece: string) => {
        reader.push(piece)
        look()
      })
      const { blocks, events } = reader
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: () => reader.text,
        blocks: () => blocks,
        events: () => events,
        until: (isEnough) =>
          new Promise((settle) => {
            look = () => {
              if (isEnough(events, blocks)) settle([...events])
            }
            look()
          }),
        ended,
        pause: () => response.pause(),
        resume: () => response.resume(),
        close: () => sent.destroy(),
      })
    })
  })
}

/** A page of events. */
export async function page(
  door: Door,
  query = '',
  who?: Person,
): Promise<{ readonly status: number; readonly events: ToldEvent[]; readonly next: number; readonly body: string }> {
  const headers = { Accept: 'application/json', ...(who && { [WHO]: who }) }
  const { status, body } = await ask(door, 'GET', `/v1/events${query}`, { headers })
  const { events = [], next = -1 }: { events?: ToldEvent[]; next?: number } = JSON.parse(body)
  return { status, events, next, body }
}

/** Reads a stream as its pieces come. */
class BlockReader {
  readonly blocks: Block[] = []
  readonly events: ToldEvent[] = []
  readonly #pieces: string[] = []
  /** What is no whole block yet. */
  #rest = ''

  get text(): string {
    return this.#pieces.join('')
  }

  push(piece: string): void {
    this.#pieces.push(piece)
    const blocks = (this.#rest + piece).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const text of blocks) this.#read(text)
  }

  #read(text: string): void {
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith(':'))
    if (lines.length === 0) return
    const block: Block = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
    )
    this.blocks.push(block)
    if (block.data !== undefined) this.events.push(JSON.parse(block.data))
  }
}
