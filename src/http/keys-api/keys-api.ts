/**
 * The keys API: etcd v2's HTTP interface, on Node's own HTTP server because a framework can't be exact here. This file is the
 * door's front: it opens the door, checks who may come in, and finds the endpoint.
 *
 * Promises: what a v2 client of etcd 3.4 sees of paths, methods, parameters, statuses, headers and bodies is what etcd answers.
 */
import type { IncomingMessage } from 'node:http'
import type { DeskStore } from '../../desk.js'
import { WatchHub } from '../../keytree/watch.js'
import { nameOf, OF_A_TURN, type ReportFault, type Visit } from '../door-book.js'
import { checkOrigin, type OriginPolicy, originPolicy } from '../origin.js'
import { type Door, plainWireAnswer } from '../door.js'
import type { InnerDoor } from '../inner-door.js'
import { noRates, type Rates } from '../rates.js'
import { contactProblem, OUT_OF_TOUCH_MS, staleHeaders } from '../stale.js'
import { breakOff } from '../stream.js'
import { openVisitedDoor, type VisitedDoorOptions } from '../visited-door.js'
import { Passwords } from '../../access/password.js'
import { Who } from '../who.js'
import {
  allowMethod,
  browserHeaders,
  corsHeaders,
  type Exchange,
  idHeaders,
  send,
  sendJson,
  sendKeyError,
  sendPlainError,
  sendRedirect,
  sendText,
} from './answer.js'
import { KeyAdmission, type Hindrance } from './admission.js'
import { callerOf } from './caller.js'
import { KeysEndpoint } from './keys.js'
import { INSUFFICIENT } from '../../access/demand.js'
import {
  answerAuthEnable,
  answerMachines,
  answerMembers,
  type Members,
  membersOf,
  USERS_ARE_THE_DESKS,
} from './members.js'
import { repairRequestLine } from './odd-request-line.js'
import { KeyStats, leaderStats } from './stats.js'
import { oddPath, parseTarget, withoutAuthority } from './target.js'

export interface KeysApiOptions extends VisitedDoorOptions {
  readonly store: DeskStore
  /** Knows who sends a request: one for all doors of the process. */
  readonly who?: Who
  /** How many requests one may send: one for all doors of the process; no limit where nothing is said. */
  readonly rates?: Rates
  /** For how long, in milliseconds, a closed desk that hears nothing of the others goes on to answer; 0: for ever. */
  readonly staleReadsMs?: number
}

/** The door, once it is open. */
export interface KeysDoor extends Door {
  /** How many watch now. */
  watchers(): number
}

/** Keys of 20,000 characters work, each of which may be nine characters of a URL. */
const HEADER_BYTES_MAX = 256 * 1024

/** The etcd whose API this is; v2 clients ask for it before they speak. */
const VERSION_BODY = '{"etcdserver":"3.4.23","etcdcluster":"3.4.0"}'

const KEYS_PATH = '/v2/keys'
const MEMBERS_PATH = '/v2/members'
const SLASH = 0x2f
const QUESTION_MARK = 0x3f
/** Above all that it has on another door. */
const ROOT = '/v2'
const FRESH: readonly string[] = []

/** Endpoints beside the keys that have a path of their own each, which is their route in metrics. */
const ROUTES: ReadonlySet<string> = new Set([
  '/version',
  '/health',
  '/v2/machines',
  '/v2/stats/store',
  '/v2/stats/self',
  '/v2/stats/leader',
  '/v2/auth/enable',
])

/** Those that answer everybody, also on a closed desk. */
const PUBLIC: ReadonlySet<string> = new Set(['/version', '/health', '/v2/auth/enable'])

const AUTH_PATHS = '/v2/auth/'

/** etcd's answer, beside the keys, to whoever may not. */
const INSUFFICIENT_BODY = `{"message":"${INSUFFICIENT}"}`

/** Opens the door. Rejects with Node's error where it can't listen. */
export async function openKeysApi(options: KeysApiOptions): Promise<KeysDoor> {
  const { who = new Who({ store: options.store, passwords: new Passwords() }), rates = noRates() } = options
  const api = new KeysApi({ ...options, who, rates })
  const { door, url } = await openVisitedDoor(options, {
    who,
    rates,
    handleAll: (visits) => api.handleAll(visits),
    fail: (visit, error) => api.fail(visit, error),
    repair: api.repair,
    headerBytesMax: HEADER_BYTES_MAX,
    onClosing: () => api.close(),
  })
  api.url = url
  return { ...door, watchers: () => api.watchers }
}

