/**
 * Up to 500 operations as one: all or none, in one commit, with an index for each, and one undo. Each is what a request of its own
 * would be, under the same rules; what an earlier one has done counts for a later one.
 */
import { batchOperationsMax, commandCharactersMax } from '../contract/limits.js'
import type { KeyCommands } from '../keytree/commands.js'
import { CommandError } from '../store/errors.js'
import type { Transaction } from '../store/command.js'
import { DeskRefusal, faultsOf, type BodyFault } from '../names/refusal.js'
import { viewerOf } from '../users/viewer.js'
import { changeTicket, descriptionOf } from './change.js'
import { addComment, type CommentInput } from './comments.js'
import { createTicket } from './create.js'
import type { TicketInput } from './input.js'
import { addLink, type LinkKind } from './links.js'
import { deleteTicket, restoreTicket } from './remove.js'
import { batchTable } from './tables.js'

/** One operation. `number` names the ticket; `version` guards it. */
export type Operation =
  | { readonly op: 'create'; readonly ticket: TicketInput }
  | {
      readonly op: 'change'
      readonly number: number
      readonly version?: number | undefined
      readonly internalVersion?: number | undefined
      readonly change: TicketInput
    }
  | { readonly op: 'comment'; readonly number: number; readonly comment: CommentInput }
  | { readonly op: 'link'; readonly number: number; readonly kind: LinkKind; readonly ticket: number }
  | { readonly op: 'delete'; readonly number: number; readonly version?: number | undefined }
  | { readonly op: 'restore'; readonly number: number; readonly version?: number | undefined }

/** What an operation came to. */
export interface OperationResult {
  readonly number: number
  /** The index that it took; null where it changed nothing. */
  readonly index: number | null
}

/** Bytes of texts that one command may keep, those of before that its changes replace among them. */
const TEXT_BYTES_MAX = 1_400_000

/**
 * Tickets that a batch may name of whoever may not see all of them: there the characters of what is read and written, by which others are bounded,
 * would tell how much is hidden. So each counts as the largest that there may be. That several operations name one costs little.
 */
const NAMED_MAX = 100

/** Runs operations one after another; a refusal names the operation by its place. */
export function runBatch(
  keys: KeyCommands,
  transaction: Transaction,
  operations: readonly Operation[],
): readonly OperationResult[] {
  if (operations.length > batchOperationsMax) {
    throw new DeskRefusal('invalid_value', `A batch has at most ${batchOperationsMax} operations. Send less at a time.`)
  }
  const { isStaff } = viewerOf(transaction, transaction.asker)
  const first = transaction.nextIndex
  const named = new Set<number>()
  let bytes = 0
  const results = operations.map((operation, place) =>
    at(`/operations/${place}`, () => {
      bytes += replacedBytes(transaction, operation)
      const before = transaction.nextIndex
      const number = runOperation(keys, transaction, operation)
      // Only now: whoever may not know of a ticket is told that there is none, however long its texts are.
      if (bytes > TEXT_BYTES_MAX) throw new DeskRefusal('body_too_large', TOO_MUCH)
      if (isStaff) demandRoom(transaction)
      else if (operation.op !== 'create' && named.add(number).size > NAMED_MAX)
        throw new DeskRefusal('body_too_large', NAMES_MANY)
      return { number, index: transaction.nextIndex === before ? null : transaction.nextIndex - 1 }
    }),
  )
  keepBatch(transaction, first)
  return results
}

/** Keeps that the indexes from `first` on belong together, where they are several. */
export function keepBatch(transaction: Transaction, first: number): void {
  const last = transaction.nextIndex - 1
  if (last > first) transaction.put(batchTable, String(first), { first, last })
}

/**
 * Throws where a command of many parts comes to more than one commit should make others wait for: a record is read and written whole, however
 * little of it changes.
 */
export function demandRoom({ written, read }: Transaction): void {
  if (Math.max(written, read) > commandCharactersMax) {
    throw new DeskRefusal(
      'body_too_large',
      `With all that stands in the tickets, more than ${commandCharactersMax} characters would be read or written at once. Send less at a time.`,
    )
  }
}

/** Runs a part of a request; what refuses it says where it stands. */
export function at<Result>(pointer: string, run: () => Result): Result {
  return placed(run, (faults, detail) => (faults.length > 0 ? below(pointer, faults) : [{ pointer, detail }]))
}

/** The same for a member of a part: what is wrong with it is told there, and what is not a fault of it is the part's. */
export function within<Result>(pointer: string, run: () => Result): Result {
  return placed(run, (faults) => below(pointer, faults))
}

function placed<Result>(
  run: () => Result,
  place: (faults: readonly BodyFault[], detail: string) => readonly BodyFault[],
): Result {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    const { faults: _faults, ...more } = error.details
    throw DeskRefusal.like(error, place(faultsOf(error), error.message), more)
  }
}

function below(pointer: string, faults: readonly BodyFault[]): BodyFault[] {
  return faults.map((fault) => ({ ...fault, pointer: `${pointer}${fault.pointer}` }))
}

const TOO_MUCH = `The changes replace and write more than ${TEXT_BYTES_MAX} bytes of text. Send less at a time.`

const NAMES_MANY = `The operations name more than ${NAMED_MAX} tickets that are there. Send those of the others in a further request.`

function replacedBytes(transaction: Transaction, operation: Operation): number {
  if (operation.op !== 'change' || operation.change.description === undefined) return 0
  return Buffer.byteLength(descriptionOf(transaction, operation.number))
}

function runOperation(keys: KeyCommands, transaction: Transaction, operation: Operation): number {
  switch (operation.op) {
    case 'create':
      return within('/ticket', () => createTicket(keys, transaction, operation.ticket))
    case 'change':
      within('/change', () => changeTicket(keys, transaction, operation.number, operation.change, operation))
      return operation.number
    case 'comment':
      within('/comment', () => addComment(transaction, operation.number, operation.comment))
      return operation.number
    case 'link':
      addLink(transaction, operation.number, operation.kind, operation.ticket)
      return operation.number
    case 'delete':
      deleteTicket(keys, transaction, operation.number, operation)
      return operation.number
    case 'restore':
      restoreTicket(keys, transaction, operation.number, operation)
      return operation.number
  }
}
