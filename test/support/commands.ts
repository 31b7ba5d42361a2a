/** The desk's commands with their types joined, for tests that run them on a transaction without a store. */
import { desk } from '#src/desk.js'
import type { ArgsOf, ResultOf } from '#src/store/command.js'
import type { BatchTransaction } from '#src/store/transaction.js'

export type Commands = typeof desk.handlers

type Named = {
  readonly [Name in keyof Commands]: (
    transaction: BatchTransaction,
    args: ArgsOf<Commands, Name>,
  ) => ResultOf<Commands, Name>
}

export const handlers: Named = desk.handlers
