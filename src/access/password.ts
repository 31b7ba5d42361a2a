/**
 * Passwords, as scrypt keeps them (RFC 7914), with the cost that OWASP names for it: N = 2^15, r = 8, p = 3. Hashes are made one at a
 * time, since each takes 32 MiB and a tenth of a second of a core, off the main thread; who would have to wait behind many is refused.
 */
import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'
import { countCharacters } from '../journal/text.js'

export const passwordCharactersMin = 12
export const passwordBytesMax = 1024

/** How many may wait for their turn. */
const WAITING_MAX = 20

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

/** Makes and verifies hashes, one after another. */
export class Passwords {
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()

  /** What is kept of a password. Rejects with `Crowded`. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES)
    return `${PREFIX}$${salt.toString('base64url')}$${(await this.#derive(password, salt)).toString('base64url')}`
  }

  /**
   * Whether a password is the one that was kept; undefined as `kept` stands for nobody, which takes as long and is never so. Rejects with
   * `Crowded`.
   */
  async verify(password: string, kept: string | undefined): Promise<boolean> {
    const [prefix, salt = '', hash = ''] = (kept ?? '').split('$')
    const derived = await this.#derive(password, Buffer.from(salt === '' ? 'nobody' : salt, 'base64url'))
    const expected = Buffer.from(hash, 'base64url')
    return prefix === PREFIX && expected.length === HASH_BYTES && timingSafeEqual(derived, expected)
  }

  #derive(password: string, salt: Buffer): Promise<Buffer> {
    if (this.#waiting >= WAITING_MAX)
      return Promise.reject(new Crowded('too many passwords are waiting to be looked at'))
    this.#waiting += 1
    const derived = this.#last.then(() => derive(password, salt))
    this.#last = derived.catch(() => undefined).finally(() => (this.#waiting -= 1))
    return derived
  }
}

/** The same text whichever way a keyboard writes it: NFC. A longer one than may be is not looked at whole. */
function derive(password: string, salt: Buffer): Promise<Buffer> {
  const text = password.slice(0, passwordBytesMax).normalize('NFC')
  return new Promise((resolve, reject) => {
    scrypt(text, salt, HASH_BYTES, COST, (error, key) => (error === null ? resolve(key) : reject(error)))
  })
}
