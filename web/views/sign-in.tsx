/**
 * Where one signs in: with a password, or by a link that sets it. A link's secret stands behind the `#`, so no server is sent it; it is
 * taken from the address at once, so that it stays in no history. Of a link that can't be used any more one is told before one is asked for
 * anything, and how to get another.
 */
import { signal, useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { DeskError } from '../../src/client/client.js'
import { Copy } from '../parts/copy.js'
import { ForManagers } from '../parts/for-managers.js'
import { Icon } from '../parts/icon.js'
import { desk, sentenceOf } from '../state/desk.js'
import { learnSignedIn, me } from '../state/identity.js'
import { words } from '../words/words.js'

/** The secret of a link that one came by. */
export const linkSecret = signal<string | undefined>(undefined)

/** Whose password that link sets: null where it makes the first admin, and asks whom; undefined until the desk has said. */
const linkUser = signal<string | null | undefined>(undefined)

/** Whether that link can be used, as far as the desk has said. Where it can't be asked the form says what is the matter. */
const linkState = signal<'unknown' | 'good' | 'ended'>('unknown')

/** What makes a link for the first admin, on the machine of the desk. */
const FIRST_LINK = 'etcdesk desk link'

/** So long the form waits for what the desk says of a link, in milliseconds: a slow desk is no reason to show nothing. */
const LOOK_MS = 1000

/** Gives up the link that one came by. */
function leaveLink(): void {
  linkSecret.value = undefined
  linkUser.value = undefined
  linkState.value = 'unknown'
}

async function lookAtLink(secret: string): Promise<void> {
  const showForm = setTimeout(() => {
    if (linkSecret.peek() === secret && linkState.peek() === 'unknown') linkState.value = 'good'
  }, LOOK_MS)
  const state = await desk()
    .signInLinks.look(secret)
    .then(
      ({ user }) => {
        if (linkSecret.peek() === secret) linkUser.value = user
        return 'good' as const
      },
      (error: unknown) => (error instanceof DeskError && error.code === 'link_ended' ? 'ended' : 'good'),
    )
  clearTimeout(showForm)
  if (linkSecret.peek() === secret) linkState.value = state
}

/** Takes a link's secret out of the address. */
export function takeLink(): void {
  const parts = new URLSearchParams(location.hash.slice(1))
  const secret = parts.get('link')
  if (secret === null) return
  history.replaceState(history.state, '', location.pathname + location.search)
  // Of the same one all is known already that the desk has said.
  if (linkSecret.peek() === secret) return
  linkUser.value = parts.has('first') ? null : undefined
  linkSecret.value = secret
  linkState.value = 'unknown'
}

export function SignIn({ wasSignedIn }: { wasSignedIn: boolean }) {
  const secret = linkSecret.value
  const problem = useSignal<string | undefined>(undefined)
  const isSending = useSignal(false)
  useEffect(() => {
    addEventListener('hashchange', takeLink)
    return () => removeEventListener('hashchange', takeLink)
  }, [])
  // Whoever comes by a link begins anew, whatever was tried before; and so does whoever gives one up.
  useEffect(() => {
    problem.value = undefined
    if (secret !== undefined) void lookAtLink(secret)
  }, [secret])
  const isAsked = secret === undefined || linkState.value === 'good'
  const user = linkUser.value
  const hasHandle = secret === undefined || user === null
  const form = useRef<HTMLFormElement>(null)
  useLayoutEffect(() => form.current?.querySelector<HTMLElement>('input:not([readonly])')?.focus(), [secret, isAsked])
  const send = async (form: HTMLFormElement): Promise<void> => {
    const data = new FormData(form)
    const textOf = (name: string): string => {
      const value = data.get(name)
      return typeof value === 'string' ? value : ''
    }
    const [handle, password] = [textOf('user'), textOf('password')]
    if (secret !== undefined && password !== textOf('again')) {
      problem.value = words.common.passwordsDiffer
      return
    }
    isSending.value = true
    problem.value = undefined
    try {
      if (secret === undefined) await desk().sessions.signIn({ user: handle, password })
      else await desk().signInLinks.use({ secret, password, handle: hasHandle ? handle : undefined })
      leaveLink()
      await learnSignedIn()
    } catch (error) {
      if (secret !== undefined && error instanceof DeskError) {
        if (error.code === 'link_ended') {
          // The page says so in full.
          linkState.value = 'ended'
          return
        }
        // Of a link that was copied without its end only the desk knows.
        if (error.errors.some((fault) => 'pointer' in fault && fault.pointer === '/handle')) linkUser.value = null
      }
      problem.value = sentenceOf(error)
    } finally {
      isSending.value = false
    }
  }
  if (secret !== undefined && linkState.value === 'ended') return <EndedLink />
  const { signIn } = words
  const [title, text] =
    secret === undefined
      ? [signIn.title, wasSignedIn ? signIn.wasSignedIn : signIn.text]
      : user === null
        ? [signIn.adminTitle, signIn.adminText]
        : [user === undefined ? signIn.linkTitle : signIn.linkTitleOf(user), signIn.linkText]
  const said = (
    <p class="field__bad" id="sign-in-problem" role="alert">
      {problem.value}
    </p>
  )
  return (
    <main class="door" id="main">
      <div class="door__box">
        <Icon name="desk" class="door__mark mark" />
        <h1>{title}</h1>
        <p class="door__p">{text}</p>
        {isAsked && (
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
            {typeof user === 'string' && <ForManagers handle={user} />}
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
              {secret === undefined && said}
            </div>
            {secret !== undefined && (
              <div class="field">
                <label for="again">{words.common.passwordAgain}</label>
                <input
                  id="again"
                  class="input"
                  name="again"
                  type="password"
                  autocomplete="new-password"
                  maxLength={1024}
                  required
                  aria-invalid={problem.value !== undefined}
                  aria-describedby="sign-in-problem"
                />
                {said}
              </div>
            )}
            <button class="btn btn--primary btn--big" disabled={isSending.value}>
              {secret === undefined ? (isSending.value ? signIn.sending : signIn.send) : signIn.set}
            </button>
          </form>
        )}
        {secret === undefined && (
          <div class="door__more">
            <p>{signIn.noAccount}</p>
            {/* Said on each closed desk, so that it tells nobody whether this one has an admin. */}
            <p>
              {signIn.noAdmin} <code>{FIRST_LINK}</code> {signIn.noAdminAnother}
            </p>
          </div>
        )}
      </div>
    </main>
  )
}

/** What is left of a link that has ended: how to get another, and the way on without one. */
function EndedLink() {
  const { signIn } = words
  const heading = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => heading.current?.focus(), [])
  return (
    <main class="door" id="main">
      <div class="door__box">
        <Icon name="desk" class="door__mark mark" />
        <h1 ref={heading} tabIndex={-1}>
          {signIn.endedTitle}
        </h1>
        <p class="door__p">{linkUser.value === null ? signIn.endedFirstText : signIn.endedText}</p>
        {linkUser.value === null && (
          <>
            <p class="door__p">{signIn.endedFirstAnother}</p>
            <div class="cmd">
              <code>{FIRST_LINK}</code>
              <Copy text={FIRST_LINK} isBare />
            </div>
          </>
        )}
        <p>
          <button type="button" class="btn btn--primary btn--big" onClick={leaveLink}>
            {me.value === null ? signIn.send : signIn.goOn}
          </button>
        </p>
      </div>
    </main>
  )
}
