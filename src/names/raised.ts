/** Commands of the desk need the data in this program's own format: in an older one, older nodes write too. */
import type { Transaction } from '../store/command.js'
import { DeskRefusal } from './refusal.js'

/** A command that writes what only data of this program's format has. */
export function raised<Args, Result>(run: (transaction: Transaction, args: Args) => Result) {
  return (transaction: Transaction, args: Args): Result => {
    if (!transaction.isRaised) throw new DeskRefusal('format_not_raised')
    return run(transaction, args)
  }
}
