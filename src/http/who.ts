/**
 * Who sends a request, from the token, the password or the session that comes with it: for both doors, before anything answers.
 *
 * Promises: a credential is looked at as of the state that is read, so one that ended counts no more from the commit on that ended it; a
 * password is looked at off the main thread, before the request is handled, and one that was right is remembered for ten minutes as an
 * HMAC under a key of this process alone; nothing of a secret is told or logged, and none is kept longer than the connection that brought
 * it: what a connection sends again says the same for a minute, as long as nothing has changed.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { knownBy, knownByPassword, USE_NOTED_MS, type From, type Known } from '../access/credentials.js'
import { Crowded, type Passwords } from '../access/password.js'
import { passwordTable } from '../access/tables.js'
import type { DeskStore } from '../desk.js'
import type { Asker } from '../store/command.js'
import { RecordReader } from '../store/records.js'
import { findUser } from '../users/finding.js'
import { AccessState } from './access-state.js'
import { authorizationOf, basicIn, bearerIn, type Basic } from './authorization.js'
import { clientAddress } from './client-address.js'

/** The cookie of a session. Its prefix keeps browsers from taking one of another path or domain; they ask for https then. */
const SESSION_COOKIE = 'etcdesk_session'
export const SECURE_SESSION_COOKIE = '__Host-etcdesk_session'

/** How long a password that was right is remembered, in milliseconds. */
const REMEMBERED_MS = 10 * 60 * 1000
const REMEMBERED_MAX = 10_000

/** For how long a connection is, at most, taken at the word of its last request, in milliseconds. */
const INTRODUCED_MS = 60_000

/** No header of credentials is longer. */
const HEADER_CHARACTERS_MAX = 4096

/**
 * What a request says of who sends it: an asker; `nobody` where it says nothing; `wrong` where what it brings stands for nobody;
 * `crowded` where too many passwords wait to be looked at.
 */
export type Asking = Asker | 'nobody' | 'wrong' | 'crowded'

interface Remembered {
  readonly user: number
  readonly version: number
  readonly until: number
}

/** Who was known on a connection by its last request. */
interface Introduced {
  readonly authorization: string
  /** See `AccessState.version`. */
  readonly version: number
  readonly until: number
  readonly asker: Asker
}

export interface WhoOptions {
  readonly store: DeskStore
  readonly passwords: Passwords
  /** Whence a request comes. */
  readonly addressOf?: (request: IncomingMessage) => string
  /** Whether people come by https, also where a proxy ends that before us. */
  readonly isHttps?: boolean
  /** Milliseconds since 1970; tests bring another. */
  readonly now?: () => number
}

export class Who {
  readonly passwords: Passwords
  readonly #store: DeskStore
  readonly #records: RecordReader
  /** Whence a request comes. */
  readonly addressOf: (request: IncomingMessage) => string
  readonly #isHttps: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly #key = randomBytes(32)
  readonly #remembered = new Map<string, Remembered>()
  readonly #asked = new WeakMap<IncomingMessage, Asking>()
  readonly #crowded = new WeakSet<IncomingMessage>()
  readonly #introduced = new WeakMap<Socket, Introduced>()
  readonly #verifying = new Map<string, Promise<unknown>>()
  /** What there is to know of the desk's access. */
  readonly state: AccessState

  constructor({ store, passwords, addressOf = clientAddress(), isHttps = false, now = () => Date.now() }: WhoOptions) {
    this.passwords = passwords
    this.#store = store
    this.#records = new RecordReader(store.reader)
    this.state = new AccessState(store)
    this.addressOf = addressOf
    this.#isHttps = isHttps
    this.now = now
  }

  /** What has to be waited for before the request can be judged: its password, where that is not remembered. */
  prepare(request: IncomingMessage): Promise<void> | undefined {
    try {
      return this.isOpen() ? undefined : this.#prepare(request)
    } catch {
      // The file can't be read: whoever judges the request meets the same, and answers.
      return undefined
    }
  }

  #prepare(request: IncomingMessage): Promise<void> | undefined {
    const authorization = authorizationOf(request)
    if (authorization === undefined || authorization.length > HEADER_CHARACTERS_MAX) return undefined
    if (this.#introductionOf(request, authorization) !== undefined) return undefined
    const basic = basicIn(authorization)
    if (basic === undefined || basic.secret.startsWith('edk_') || this.#recall(basic) !== undefined) return undefined
    return this.#verifyOnce(basic).then(
      () => undefined,
      (error: unknown) => {
        if (!(error instanceof Crowded)) throw error
        this.#crowded.add(request)
      },
    )
  }

