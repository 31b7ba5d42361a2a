/** Users: made, changed, deactivated, never deleted. A handle that was given once stays taken. */
import { emitNamed, encodeDetail } from '../names/detail.js'
import { folded, nameProblem, trimmed } from '../names/name.js'
import { giveName, nextNumber, numberNamed } from '../names/numbers.js'
import { DeskRefusal, Faults } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import { lineProblem } from '../names/characters.js'
import { raised, repeatable } from '../names/raised.js'
import { audit } from './audit.js'
import { checkKeyParts, keyPartsOf, keyPartsText, type KeyPart } from './key-parts.js'
import type { Role } from './role.js'
import { userTable, type UserRecord } from './tables.js'
import { demand, viewerOf } from './viewer.js'

/** Members that are not there are left as they are. */
export interface UserInput {
  readonly handle?: string | undefined
  /** Null for none. */
  readonly name?: string | null | undefined
  readonly email?: string | null | undefined
  readonly role?: Role | undefined
  readonly active?: boolean | undefined
  /** What of the key tree a service may read and write; null for nothing. */
  readonly keys?: readonly KeyPart[] | null | undefined
}

/** The commands by their names. */
export function userHandlers() {
  return {
    'user.create': repeatable((transaction, { user }: { readonly user: UserInput & { readonly handle: string } }) =>
      createUser(transaction, user),
    ),
    'user.change': raised(
      (
        transaction,
        args: { readonly number: number; readonly change: UserInput; readonly version?: number | undefined },
      ) => changeUser(transaction, args.number, args.change, args.version),
    ),
  }
}

function createUser(
  transaction: Transaction,
  input: UserInput & { readonly handle: string },
): { readonly number: number } {
  demand(viewerOf(transaction, transaction.asker), 'user.change')
  return makeUser(transaction, input)
}

/** Makes a user, whoever asks for it. */
export function makeUser(
  transaction: Transaction,
  input: UserInput & { readonly handle: string },
): { readonly number: number } {
  const faults = new Faults()
  const role = input.role ?? 'agent'
  checkUser(input, role, faults)
  faults.refuse()
  const handle = trimmed(input.handle)
  demandFree(transaction, handle, undefined)
  const number = nextNumber(transaction, 'users')
  const { nextIndex: version, time: createdTime } = transaction
  const user: UserRecord = {
    number,
    handle,
    name: trimmed(input.name ?? ''),
    email: trimmed(input.email ?? ''),
    role,
    active: input.active === false ? 0 : 1,
    createdTime,
    version,
    keys: keyPartsText(input.keys ?? []),
  }
  giveName(transaction, 'user', handle, number)
  keep(transaction, 'user.created', user)
  audit(transaction, 'user.created', { user: number, role, ...(user.keys !== '' && { keys: keyPartsOf(user) }) })
  return { number }
}

function changeUser(transaction: Transaction, number: number, input: UserInput, version: number | undefined): object {
  demand(viewerOf(transaction, transaction.asker), 'user.change')
  const user = transaction.get(userTable, String(number))
  if (user === undefined) throw new DeskRefusal('not_found')
  if (version !== undefined && version !== user.version) throw new DeskRefusal('not_current')
  const faults = new Faults()
  const role = input.role ?? user.role
  checkUser(input, role, faults, user.handle)
  faults.refuse()
  const next: UserRecord = {
    ...user,
    handle: input.handle === undefined ? user.handle : trimmed(input.handle),
    name: input.name === undefined ? user.name : trimmed(input.name ?? ''),
    email: input.email === undefined ? user.email : trimmed(input.email ?? ''),
    role,
    active: input.active === undefined ? user.active : Number(input.active),
    keys: keysAfter(user, role, input),
  }
  if (JSON.stringify(next) === JSON.stringify(user)) return {}
  if (folded(next.handle) !== folded(user.handle)) {
    demandFree(transaction, next.handle, number)
    giveName(transaction, 'user', next.handle, number)
  }
  if (isActiveAdmin(user) && !isActiveAdmin(next)) demandOtherAdmin(transaction, number)
  keep(transaction, 'user.changed', { ...next, version: transaction.nextIndex })
  const { active } = next
  const keys = next.keys === user.keys ? {} : { keys: keyPartsOf(next) }
  if (role !== user.role || active !== user.active || next.keys !== user.keys) {
    audit(transaction, 'user.changed', { user: number, role, active, ...keys })
  }
  return {}
}

/** A name of before still is its user's own, and may be taken again by that one. */
function demandFree(transaction: Transaction, handle: string, number: number | undefined): void {
  const taken = numberNamed(transaction, 'user', handle)
  if (taken === undefined || taken === number) return
  const holder = transaction.get(userTable, String(taken))
  const detail = `The handle is taken${holder === undefined ? '' : ` by '${holder.handle}'`}. Choose another one.`
  throw new DeskRefusal('name_taken', detail, [{ pointer: '/handle', detail }])
}

/** The last admin stays one: nobody else could make another. */
function demandOtherAdmin(transaction: Transaction, number: number): void {
  const others = transaction.query(
    "SELECT 1 FROM users WHERE role = 'admin' AND active = 1 AND number <> ? LIMIT 1",
    number,
  )
  if (others.length === 0) throw new DeskRefusal('last_one', 'This is the last active admin. Make another one first.')
}

function isActiveAdmin({ role, active }: UserRecord): boolean {
  return role === 'admin' && active === 1
}

/** Who is no service any more loses what services have. */
function keysAfter(user: UserRecord, role: string, { keys }: UserInput): string {
  if (role !== 'service') return ''
  return keys === undefined ? user.keys : keyPartsText(keys ?? [])
}

/** A name, and none that can't be told apart from the password behind it (RFC 7617 §2); one that somebody has of before stays. */
function handleProblem(handle: string, before: string | undefined): string | undefined {
  if (before !== undefined && folded(handle) === folded(before)) return nameProblem(handle)
  if (handle.includes(':'))
    return 'A handle holds no colon: where one signs in by it, that ends the handle. Send it without.'
  return nameProblem(handle)
}

function checkUser({ handle, name, email, keys }: UserInput, role: string, faults: Faults, before?: string): void {
  const problem = handle === undefined ? undefined : handleProblem(handle, before)
  if (problem !== undefined) faults.add('invalid_value', '/handle', problem)
  for (const [member, text] of Object.entries({ name, email })) {
    const problem = lineProblem(`The ${member}`, text ?? '')
    if (problem !== undefined) faults.add('invalid_value', `/${member}`, problem)
  }
  if (keys === undefined || keys === null || keys.length === 0) return
  if (role !== 'service') {
    faults.add(
      'invalid_value',
      '/keys',
      "Only services are given parts of the key tree. Send none, or the role 'service'.",
    )
  }
  checkKeyParts(keys, faults, '/keys')
}

function keep(transaction: Transaction, type: string, user: UserRecord): void {
  transaction.put(userTable, String(user.number), user)
  const { number, handle, role, active, version } = user
  const keys = role === 'service' ? { keys: keyPartsOf(user) } : {}
  const said = { user: number, name: handle, role, active, ...keys, version, hidden: true }
  const detail = encodeDetail(transaction, type, said)
  emitNamed(transaction, `users/${number}`, detail)
}
