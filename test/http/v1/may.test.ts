/** Who may do what at `/v1`: every operation of the OpenAPI document with every role, as a table. */
import { expect, test } from 'vitest'
import { askers, type Askers } from '../../support/names.js'
import { openV1, type Asking, type V1Desk } from '../../support/v1-desk.js'

/** What a role comes to: it may, it may not (403), what it asks for is not there for it (404), or it is to say who it is (401). */
type Comes = 'may' | 'no' | 'gone' | 'unknown'

const letters: Readonly<Record<string, Comes>> = { y: 'may', n: 'no', '-': 'gone' }

/** By operations, one letter each for admin, agent, requester, viewer, service. The ticket is the requester's, and so is the comment. */
const table: Readonly<Record<string, string>> = {
  v1ListTickets: 'yyyyn',
  v1GetStats: 'yyyyn',
  v1CreateTicket: 'yyynn',
  v1GetTicket: 'yyyyn',
  v1ChangeTicket: 'yyynn',
  v1DeleteTicket: 'yynnn',
  v1RestoreTicket: 'yynnn',
  v1PurgeTicket: 'ynnnn',
  v1Redact: 'ynnnn',
  v1ListComments: 'yyyyn',
  v1CreateComment: 'yyynn',
  v1GetComment: 'yyyyn',
  v1ChangeComment: 'yyynn',
  v1DeleteComment: 'yyynn',
  v1ListLinks: 'yyyyn',
  v1CreateLink: 'yynnn',
  v1PutLink: 'yynnn',
  v1DeleteLink: 'yynnn',
  v1ListWatchers: 'yynnn',
  v1CreateWatcher: 'yynnn',
  v1PutWatcher: 'yynnn',
  v1DeleteWatcher: 'yynnn',
  v1ListHistory: 'yyyyn',
  v1Batch: 'yyynn',
  v1Undo: 'yyynn',
  v1Import: 'ynnnn',
  v1ListRemovals: 'ynnnn',
  v1RestoreRemoval: 'ynnnn',
  v1FollowEvents: 'yyyyn',
  v1GetMe: 'yyyyy',
  v1GetSettings: 'yyyyy',
  v1ListLabels: 'yyyyn',
  v1CreateLabel: 'yynnn',
  v1GetLabel: 'yyyyn',
  v1ChangeLabel: 'yynnn',
  v1DeleteLabel: 'yynnn',
  v1MergeLabel: 'yynnn',
  v1ListStatuses: 'yyyyn',
  v1CreateStatus: 'ynnnn',
  v1GetStatus: 'yyyyn',
  v1ChangeStatus: 'ynnnn',
  v1DeleteStatus: 'ynnnn',
  v1MergeStatus: 'ynnnn',
  v1ListQueues: 'yyyyn',
  v1CreateQueue: 'ynnnn',
  v1GetQueue: 'yyyyn',
  v1ChangeQueue: 'ynnnn',
  v1DeleteQueue: 'ynnnn',
  v1ListFields: 'yyyyn',
  v1CreateCustomField: 'ynnnn',
  v1GetCustomField: 'yyyyn',
  v1ChangeCustomField: 'ynnnn',
  v1DeleteCustomField: 'ynnnn',
  // Of one's own everybody who reads; the one of the paths is everybody's.
  v1ListViews: 'yyyyn',
  v1CreateView: 'yyyyn',
  v1GetView: 'yyyyn',
  v1ChangeView: 'yynnn',
  v1DeleteView: 'yynnn',
  // All see themselves; the one of the paths is the agent.
  v1ListUsers: 'yyyyn',
  v1CreateUser: 'ynnnn',
  v1GetUser: 'yy--n',
  v1ChangeUser: 'yn--n',
  // Of oneself everybody whom the desk knows; those of the paths are the agent's.
  v1ListTokens: 'yyyyy',
  v1CreateToken: 'yyyyy',
  v1RevokeToken: 'yy---',
  v1ListSessions: 'yyyyy',
  v1SignIn: 'yyyyy',
  v1SignOut: 'yy---',
  v1SetPassword: 'yyyyy',
  v1CreateSignInLink: 'ynnnn',
  v1LookAtSignInLink: 'yyyyy',
  v1UseSignInLink: 'yyyyy',
  v1ListAudit: 'ynnnn',
}

/** Nobody has no credentials of their own. */
const ofNobody: Readonly<Record<string, Comes>> = { v1ListTokens: 'unknown', v1ListSessions: 'unknown' }

const comes: Readonly<Record<number, Comes>> = { 401: 'unknown', 403: 'no', 404: 'gone' }

/** Operations that only the command can judge: a body that it gets to see. All others are judged before their body is read. */
const bodies: Readonly<Record<string, object>> = { v1ChangeView: { query: 'is:open' } }

interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
}

async function operationsOf(v1: V1Desk): Promise<readonly Operation[]> {
  const { json } = await v1.askAt('GET', '/openapi.json')
  const paths: Readonly<Record<string, Readonly<Record<string, { operationId: string }>>>> = json.paths
  return Object.entries(paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, item]) =>
      Object.entries(item).map(([method, { operationId: id }]) => ({
        id,
        method: method.toUpperCase(),
        path: path.slice('/v1'.length),
      })),
    )
}

/** A desk with one of everything, and the values that its paths take. */
async function openFull(): Promise<{ readonly v1: V1Desk; readonly urlOf: (operation: Operation) => string }> {
  const v1 = await openV1()
  const { desk } = v1
  await desk.create()
  await desk.run('lab.deleteAll', {})
  const removal = desk.index
  const number = await desk.create({ requester: 'rita' })
  const id = await desk.comment(number, 'said', askers.requester)
  const { result } = await desk.run(
    'view.create',
    { view: { name: 'open', query: 'is:open', owner: null } },
    askers.admin,
  )
  const token = { user: undefined, name: 'for a test', scopes: ['read'], expiresTime: null }
  const { result: made } = await desk.run('token.create', { token, hash: 'a token' }, askers.agent)
  const { index: version } = await desk.run('password.set', { user: 'abe', kept: 'a password' }, askers.agent)
  const session = { user: 2, version, hash: 'a session', agent: '' }
  const { result: begun } = await desk.run('session.begin', session, askers.nobody)
  const ids: Readonly<Record<string, number>> = { tokens: made.number, sessions: begun.number }
  const keys: Readonly<Record<string, string>> = {
    labels: 'bug',
    statuses: 'parked',
    queues: 'storage',
    fields: 'site',
    views: String(result.result.number),
    users: 'abe',
  }
  const urlOf = ({ path }: Operation): string => {
    const [, kind = ''] = path.split('/')
    const values = {
      number,
      id: ids[kind] ?? id,
      index: removal,
      key: keys[kind],
      kind: 'relates-to',
      other: number,
      user: 'abe',
    }
    return path.replaceAll(/\{(\w+)\}/gu, (_, name: string) => String(new Map(Object.entries(values)).get(name)))
  }
  return { v1, urlOf }
}

/** What has no version, and of which there is none that is asked for. */
const unguarded = new Set(['v1RevokeToken', 'v1SignOut'])

function askingOf({ id, method }: Operation): Asking {
  // A version that nothing has: what would be let in changes nothing all the same.
  if (method === 'DELETE' && !unguarded.has(id)) return { headers: { 'If-Match': '"99999"' } }
  if (method === 'GET') return { headers: { Accept: 'application/json' } }
  return method === 'DELETE' ? {} : { body: bodies[id] ?? '{' }
}

test('the table has every operation of the document, and no other', async () => {
  const operations = await operationsOf(await openV1())
  expect(operations.map(({ id }) => id).toSorted()).toEqual(Object.keys(table).toSorted())
})

test.each([
  ['admin', 0],
  ['agent', 1],
  ['requester', 2],
  ['viewer', 3],
  ['service', 4],
  // Whom the desk does not know, or no more, is as little as a service.
  ['gone', 4],
  ['nobody', 4],
] as const satisfies readonly (readonly [keyof Askers, number])[])(
  '%s may do what the table says',
  async (who, place) => {
    const { v1, urlOf } = await openFull()
    const came: Record<string, Comes | undefined> = {}
    for (const operation of await operationsOf(v1)) {
      const { status, json } = await v1.ask(operation.method, urlOf(operation), { ...askingOf(operation), who })
      expect([operation.id, status]).not.toEqual([operation.id, 500])
      if (status === 403) expect(json.code).toBe('forbidden')
      came[operation.id] = comes[status] ?? 'may'
    }
    const expected = Object.fromEntries(Object.entries(table).map(([id, row]) => [id, letters[row[place] ?? '']]))
    expect(came).toEqual(who === 'nobody' ? { ...expected, ...ofNobody } : expected)
    expect(v1.faults).toEqual([])
  },
)

test('a service is told nothing by differences: all is forbidden, whether it is there or not', async () => {
  const v1 = await openV1()
  await v1.desk.create({ requester: 'rita' })
  for (const path of ['/tickets/N', '/tickets/N/comments', '/tickets/N/history?limit=0', '/tickets/N?at=1']) {
    const [there, not] = await Promise.all(
      [1, 999].map((number) => v1.ask('GET', path.replace('N', String(number)), { who: 'service' })),
    )
    expect([there?.status, there?.body]).toEqual([403, not?.body])
  }
})
