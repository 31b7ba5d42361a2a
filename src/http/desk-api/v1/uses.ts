/** Looks for tickets that use what is to be deleted, in turns with all else: the command then has little left to look at. */
import { UseLook, type Used, type UsesFound } from '../../../catalogue/usage.js'
import { ownTurn } from '../../own-turn.js'
import type { Desk } from './desk.js'

/** What a look through all tickets finds; undefined where the guard does not hold, so that nothing has to be looked for. */
export async function usesOf(
  { store }: Desk,
  kind: Used,
  row: { readonly number: number; readonly version: number },
  version: number | undefined,
): Promise<UsesFound | undefined> {
  if (version !== undefined && version !== row.version) return undefined
  const look = new UseLook(store.reader, kind, row.number, store.history.head())
  do await ownTurn()
  while (!look.step(store.history.head()))
  return look.found
}