/** What the door does with requests; also on the desk's door, for all below `/v2`. */
export class KeysApi implements InnerDoor {
  /** The base URL that clients are told to use. */
  url = ''
  readonly headerBytesMax = HEADER_BYTES_MAX
  readonly repair = repairRequestLine
  readonly wireAnswer = plainWireAnswer
  readonly #store: DeskStore
  readonly #policy: OriginPolicy
  readonly #browserHeaders: readonly string[]
  readonly #hub: WatchHub
  readonly #stats: KeyStats
  readonly #admission: KeyAdmission
  readonly #keys: KeysEndpoint
  readonly #onFault: ReportFault

  constructor(options: Omit<KeysApiOptions, 'listen'> & { readonly who: Who }) {
    const { store, onFault, who, rates = noRates(), staleReadsMs = OUT_OF_TOUCH_MS, ...door } = options
    this.#store = store
    this.#policy = originPolicy(door)
    this.#browserHeaders = browserHeaders(this.#policy)
    this.#hub = new WatchHub(store)
    this.#stats = new KeyStats(store.reader)
    const isOutOfTouch = (): boolean => staleReadsMs > 0 && store.ageMs > staleReadsMs
    this.#admission = new KeyAdmission({ store, who, rates, isOutOfTouch })
    this.#keys = new KeysEndpoint({
      store,
      hub: this.#hub,
      stats: this.#stats,
      admission: this.#admission,
      room: door.room,
    })
    this.#onFault = onFault ?? (() => {})
  }

  /** All below `/v2`: within another door `/version` and `/health` are that one's own. */
  takes({ url = '/' }: IncomingMessage, isOuters: (url: string) => boolean): boolean {
    // A proxy is sent scheme and host too.
    const path = url.charCodeAt(0) === SLASH ? url : (withoutAuthority(url.split('?', 1)[0] ?? '') ?? '')
    if (path.startsWith(ROOT)) {
      const behind = path.charCodeAt(ROOT.length)
      if (path.length === ROOT.length || behind === SLASH || behind === QUESTION_MARK) return true
    }
    const meant = oddPath(url)
    return meant !== undefined && isAtOrBelow(meant, ROOT) && !isOuters(url)
  }

  /** One read transaction for all requests of a turn: beginning and ending one costs as much as reading a key. */
  handleAll(visits: readonly Visit[]): void {
    let handled = 0
    const work = (): void =>
      this.#store.reader.snapshot(() => {
        const stale = staleHeaders(this.#store)
        for (const visit of visits) {
          this.#handle(visit, stale)
          handled += 1
        }
      })
    try {
      this.#keys.together(work, (visit, error) => this.fail(visit, error))
    } catch (error) {
      // Such as a disk that can't be read. What was handled has an answer of its own, which may be still to come.
      const others = visits.slice(handled)
      for (const visit of others) this.fail(visit, error)
      if (others.length === 0) this.#onFault(error, OF_A_TURN)
    }
  }

  #handle(visit: Visit, stale: readonly string[]): void {
    try {
      this.#judge(visit, stale)
    } catch (error) {
      this.fail(visit, error)
    }
  }

  #judge(visit: Visit, stale: readonly string[]): void {
    const { request, response } = visit
    const caller = callerOf(request)
    const method = request.method ?? 'GET'
    const refusal = checkOrigin(caller, this.#policy, method)
    const cors = refusal === undefined ? corsHeaders(caller.origin, this.#policy) : []
    const guarded = caller.isBrowser ? [...cors, ...this.#browserHeaders] : cors
    const exchange: Exchange = {
      request,
      response,
      visit,
      method,
      headers: caller.namesRequest ? [...guarded, ...idHeaders(visit)] : guarded,
      stale: method === 'GET' || method === 'HEAD' ? stale : FRESH,
      entry: this.#admission.enter(request, method),
    }
    if (refusal !== undefined) {
      sendPlainError(exchange, 403, refusal)
      return
    }
    this.#route(exchange, request.url ?? '/')
  }

  get watchers(): number {
    return this.#hub.count
  }

  /** Ends what would never end by itself. */
  close(): void {
    this.#hub.close()
  }

  #route(exchange: Exchange, url: string): void {
    const target = parseTarget(url)
    if (exchange.method === 'OPTIONS' && (target.type !== 'bad' || url === '*')) send(exchange, 200, '', [])
    else if (target.type === 'bad') sendBadRequest(exchange)
    else if (target.type === 'redirect') sendRedirect(exchange, target.location)
    else if (exchange.entry.hindrance !== undefined && !PUBLIC.has(target.path)) {
      this.#hinder(exchange, target.path, exchange.entry.hindrance)
    } else if (exchange.entry.refusal !== undefined) sendPlainError(exchange, 403, exchange.entry.refusal)
    else if (isAtOrBelow(target.path, KEYS_PATH)) {
      exchange.visit.route = KEYS_PATH
      const rest = target.path.slice(KEYS_PATH.length)
      this.#settle(exchange, this.#keys.answer(exchange, rest, target.query))
    } else this.#answerOther(exchange, target.path)
  }

  /** About keys in etcd's own words for what may be tried elsewhere, or again. */
  #hinder(exchange: Exchange, path: string, { status, sentence, headers }: Hindrance): void {
    if (status === 503 && isAtOrBelow(path, KEYS_PATH)) {
      sendKeyError(exchange, this.#store.identity.clusterId, 300, sentence, 0)
    } else {
      const body = JSON.stringify({ message: sentence })
      send(exchange, status, body, [...headers, 'Content-Type', 'application/json'])
    }
  }

  #answerOther(exchange: Exchange, path: string): void {
    const { clusterId } = this.#store.identity
    const { entry } = exchange
    if (isAtOrBelow(path, MEMBERS_PATH)) exchange.visit.route = MEMBERS_PATH
    else if (ROUTES.has(path)) exchange.visit.route = path
    const isOfServers = isAtOrBelow(path, MEMBERS_PATH) || (ROUTES.has(path) && !PUBLIC.has(path))
    if (isOfServers && !this.#admission.mayLookAtServers(entry)) {
      sendJson(exchange, 401, INSUFFICIENT_BODY)
      return
    }
    if (isAtOrBelow(path, MEMBERS_PATH)) {
      this.#settle(exchange, answerMembers(exchange, clusterId, this.#members, path.slice(MEMBERS_PATH.length)))
      return
    }
    switch (path) {
      case '/version':
        if (allowMethod(exchange, 'GET')) sendJson(exchange, 200, VERSION_BODY)
        return
      case '/health':
        this.#answerHealth(exchange)
        return
      case '/v2/machines':
        answerMachines(exchange, this.#members)
        return
      case '/v2/stats/store':
        if (allowMethod(exchange, 'GET')) sendJson(exchange, 200, this.#stats.store(this.#hub.count))
        return
      case '/v2/stats/self':
        if (allowMethod(exchange, 'GET')) {
          const { self } = this.#members
          sendJson(exchange, 200, this.#stats.self(self.name, self.id, this.#leader))
        }
        return
      case '/v2/stats/leader':
        this.#answerLeader(exchange)
        return
      case '/v2/auth/enable':
        answerAuthEnable(exchange, clusterId, entry.isOpen)
        return
      default:
        if (path.startsWith(AUTH_PATHS)) sendJson(exchange, 404, USERS_ARE_THE_DESKS)
        else sendPlainError(exchange, 404, '404 page not found')
    }
  }

  /** Healthy is who can write, as in etcd. */
  #answerHealth(exchange: Exchange): void {
    if (!allowMethod(exchange, 'GET')) return
    const isHealthy = this.#store.failure === undefined && contactProblem(this.#store) === undefined
    if (isHealthy) sendText(exchange, 200, '{"health":"true"}')
    else sendPlainError(exchange, 503, '{"health":"false"}')
  }

  /** What the leader knows of the others; who does not lead says so. */
  #answerLeader(exchange: Exchange): void {
    if (!allowMethod(exchange, 'GET')) return
    const { nodes, identity } = this.#store
    const { memberId } = identity
    if (this.#leader?.id !== memberId) {
      sendJson(exchange, 403, '{"message":"not current leader"}')
      return
    }
    const followers = nodes.flatMap(({ id }) => (id === memberId ? [] : id))
    sendJson(exchange, 200, leaderStats(memberId, followers))
  }

  get #members(): Members {
    const { identity, nodes } = this.#store
    return membersOf({ identity, nodes, leader: this.#leader }, this.url)
  }

  /** Nobody is known to lead where there is no contact: who did may be another by now. */
  get #leader(): DeskStore['leader'] {
    return contactProblem(this.#store) === undefined ? this.#store.leader : undefined
  }

  #settle({ visit }: Exchange, work: void | Promise<void>): void {
    work?.catch((error: unknown) => this.fail(visit, error))
  }

  /** A fault of the program or the disk ends this request alone, with an answer where one is still possible. */
  fail(visit: Visit, error: unknown): void {
    const { response } = visit
    this.#onFault(error, nameOf(visit))
    if (response.headersSent) breakOff(response)
    else response.writeHead(500, ['Content-Length', '0', ...idHeaders(visit)]).end()
  }
}

function isAtOrBelow(path: string, root: string): boolean {
  return path.startsWith(root) && (path.length === root.length || path.charCodeAt(root.length) === SLASH)
}

/** What Go answers to a request line that it can't read: none of etcd's headers, and the connection ends. */
function sendBadRequest({ response }: Exchange): void {
  const body = '400 Bad Request'
  response.writeHead(400, [
    'Content-Type',
    'text/plain; charset=utf-8',
    'Connection',
    'close',
    'Content-Length',
    String(body.length),
  ])
  response.end(body)
}
