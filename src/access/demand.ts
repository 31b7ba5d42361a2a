/** What every command asks before it runs, whichever room it is of: that whoever sent it is still known, and may change things at all. */
import { DeskRefusal } from '../names/refusal.js'
import type { Handler, Handlers, Transaction } from '../store/command.js'
import { isGranted, type Scope } from '../users/role.js'
import { isOpen } from '../users/viewer.js'
import { knownAs } from './credentials.js'

/** The door of what the program does by itself, and of whoever sits at the machine. */
const ownDoors: ReadonlySet<string> = new Set(['none', 'machine'])

/** Refuses whoever is not known any more, or was granted less than `scope`; on a closed desk whoever is not known at all. */
export function demandKnown(transaction: Transaction, scope: Scope): void {
  const { asker, time } = transaction
  const { credential, door, address = '' } = asker
  if (credential === undefined) {
    if (ownDoors.has(door) || isOpen(transaction)) return
    throw new DeskRefusal('unauthenticated')
  }
  const known = knownAs(transaction, credential, { door, address }, time)
  if (known === undefined || known.user.number !== asker.actor) throw new DeskRefusal('unauthenticated')
  if (!isGranted(known.asker.rights, scope)) throw new DeskRefusal('forbidden')
}

/** The same commands, each behind that question. */
export function guardedBy<H extends Handlers>(scope: Scope, handlers: H): H {
  const guarded = Object.entries(handlers).map(([name, handle]): [string, Handler<unknown, unknown>] => [
    name,
    (transaction, args) => {
      demandKnown(transaction, scope)
      return handle(transaction, args)
    },
  ])
  return Object.assign({ ...handlers }, Object.fromEntries(guarded))
}
