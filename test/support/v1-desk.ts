/** The desk's door over a desk with users and names; a header says who asks, in the place of a credential. */
import { openDeskApi } from '#src/http/desk-api/desk-api.js'
import type { Door } from '#src/http/door.js'
import { ask, type Answer } from './desk-door.js'
import { askers, type Askers } from './names.js'
import { openTicketDesk, type DeskOptions, type TicketDesk } from './ticket-desk.js'
import { onTestFinished } from 'vitest'

const WHO_HEADER = 'x-who'

export interface Asking {
  readonly who?: keyof Askers
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON, a text as it stands. */
  readonly body?: unknown
  readonly type?: string
}

/** An answer with its body read. */
export interface Told extends Answer {
  readonly json: ReturnType<typeof JSON.parse>
}

export class V1Desk {
  readonly desk: TicketDesk
  readonly door: Door
  /** What the door reported as faults of the program. */
  readonly faults: unknown[]

  constructor(desk: TicketDesk, door: Door, faults: unknown[]) {
    this.desk = desk
    this.door = door
    this.faults = faults
  }

  /** One request below `/v1`; an agent asks where nobody is named. */
  ask(method: string, path: string, asking: Asking = {}): Promise<Told> {
    return this.askAt(method, `/v1${path}`, asking)
  }

  /** The same for any path of the door. */
  async askAt(method: string, path: string, { who = 'agent', headers = {}, body, type }: Asking = {}): Promise<Told> {
    const answer = await ask(this.door, method, path, {
      headers: {
        [WHO_HEADER]: who,
        ...(body !== undefined && { 'Content-Type': type ?? 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const isJson = (answer.headers['content-type'] ?? '').includes('json')
    return { ...answer, json: isJson && answer.body !== '' ? JSON.parse(answer.body) : undefined }
  }
}

/** Opens a door on such a desk, closed where nothing else is said. */
export async function openV1({ closed = true, until = onTestFinished }: DeskOptions = {}): Promise<V1Desk> {
  const desk = await openTicketDesk({ closed, until })
  const faults: unknown[] = []
  const door = await openDeskApi({
    store: desk.store,
    version: '1.2.3',
    keysUrl: undefined,
    listen: { host: '127.0.0.1', port: 0 },
    cors: [],
    hostWhitelist: [],
    onFault: (error) => faults.push(error),
    whoAsks: ({ headers }) => {
      const who = headers[WHO_HEADER]
      return Object.entries(askers).find(([name]) => name === who)?.[1]
    },
  })
  until(() => door.close())
  return new V1Desk(desk, door, faults)
}
