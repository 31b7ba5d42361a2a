/** What every command asks before it runs, whichever room it is of: that whoever sent it is still known. */
import { DeskRefusal } from '../names/refusal.js'
import type { Handler, Handlers, Transaction } from '../store/command.js'
import { isGranted, type Action, type Scope } from '../users/role.js'
import { demand, isOpen, viewerOf } from '../users/viewer.js'
import { KeyError } from '../keytree/errors.js'
import { covers } from '../keytree/reach.js'
import { ALL_KEYS, keyRightsOf, NO_KEY, type KeyRights } from '../users/key-parts.js'
import { userTable } from '../users/tables.js'
import { knownAs } from './credentials.js'

/**
 * Refuses whoever is not known any more by what they were let in with, or was granted less than `scope`, where one is asked for; and whoever only claimed to be
 * somebody, which an open desk took, since it was closed. Who came without a credential is whom the door vouches for, or nobody, who may
 * nothing on a closed desk: what each may is for the command to ask.
 */
export function demandKnown(transaction: Transaction, scope?: Scope): void {
  const { asker, time } = transaction
  const { credential, door, address = '', isClaimed = false } = asker
  if (isClaimed && !isOpen(transaction)) throw new DeskRefusal('unauthenticated')
  if (credential === undefined) return
  const known = knownAs(transaction, credential, { door, address }, time)
  if (known === undefined || known.user.number !== asker.actor) throw new DeskRefusal('unauthenticated')
  if (scope !== undefined && !isGranted(known.asker.rights, scope)) throw new DeskRefusal('forbidden')
}

/** The same commands, each behind that question and behind an action, where one is given, that whoever asks must be allowed. */
export function guardedBy<H extends Handlers>(scope: Scope, handlers: H, action?: Action): H {
  const guarded = Object.entries(handlers).map(([name, handle]): [string, Handler<unknown, unknown>] => [
    name,
    (transaction, args) => {
      demandKnown(transaction, scope)
      if (action !== undefined) demand(viewerOf(transaction, transaction.asker), action)
      return handle(transaction, args)
    },
  ])
  return Object.assign({ ...handlers }, Object.fromEntries(guarded))
}

/** What whoever sends a command may of the key tree, as of the state in which it runs. On an open desk that is all. */
function keyRightsNow(transaction: Transaction): KeyRights {
  if (isOpen(transaction)) return ALL_KEYS
  const { asker, time } = transaction
  const { credential, door, address = '' } = asker
  const known = credential && knownAs(transaction, credential, { door, address }, time)
  if (credential !== undefined && known?.user.number !== asker.actor) return NO_KEY
  const viewer = viewerOf(transaction, known?.asker ?? asker)
  return keyRightsOf(viewer, viewer.user === null ? undefined : transaction.get(userTable, String(viewer.user)))
}

/** The commands of the key tree, each refused, as etcd refuses, to whoever may not write the path that it names. */
export function guardedByPath<H extends Handlers>(handlers: H): H {
  const guarded = Object.entries(handlers).map(([name, handle]): [string, Handler<unknown, unknown>] => [
    name,
    (transaction, args) => {
      if (!covers(keyRightsNow(transaction).write, pathIn(args))) throw new KeyError(110, INSUFFICIENT)
      return handle(transaction, args)
    },
  ])
  return Object.assign({ ...handlers }, Object.fromEntries(guarded))
}

/** etcd's words for whoever may not. */
export const INSUFFICIENT = 'Insufficient credentials'

function pathIn(args: unknown): string {
  if (typeof args === 'object' && args !== null && 'path' in args && typeof args.path === 'string') return args.path
  throw new Error('unreachable: a command of the key tree names no path')
}
