/** How the desk's commands are wrapped: they need the data in this program's own format, and some may be sent again. */
import type { Transaction } from '../store/command.js'
import { once, type Once } from './once.js'
import { DeskRefusal } from './refusal.js'

export interface Repeatable {
  readonly once?: Once | undefined
}

/** A command that writes what only data of this program's format has: in an older one, older nodes write too. */
export function raised<Args, Result>(run: (transaction: Transaction, args: Args) => Result) {
  return (transaction: Transaction, args: Args): Result => {
    if (!transaction.isRaised) throw new DeskRefusal('format_not_raised')
    return run(transaction, args)
  }
}

/** One that may be sent again with an Idempotency-Key. */
export function repeatable<Args, Result>(run: (transaction: Transaction, args: Args) => Result) {
  return raised((transaction, args: Args & Repeatable) => once(transaction, args.once, () => run(transaction, args)))
}
