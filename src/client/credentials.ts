/** Who a client is to a server that asks: a token, or a user and a password, as the header that carries them. Nothing of Node is needed. */

export interface CredentialOptions {
  /** A token, `edk_…`. */
  readonly token?: string | undefined
  /** The handle of a user, with `password`. */
  readonly user?: string | undefined
  /** The user's password; to programs that know nothing else a token may be given as one. */
  readonly password?: string | undefined
}

/** The header, or none where nothing is given. @throws RangeError where half of it or too much is given, or what can stand in no header */
export function credentialHeaders({ token, user, password }: CredentialOptions): { readonly Authorization?: string } {
  if (token !== undefined && (user !== undefined || password !== undefined)) {
    throw new RangeError("A 'token' says by itself who asks: give it, or a 'user' and a 'password'.")
  }
  if (token !== undefined) return { Authorization: `Bearer ${asHeader('token', token)}` }
  if (user === undefined && password === undefined) return {}
  if (user === undefined || password === undefined) {
    throw new RangeError("A 'user' needs a 'password', and a password a user: give both, or neither.")
  }
  if (user.includes(':')) throw new RangeError("A 'user' with a colon can not be told apart from its password.")
  const bytes = new TextEncoder().encode(`${user}:${password}`)
  return { Authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` }
}

/** The bytes of a text in UTF-8, each as the character that `fetch` sends it for: so a header holds any of them. */
export function asUtf8Header(option: string, text: string): string {
  if (text === '' || /\p{Cc}/u.test(text))
    throw new RangeError(`No header can hold this '${option}'. It has to be a name.`)
  return String.fromCharCode(...new TextEncoder().encode(text))
}

/** Said here at once, since `fetch` refuses other characters in words that sound like a lost connection. */
export function asHeader(option: string, text: string): string {
  if (/^[\x20-\x7e\xa0-\xff]+$/u.test(text)) return text
  throw new RangeError(`No header can hold this '${option}'. It has to be of Latin-1 characters, and not empty.`)
}
