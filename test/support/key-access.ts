/** A closed desk for tests of who may what of the key tree: a user of each role with a token, and keys at, above and beside what a service has. */
import { newSecret, secretHash } from '#src/access/secret.js'
import type { DeskStore } from '#src/desk.js'
import { SignInPace } from '#src/http/sign-in-pace.js'
import { Who } from '#src/http/who.js'
import type { Asker } from '#src/store/command.js'
import type { Role } from '#src/users/role.js'
import { openKeys, send, start, type KeysAnswer, type OpenKeys, type Running } from './keys-door.js'
import { quickPasswords } from './quick-passwords.js'
import type { Target } from './target.js'

/** Whoever sits at the machine. */
export const MACHINE: Asker = { actor: null, door: 'machine' }

/** What the service `sam` has. */
export const PARTS = [
  { prefix: '/app/own', access: 'write' },
  { prefix: '/app/shared', access: 'read' },
  { prefix: '/solo', access: 'write' },
  { prefix: '/deep/er/est', access: 'write' },
] as const

const users: readonly (readonly [handle: string, role: Role])[] = [
  ['ada', 'admin'],
  ['abe', 'agent'],
  ['rita', 'requester'],
  ['vic', 'viewer'],
  ['sam', 'service'],
]

/** Keys that an admin wrote, each with its path as its value. */
const keys = [
  '/app/own/b',
  '/app/own/sub/c',
  '/app/shared/a',
  '/app/private/d',
  '/app/file',
  '/solo',
  '/solitary',
  '/other/x',
  '/top',
]

export class AccessDesk {
  readonly keys: OpenKeys
  readonly store: DeskStore
  /** The secret of each user's token, which has both scopes of keys. */
  readonly tokens: Readonly<Record<string, string>>
  /** How much later it is at the door than it is, or than the moment at which it stands. */
  readonly clock: { later: number; stands?: number }
  readonly #watches: Running[] = []

  constructor(keys: OpenKeys, tokens: Readonly<Record<string, string>>, clock: AccessDesk['clock'] = { later: 0 }) {
    this.keys = keys
    this.store = keys.store
    this.tokens = tokens
    this.clock = clock
  }

  /** Asks as the user `who`, whose token comes with it: `ask('sam', 'PUT /app/own/x', 'value=1')`. */
  async ask(who: string | undefined, what: string, form?: string): Promise<KeysAnswer & { readonly json: unknown }> {
    const answer = await this.askAs(who === undefined ? {} : bearer(this.tokens[who] ?? ''), what, form)
    return { ...answer, json: answer.body === '' ? undefined : JSON.parse(answer.body) }
  }

  /** The same with headers of the test's own. */
  askAs(headers: Readonly<Record<string, string>>, what: string, form?: string): Promise<KeysAnswer> {
    const [method = '', path = ''] = what.split(' ')
    const body = form === undefined ? {} : { body: form }
    const type = form === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' }
    return send(this.keys.url, { method, target: `/v2/keys${path}`, headers: { ...type, ...headers }, ...body })
  }

  /** What is told as an error: status, number and cause. */
  async refused(who: string | undefined, what: string, form?: string): Promise<readonly [number, number, string]> {
    const { status, body } = await this.ask(who, what, form)
    const { errorCode = 0, cause = '' }: { errorCode?: number; cause?: string } = JSON.parse(body)
    return [status, errorCode, cause]
  }

  /** Begins to watch. */
  async watch(headers: Readonly<Record<string, string>>, path: string): Promise<Running> {
    const watch = start(this.keys.url, { method: 'GET', target: `/v2/keys${path}`, headers }, true)
    this.#watches.push(watch)
    await watch.started
    return watch
  }

  /** Makes a token; returns its secret. */
  token(user: string, scopes: readonly string[], expiresTime: number | null = null): Promise<string> {
    return makeToken(this.store, user, scopes, expiresTime)
  }

  /** Changes a user, as an admin does. */
  async change(handle: string, change: object): Promise<void> {
    const number = users.findIndex(([one]) => one === handle) + 1
    await this.store.run('user.change', { number, change }, MACHINE)
  }

  async close(): Promise<void> {
    for (const watch of this.#watches) watch.cancel()
    await this.keys.close()
  }
}

export function bearer(secret: string): { readonly Authorization: string } {
  return { Authorization: `Bearer ${secret}` }
}

export function basic(user: string, secret: string): { readonly Authorization: string } {
  return { Authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` }
}

/** Makes the desk. The first token closes it. */
export async function openAccessDesk(
  target: Target,
  options: Parameters<typeof openKeys>[0] = {},
): Promise<AccessDesk> {
  const clock: AccessDesk['clock'] = { later: 0 }
  const now = (): number => (clock.stands ?? Date.now()) + clock.later
  const whoOver = (store: DeskStore): Who =>
    new Who({ store, passwords: quickPasswords(), now, pace: new SignInPace(now) })
  const opened = await openKeys({ target, whoOver, ...options })
  const { store } = opened
  for (const [handle, role] of users) {
    await store.run('user.create', { user: { handle, role, ...(role === 'service' && { keys: PARTS }) } }, MACHINE)
  }
  for (const path of keys) {
    await store.run('keys.set', { path, value: path, directory: false, ttl: undefined, refresh: false }, MACHINE)
  }
  await store.run('lab.create', { title: 'A ticket' }, MACHINE)
  const tokens: Record<string, string> = {}
  for (const [handle] of users) tokens[handle] = await makeToken(store, handle, ['keys:write'], null)
  return new AccessDesk(opened, tokens, clock)
}

async function makeToken(
  store: DeskStore,
  user: string,
  scopes: readonly string[],
  expiresTime: number | null,
): Promise<string> {
  const secret = newSecret('token')
  const token = { user, name: 'for a test', scopes, expiresTime }
  await store.run('token.create', { token, hash: secretHash(secret) }, MACHINE)
  return secret
}

/** The paths of all nodes in an answer: directories end with a slash. */
export function pathsIn(json: unknown): string[] {
  if (typeof json !== 'object' || json === null || !('node' in json)) return []
  return pathsOf(json.node)
}

function pathsOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  const key = 'key' in node ? String(node.key) : ''
  const own = key === '' ? [] : ['dir' in node ? `${key}/` : key]
  return [...own, ...('nodes' in node && Array.isArray(node.nodes) ? node.nodes.flatMap(pathsOf) : [])]
}
