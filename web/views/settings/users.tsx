/** People and programs: who they are, what their role is, whether they may still come in; and links by which they set a password. */
import { useSignal } from '@preact/signals'
import type { User } from '../../../src/client/client.js'
import { IconButton } from '../../parts/clickable.js'
import { Icon } from '../../parts/icon.js'
import { PersonMark } from '../../parts/marks.js'
import { showMenu } from '../../parts/menu.js'
import { access, desk } from '../../state/desk.js'
import { oneOf } from '../../state/keep.js'
import { may, myHandle } from '../../state/identity.js'
import { users } from '../../state/names.js'
import { isText, listOf, objectOf, nullOr } from '../../state/shapes.js'
import { words } from '../../words/words.js'
import { faultOf, Room, type Editor } from './editing.js'
import { FieldSet, orNull, PickField, TextField } from './fields-of-form.js'
import { LinkPane } from './sign-in-link.js'
import { Things } from './things.js'

export type Role = NonNullable<User['role']>
type KeyPart = NonNullable<User['keys']>[number]

interface Draft {
  readonly handle: string
  readonly name: string | null
  readonly email: string | null
  readonly role: Role
  readonly keys: KeyPart[]
}

export const roles: readonly Role[] = ['admin', 'agent', 'requester', 'viewer', 'service']

const isKeyPart = objectOf<KeyPart>({ prefix: isText, access: oneOf('read', 'write') })

const room = new Room<User, Draft>({
  name: 'user',
  things: users,
  keyOf: ({ handle }) => handle,
  draftOf: (user) => ({
    handle: user?.handle ?? '',
    name: user?.name ?? null,
    email: user?.email ?? null,
    role: user?.role ?? 'agent',
    keys: user?.keys ?? [],
  }),
  isDraft: objectOf<Draft>({
    handle: isText,
    name: nullOr(isText),
    email: nullOr(isText),
    role: oneOf(...roles),
    keys: listOf(isKeyPart),
  }),
  get: (handle) => desk().users.get(handle),
  create: ({ keys, ...draft }) => desk().users.create({ ...draft, ...(draft.role === 'service' && { keys }) }),
  change: (handle, change, version) => desk().users.change(handle, { ...change, version }),
  // A program comes in by a token.
  next: ({ role }) =>
    access.peek() === 'closed' && may('credential.change') && role !== 'service' ? OFFER : undefined,
})

/** The pane that makes a link and shows it, and the one that offers to: nobody gets a link who was not asked about. */
const LINK = 'link'
const OFFER = 'offer'

type Shown = 'all' | 'team' | 'requester' | 'service'

const isOf: Readonly<Record<Shown, (user: User) => boolean>> = {
  all: () => true,
  team: ({ role }) => role === 'admin' || role === 'agent' || role === 'viewer',
  requester: ({ role }) => role === 'requester',
  service: ({ role }) => role === 'service',
}
const kinds: readonly Shown[] = ['all', 'team', 'requester', 'service']

export function Users() {
  const text = useSignal('')
  const kind = useSignal<Shown>('all')
  const mayChange = may('user.change')
  const mayRead = may('user.read')
  const asked = text.value.trim().toLocaleLowerCase()
  const found = users.value.filter(
    (user) =>
      room.panes.value.get(user.handle)?.what === OFFER ||
      (isOf[kind.value](user) &&
        [user.handle, user.name ?? '', user.email ?? ''].some((part) => part.toLocaleLowerCase().includes(asked))),
  )
  const tools = (
    <div class="set__tools">
      <label class="find find--s">
        <Icon name="search" />
        <input
          class="find__input"
          placeholder={words.settings.findPerson}
          aria-label={words.settings.findPerson}
          value={text.value}
          onInput={({ currentTarget }) => (text.value = currentTarget.value)}
        />
      </label>
      {mayRead && (
        <span class="seg" role="group" aria-label={words.settings.showWho}>
          {kinds.map((one) => (
            <button key={one} type="button" aria-pressed={kind.value === one} onClick={() => (kind.value = one)}>
              {words.settings.kinds[one]} {words.common.number(users.value.filter(isOf[one]).length)}
            </button>
          ))}
        </span>
      )}
    </div>
  )
  return (
    <Things
      room={room}
      part="users"
      mayChange={mayChange}
      things={found}
      tools={tools}
      members={['handle', 'name', 'email', 'role', 'keys']}
      columns={[
        { name: words.settings.members['name'] ?? '', cell: (user) => <Person user={user} /> },
        ...(mayRead
          ? [{ name: words.settings.role, cell: (user: User) => <RolePick user={user} mayChange={mayChange} /> }]
          : []),
        {
          name: words.settings.members['state'] ?? '',
          cell: ({ active }) => (
            <span class={`word ${active ? 'word--good' : 'word--bad'}`}>
              {active ? words.settings.active : words.settings.inactive}
            </span>
          ),
        },
      ]}
      form={(editor) => <Form editor={editor} />}
      acts={(user) => [
        ...(may('credential.change') && user.active
          ? [
              {
                value: LINK,
                name: `${words.settings.signInLink}…`,
                do: () => room.open(user.handle, { what: LINK }),
              },
            ]
          : []),
        {
          value: 'active',
          name: user.active ? words.settings.deactivate : words.settings.activate,
          do: () =>
            void room.act(
              user.active ? words.settings.deactivated(user.handle) : words.settings.activated(user.handle),
              () => desk().users.change(user.handle, { active: !user.active, version: user.version }),
            ),
        },
      ]}
      pane={(user, what, close) =>
        what === LINK || what === OFFER ? (
          <LinkPane key={what} user={user} isOffer={what === OFFER} close={close} />
        ) : null
      }
    />
  )
}

