/**
 * The desk's doors over a desk with users and names; a header says who asks, in the place of a credential. Where there are several
 * nodes one after another is asked, each told what was seen before: to a test they are one desk.
 */
import { openDeskApi } from '#src/http/desk-api/desk-api.js'
import type { DeskStore } from '#src/desk.js'
import type { DoorBook } from '#src/http/door-book.js'
import type { Door } from '#src/http/door.js'
import { ask, type Answer } from './desk-door.js'
import { askers, type Askers } from './names.js'
import { sqliteTarget, type Target } from './target.js'
import { deskFile, Ends, TicketDesk, type DeskOptions } from './ticket-desk.js'
import { afterAll, beforeAll, onTestFinished } from 'vitest'

/** Says who asks. */
export const WHO_HEADER = 'x-who'
const INDEX_HEADER = 'Desk-Index'

export interface Asking {
  readonly who?: keyof Askers
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON, a text or bytes as they stand. */
  readonly body?: unknown
  readonly type?: string
  /** The place of the node that is asked; where none is given the next one is. */
  readonly node?: number
}

/** An answer with its body read. */
export interface Told extends Answer {
  readonly json: ReturnType<typeof JSON.parse>
}

export class V1Desk {
  /** The first node. */
  readonly desk: TicketDesk
  readonly nodes: readonly DeskStore[]
  /** One for each node. */
  readonly doors: readonly Door[]
  /** What the doors reported as faults of the program. */
  readonly faults: unknown[]
  #seen = 0
  #turn = 0
  #names = 0

  constructor(nodes: readonly DeskStore[], address: string, doors: readonly Door[], faults: unknown[]) {
    const [first] = nodes
    if (first === undefined) throw new Error('there is no node')
    this.desk = new TicketDesk(first, address)
    this.nodes = nodes
    this.doors = doors
    this.faults = faults
  }

  /** The door of the node at this place, counted round; the first where none is given. */
  doorOf(node = 0): Door {
    const door = this.doors[node % this.doors.length]
    if (door === undefined) throw new Error('there are no doors')
    return door
  }

  get door(): Door {
    return this.doorOf()
  }

  /** The newest index that was told. */
  get index(): number {
    return Math.max(this.#seen, this.desk.index)
  }

  /** A name that nothing has yet. */
  freshName(word: string): string {
    return `${word} ${++this.#names}`
  }

  /** One request below `/v1`; an agent asks where nobody is named. */
  ask(method: string, path: string, asking: Asking = {}): Promise<Told> {
    return this.askAt(method, `/v1${path}`, asking)
  }

  /** The same for any path of the doors. */
  async askAt(method: string, path: string, asking: Asking = {}): Promise<Told> {
    const { who = 'agent', headers = {}, body, type, node = this.#turn++ } = asking
    const answer = await ask(this.doorOf(node), method, path, {
      headers: {
        [WHO_HEADER]: who,
        ...(this.doors.length > 1 && { [INDEX_HEADER]: String(this.index) }),
        ...(body !== undefined && { 'Content-Type': type ?? 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && {
        body: typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body),
      }),
    })
    this.#seen = Math.max(this.#seen, Number(answer.headers[INDEX_HEADER.toLowerCase()] ?? 0))
    const isJson = (answer.headers['content-type'] ?? '').includes('json')
    return { ...answer, json: isJson && answer.body !== '' ? JSON.parse(answer.body) : undefined }
  }

  /** What each node answers to the same request. */
  askAll(method: string, path: string, asking: Asking = {}): Promise<Told[]> {
    return Promise.all(this.doors.map((_, node) => this.ask(method, path, { ...asking, node })))
  }

  /** What is read at a path. @throws where that is a refusal, or where not all nodes tell the same */
  async read(path: string, asking: Asking = {}): Promise<Told['json']> {
    const answers = await this.askAll('GET', path, asking)
    const told = new Set(answers.map(({ status, headers, body }) => `${status} ${headers.etag ?? ''} ${body}`))
    if (told.size > 1) throw new Error(`nodes tell different things of ${path}:\n${[...told].join('\n')}`)
    const [answer] = answers
    if (answer?.status !== 200) throw new Error(`${path} is refused: ${answer?.body}`)
    return answer.json
  }

  /** Makes a ticket; returns its number. */
  async create(ticket: object = {}): Promise<number> {
    return (await this.done('POST', '/tickets', { title: 'Disk full', ...ticket })).json.number
  }

  /** A request that is done. @throws where it is refused */
  async done(method: string, path: string, body?: unknown, asking: Asking = {}): Promise<Told> {
    const answer = await this.ask(method, path, { ...asking, ...(body !== undefined && { body }) })
    if (answer.status >= 300) throw new Error(`${method} ${path} is refused: ${answer.body}`)
    return answer
  }

  /** How a request is refused: its status and code. @throws where it is not, or where something was changed all the same */
  async refused(method: string, path: string, body?: unknown, asking: Asking = {}): Promise<readonly [number, string]> {
    const before = this.index
    const { status, json } = await this.ask(method, path, { ...asking, ...(body !== undefined && { body }) })
    if (status < 300 || this.index !== before) throw new Error(`${method} ${path} is not refused: ${status}`)
    return [status, json.code]
  }
}

interface V1Options extends DeskOptions {
  /** SQLite where none is given. */
  readonly target?: Target
  /** Counts the requests of all doors. */
  readonly book?: DoorBook
}

export interface SharedV1 {
  (): V1Desk
  /** All that the journal keeps by now, as text. */
  readonly kept: () => Promise<string>
}

/** Opens doors on such a desk, closed where nothing else is said. */
export async function openV1(options: V1Options = {}): Promise<V1Desk> {
  return (await openKept(options)).v1
}

/** One for all tests of a suite, which use tickets and names of their own. */
export function sharedV1(target: Target): SharedV1 {
  const ends = new Ends()
  let opened: Awaited<ReturnType<typeof openKept>> | undefined
  const demand = () => {
    if (opened === undefined) throw new Error('it is not open yet')
    return opened
  }
  beforeAll(async () => {
    opened = await openKept({ target, until: ends.until })
  })
  afterAll(() => ends.end())
  return Object.assign(() => demand().v1, { kept: () => demand().kept() })
}

async function openKept({ closed = true, until = onTestFinished, target = sqliteTarget, book }: V1Options) {
  const { nodes, address, kept, close } = await target.openFile(await deskFile({ closed, until }))
  until(close)
  const faults: unknown[] = []
  const doors = await Promise.all(nodes.map((store) => openDoor(store, faults, book)))
  for (const door of doors) until(() => door.close())
  return { v1: new V1Desk(nodes, address, doors, faults), kept }
}

function openDoor(store: DeskStore, faults: unknown[], book?: DoorBook): Promise<Door> {
  return openDeskApi({
    store,
    version: '1.2.3',
    keysUrl: undefined,
    listen: { host: '127.0.0.1', port: 0 },
    cors: [],
    hostWhitelist: [],
    onFault: (error) => faults.push(error),
    ...(book && { book }),
    whoAsks: ({ headers }) => {
      const who = headers[WHO_HEADER]
      return Object.entries(askers).find(([name]) => name === who)?.[1]
    },
  })
}
