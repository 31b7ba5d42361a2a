/**
 * Who sends a request, from the token, the password or the session that comes with it: for both doors, before anything answers.
 *
 * Promises: a credential is looked at as of the state that is read, so one that ended counts no more from the commit on that ended it; a
 * password is looked at off the main thread, before the request is handled, and one that was right is remembered for ten minutes as an
 * HMAC under a key of this process alone. What a header stood for is remembered with its connection, as long as nothing that has a name or
 * a right changed and its time is not over; no secret outlives its connection, is told or logged.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { knownAs, knownBy, knownByPassword, USE_NOTED_MS, type From, type Known } from '../access/credentials.js'
import { Crowded, type Passwords } from '../access/password.js'
import { isSecret } from '../access/secret.js'
import { passwordTable } from '../access/tables.js'
import type { DeskStore } from '../desk.js'
import { namesAsOf } from '../names/as-of.js'
import type { Asker } from '../store/command.js'
import { RecordReader } from '../store/records.js'
import { findUser } from '../users/finding.js'
import { AccessState } from './access-state.js'
import { authorizationOf, basicIn, bearerIn, bringsCredential, type Basic } from './authorization.js'
import { networkOf } from '../store/caller.js'
import { clientAddress } from './client-address.js'
import type { Rates } from './rates.js'
import { clientOf } from './reread.js'
import { SECURE_SESSION_COOKIE, SESSION_COOKIE } from './session-cookie.js'
import { SignInPace } from './sign-in-pace.js'

/** How long a password that was right is remembered, in milliseconds. */
const REMEMBERED_MS = 10 * 60 * 1000
const REMEMBERED_MAX = 10_000

/** A request that need not wait is judged much sooner than within so many milliseconds. */
const JUDGED_WITHIN_MS = 10_000

/** No header of credentials is longer. */
const HEADER_CHARACTERS_MAX = 4096

/**
 * What a request says of who sends it: an asker; `nobody` where it says nothing; `wrong` where what it brings stands for nobody;
 * `crowded` where too many passwords wait to be looked at, `slowed` where passwords were tried too fast.
 */
export type Asking = Asker | 'nobody' | 'wrong' | 'crowded' | 'slowed'

/** Passwords were tried too fast: the next may be in so many seconds. */
export class Slowed extends Error {
  override readonly name = 'Slowed'
  readonly seconds: number

  constructor(milliseconds: number) {
    super('passwords were tried too fast')
    this.seconds = Math.ceil(milliseconds / 1000)
  }
}

/** What a request, or a header on a connection, stands for; as of a change of names, and until it ends by itself. */
interface Standing {
  readonly asking: Asking
  readonly asOf: number
  readonly until: number
}

interface OnConnection extends Standing, From {
  readonly header: string
}

interface Remembered {
  readonly user: number
  readonly version: number
  readonly until: number
}

export interface WhoOptions {
  readonly store: DeskStore
  readonly passwords: Passwords
  /** Whence a request comes. */
  readonly addressOf?: (request: IncomingMessage) => string
  /** Whether people come by https, also where a proxy ends that before us. */
  readonly isHttps?: boolean
  readonly pace?: SignInPace
  /** Milliseconds since 1970; the store's where none is given. */
  readonly now?: () => number
}

export class Who {
  readonly passwords: Passwords
  readonly pace: SignInPace
  readonly #store: DeskStore
  readonly #records: RecordReader
  readonly #isHttps: boolean
  /** What there is to know of the desk's access. */
  readonly state: AccessState
  /** Whence a request comes. */
  readonly addressOf: (request: IncomingMessage) => string
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly #key = randomBytes(32)
  readonly #remembered = new Map<string, Remembered>()
  readonly #asked = new WeakMap<IncomingMessage, Standing>()
  readonly #connections = new WeakMap<Socket, OnConnection>()
  readonly #held = new WeakMap<IncomingMessage, 'crowded' | number>()
  readonly #verifying = new Map<string, Promise<unknown>>()
  #names: { readonly transaction: number; readonly asOf: number } | undefined

