/**
 * Secrets that the desk gives out: tokens for programs, sessions for browsers, links that are good once. None is ever kept: what is
 * kept is its SHA-256, which is enough since each is drawn from more than 170 bits and so can't be guessed from its hash.
 */
import { createHash, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** What a secret is for. */
export const secretKinds = ['token', 'session', 'link'] as const

export type SecretKind = (typeof secretKinds)[number]

/** How each kind begins, so that whoever finds one in a log or a repository can tell what it is. */
const prefixes: Readonly<Record<SecretKind, string>> = { token: 'edk_', session: 'eds_', link: 'edl_' }

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const RANDOM_CHARACTERS = 30
const CHECK_CHARACTERS = 6
const SHAPE = new RegExp(`^ed[ksl]_[0-9A-Za-z]{${RANDOM_CHARACTERS + CHECK_CHARACTERS}}$`, 'u')

/** A new secret: its prefix, 30 random characters, and 6 that follow from these, by which a search for secrets knows one. */
export function newSecret(kind: SecretKind): string {
  const random = Array.from({ length: RANDOM_CHARACTERS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  return `${prefixes[kind]}${random}${checkOf(random)}`
}

/** Whether a text may be a secret of this kind: mistyped ones, and what is none, need no look at what is kept. */
export function isSecret(kind: SecretKind, text: string): boolean {
  if (!SHAPE.test(text) || !text.startsWith(prefixes[kind])) return false
  const random = text.slice(prefixes[kind].length, -CHECK_CHARACTERS)
  return text.endsWith(checkOf(random))
}

/** What is kept of a secret, and what it is found by. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

function checkOf(random: string): string {
  let rest = crc32(random)
  let text = ''
  for (let place = 0; place < CHECK_CHARACTERS; place++) {
    text = `${ALPHABET[rest % ALPHABET.length]}${text}`
    rest = Math.floor(rest / ALPHABET.length)
  }
  return text
}
