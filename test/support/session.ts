/** A browser that is signed in already. */
import type { BrowserContextOptions } from 'playwright-core'

/** What a browser is opened with that has a session's cookie, as an answer set it. */
export function signedIn(cookie: string): BrowserContextOptions {
  const [name = '', ...value] = cookie.split('=')
  const rest = { domain: '127.0.0.1', path: '/', expires: -1, httpOnly: true, secure: false, sameSite: 'Lax' as const }
  return { storageState: { cookies: [{ name, value: value.join('='), ...rest }], origins: [] } }
}
