/** What a request brings to say who sends it, read from its headers as they came: the header of most requests costs no more than that. */
import type { IncomingMessage } from 'node:http'

/** A name and what is sent with it: a password, or a token. */
export interface Basic {
  readonly name: string
  readonly secret: string
}

const NAME = 'authorization'

/** The header `Authorization`, the first where there are several, as Node has it; undefined where there is none. */
export function authorizationOf({ rawHeaders }: IncomingMessage): string | undefined {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]
    if (name?.length === NAME.length && name.toLowerCase() === NAME) return rawHeaders[at + 1]
  }
  return undefined
}

const COOKIE = 'cookie'

/** Whether a request brings anything that may say who sends it. */
export function bringsCredential({ rawHeaders }: IncomingMessage): boolean {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]
    if (name?.length === NAME.length && name.toLowerCase() === NAME) return true
    if (name?.length === COOKIE.length && name.toLowerCase() === COOKIE) return true
  }
  return false
}

/** The token of `Authorization: Bearer`; undefined where it is nothing of the kind. */
export function bearerIn(authorization: string): string | undefined {
  return /^bearer +([\w-]+) *$/iu.exec(authorization)?.[1]
}

/** Name and password of `Authorization: Basic`; undefined where it is nothing of the kind. */
export function basicIn(authorization: string): Basic | undefined {
  const encoded = /^basic +([\w+/=-]+) *$/iu.exec(authorization)?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { name: text.slice(0, colon), secret: text.slice(colon + 1) }
}
