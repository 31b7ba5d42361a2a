/** What every command asks before it runs, whichever room it is of: that whoever sent it is still known. */
import { DeskRefusal } from '../names/refusal.js'
import type { Handler, Handlers, Transaction } from '../store/command.js'
import { isGranted, type Action, type Scope } from '../users/role.js'
import { demand, viewerOf } from '../users/viewer.js'
import { knownAs } from './credentials.js'

/**
 * Refuses whoever is not known any more by what they were let in with, or was granted less than `scope`. Who came without a credential is
 * whom the door vouches for, or nobody, who may nothing on a closed desk: what each may is for the command to ask.
 */
export function demandKnown(transaction: Transaction, scope: Scope): void {
  const { asker, time } = transaction
  const { credential, door, address = '' } = asker
  if (credential === undefined) return
  const known = knownAs(transaction, credential, { door, address }, time)
  if (known === undefined || known.user.number !== asker.actor) throw new DeskRefusal('unauthenticated')
  if (!isGranted(known.asker.rights, scope)) throw new DeskRefusal('forbidden')
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
