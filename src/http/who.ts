/**
 * Who sends a request, from the token, the password or the session that comes with it: for both doors, before anything answers.
 *
 * Promises: a credential is looked at as of the state that is read, so one that ended counts no more from the commit on that ended it; a
 * password is looked at off the main thread, before the request is handled, and one that was right is remembered for ten minutes as an
 * HMAC under a key of this process alone; nothing of a secret is kept, told or logged.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { knownBy, knownByPassword, USE_NOTED_MS, type From, type Known } from '../access/credentials.js'
import { Crowded, Passwords } from '../access/password.js'
import { passwordTable } from '../access/tables.js'
import type { DeskStore } from '../desk.js'
import type { Asker } from '../store/command.js'
import { RecordReader } from '../store/records.js'
import { findUser } from '../users/finding.js'
import { isOpen } from '../users/viewer.js'
import { clientAddress } from './client-address.js'

/** The cookie of a session. Its prefix keeps browsers from taking one of another path or domain; they ask for https then. */
const SESSION_COOKIE = 'etcdesk_session'
export const SECURE_SESSION_COOKIE = '__Host-etcdesk_session'

/** How long a password that was right is remembered, in milliseconds. */
const REMEMBERED_MS = 10 * 60 * 1000
const REMEMBERED_MAX = 10_000

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

interface Basic {
  readonly name: string
  readonly secret: string
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
  readonly #now: () => number
  readonly #key = randomBytes(32)
  readonly #remembered = new Map<string, Remembered>()
  readonly #asked = new WeakMap<IncomingMessage, Asking>()
  readonly #crowded = new WeakSet<IncomingMessage>()

  constructor({ store, passwords, addressOf = clientAddress(), isHttps = false, now = () => Date.now() }: WhoOptions) {
    this.passwords = passwords
    this.#store = store
    this.#records = new RecordReader(store.reader)
    this.addressOf = addressOf
    this.#isHttps = isHttps
    this.#now = now
  }

  /** What has to be waited for before the request can be judged: its password, where that is not remembered. */
  prepare(request: IncomingMessage): Promise<void> | undefined {
    const { authorization } = request.headers
    if (authorization === undefined || !/^basic /iu.test(authorization)) return undefined
    const basic = basicIn(authorization)
    if (basic === undefined || basic.secret.startsWith('edk_')) return undefined
    if (this.isOpen() || this.#recall(basic) !== undefined) return undefined
    return this.verify(basic.name, basic.secret).then(
      () => undefined,
      (error: unknown) => {
        if (!(error instanceof Crowded)) throw error
        this.#crowded.add(request)
      },
    )
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
    return isOpen(this.#records)
  }

  /** The cookie of a session of whoever sends the request: by https only one that no other host and no plain page can have set. */
  sessionCookie({ socket }: IncomingMessage): string {
    return this.#isHttps || socket instanceof TLSSocket ? SECURE_SESSION_COOKIE : SESSION_COOKIE
  }

  /** Who sends the request, through which door. Asked as often as one likes within a turn: it is looked at once. */
  ask(request: IncomingMessage, door: string): Asking {
    const before = this.#asked.get(request)
    if (before !== undefined) return before
    const asking = this.#look(request, { door, address: this.addressOf(request) })
    this.#asked.set(request, asking)
    return asking
  }

  #look(request: IncomingMessage, from: From): Asking {
    const { authorization, cookie } = request.headers
    if (authorization !== undefined) {
      if (authorization.length > HEADER_CHARACTERS_MAX) return 'wrong'
      if (this.#crowded.has(request)) return 'crowded'
      return this.#used(this.#knownByHeader(authorization, from))
    }
    const secret = cookie === undefined ? undefined : sessionIn(cookie, this.sessionCookie(request))
    if (secret === undefined) return 'nobody'
    const known = knownBy(this.#records, 'session', secret, from, this.#now())
    // A session that has ended says nothing of who asks: the page lets one sign in again.
    return known === undefined ? 'nobody' : this.#used(known)
  }

  #knownByHeader(authorization: string, from: From): Known | undefined {
    const bearer = /^bearer +([\w-]+) *$/iu.exec(authorization)?.[1]
    if (bearer !== undefined) return knownBy(this.#records, 'token', bearer, from, this.#now())
    const basic = basicIn(authorization)
    if (basic === undefined) return undefined
    if (basic.secret.startsWith('edk_')) {
      const known = knownBy(this.#records, 'token', basic.secret, from, this.#now())
      return known !== undefined && findUser(this.#records, basic.name)?.number === known.user.number
        ? known
        : undefined
    }
    const proved = this.#recall(basic)
    return proved && knownByPassword(this.#records, proved.user, proved.version, from)
  }

  #used(known: Known | undefined): Asking {
    if (known === undefined) return 'wrong'
    const { asker, usedTime } = known
    const { credential } = asker
    const isOld = usedTime !== undefined && this.#now() - (usedTime ?? 0) >= 2 * USE_NOTED_MS
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
    this.#remembered.set(key, { user, version, until: this.#now() + REMEMBERED_MS })
  }

  #recall(basic: Basic): Remembered | undefined {
    const remembered = this.#remembered.get(this.#fingerprint(basic))
    return remembered !== undefined && this.#now() < remembered.until ? remembered : undefined
  }

  /** Under a key of this process: what is in memory tells nobody a password. */
  #fingerprint({ name, secret }: Basic): string {
    return createHmac('sha256', this.#key).update(`${name.length}:${name}:${secret}`).digest('base64url')
  }
}

/** Name and password of `Authorization: Basic`; undefined where it is nothing of the kind. */
function basicIn(authorization: string): Basic | undefined {
  const encoded = /^basic +([\w+/=-]+) *$/iu.exec(authorization)?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { name: text.slice(0, colon), secret: text.slice(colon + 1) }
}

/** The secret in the cookie of this name; undefined where there is none, or where several claim to be it. */
function sessionIn(cookie: string, own: string): string | undefined {
  const found = cookie.split(';').flatMap((pair) => {
    const [name = '', value = ''] = pair.trim().split('=')
    return name === own ? [value] : []
  })
  return found.length === 1 ? found[0] : undefined
}
