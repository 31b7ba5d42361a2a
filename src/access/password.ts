/**
 * Passwords, as scrypt keeps them (RFC 7914), with the cost that OWASP names for it: N = 2^15, r = 8, p = 3. Hashes are made one at a
 * time, since each takes 32 MiB and a tenth of a second of a core, off the main thread; who would have to wait behind many is refused.
 */
import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'
import { passwordCharactersMin } from '../contract/limits.js'
import { countCharacters } from '../journal/text.js'

export const passwordBytesMax = 1024

/** How many may wait for their turn, in all and from one address. */
const WAITING_MAX = 40
const WAITING_OF_ONE_MAX = 5

const HASH_BYTES = 32
const SALT_BYTES = 16
const COST: ScryptOptions = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 }
const PREFIX = 'scrypt-15-8-3'

/** Says in a sentence why a text is no password; undefined where it is one. */
export function passwordProblem(text: string): string | undefined {
  if (Buffer.byteLength(text) > passwordBytesMax)
    return `The password has more than ${passwordBytesMax} bytes. Send a shorter one.`
  const characters = countCharacters(text)
  if (characters < passwordCharactersMin)
    return `The password has ${characters} characters. Send at least ${passwordCharactersMin}.`
  return undefined
}

/** Too many wait for their turn. */
export class Crowded extends Error {
  override readonly name = 'Crowded'
}

/** Makes and verifies hashes, one after another. Addresses have their turns in order, so one that sends many holds up itself. */
export class Passwords {
  /** What waits, by the address that it is from; the one whose turn is next comes first. */
  readonly #queues = new Map<string, (() => Promise<void>)[]>()
  readonly #derive: typeof derive
  #waiting = 0
  #isBusy = false

  /** Tests bring another way to derive, to count how often it is done. */
  constructor(how: typeof derive = derive) {
    this.#derive = how
  }

  /** What is kept of a password. Rejects with `Crowded`. */
  async hash(password: string, address = ''): Promise<string> {
    const salt = randomBytes(SALT_BYTES)
    const hash = await this.#inTurn(address, () => this.#derive(password, salt))
    return `${PREFIX}$${salt.toString('base64url')}$${hash.toString('base64url')}`
  }

  /**
   * Whether a password is the one that was kept; undefined as `kept` stands for nobody, which takes as long and is never so. Rejects with
   * `Crowded`.
   */
  async verify(password: string, kept: string | undefined, address = ''): Promise<boolean> {
    const [prefix, salt = '', hash = ''] = (kept ?? '').split('$')
    const bytes = Buffer.from(salt === '' ? 'nobody' : salt, 'base64url')
    const derived = await this.#inTurn(address, () => this.#derive(password, bytes))
    const expected = Buffer.from(hash, 'base64url')
    return prefix === PREFIX && expected.length === HASH_BYTES && timingSafeEqual(derived, expected)
  }

  #inTurn(address: string, work: () => Promise<Buffer>): Promise<Buffer> {
    const own = this.#queues.get(address) ?? []
    if (this.#waiting >= WAITING_MAX || own.length >= WAITING_OF_ONE_MAX) {
      return Promise.reject(new Crowded('too many passwords are waiting to be looked at'))
    }
    this.#waiting += 1
    this.#queues.set(address, own)
    return new Promise((resolve, reject) => {
      own.push(() => work().then(resolve, reject))
      void this.#goOn()
    })
  }

  async #goOn(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    for (let [next] = this.#queues; next !== undefined; [next] = this.#queues) {
      const [address, own] = next
      const work = own.shift()
      if (own.length === 0) this.#queues.delete(address)
      await work?.()
      // Behind all others, where there is more from it by now.
      const rest = this.#queues.get(address)
      this.#queues.delete(address)
      if (rest !== undefined) this.#queues.set(address, rest)
      this.#waiting -= 1
    }
    this.#isBusy = false
  }
}

/** The same text whichever way a keyboard writes it: NFC. A longer one than may be is not looked at whole. */
function derive(password: string, salt: Buffer): Promise<Buffer> {
  const text = password.slice(0, passwordBytesMax).normalize('NFC')
  return new Promise((resolve, reject) => {
    scrypt(text, salt, HASH_BYTES, COST, (error, key) => (error === null ? resolve(key) : reject(error)))
  })
}
