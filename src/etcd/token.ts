/**
 * The token that proves a user to etcd: fetched when it is first needed, and anew when etcd no longer takes it. etcd's
 * simple tokens live on each member by themselves and end with its process or after some minutes without use, so a token
 * is trusted until it is refused. The password is kept in here and goes nowhere but to etcd.
 */
import type { Outcome, Refusal, Unknown } from './outcome.js'

/** A token, and the number that tells it from the one before. `text` is undefined where etcd asks for none. */
export interface Token {
  readonly text: string | undefined
  readonly number: number
}

export interface Credentials {
  readonly user: string
  readonly password: string
}

/** Asks etcd for a token. */
export type Authenticate = (credentials: Credentials) => Promise<Outcome<string>>

const NO_TOKEN: Token = { text: undefined, number: 0 }

export class TokenKeeper {
  readonly #credentials: Credentials | undefined
  readonly #authenticate: Authenticate
  #token: Token | undefined
  #asking: Promise<Token | Refusal | Unknown> | undefined
  #number = 0

  constructor(credentials: Credentials | undefined, authenticate: Authenticate) {
    this.#credentials = credentials
    this.#authenticate = authenticate
    if (credentials === undefined) this.#token = NO_TOKEN
  }

  /** The token if there is one already, so that the usual case need not wait. */
  get current(): Token | undefined {
    return this.#token
  }

  /** The token, or why there is none. */
  async get(): Promise<Token | Refusal | Unknown> {
    if (this.#token !== undefined) return this.#token
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined))
    return this.#asking
  }

  /** etcd refused this token: the next caller fetches another. False where that is no use. */
  refuse(token: Token): boolean {
    if (this.#credentials === undefined) return false
    if (this.#token?.number === token.number) this.#token = undefined
    return true
  }

  async #ask(): Promise<Token | Refusal | Unknown> {
    if (this.#credentials === undefined) return NO_TOKEN
    const outcome = await this.#authenticate(this.#credentials)
    if (outcome.type === 'ok') this.#token = { text: outcome.value, number: ++this.#number }
    else if (outcome.message.includes('authentication is not enabled')) {
      this.#token = { text: undefined, number: ++this.#number }
    } else return outcome
    return this.#token
  }
}