  constructor({
    store,
    passwords,
    addressOf = clientAddress(),
    isHttps = false,
    now = () => store.now(),
    pace = new SignInPace(),
  }: WhoOptions) {
    this.passwords = passwords
    this.pace = pace
    this.#store = store
    this.#records = new RecordReader(store.reader)
    this.state = new AccessState(store)
    this.#isHttps = isHttps
    this.addressOf = addressOf
    this.now = now
  }

  /**
   * What has to be waited for before the request can be judged: what it says that it has seen, since its credential may be newer than what
   * this node has; and its password, where that is not remembered. For whoever brings nothing that could be a credential nothing is done, nor
   * where `rates` refuse whoever is not known.
   */
  prepare(request: IncomingMessage, rates: Pick<Rates, 'isPast'>): Promise<void> | undefined {
    try {
      return this.isOpen() ? undefined : this.#prepare(request, rates)
    } catch {
      // The file can't be read: whoever judges the request meets the same, and answers.
      return undefined
    }
  }

  #prepare(request: IncomingMessage, rates: Pick<Rates, 'isPast'>): Promise<void> | undefined {
    const { 'desk-index': seen } = request.headers
    const isAhead = seen !== undefined && Number(seen) > this.#store.history.head()
    if (!isAhead || !this.#mayBeKnown(request) || rates.isPast(this.addressOf(request))) {
      return this.#preparePassword(request)
    }
    // Where that can't be had it is judged by what there is.
    const caughtUp = this.#store.strong().catch(() => undefined)
    return caughtUp.then(() => this.#preparePassword(request))
  }

