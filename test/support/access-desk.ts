/**
 * A closed desk whose doors ask who comes, as they ship: by tokens, passwords and sessions. One for each node; a test may set their clock,
 * and says by a header whence a request comes.
 */
import { openDeskApi, type DeskApiOptions, type DeskDoor } from '#src/http/desk-api/desk-api.js'
import { newSecret, secretHash } from '#src/access/secret.js'
import type { DeskStore } from '#src/desk.js'
import { SignInPace } from '#src/http/sign-in-pace.js'
import { Who } from '#src/http/who.js'
import { ask, type Answer } from './desk-door.js'
import { quickPasswords } from './quick-passwords.js'
import type { OpenedNodes, Target } from './target.js'
import { deskFile, Ends, TicketDesk } from './ticket-desk.js'

const MACHINE = { actor: null, door: 'machine' }
const ADDRESS_HEADER = 'x-address'

/** The users, by handle, with the password of each. */
export const passwordOf = (handle: string): string => `the password of ${handle}`

export interface Sent {
  /** A token, a cookie, or nothing. */
  readonly token?: string | undefined
  readonly cookie?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Whence it comes. */
  readonly address?: string
  /** The place of the node that is asked; where none is given the next one is. */
  readonly node?: number
}

export interface Told extends Answer {
  readonly json: ReturnType<typeof JSON.parse>
}

export class AccessDesk {
  readonly nodes: readonly DeskStore[]
  readonly doors: readonly DeskDoor[]
  readonly desk: TicketDesk
  readonly faults: unknown[]
  /** How much later it is at the doors than it is, or than the moment at which it stands. */
  readonly clock: { later: number; hashes: number; stands?: number }
  readonly kept: () => Promise<string>
  #turn = 0
  #seen = 0

  constructor(
    opened: OpenedNodes,
    doors: readonly DeskDoor[],
    { faults, clock }: { readonly faults: unknown[]; readonly clock: AccessDesk['clock'] },
  ) {
    const [first] = opened.nodes
    if (first === undefined) throw new Error('there is no node')
    this.nodes = opened.nodes
    this.doors = doors
    this.desk = new TicketDesk(first, opened.address)
    this.faults = faults
    this.clock = clock
    this.kept = opened.kept
  }

  doorOf(node: number): DeskDoor {
    const door = this.doors[node % this.doors.length]
    if (door === undefined) throw new Error('there are no doors')
    return door
  }

  /** One request; the node has all that was told before. */
  async ask(method: string, path: string, sent: Sent = {}): Promise<Told> {
    const { token, cookie, headers = {}, body, address, node = this.#turn++ } = sent
    const index = Math.max(this.#seen, this.desk.index)
    const answer = await ask(this.doorOf(node), method, path, {
      headers: {
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(cookie !== undefined && { Cookie: cookie }),
        ...(address !== undefined && { [ADDRESS_HEADER]: address }),
        ...(this.doors.length > 1 && { 'Desk-Index': String(index) }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    this.#seen = Math.max(this.#seen, Number(answer.headers['desk-index'] ?? 0))
    const isJson = (answer.headers['content-type'] ?? '').includes('json')
    return { ...answer, json: isJson && answer.body !== '' ? JSON.parse(answer.body) : undefined }
  }

  /** Status and code of a refusal. */
  async refused(method: string, path: string, sent: Sent = {}): Promise<readonly [number, string | undefined]> {
    const { status, json } = await this.ask(method, path, sent)
    return [status, json?.code]
  }

  /** Makes a token on the machine; returns its secret and number. */
  async token(
    user: string,
    scopes: readonly string[] = ['admin'],
    expiresTime: number | null = null,
  ): Promise<{ readonly secret: string; readonly number: number }> {
    const secret = newSecret('token')
    const token = { user, name: 'for a test', scopes, expiresTime }
    const { result } = await this.desk.run('token.create', { token, hash: secretHash(secret) }, MACHINE)
    await this.settled()
    return { secret, number: result.number }
  }

  /** Signs in; returns the cookie that a browser would send. */
  async signIn(user: string, sent: Sent = {}): Promise<string> {
    const answer = await this.ask('POST', '/v1/sessions', { ...sent, body: { user, password: passwordOf(user) } })
    if (answer.status !== 201) throw new Error(`${user} could not sign in: ${answer.body}`)
    return cookieOf(answer)
  }

  /** Resolves when every node has what the first has. */
  async settled(): Promise<void> {
    await Promise.all(this.nodes.map((store) => store.strong()))
  }

  /** What a browser sends of itself with a change. */
  origin(node: number): Readonly<Record<string, string>> {
    const { host, port } = this.doorOf(node).address
    return { Origin: `http://${host}:${port}` }
  }
}

/** What a browser sends back of an answer. */
export function cookieOf({ headers }: Answer): string {
  return headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

export interface AccessOptions extends Partial<DeskApiOptions> {
  readonly target: Target
  readonly until: (end: () => void | Promise<void>) => void
  /** Closed where nothing is said. */
  readonly closed?: boolean
}

/** Opens such a desk; each user but one has a password. */
export async function openAccessDesk({ target, until, closed = true, ...options }: AccessOptions): Promise<AccessDesk> {
  const opened = await target.openFile(await deskFile({ closed, until }))
  until(opened.close)
  const clock: AccessDesk['clock'] = { later: 0, hashes: 0 }
  const faults: unknown[] = []
  const now = (): number => (clock.stands ?? Date.now()) + clock.later
  const countHash = (): void => void (clock.hashes += 1)
  const doors = await Promise.all(
    opened.nodes.map((store) =>
      openDeskApi({
        store,
        version: '1.2.3',
        keysUrl: undefined,
        listen: { host: '127.0.0.1', port: 0 },
        cors: [],
        hostWhitelist: [],
        onFault: (error) => faults.push(error),
        metrics: { contentType: 'text/plain', text: () => Promise.resolve('up 1\n') },
        who: new Who({
          store,
          passwords: quickPasswords(countHash),
          now,
          pace: new SignInPace(now),
          addressOf: ({ headers, socket }) => String(headers[ADDRESS_HEADER] ?? socket.remoteAddress),
        }),
        ...options,
      }),
    ),
  )
  for (const door of doors) until(() => door.close())
  const desk = new AccessDesk(opened, doors, { faults, clock })
  if (closed) {
    for (const handle of ['ada', 'abe', 'rita', 'rolf', 'vic', 'sam']) {
      const kept = await quickPasswords(countHash).hash(passwordOf(handle))
      await desk.desk.run('password.set', { user: handle, kept }, MACHINE)
    }
    await desk.settled()
  }
  return desk
}

export { Ends }
