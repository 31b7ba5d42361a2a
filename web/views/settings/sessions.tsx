/** Browsers that are signed in, of oneself or for admins of everybody; and one's own password. */
import { useSignal } from '@preact/signals'
import { DeskError, type Session } from '../../../src/client/client.js'
import { ForManagers } from '../../parts/for-managers.js'
import { Icon } from '../../parts/icon.js'
import { ago, exactly } from '../../parts/times.js'
import { desk, sentenceOf } from '../../state/desk.js'
import { learnSignedIn, myHandle, noteRefusal, signOut } from '../../state/identity.js'
import { followAnew } from '../../state/live.js'
import { noteFailed, say } from '../../state/undo.js'
import { words } from '../../words/words.js'
import { TextField } from './fields-of-form.js'
import { Owned, OwnedPart } from './owned.js'

const owned = new Owned<Session>((options) => desk().sessions.list(options))

export function Sessions() {
  return <OwnedPart owned={owned} part="sessions" table={<SessionTable />} below={<Password />} />
}

function SessionTable() {
  const { session: text } = words.settings
  const found = owned.items.value
  if (found === undefined) return null
  if (found.length === 0) return <p class="set__none">{text.none}</p>
  const end = async ({ id, user, current }: Session): Promise<void> => {
    try {
      if (current) return await signOut()
      await desk().sessions.signOut(id)
      say(text.ended(user))
      await owned.read()
    } catch (error) {
      noteFailed(error)
    }
  }
  return (
    <div class="table-wrap">
      <table class="table">
        <thead>
          <tr>
            {owned.isAll.value && <th>{text.who}</th>}
            <th>{text.browser}</th>
            <th>{text.from}</th>
            <th>{text.began}</th>
            <th>{text.used}</th>
            <th>
              <span class="sr">{words.settings.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {found.map((session) => (
            <tr key={session.id}>
              {owned.isAll.value && (
                <td data-name={text.who}>
                  <b>
                    <bdi>{session.user}</bdi>
                  </b>
                </td>
              )}
              <td data-name={text.browser} title={session.agent}>
                <bdi>{browserOf(session.agent)}</bdi>
                {session.current && <span class="person__me"> · {text.this}</span>}
              </td>
              <td data-name={text.from} class="mono">
                {session.address}
              </td>
              <td data-name={text.began} title={exactly(session.createdAt)}>
                {ago(session.createdAt)}
              </td>
              <td data-name={text.used}>{ago(session.usedAt)}</td>
              <td>
                <button type="button" class="btn btn--quiet btn--xs" onClick={() => void end(session)}>
                  {session.current ? text.signOut : text.end}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** What a browser calls itself, short: all of them begin with Mozilla and name each other. */
export function browserOf(agent: string): string {
  const names = [
    /(Edg)\/(\d+)/u,
    /(OPR)\/(\d+)/u,
    /(Firefox)\/(\d+)/u,
    /(HeadlessChrome|Chrome)\/(\d+)/u,
    /Version\/(\d+).*(Safari)/u,
  ]
  const found = names.map((name) => name.exec(agent)).find((match) => match !== null)
  if (found === undefined || found === null)
    return agent.trim() === '' ? words.settings.session.unknownBrowser : agent.slice(0, 60)
  const [, one = '', other = ''] = found
  const [name, version] = /^\d/u.test(one) ? [other, one] : [one, other]
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/u.exec(agent)?.[0].replace(' OS X', '')
  const called = { Edg: 'Edge', OPR: 'Opera', HeadlessChrome: 'Chrome' }[name] ?? name
  return `${called} ${version}${system === undefined ? '' : `, ${system}`}`
}

/** One's own password. What is typed stays until it is set. */
function Password() {
  const current = useSignal('')
  const next = useSignal('')
  const again = useSignal('')
  const problem = useSignal<unknown>(undefined)
  const isSending = useSignal(false)
  const { password: text } = words.settings
  const user = myHandle.value
  if (user === null) return null
  const set = async (): Promise<void> => {
    if (next.peek() !== again.peek()) {
      problem.value = new Error(words.common.passwordsDiffer)
      return
    }
    isSending.value = true
    problem.value = undefined
    try {
      const password = next.peek()
      await desk().setPassword({ password, ...(current.peek() !== '' && { current: current.peek() }) })
      current.value = ''
      next.value = ''
      again.value = ''
      // All sessions have ended, this one too: one is signed in again, without being asked.
      await desk().sessions.signIn({ user, password })
      await learnSignedIn()
      followAnew()
      say(text.done)
      await owned.read()
    } catch (error) {
      problem.value = error
      if (!(error instanceof DeskError && error.code === 'wrong_password')) noteRefusal(error)
    }
    isSending.value = false
  }
  return (
    <section class="sub">
      <header>
        <h2>{text.title}</h2>
      </header>
      <form
        class="make"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void set()
        }}
      >
        <p>{text.text}</p>
        <ForManagers handle={user} />
        <div class="make__two">
          <TextField
            label={text.current}
            type="password"
            autocomplete="current-password"
            value={current.value}
            max={1024}
            onText={(value) => (current.value = value)}
          />
          <TextField
            label={text.new}
            type="password"
            autocomplete="new-password"
            value={next.value}
            max={1024}
            hint={words.settings.open.passwordHint}
            onText={(value) => (next.value = value)}
          />
          <TextField
            label={words.common.passwordAgain}
            type="password"
            autocomplete="new-password"
            value={again.value}
            max={1024}
            onText={(value) => (again.value = value)}
          />
        </div>
        {problem.value !== undefined && (
          <div class="note note--bad" role="alert">
            <Icon name="warn" />
            <p>{sentenceOf(problem.value)}</p>
          </div>
        )}
        <footer class="make__foot">
          <button class="btn btn--primary" disabled={next.value === '' || isSending.value}>
            {text.set}
          </button>
        </footer>
      </form>
    </section>
  )
}
