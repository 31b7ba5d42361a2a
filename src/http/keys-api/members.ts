/**
 * `/v2/members` and `/v2/machines`: clients read them to learn which addresses to talk to, and some use no others from then on.
 * So they name every node that was announced, by the address that the node itself advertises, also while it is away: a client
 * that read the list while a node was away would not find it again. Who belongs to the desk is the
 * operator's to say, not a client's: what would change it is checked as etcd does and then refused.
 */
import type { DeskStore } from '../../desk.js'
import { escapeJson } from '../../keytree/node.js'
import { StoreError } from '../../store/errors.js'
import { type Exchange, allowMethod, send, sendJson, sendPlainError, sendText } from './answer.js'
import { isLoopbackHost } from '../origin.js'
import { shortened } from '../repeated.js'
import { readBytes } from './form.js'

/** One server, as clients see it. */
export interface Member {
  /** Hexadecimal digits. */
  readonly id: string
  readonly name: string
  /** The base URL that clients reach it by; undefined where these have none. */
  readonly url: string | undefined
}

/** All servers: the one that answers is among them. */
export interface Members {
  readonly self: Member
  /** Those that clients can reach, in the order of their ids. */
  readonly all: readonly Member[]
  /** The one that leads; undefined where none is known to. */
  readonly leader: Member | undefined
}

/** Who there is; `url` is what this server calls itself before it was announced. */
export function membersOf(store: Pick<DeskStore, 'identity' | 'nodes' | 'leader'>, url: string): Members {
  const { memberId: id } = store.identity
  const own = store.nodes.find((node) => node.id === id)
  const self = { id, name: own?.name ?? 'etcdesk', url: own?.keysUrl ?? url }
  const all = store.nodes.flatMap(({ id: other, name, keysUrl, host }) => {
    if (other === id) return [self]
    // A loopback address of another machine would lead its clients to themselves.
    const isReachable = keysUrl !== null && (host === own?.host || !isLoopbackUrl(keysUrl))
    return isReachable ? [{ id: other, name, url: keysUrl }] : []
  })
  return { self, all: all.length === 0 ? [self] : all, leader: leaderOf(store, [self, ...all]) }
}

/** A node that leads and that clients here can't reach is named all the same, without an address. */
function leaderOf(
  { nodes, leader }: Pick<DeskStore, 'nodes' | 'leader'>,
  reachable: readonly Member[],
): Member | undefined {
  const isLeader = ({ id }: { readonly id: string }): boolean => id === leader?.id
  const hidden = nodes.find(isLeader)
  return reachable.find(isLeader) ?? (hidden && { id: hidden.id, name: hidden.name, url: undefined })
}

function isLoopbackUrl(url: string): boolean {
  return URL.canParse(url) && isLoopbackHost(new URL(url).hostname)
}

/** Bodies here hold a few URLs. */
const BODY_BYTES_MAX = 1024 * 1024

const NOT_HERE = 'members can not be changed through this API'

/** Answers `/v2/machines`. */
export function answerMachines(exchange: Exchange, { all }: Members): void {
  if (!allowMethod(exchange, 'GET', 'HEAD')) return
  const urls = all.flatMap(({ url }) => url ?? [])
  sendText(exchange, 200, urls.toSorted().join(', '))
}

/** Answers `/v2/members` and what lies below it; `rest` is the path behind that, with its slash. */
export async function answerMembers(
  exchange: Exchange,
  clusterId: string,
  members: Members,
  rest: string,
): Promise<void> {
  try {
    await answerMember(exchange, clusterId, members, rest)
  } catch (error) {
    // Too much is on its way: nothing that is wrong with the program.
    if (!(error instanceof StoreError)) throw error
    sendJson(exchange, 503, `{"message":${escapeJson(error.message)}}`, clusterId)
  }
}