function Person({ user: { handle, name, email, active } }: { user: User }) {
  const more = [name, email].filter((part) => part !== null && part !== undefined && part !== '')
  return (
    <span class="person">
      <PersonMark handle={handle} isMedium />
      <span>
        <b>
          <bdi>{handle}</bdi>
        </b>
        {handle === myHandle.value && <span class="person__me"> · {words.settings.you.toLowerCase()}</span>}
        {!active && <small class="narrow-only">{words.settings.inactive}</small>}
        {more.length > 0 && (
          <small>
            <bdi>{more.join(' · ')}</bdi>
          </small>
        )}
      </span>
    </span>
  )
}

function RolePick({ user, mayChange }: { user: User; mayChange: boolean }) {
  const { role, handle, version } = user
  if (role === undefined) return null
  const name = words.settings.roles[role]
  if (!mayChange) return <span>{name}</span>
  return (
    <button
      type="button"
      class="rolepick"
      aria-label={`${words.settings.role}: ${name}, ${handle}`}
      aria-haspopup="listbox"
      onClick={({ currentTarget }) =>
        showMenu({
          anchor: currentTarget,
          label: `${words.settings.role}: ${handle}`,
          items: roles.map((value) => ({
            value,
            name: words.settings.roles[value],
            end: words.settings.roleTexts[value],
          })),
          chosen: [role],
          onTake([value]) {
            const taken = roles.find((one) => one === value)
            if (taken === undefined || taken === role) return
            void room.act(words.settings.roleNow(handle, words.settings.roles[taken]), () =>
              desk().users.change(handle, { role: taken, version }),
            )
          },
        })
      }
    >
      {name}
      <Icon name="down" isSmall />
    </button>
  )
}

function Form({ editor }: { editor: Editor<User, Draft> }) {
  const { handle, name, email, role, keys } = editor.draft.value
  const problem = editor.problem.value
  return (
    <>
      <div class="make__two">
        <TextField
          label={words.settings.members['handle'] ?? ''}
          value={handle}
          max={100}
          isRequired
          hint={words.settings.nameHint}
          fault={faultOf(problem, 'handle')}
          onText={(text) => editor.set({ handle: text })}
        />
        <PickField
          label={words.settings.role}
          value={role}
          items={roles.map((value) => ({
            value,
            name: words.settings.roles[value],
            end: words.settings.roleTexts[value],
          }))}
          hint={words.settings.roleTexts[role]}
          fault={faultOf(problem, 'role')}
          onPick={(value) => editor.set({ role: roles.find((one) => one === value) ?? role })}
        />
        <TextField
          label={words.settings.members['name'] ?? ''}
          value={name ?? ''}
          max={1000}
          fault={faultOf(problem, 'name')}
          onText={(text) => editor.set({ name: orNull(text) })}
        />
        <TextField
          label={words.settings.members['email'] ?? ''}
          value={email ?? ''}
          max={1000}
          fault={faultOf(problem, 'email')}
          onText={(text) => editor.set({ email: orNull(text) })}
        />
      </div>
      {role === 'service' && (
        <FieldSet
          label={words.settings.members['keys'] ?? ''}
          hint={words.settings.keysHint}
          fault={faultOf(problem, 'keys')}
        >
          <ul class="parts">
            {keys.map((part, at) => (
              <li key={at} class="parts__row">
                <input
                  class="input mono"
                  aria-label={words.settings.prefix}
                  value={part.prefix}
                  onInput={({ currentTarget }) =>
                    editor.set({ keys: keys.with(at, { ...part, prefix: currentTarget.value }) })
                  }
                />
                <select
                  class="input"
                  aria-label={words.settings.token.may}
                  value={part.access}
                  onChange={({ currentTarget }) =>
                    editor.set({
                      keys: keys.with(at, { ...part, access: currentTarget.value === 'write' ? 'write' : 'read' }),
                    })
                  }
                >
                  <option value="read">{words.settings.access.read}</option>
                  <option value="write">{words.settings.access.write}</option>
                </select>
                <span class="parts__end">
                  <IconButton
                    icon="x"
                    class="btn--quiet btn--xs"
                    label={words.settings.remove(part.prefix)}
                    onClick={() => editor.set({ keys: keys.toSpliced(at, 1) })}
                  />
                </span>
              </li>
            ))}
          </ul>
          <div>
            <button
              type="button"
              class="btn"
              onClick={() => editor.set({ keys: [...keys, { prefix: '/', access: 'read' }] })}
            >
              <Icon name="plus" />
              {words.settings.addPrefix}
            </button>
          </div>
        </FieldSet>
      )}
    </>
  )
}
