/**
 * A desk on which every example of the OpenAPI document can be sent as it stands: whom and what the examples name is there, and ticket
 * 12 was changed at the index that they name. It is closed, and an admin asks by a token. Beside it the document, read as a program reads
 * it.
 */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { Passwords } from '#src/access/password.js'
import { newSecret, secretHash } from '#src/access/secret.js'
import { ask, openDesk, type OpenDesk } from './desk-door.js'
import { withoutReferences } from './open-api.js'

/** The index that the examples name. */
const INDEX = 812

export interface Schema {
  readonly $ref?: string
  readonly examples?: readonly object[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}
interface Media {
  readonly schema: Schema
}
interface Answered {
  readonly headers?: Readonly<Record<string, object>>
  readonly content?: Readonly<Record<string, Media>>
}
export interface Parameter {
  readonly in: string
  readonly name: string
  readonly schema: { readonly type: string; readonly minimum?: number; readonly maximum?: number }
}
export interface Operation {
  readonly method: string
  readonly path: string
  readonly operationId: string
  readonly parameters?: readonly Parameter[]
  readonly responses: Readonly<Record<string, Answered>>
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }
}
type Described = Omit<Operation, 'method' | 'path'>
interface DocumentJson {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** What the document says. */
export class Contract {
  readonly operations: readonly Operation[]
  readonly schemas: Readonly<Record<string, Schema>>
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false })

  constructor(text: string) {
    const document: DocumentJson = withoutReferences(JSON.parse(text))
    this.#ajv.addSchema({ ...document, $id: 'desk' })
    this.schemas = document.components.schemas
    this.operations = Object.entries(document.paths).flatMap(([path, item]) =>
      path.startsWith('/v1/')
        ? Object.entries(item).map(([method, described]) =>
            Object.assign(described, { method: method.toUpperCase(), path }),
          )
        : [],
    )
  }

  /** What a value has against a schema of the document; nothing where it fits. */
  faults({ $ref }: Schema, value: unknown): readonly string[] {
    const validate = $ref === undefined ? undefined : this.#ajv.getSchema(`desk${$ref}`)
    if (validate === undefined) throw new Error(`the document has no ${$ref}`)
    if (validate(value)) return []
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`)
  }

  /** The shape of an operation's body; undefined where it takes none. */
  body({ requestBody }: Operation): (Schema & { readonly example: object }) | undefined {
    const $ref = requestBody?.content['application/json']?.schema.$ref
    if ($ref === undefined) return undefined
    const schema = this.schemas[$ref.split('/').at(-1) ?? '']
    const [example] = schema?.examples ?? []
    if (schema === undefined || example === undefined) throw new Error(`${$ref} has no example`)
    return { ...schema, $ref, example }
  }
}

export interface ContractDesk extends OpenDesk {
  readonly contract: Contract
  /** By which an admin is known: a token, but for what no token may. */
  authorizationFor(operationId?: string): string
  /** Path parameters that exist, for an operation. */
  urlOf(operation: Operation, instead?: Readonly<Record<string, string>>): string
}

/** Opens such a desk. */
export async function openContractDesk(): Promise<ContractDesk> {
  const desk = await openDesk()
  const { door, store } = desk
  const contract = new Contract((await ask(door, 'GET', '/openapi.json')).body)
  const machine = { actor: null, door: 'machine' }
  await store.run('user.create', { user: { handle: 'ann', role: 'admin' } }, machine)
  const makeToken = async (name: string): Promise<{ readonly secret: string; readonly id: number }> => {
    const secret = newSecret('token')
    const token = { user: 'ann', name, scopes: ['admin', 'keys:write'], expiresTime: null }
    const { result } = await store.run('token.create', { token, hash: secretHash(secret) }, machine)
    return { secret, id: result.number }
  }
  const authorization = `Bearer ${(await makeToken('asks')).secret}`
  const { id: otherToken } = await makeToken('is revoked')
  const kept = await new Passwords().hash('correct horse battery')
  const { index: version } = await store.run('password.set', { user: 'ann', kept }, machine)
  const begun = await store.run('session.begin', { user: 1, version, hash: 'h', agent: '' }, machine)
  const send = async (method: string, path: string, body: object = {}): Promise<string> => {
    const headersSent = { Authorization: authorization, 'Content-Type': 'application/json' }
    const {
      status,
      headers,
      body: said,
    } = await ask(door, method, path, {
      headers: headersSent,
      body: JSON.stringify(body),
    })
    if (status >= 300) throw new Error(`${method} ${path}: ${said}`)
    return String(headers.location ?? headers['desk-index']).replace(/^.*\//u, '')
  }
  for (const handle of ['ben', 'dora']) await send('POST', '/v1/users', { handle })
  const example = 'edl_0123456789ABCDEFGHIJKLMNOPQRST4PMbyp'
  await store.run('link.create', { user: 'ben', hash: secretHash(example) }, machine)
  for (const name of ['disk', 'on call', 'disks', 'unused']) await send('POST', '/v1/labels', { name })
  // The example of a merge is one for labels and statuses.
  for (const name of ['disk', 'disks', 'unused']) await send('POST', '/v1/statuses', { name, category: 'active' })
  for (const name of ['site', 'unused']) await send('POST', '/v1/fields', { name, type: 'text' })
  await send('POST', '/v1/queues', { name: 'storage', fields: [{ name: 'site', public: true }] })
  await send('POST', '/v1/queues', { name: 'unused' })
  const view = await send('POST', '/v1/views', { name: 'disks', query: 'label:disk' })
  await send('POST', '/v1/tickets', { title: 'Taken by a removal' })
  await send('DELETE', '/remove_all_tickets')
  const removal = String(store.history.head())
  for (let number = 2; number <= 12; number += 1) await send('POST', '/v1/tickets', { title: `Ticket ${number}` })
  const ticket = {
    status: 'in-progress',
    queue: 'storage',
    requester: 'ann',
    assignees: ['ben'],
    fields: { site: 'fra' },
  }
  await send('PATCH', '/v1/tickets/12', { ...ticket, labels: ['on call'], due: '2026-12-01', ref: 'alert-1' })
  const comment = await send('POST', '/v1/tickets/12/comments', { text: 'Looking.' })
  await send('PUT', '/v1/tickets/12/links/relates-to/5')
  await send('PUT', '/v1/tickets/12/watchers/ben')
  await send('DELETE', '/v1/tickets/3')
  await send('DELETE', '/v1/tickets/4')
  const set = { path: '/filler', value: '', directory: false, ttl: undefined, refresh: false }
  const missing = INDEX - 1 - store.history.head()
  await Promise.all(Array.from({ length: missing }, () => store.run('keys.set', set, machine)))
  await send('PATCH', '/v1/tickets/12', { description: 'The password is 1234.' })
  if (store.history.head() !== INDEX) throw new Error(`the change came at index ${store.history.head()}`)

  const urlOf = ({ operationId, path }: Operation, instead: Readonly<Record<string, string>> = {}): string => {
    const named = path.startsWith('/v1/users') ? 'dora' : path.startsWith('/v1/views') ? view : 'disks'
    const unmergeable = path.startsWith('/v1/queues') || path.startsWith('/v1/fields')
    const key = unmergeable || /Delete(?:Label|Status)/u.test(operationId) ? 'unused' : named
    const numbers: Readonly<Record<string, string>> = { v1DeleteTicket: '2', v1RestoreTicket: '3', v1PurgeTicket: '4' }
    const number = numbers[operationId] ?? '12'
    const credentials: Readonly<Record<string, string>> = {
      v1RevokeToken: String(otherToken),
      v1SignOut: String(begun.result.number),
    }
    const values = {
      key,
      number,
      id: credentials[operationId] ?? comment,
      index: removal,
      user: 'ben',
      kind: 'relates-to',
      other: '5',
      ...instead,
    }
    const given: ReadonlyMap<string, string> = new Map(Object.entries(values))
    return path.replaceAll(/\{(\w+)\}/gu, (_all, name: string) => encodeURIComponent(given.get(name) ?? ''))
  }
  const byPassword = `Basic ${Buffer.from('ann:correct horse battery').toString('base64')}`
  const authorizationFor = (operationId?: string): string =>
    operationId === 'v1SetPassword' ? byPassword : authorization
  return { ...desk, contract, authorizationFor, urlOf }
}