  /** Whether what a request brings has the form of a credential: whoever makes one up can be told without a look at what is kept. */
  #mayBeKnown(request: IncomingMessage): boolean {
    const authorization = authorizationOf(request)
    if (authorization === undefined) {
      const session = sessionIn(request.headers.cookie ?? '', this.sessionCookie(request))
      return session !== undefined && isSecret('session', session)
    }
    if (authorization.length > HEADER_CHARACTERS_MAX) return false
    const bearer = bearerIn(authorization)
    if (bearer !== undefined) return isSecret('token', bearer)
    const basic = basicIn(authorization)
    return basic !== undefined && (!basic.secret.startsWith('edk_') || isSecret('token', basic.secret))
  }

  #preparePassword(request: IncomingMessage): Promise<void> | undefined {
    const authorization = authorizationOf(request)
    if (authorization === undefined || authorization.length > HEADER_CHARACTERS_MAX) return undefined
    if (this.#stoodBefore(request, authorization)) return undefined
    const basic = basicIn(authorization)
    if (basic === undefined || basic.secret.startsWith('edk_') || this.#recall(basic) !== undefined) return undefined
    return this.#verifyOnce(basic, this.addressOf(request)).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof Slowed) this.#held.set(request, error.seconds)
        else if (error instanceof Crowded) this.#held.set(request, 'crowded')
        else throw error
      },
    )
  }

  /** Whether the request before on the connection came with the same, and that still stands, also when this one is judged in a moment. */
  #stoodBefore({ socket }: IncomingMessage, authorization: string): boolean {
    const before = this.#connections.get(socket)
    if (before?.header !== authorization || before.asOf !== this.state.version) return false
    return this.now() + JUDGED_WITHIN_MS < before.until
  }

  /** Of requests that come at once from one address with the same password one waits for its turn, and the others for that one. */
  #verifyOnce(basic: Basic, address: string): Promise<unknown> {
    const key = `${address} ${this.#fingerprint(basic)}`
    const before = this.#verifying.get(key)
    if (before !== undefined) return before
    const verifying = this.verify(basic.name, basic.secret, address).finally(() => this.#verifying.delete(key))
    this.#verifying.set(key, verifying)
    return verifying
  }

  /** For how many seconds whoever sends a request is to wait, where it was `slowed`. */
  waitOf(request: IncomingMessage): number {
    const held = this.#held.get(request)
    return typeof held === 'number' ? held : 1
  }

  /**
   * The user whose name and password these are, and the version of the password; undefined for nobody, after the same work. Rejects with
   * `Crowded`, or with `Slowed` where this address tried too many.
   */
  async verify(
    name: string,
    password: string,
    address: string,
  ): Promise<{ readonly user: number; readonly version: number } | undefined> {
    const wait = this.pace.begin(address, name)
    if (wait > 0) throw new Slowed(wait)
    const user = findUser(this.#records, name)
    const kept = user === undefined ? undefined : this.#records.get(passwordTable, String(user.number))
    const isRight = await this.#inTurn(address, name, (from) => this.passwords.verify(password, kept?.kept, from))
    if (!isRight || user === undefined || kept === undefined) return undefined
    this.pace.succeeded(address, name)
    const proved = { user: user.number, version: kept.version }
    this.#remember({ name, secret: password }, proved)
    return proved
  }

  /** What is kept of a password that somebody sets. Rejects with `Crowded`. */
  hash(request: IncomingMessage, password: string): Promise<string> {
    return this.passwords.hash(password, networkOf(this.addressOf(request)))
  }

  /** A try that came to nothing, since too many waited, was none. */
  async #inTurn<T>(address: string, name: string, work: (from: string) => Promise<T>): Promise<T> {
    try {
      return await work(networkOf(address))
    } catch (error) {
      if (error instanceof Crowded) this.pace.takeBack(address, name)
      throw error
    }
  }

  /** Whether everybody may do all, as of the state that is read. */
  isOpen(): boolean {
    return this.state.isOpen
  }

  /** The cookie of a session of whoever sends the request: by https only one that no other host and no plain page can have set. */
  sessionCookie({ socket }: IncomingMessage): string {
    return this.#isHttps || clientOf(socket) instanceof TLSSocket ? SECURE_SESSION_COOKIE : SESSION_COOKIE
  }

  /**
   * Who sends the request, through which door, as of the state that is read: whoever asks again, such as for a listener, is told whether
   * it still stands for the same.
   */
  ask(request: IncomingMessage, door: string): Asking {
    // Most come so to an open desk: nothing is looked up or remembered for them.
    if (!bringsCredential(request)) return 'nobody'
    const asOf = this.namesAsOf()
    const before = this.#asked.get(request)
    if (before !== undefined && this.#holds(before, asOf)) return before.asking
    const from = { door, address: before === undefined ? this.addressOf(request) : addressIn(before.asking) }
    const standing = before === undefined ? this.#look(request, from, asOf) : this.#again(before, from, asOf)
    this.#asked.set(request, standing)
    return standing.asking
  }

  /** The same for whoever asks once of each request, and remembers it by itself. */
  look(request: IncomingMessage, door: string): Asking {
    if (!bringsCredential(request)) return 'nobody'
    return this.#look(request, { door, address: this.addressOf(request) }, this.namesAsOf()).asking
  }

  /** When what a request came with ends by itself, as it was when it was asked last; Infinity where it does not. */
  until(request: IncomingMessage): number {
    return this.#asked.get(request)?.until ?? Infinity
  }

  #holds({ asOf, until }: Standing, now: number): boolean {
    return asOf === now && (until === Infinity || this.now() < until)
  }

  /** What was let in by a credential goes on by that alone. */
  #again({ asking }: Standing, from: From, asOf: number): Standing {
    if (typeof asking !== 'object' || asking.credential === undefined) return { asking, asOf, until: Infinity }
    const known = knownAs(this.#records, asking.credential, from, this.now())
    return { asking: known?.asker ?? 'wrong', asOf, until: known?.until ?? Infinity }
  }

  #look(request: IncomingMessage, from: From, asOf: number): Standing {
    const authorization = authorizationOf(request)
    const header = authorization ?? request.headers.cookie
    if (header === undefined) return { asking: 'nobody', asOf, until: Infinity }
    const { socket } = request
    const before = this.#connections.get(socket)
    if (before?.header === header && before.door === from.door && before.address === from.address) {
      if (this.#holds(before, asOf)) return before
    }
    const standing =
      authorization === undefined ? this.#byCookie(request, header, from) : this.#byHeader(request, header, from)
    const isKnown = typeof standing.asking === 'object'
    if (isKnown) this.#connections.set(socket, { ...standing, ...from, header, asOf })
    return { ...standing, asOf }
  }

  #byCookie(request: IncomingMessage, cookie: string, from: From): Omit<Standing, 'asOf'> {
    const secret = sessionIn(cookie, this.sessionCookie(request))
    const known = secret === undefined ? undefined : knownBy(this.#records, 'session', secret, from, this.now())
    // A session that has ended says nothing of who asks: the page lets one sign in again.
    return known === undefined ? { asking: 'nobody', until: Infinity } : this.#used(known)
  }

  #byHeader(request: IncomingMessage, authorization: string, from: From): Omit<Standing, 'asOf'> {
    if (authorization.length > HEADER_CHARACTERS_MAX) return { asking: 'wrong', until: Infinity }
    const held = this.#held.get(request)
    if (held !== undefined) return { asking: held === 'crowded' ? held : 'slowed', until: Infinity }
    const known = this.#knownByHeader(authorization, from)
    return known === undefined ? { asking: 'wrong', until: Infinity } : this.#used(known)
  }

  #knownByHeader(authorization: string, from: From): Known | undefined {
    const bearer = bearerIn(authorization)
    if (bearer !== undefined) return knownBy(this.#records, 'token', bearer, from, this.now())
    const basic = basicIn(authorization)
    if (basic === undefined) return undefined
    if (basic.secret.startsWith('edk_')) {
      const known = knownBy(this.#records, 'token', basic.secret, from, this.now())
      return known !== undefined && findUser(this.#records, basic.name)?.number === known.user.number
        ? known
        : undefined
    }
    const proved = this.#recall(basic)
    const known = proved && knownByPassword(this.#records, proved.user, proved.version, from)
    return known && proved ? { ...known, until: proved.until } : undefined
  }

  #used({ asker, usedTime, until }: Known): Omit<Standing, 'asOf'> {
    const { credential } = asker
    const nextNote = usedTime === undefined ? Infinity : (usedTime ?? 0) + USE_NOTED_MS
    const isOld = this.now() >= nextNote
    if (isOld && (credential?.kind === 'token' || credential?.kind === 'session')) {
      // Nobody waits for it, and where it is not noted the next use is.
      const args = { kind: credential.kind, id: credential.id } as const
      this.#store.run('credential.used', args, asker).catch(() => undefined)
    }
    // Looked at again when its use is to be noted next: one that is used all the time does not end by being idle.
    return { asking: asker, until: Math.min(until, isOld ? this.now() + USE_NOTED_MS : nextNote) }
  }

  /** The index at which anything that has a name or a right last changed; read once in each transaction. */
  namesAsOf(): number {
    const { transaction } = this.#store.reader
    if (transaction !== undefined && this.#names?.transaction === transaction) return this.#names.asOf
    const asOf = namesAsOf(this.#records)
    if (transaction !== undefined) this.#names = { transaction, asOf }
    return asOf
  }

  #remember(basic: Basic, { user, version }: Omit<Remembered, 'until'>): void {
    const [oldest] = this.#remembered.keys()
    if (this.#remembered.size >= REMEMBERED_MAX && oldest !== undefined) this.#remembered.delete(oldest)
    const key = this.#fingerprint(basic)
    this.#remembered.delete(key)
    this.#remembered.set(key, { user, version, until: this.now() + REMEMBERED_MS })
  }

  #recall(basic: Basic): Remembered | undefined {
    const remembered = this.#remembered.get(this.#fingerprint(basic))
    if (remembered === undefined || this.now() >= remembered.until) return undefined
    // Another was set since, perhaps the same again: it is looked at anew.
    const kept = this.#records.get(passwordTable, String(remembered.user))
    return kept?.version === remembered.version ? remembered : undefined
  }

  /** Under a key of this process: what is in memory tells nobody a password. */
  #fingerprint({ name, secret }: Basic): string {
    return createHmac('sha256', this.#key).update(`${name.length}:${name}:${secret}`).digest('base64url')
  }
}

/** The secret in the cookie of this name; undefined where there is none, or where several claim to be it. */
function sessionIn(cookie: string, own: string): string | undefined {
  const found = cookie.split(';').flatMap((pair) => {
    const [name = '', value = ''] = pair.trim().split('=')
    return name === own ? [value] : []
  })
  return found.length === 1 ? found[0] : undefined
}

function addressIn(asking: Asking): string {
  return typeof asking === 'object' ? (asking.address ?? '') : ''
}