async function answerMember(
  exchange: Exchange,
  clusterId: string,
  { all, leader }: Members,
  rest: string,
): Promise<void> {
  if (!allowMethod(exchange, 'GET', 'POST', 'DELETE', 'PUT')) return
  const name = rest.replace(/^\//u, '')
  const refuse = (status: number, message: string): void =>
    sendJson(exchange, status, `{"message":${escapeJson(message)}}`, clusterId)
  switch (exchange.method) {
    case 'GET':
      if (name === '') sendJson(exchange, 200, `{"members":[${all.map(encodeMember).join(',')}]}\n`, clusterId)
      else if (name !== 'leader') refuse(404, 'Not found')
      else if (leader === undefined) refuse(503, 'During election')
      else sendJson(exchange, 200, `${encodeMember(leader)}\n`, clusterId)
      return
    case 'POST': {
      const problem = await checkMemberRequest(exchange, all)
      refuse(problem?.status ?? 403, problem?.message ?? NOT_HERE)
      return
    }
    default: {
      if (name === '') {
        sendPlainError(
          { ...exchange, headers: [...exchange.headers, 'X-Etcd-Cluster-Id', clusterId] },
          405,
          'Method Not Allowed',
        )
        return
      }
      const id = /^[0-9a-f]{1,16}$/iu.test(name) ? name.toLowerCase().replace(/^0+(?=.)/u, '') : undefined
      if (id === undefined) {
        refuse(404, `No such member: ${shortened(name)}`)
        return
      }
      const problem = exchange.method === 'PUT' ? await checkMemberRequest(exchange, []) : undefined
      if (problem !== undefined) refuse(problem.status, problem.message)
      else if (all.some((member) => member.id === id)) refuse(403, NOT_HERE)
      else refuse(404, `No such member: ${id}`)
    }
  }
}

/** What is said where etcd would show or change its users. */
export const USERS_ARE_THE_DESKS =
  '{"message":"auth: users, their passwords and their rights are those of the desk: see /v1/users on its door"}'

/**
 * Answers `/v2/auth/enable`: whether whoever asks needs a credential. It is not for this API to turn that on or off; on an open desk it
 * says so as an etcd that has no root user.
 */
export function answerAuthEnable(exchange: Exchange, clusterId: string, isOpen: boolean): void {
  if (!allowMethod(exchange, 'GET', 'PUT', 'DELETE')) return
  if (exchange.method === 'GET') sendJson(exchange, 200, `{"enabled":${!isOpen}}\n`, clusterId)
  else {
    const ofOpen =
      exchange.method === 'PUT' ? 'auth: No root user available, please create one' : 'auth: already disabled'
    send(exchange, 409, isOpen ? `{"message":"${ofOpen}"}` : USERS_ARE_THE_DESKS, [
      'Content-Type',
      'application/json',
      'X-Etcd-Cluster-Id',
      clusterId,
    ])
  }
}

function encodeMember({ id, name, url }: Member): string {
  const urls = url === undefined ? '[]' : `[${escapeJson(url)}]`
  return `{"id":"${id}","name":${escapeJson(name)},"peerURLs":${urls},"clientURLs":${urls}}`
}

interface MemberProblem {
  readonly status: number
  readonly message: string
}

/** Checks what a POST or PUT says about a member; `existing` are those whom a new one must differ from. */
async function checkMemberRequest(exchange: Exchange, existing: readonly Member[]): Promise<MemberProblem | undefined> {
  const type = (exchange.request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? ''
  if (type !== 'application/json') {
    return { status: 415, message: `Bad Content-Type ${shortened(type)}, accept application/json` }
  }
  const body = await readBytes(exchange.request, BODY_BYTES_MAX)
  if (body === undefined) return { status: 413, message: 'the body is too large' }
  const urls = peerUrlsOf(body.toString('latin1'))
  if (typeof urls === 'string') return { status: 400, message: urls }
  if (urls.length === 0) return { status: 400, message: 'no valid URLs given' }
  const problem = urls.map(checkPeerUrl).find((message) => message !== undefined)
  if (problem !== undefined) return { status: 400, message: problem }
  if (existing.some(({ url }) => url !== undefined && urls.includes(url))) {
    return { status: 409, message: 'membership: peerURL exists' }
  }
  return undefined
}

/** The field `peerURLs` of a JSON body, or what is wrong with the body. */
function peerUrlsOf(body: string): readonly string[] | string {
  let request: unknown
  try {
    request = JSON.parse(Buffer.from(body, 'latin1').toString())
  } catch (error) {
    const isCut =
      body.trim() === '' || (error instanceof Error && /end of JSON input|Expected .* at position/u.test(error.message))
    return isCut ? 'unexpected end of JSON input' : 'the body is no valid JSON'
  }
  if (typeof request !== 'object' || request === null || !('peerURLs' in request)) return []
  const { peerURLs: urls } = request
  if (!Array.isArray(urls)) return []
  return urls.every((url) => typeof url === 'string') ? urls : 'peerURLs must be a list of strings'
}

function checkPeerUrl(text: string): string | undefined {
  const match = /^(?<scheme>https?|unixs?):\/\/(?<authority>[^/?#]*)(?<path>[^?#]*)/iu.exec(text.trim())
  if (match === null) return `URL scheme must be http, https, unix, or unixs: ${shortened(text)}`
  if (!/:\d+$/u.test(match.groups?.['authority'] ?? ''))
    return `URL address does not have the form "host:port": ${shortened(text)}`
  if ((match.groups?.['path'] ?? '') !== '') return `URL must not contain a path: ${shortened(text)}`
  return undefined
}
