/** Tokens: made for programs, with a secret that is shown once, and revoked. */
import { signal, useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { MadeToken, Token } from '../../../src/client/client.js'
import { Icon } from '../../parts/icon.js'
import { Copy } from '../../parts/copy.js'
import { forNobody, userItems } from '../../parts/pickers.js'
import { ago, dayOf, exactly, when } from '../../parts/times.js'
import { desk, endpoint, sentenceOf } from '../../state/desk.js'
import { KeptForms } from '../../state/form-drafts.js'
import { may, myHandle, noteRefusal } from '../../state/identity.js'
import { oneOf } from '../../state/keep.js'
import { isText, listOf, nullOr, objectOf } from '../../state/shapes.js'
import { say } from '../../state/undo.js'
import { words } from '../../words/words.js'
import { faultOf, otherFault } from './editing.js'
import { Check, FieldSet, PickField, TextField } from './fields-of-form.js'
import { Owned, OwnedPart } from './owned.js'

type Scope = Token['scopes'][number]

interface Draft {
  readonly name: string
  readonly user: string | null
  readonly scopes: readonly Scope[]
  /** Days from now, a day, or never. */
  readonly ends: string
}

const scopes: readonly Scope[] = ['read', 'write', 'admin', 'keys:read', 'keys:write']
const first: Draft = { name: '', user: null, scopes: ['read'], ends: '90' }

/** What is typed, and the secret that was told: both outlast a look at another part, and neither is for who signs in next. */
const draft = signal<Draft | undefined>(undefined)
const made = signal<MadeToken | undefined>(undefined)
const forms = new KeptForms<Draft>(
  'token',
  objectOf<Draft>({ name: isText, user: nullOr(isText), scopes: listOf(oneOf(...scopes)), ends: isText }),
)
forms.follow((kept) => {
  draft.value = kept.get('')
  made.value = undefined
})

function put(typed: Draft | undefined): void {
  draft.value = typed
  forms.keep('', typed === first ? undefined : typed)
}

const owned = new Owned<Token>((options) => desk().tokens.list(options))

/** When a token ends, as RFC 3339; null for never. @throws where it is no day */
export function endOf(ends: string, now: number): string | null {
  if (ends === 'never') return null
  if (/^\d{1,4}$/u.test(ends)) return new Date(now + Number(ends) * 86_400_000).toISOString()
  const [year = 0, month = 0, day = 0] = /^(\d{4})-(\d\d)-(\d\d)$/u.exec(ends)?.slice(1).map(Number) ?? []
  // The end of that day, where the reader is.
  const end = new Date(year, month - 1, day, 23, 59, 59)
  if (year === 0 || end.getDate() !== day) throw new RangeError(words.settings.token.dayWrong)
  return end.toISOString()
}

export function Tokens() {
  return (
    <OwnedPart
      owned={owned}
      part="tokens"
      action={
        <button
          type="button"
          class="btn btn--primary"
          aria-expanded={draft.value !== undefined}
          onClick={() => (draft.value ??= first)}
        >
          {words.settings.newToken}
        </button>
      }
      above={
        <>
          {made.value !== undefined && <Once token={made.value} />}
          {draft.value !== undefined && <Make draft={draft.value} />}
        </>
      }
      table={<TokenTable />}
    />
  )
}

function TokenTable() {
  const asked = useSignal<number | undefined>(undefined)
  const { token: text } = words.settings
  const found = owned.items.value
  if (found === undefined) return null
  if (found.length === 0) return <p class="set__none">{text.none}</p>
  return (
    <div class="table-wrap">
      <table class="table">
        <thead>
          <tr>
            <th>{text.for}</th>
            {owned.isAll.value && <th>{text.whose}</th>}
            <th>{text.may}</th>
            <th>{text.made}</th>
            <th>{text.used}</th>
            <th>{text.ends}</th>
            <th>
              <span class="sr">{words.settings.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {found.map((token) => (
            <>
              <tr key={token.id} class={made.value?.id === token.id || asked.value === token.id ? 'is-on' : ''}>
                <td data-name={text.for}>
                  <b>
                    <bdi>{token.name}</bdi>
                  </b>
                </td>
                {owned.isAll.value && (
                  <td data-name={text.whose}>
                    <bdi>{token.user}</bdi>
                  </td>
                )}
                <td data-name={text.may}>{token.scopes.map((scope) => text.scopes[scope]).join(', ')}</td>
                <td data-name={text.made} title={exactly(token.createdAt)}>
                  {ago(token.createdAt)}
                </td>
                <td data-name={text.used}>
                  {token.usedAt === null ? text.notYet : ago(usedSince(token.usedAt, token.createdAt))}
                </td>
                <td data-name={text.ends}>
                  {token.expiresAt === null ? text.never : <Ending time={token.expiresAt} />}
                </td>
                <td>
                  <button
                    type="button"
                    class="btn btn--quiet btn--xs"
                    aria-label={`${text.revoke} ${token.name}`}
                    onClick={() => (asked.value = token.id)}
                  >
                    {text.revoke}
                  </button>
                </td>
              </tr>
              {asked.value === token.id && (
                <tr class="more">
                  <td colSpan={owned.isAll.value ? 7 : 6}>
                    <Revoke token={token} close={() => (asked.value = undefined)} />
                  </td>
                </tr>
              )}
            </>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** When it ends: amber in its last two weeks. */
function Ending({ time }: { time: string }) {
  const days = Math.floor((Date.parse(time) - Date.now()) / 86_400_000)
  return (
    <span class={days < 14 ? 'due due--now' : ''} title={exactly(time)}>
      {dayOf(new Date(time))}
    </span>
  )
}

function Revoke({ token, close }: { token: Token; close: () => void }) {
  const problem = useSignal<string | undefined>(undefined)
  const { token: text } = words.settings
  const revoke = async (): Promise<void> => {
    try {
      await desk().tokens.revoke(token.id)
      say(text.revoked(token.name))
      if (made.peek()?.id === token.id) made.value = undefined
      close()
      await owned.read()
    } catch (error) {
      noteRefusal(error)
      problem.value = sentenceOf(error)
    }
  }
  return (
    <div class="make">
      <div>
        <h2>{text.askRevoke(token.name)}</h2>
        <p role={problem.value === undefined ? undefined : 'alert'}>{problem.value ?? text.revokeText}</p>
      </div>
      <footer class="make__foot">
        <button type="button" class="btn btn--danger" onClick={() => void revoke()}>
          {text.revoke}
        </button>
        <button type="button" class="btn btn--quiet" onClick={close}>
          {words.common.cancel}
        </button>
      </footer>
    </div>
  )
}

/** The secret, until one says that it is stored. */
/** The desk tells the hour of it, which may have begun before the token was made. */
function usedSince(usedAt: string, createdAt: string): string {
  return usedAt < createdAt ? createdAt : usedAt
}

function Once({ token: { secret, name, scopes: granted } }: { token: MadeToken }) {
  const isStored = useSignal(false)
  const { token: text } = words.settings
  const isOfKeys = granted.every((scope) => scope.startsWith('keys:'))
  const path = isOfKeys ? '/v2/keys/' : '/v1/tickets'
  const command = `curl '${endpoint}${path}' -H "Authorization: Bearer ${secret}"`
  return (
    <section class="once" aria-label={`${text.secret} ${name}`}>
      <h2>{text.copyNow}</h2>
      <div class="cmd cmd--token">
        <code>{secret}</code>
        <Copy text={secret} />
      </div>
      <p>{text.fingerprint}</p>
      <div class="cmd cmd--quiet">
        <code>{command}</code>
        <Copy text={command} isBare />
      </div>
      <footer>
        <Check isOn={isStored.value} onChange={(isOn) => (isStored.value = isOn)}>
          {text.stored}
        </Check>
        <button type="button" class="btn" disabled={!isStored.value} onClick={() => (made.value = undefined)}>
          {text.done}
        </button>
      </footer>
    </section>
  )
}

function Make({ draft: { name, user, scopes: chosen, ends } }: { draft: Draft }) {
  const problem = useSignal<unknown>(undefined)
  const isSending = useSignal(false)
  const box = useRef<HTMLFormElement>(null)
  useLayoutEffect(() => box.current?.querySelector('input')?.focus(), [])
  const { token: text } = words.settings
  const set = (change: Partial<Draft>): void => {
    put({ ...(draft.peek() ?? first), ...change })
  }
  const mine = myHandle.value
  const make = async (): Promise<void> => {
    problem.value = undefined
    isSending.value = true
    try {
      const expiresAt = endOf(ends, Date.now())
      const body = { name, scopes: [...chosen], expiresAt, ...(user !== null && user !== mine && { user }) }
      made.value = await desk().tokens.create(body)
      put(undefined)
      say(words.settings.created(name))
      await owned.read()
    } catch (error) {
      noteRefusal(error)
      problem.value = error
    }
    isSending.value = false
  }
  const endings: readonly (readonly [string, string])[] = Object.entries(text.ending).map(([value, ending]) => [
    value,
    value === 'never' ? ending : `${ending}, ${dayIn(Number(value))}`,
  ])
  const fault = otherFault(problem.value, ['name', 'user', 'scopes', 'expiresAt'])
  return (
    <form
      ref={box}
      class="make"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void make()
      }}
    >
      <div class="make__two">
        <TextField
          label={text.what}
          value={name}
          max={100}
          isRequired
          fault={faultOf(problem.value, 'name')}
          onText={(value) => set({ name: value })}
        />
        <PickField
          label={text.ends}
          value={ends}
          items={[
            ...endings,
            ...(endings.some(([value]) => value === ends) ? [] : [[ends, text.endsOn(ends)] as const]),
          ].map(([value, ending]) => ({ value, name: ending }))}
          fault={problem.value instanceof RangeError ? problem.value.message : faultOf(problem.value, 'expiresAt')}
          hint={text.endsHint}
          makeNew={(value) => text.endsOn(value)}
          onPick={(value) => set({ ends: value })}
        />
      </div>
      {may('credential.change') && (
        <PickField
          label={text.whoActs}
          value={user ?? mine ?? ''}
          items={userItems()}
          {...forNobody()}
          fault={faultOf(problem.value, 'user')}
          onPick={(value) => set({ user: value })}
        />
      )}
      <FieldSet
        label={text.itMay}
        fault={faultOf(problem.value, 'scopes') ?? (chosen.length === 0 ? text.scopeMissing : undefined)}
      >
        <div class="rights">
          {scopes.map((scope) => (
            <Check
              key={scope}
              isOn={chosen.includes(scope)}
              onChange={(isOn) => set({ scopes: isOn ? [...chosen, scope] : chosen.filter((one) => one !== scope) })}
            >
              {text.scopes[scope]}
            </Check>
          ))}
        </div>
      </FieldSet>
      {fault !== undefined && !(problem.value instanceof RangeError) && (
        <div class="note note--bad" role="alert">
          <Icon name="warn" />
          <p>{fault}</p>
        </div>
      )}
      <footer class="make__foot">
        <button class="btn btn--primary" disabled={isSending.value || chosen.length === 0 || name.trim() === ''}>
          {text.make}
        </button>
        <button type="button" class="btn btn--quiet" onClick={() => put(undefined)}>
          {words.common.cancel}
        </button>
      </footer>
    </form>
  )
}

function dayIn(days: number): string {
  return when(new Date(Date.now() + days * 86_400_000).toISOString())
}
