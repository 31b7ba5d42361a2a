/**
 * Where one signs in: with a password, or by a link that sets it. A link's secret stands behind the `#`, so no server is sent it; it is
 * taken from the address at once, so that it stays in no history.
 */
import { signal, useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { DeskError } from '../../src/client/client.js'
import { Icon } from '../parts/icon.js'
import { startCounts } from '../state/counts.js'
import { desk, sentenceOf } from '../state/desk.js'
import { learnWho } from '../state/identity.js'
import { readNames } from '../state/names.js'
import { startLive } from '../state/live.js'
import { words } from '../words/words.js'

/** The secret of a link that one came by. */
export const linkSecret = signal<string | undefined>(undefined)

/** Whether that link makes the first admin: then it asks whom. */
const isForFirst = signal(false)

/** Takes a link's secret out of the address. */
export function takeLink(): void {
  const parts = new URLSearchParams(location.hash.slice(1))
  const secret = parts.get('link')
  if (secret === null) return
  isForFirst.value = parts.has('first')
  linkSecret.value = secret
  history.replaceState(history.state, '', location.pathname + location.search)
}

export function SignIn({ wasSignedIn }: { wasSignedIn: boolean }) {
  const secret = linkSecret.value
  const problem = useSignal<string | undefined>(undefined)
  const isSending = useSignal(false)
  useEffect(() => {
    addEventListener('hashchange', takeLink)
    return () => removeEventListener('hashchange', takeLink)
  }, [])
  // Whoever comes by a link begins anew, whatever was tried before.
  useEffect(() => {
    if (secret !== undefined) problem.value = undefined
  }, [secret])
  const hasHandle = secret === undefined || isForFirst.value
  const form = useRef<HTMLFormElement>(null)
  useLayoutEffect(() => form.current?.querySelector('input')?.focus(), [secret])
  const send = async (form: HTMLFormElement): Promise<void> => {
    const data = new FormData(form)
    const textOf = (name: string): string => {
      const value = data.get(name)
      return typeof value === 'string' ? value : ''
    }
    const [user, password] = [textOf('user'), textOf('password')]
    isSending.value = true
    problem.value = undefined
    try {
      if (secret === undefined) await desk().sessions.signIn({ user, password })
      else await desk().signInLinks.use({ secret, password, handle: hasHandle ? user : undefined })
      linkSecret.value = undefined
      await learnWho()
      startLive()
      startCounts()
      await readNames()
    } catch (error) {
      if (secret !== undefined && error instanceof DeskError) {
        if (error.code === 'link_ended') linkSecret.value = undefined
        // Of a link that was copied without its end only the desk knows.
        if (error.errors.some((fault) => 'pointer' in fault && fault.pointer === '/handle')) isForFirst.value = true
      }
      problem.value = sentenceOf(error)
    } finally {
      isSending.value = false
    }
  }
  const { signIn } = words
  const [title, text] =
    secret === undefined
      ? [signIn.title, wasSignedIn ? signIn.wasSignedIn : signIn.text]
      : isForFirst.value
        ? [signIn.adminTitle, signIn.adminText]
        : [signIn.linkTitle, signIn.linkText]
  return (
    <main class="door" id="main">
      <div class="door__box">
        <Icon name="desk" class="door__mark mark" />
        <h1>{title}</h1>
        <p class="door__p">{text}</p>
        <form
          key={secret ?? ''}
          ref={form}
          class="form"
          id="sign-in"
          onSubmit={(event) => {
            event.preventDefault()
            void send(event.currentTarget)
          }}
        >
          {hasHandle && (
            <div class="field">
              <label for="user">{signIn.handle}</label>
              <input
                id="user"
                class="input"
                name="user"
                autocomplete="username"
                autocapitalize="off"
                maxLength={100}
                required
              />
            </div>
          )}
          <div class="field">
            <label for="password">{signIn.password}</label>
            <input
              id="password"
              class="input"
              name="password"
              type="password"
              autocomplete={secret === undefined ? 'current-password' : 'new-password'}
              maxLength={1024}
              required
              aria-invalid={problem.value !== undefined}
              aria-describedby="sign-in-problem"
            />
            <p class="field__bad" id="sign-in-problem" role="alert">
              {problem.value}
            </p>
          </div>
          <button class="btn btn--primary btn--big" disabled={isSending.value}>
            {secret === undefined ? (isSending.value ? signIn.sending : signIn.send) : signIn.set}
          </button>
        </form>
        {secret === undefined && <p class="door__more">{signIn.noAccount}</p>}
      </div>
    </main>
  )
}
