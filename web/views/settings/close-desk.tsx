/**
 * An open desk is closed by the first password, which has to be an admin's: said plainly before it is done. It is set by a link that this
 * page makes and uses itself, so that the browser is signed in by the same step and nobody is shut out.
 */
import { signal } from '@preact/signals'
import type { User } from '../../../src/client/client.js'
import { passwordCharactersMin } from '../../../src/contract/limits.js'
import { ForManagers } from '../../parts/for-managers.js'
import { Icon } from '../../parts/icon.js'
import { PersonMark } from '../../parts/marks.js'
import type { MenuItem } from '../../parts/menu.js'
import { desk, sentenceOf } from '../../state/desk.js'
import { learnSignedIn, may } from '../../state/identity.js'
import { followAnew } from '../../state/live.js'
import { readNames, users } from '../../state/names.js'
import { say } from '../../state/undo.js'
import { words } from '../../words/words.js'
import { Check, PickField, TextField } from './fields-of-form.js'

interface Draft {
  readonly admin: string
  readonly password: string
  readonly again: string
  readonly isUnderstood: boolean
}

const nothing: Draft = { admin: '', password: '', again: '', isUnderstood: false }
const draft = signal(nothing)
const problem = signal<string | undefined>(undefined)
const isSending = signal(false)

async function close(): Promise<void> {
  const { admin, password, again } = draft.peek()
  if (password !== again) {
    problem.value = words.common.passwordsDiffer
    return
  }
  // Before the admin is made, who would stay.
  if ([...password].length < passwordCharactersMin) {
    problem.value = words.settings.open.short
    return
  }
  isSending.value = true
  problem.value = undefined
  try {
    await makeAdmin(admin)
    const { secret } = await desk().signInLinks.create(admin)
    await desk().signInLinks.use({ secret, password })
    followAnew()
    draft.value = nothing
    await learnSignedIn()
    await readNames()
    say(words.settings.open.closed)
  } catch (error) {
    problem.value = sentenceOf(error)
    await readNames(['user'])
  }
  isSending.value = false
}

const isAdmin = ({ role, active }: User): boolean => role === 'admin' && active

/** Sees to it that there is an active admin of this handle: made, or raised from what it is. On an open desk anybody may. */
async function makeAdmin(handle: string): Promise<void> {
  const user = users.peek().find((one) => one.handle === handle)
  if (user === undefined) await desk().users.create({ handle, role: 'admin' })
  else if (!isAdmin(user)) await desk().users.change(handle, { role: 'admin', active: true, version: user.version })
}

/** What somebody is now who is no admin yet, in a word. */
const stateOf = ({ role, active }: User): string =>
  active && role !== undefined ? words.settings.roles[role] : words.settings.inactive

/** Everybody who is there, since whoever is no admin yet is made one; admins first. */
const adminItems = (): readonly MenuItem[] =>
  users.value
    .toSorted((a, b) => Number(isAdmin(b)) - Number(isAdmin(a)))
    .map((user) => ({
      value: user.handle,
      name: user.handle,
      mark: <PersonMark handle={user.handle} />,
      end: stateOf(user),
    }))

/** What closing does about who is chosen. */
function hintOf(handle: string): string {
  const { open } = words.settings
  const user = users.value.find((one) => one.handle === handle)
  return user === undefined || isAdmin(user) ? open.adminHint : open.adminRaised(handle, stateOf(user))
}

/** What stands where tokens and sessions would be, while the desk is open. */
export function CloseDesk() {
  const { open } = words.settings
  const { admin, password, again, isUnderstood } = draft.value
  const set = (change: Partial<Draft>): void => {
    draft.value = { ...draft.peek(), ...change }
  }
  return (
    <>
      <div class="note note--info">
        <Icon name="lock" />
        <div>
          <b>{open.title}</b>
          <p>{open.text}</p>
        </div>
      </div>
      {may('credential.change') ? (
        <form
          class="make make--close"
          onSubmit={(event) => {
            event.preventDefault()
            void close()
          }}
        >
          <div>
            <h2>{open.closeTitle}</h2>
            <p>{open.closeText}</p>
          </div>
          <PickField
            label={open.admin}
            value={admin}
            items={adminItems()}
            hint={hintOf(admin)}
            none={open.noAdmin}
            makeNew={open.makeAdmin}
            onPick={(value) => set({ admin: value })}
          />
          <ForManagers handle={admin} />
          <div class="make__two">
            <TextField
              label={open.password}
              type="password"
              autocomplete="new-password"
              value={password}
              max={1024}
              hint={open.passwordHint}
              onText={(text) => set({ password: text })}
            />
            <TextField
              label={words.common.passwordAgain}
              type="password"
              autocomplete="new-password"
              value={again}
              max={1024}
              onText={(text) => set({ again: text })}
            />
          </div>
          <Check isOn={isUnderstood} onChange={(isOn) => set({ isUnderstood: isOn })}>
            {open.confirm}
          </Check>
          {problem.value !== undefined && (
            <div class="note note--bad" role="alert">
              <Icon name="warn" />
              <p>{problem.value}</p>
            </div>
          )}
          <footer class="make__foot">
            <button
              class="btn btn--danger"
              disabled={!isUnderstood || admin === '' || password === '' || isSending.value}
            >
              {open.close}
            </button>
          </footer>
        </form>
      ) : (
        <p class="set__none">{open.mayNot}</p>
      )}
    </>
  )
}