  /** Of requests that come at once with the same password one waits for its turn, and the others for that one. */
  #verifyOnce(basic: Basic): Promise<unknown> {
    const key = this.#fingerprint(basic)
    const before = this.#verifying.get(key)
    if (before !== undefined) return before
    const verifying = this.verify(basic.name, basic.secret).finally(() => this.#verifying.delete(key))
    this.#verifying.set(key, verifying)
    return verifying
  }

  /**
   * The user whose name and password these are, and the version of the password; undefined for nobody, after the same time. Rejects with
   * `Crowded`.
   */
  async verify(
    name: string,
    password: string,
  ): Promise<{ readonly user: number; readonly version: number } | undefined> {
    const user = findUser(this.#records, name)
    const kept = user === undefined ? undefined : this.#records.get(passwordTable, String(user.number))
    const isRight = await this.passwords.verify(password, kept?.kept)
    if (!isRight || user === undefined || kept === undefined) return undefined
    const proved = { user: user.number, version: kept.version }
    this.#remember({ name, secret: password }, proved)
    return proved
  }

  /** Whether everybody may do all, as of the state that is read. */
  isOpen(): boolean {
    return this.state.isOpen
  }

  /** The cookie of a session of whoever sends the request: by https only one that no other host and no plain page can have set. */
  sessionCookie({ socket }: IncomingMessage): string {
    return this.#isHttps || socket instanceof TLSSocket ? SECURE_SESSION_COOKIE : SESSION_COOKIE
  }

  /** Who sends the request, through which door. Asked as often as one likes within a turn: it is looked at once. */
  ask(request: IncomingMessage, door: string): Asking {
    const before = this.#asked.get(request)
    if (before !== undefined) return before
    const asking = this.look(request, door)
    this.#asked.set(request, asking)
    return asking
  }

  /** The same for whoever asks once of each request, and remembers it by itself. */
  look(request: IncomingMessage, door: string): Asking {
    const from = { door, address: this.addressOf(request) }
    const authorization = authorizationOf(request)
    if (authorization !== undefined) {
      if (authorization.length > HEADER_CHARACTERS_MAX) return 'wrong'
      if (this.#crowded.has(request)) return 'crowded'
      const introduced = this.#introductionOf(request, authorization)
      if (introduced !== undefined) return as(introduced.asker, from)
      return this.#introduce(request, authorization, from)
    }
    const { cookie } = request.headers
    const secret = cookie === undefined ? undefined : sessionIn(cookie, this.sessionCookie(request))
    if (secret === undefined) return 'nobody'
    const known = knownBy(this.#records, 'session', secret, from, this.now())
    // A session that has ended says nothing of who asks: the page lets one sign in again.
    return known === undefined ? 'nobody' : this.#used(known)
  }

  /** What the connection's last request has shown, where this one shows the same and nothing has changed. */
  #introductionOf({ socket }: IncomingMessage, authorization: string): Introduced | undefined {
    const introduced = this.#introduced.get(socket)
    if (introduced === undefined || introduced.authorization !== authorization) return undefined
    return introduced.version === this.state.version && this.now() < introduced.until ? introduced : undefined
  }

  #introduce({ socket }: IncomingMessage, authorization: string, from: From): Asking {
    const { version } = this.state
    const known = this.#knownByHeader(authorization, from)
    if (known === undefined) return 'wrong'
    const until = Math.min(this.now() + INTRODUCED_MS, known.endsTime ?? Infinity)
    const asker = this.#used(known)
    this.#introduced.set(socket, { authorization, version, until, asker })
    return asker
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
    return proved && knownByPassword(this.#records, proved.user, proved.version, from)
  }

  #used({ asker, usedTime }: Known): Asker {
    const { credential } = asker
    const isOld = usedTime !== undefined && this.now() - (usedTime ?? 0) >= 2 * USE_NOTED_MS
    if (isOld && (credential?.kind === 'token' || credential?.kind === 'session')) {
      // Nobody waits for it, and where it is not noted the next use is.
      const args = { kind: credential.kind, id: credential.id } as const
      this.#store.run('credential.used', args, asker).catch(() => undefined)
    }
    return asker
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
    return remembered !== undefined && this.now() < remembered.until ? remembered : undefined
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

/** The same asker through another door, or from elsewhere where a proxy says whence. */
function as(asker: Asker, { door, address }: From): Asker {
  return asker.door === door && asker.address === address ? asker : { ...asker, door, address }
}
